// Every cover property of the Interface Processor is reached: by random packets and lists, and by what they seldom
// meet.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tb/dip/descriptors.hpp"
#include "tb/dip/processor_bench.hpp"
#include "tb/noc/cover_counts.hpp"
#include "tests/dip/random_lists.hpp"
#include "tests/dip/random_packets.hpp"

namespace dojo::tb {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

// Modules of a kind are alike: what one reaches counts for all. The memory's and the TTP endpoint's cases have tests of
// their own.
void add_counts(Counts& counts, ProcessorBench& bench) {
  for (const auto& [name, count] : cover_counts(bench.context(), "interface_processor")) {
    const bool elsewhere = name.find("u_memory") != std::string::npos || name.find("u_endpoint") != std::string::npos;
    if (!elsewhere) counts[name.substr(name.rfind("u_"))] += count;
  }
}

void expect_right(ProcessorBench& bench, unsigned limit) {
  ASSERT_TRUE(bench.settle(limit));
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
}

void reach_cases_of_ports(Counts& counts) {
  ProcessorBench bench;
  RandomPackets(bench, 4).run(10, 1500);
  // A port that takes nothing: its elements wait, and more refusals than may wait are lost.
  bool open = false;
  bench.set_sink([&](unsigned) { return open; });
  for (unsigned i = 0; i < 20; ++i) bench.write(0, ProcessorBench::memory_bytes, {});
  for (unsigned i = 0; i < 4; ++i) bench.read(0, {.lines = 1000});
  for (unsigned i = 0; i < 200; ++i) bench.read(1, {.inner = 0});
  bench.read(2, {.lines = 100, .inner = 0});
  // Elements that need no place for a line fill the ring.
  bench.read(3, {.lines = 100});
  for (unsigned i = 0; i < 40; ++i) bench.read(3, {.address = ProcessorBench::memory_bytes});
  bench.run(3000);
  open = true;
  expect_right(bench, 100000);
  add_counts(counts, bench);
}

void reach_cases_of_lists(Counts& counts) {
  ProcessorBench bench;
  RandomLists(bench, 5).run(6);
  bench.host().pace = [&](unsigned what) { return what != 0 || bench.cycle() % 8 == 0; };
  // More entries than are fetched ahead, without a channel; then the rings stop.
  for (unsigned i = 0; i < 4; ++i) bench.submit(entry_of(wait_of(0, 0), 15, i));
  bench.run(2000);
  bench.take_completions();
  expect_right(bench, 100000);
  for (unsigned i = 0; i < 12; ++i) bench.submit(entry_of(wait_of(31, 0xffffffff), 0, i));
  bench.run(2000);
  bench.write_register(hw::dip_control_submission_tail_offset, 1000000);
  bench.run(2000);
  // A list too many, and several accesses of the host at once.
  for (unsigned i = 0; i < 3; ++i) bench.write_register(hw::dip_control_list_start_offset, 1);
  for (unsigned i = 0; i < 4; ++i) bench.write_register(hw::dip_control_semaphore_offset, 0);
  bench.run(1000);
  bench.host().pace = {};
  add_counts(counts, bench);
}

void reach_cases_of_the_host(Counts& counts) {
  ProcessorBench bench;
  fill(bench, 0x400000, 100);
  bench.break_host(0x5000000040);
  for (unsigned c = model::DipLists::to_host; c <= model::DipLists::from_host; ++c) {
    const auto op = c == model::DipLists::to_host ? hw::DescriptorOpTransfer::push : hw::DescriptorOpTransfer::pull;
    bench.start(c, list_at(bench, 0x1000 * c, {copy_of(op, 0x400000 + c * 8192, 0x5000000000, 2)}));
  }
  expect_right(bench, 100000);
  // Increments of all ports meet those of the engine.
  for (unsigned c = 0; c < 7; ++c) {
    const auto one =
        counted(copy_of(hw::DescriptorOpTransfer::push, 0x400000, ProcessorBench::peer_address(hw::sram_base), 1), c);
    bench.start(c, list_at(bench, 0x10000 * (c + 1), std::vector<hw::TransferDescriptor>(20, one)));
  }
  for (unsigned i = 0; i < 200; ++i) {
    for (unsigned port = 0; port < 7; ++port)
      bench.write(port, hw::dip_semaphore_base + port * 8, {1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 3);
  }
  expect_right(bench, 100000);
  add_counts(counts, bench);
}

void reach_cases_of_the_ethernet(Counts& counts) {
  ProcessorBench bench;
  bench.enable_ethernet();
  RandomLists lists(bench, 6);
  lists.use_ethernet();
  lists.run(3);
  fill(bench, 0x400000, 2000);
  // Two ports send long streams; payloads that are none come in between.
  for (unsigned c = 0; c < 2; ++c) {
    const std::uint64_t to = ProcessorBench::peer_address(0x1000000 * c, true, true);
    bench.start(c, list_at(bench, 0x1000 * c, {copy_of(hw::DescriptorOpTransfer::push, 0x400000, to, 2000)}));
  }
  // Increments and READs that come on the link and over Ethernet at a time, while the port sends nothing.
  bool open = false;
  bench.set_sink([&](unsigned port) { return open || port != ProcessorBench::ethernet_port; });
  for (unsigned i = 0; i < 60; ++i) {
    Packet packet = ProcessorBench::packet_of(ProcessorBench::ethernet_port, 0x8000000 + i * 64, {i}, 6);
    packet.header.sem_en = true;
    packet.header.src_x = ProcessorBench::away_column;
    bench.offer_away(packet);
    bench.offer_away(hw::TtpRead{.kind = hw::TtpNocKind::read, .dst_x = 3, .lines = 1, .line = 0x400000 / 64});
    bench.write(ProcessorBench::ethernet_port, 0x9000000 + i * 64, {i});
    bench.run(40);
  }
  bench.run(4000);
  open = true;
  expect_right(bench, 100000);
  const hw::TtpPacket none{.kind = hw::TtpNocKind{7}};
  bench.ethernet().send_raw(0, noc_header_of(none), {});
  bench.ethernet().send_raw(1, noc_header_of(none), {});
  bench.ethernet().send_raw(2, noc_header_of(none), ttp::Bytes(hw::line_bytes));
  expect_right(bench, 100000);
  add_counts(counts, bench);
}

TEST(InterfaceProcessorCover, ReachesEveryCase) {
  Counts counts;
  reach_cases_of_ports(counts);
  reach_cases_of_lists(counts);
  reach_cases_of_the_host(counts);
  reach_cases_of_the_ethernet(counts);
  EXPECT_EQ(counts.size(), 66U);
  for (const auto& [name, count] : counts) EXPECT_GT(count, 0U) << name << " was never reached";
}

}  // namespace
}  // namespace dojo::tb
