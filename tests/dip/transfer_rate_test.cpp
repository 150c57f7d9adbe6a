// Bytes per cycle of an Interface Processor's transfer engine and host port; the figures of docs/dip.md are properties
// of these tests.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tb/dip/descriptors.hpp"
#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr unsigned measured = 4 * ProcessorBench::refresh_period;

double with_record(const std::string& name, double rate) {
  testing::Test::RecordProperty(name + "_bytes_per_cycle", fmt::format("{:.1f}", rate));
  return rate;
}

// What the ports of the first channels send when their lists are under way.
double sent_rate(ProcessorBench& bench, unsigned channels) {
  const auto sent = [&] {
    std::uint64_t flits = 0;
    for (unsigned c = 0; c < channels; ++c) flits += bench.sent(c);
    return flits;
  };
  bench.run(1000);
  const std::uint64_t before = sent();
  bench.run(measured);
  return double(sent() - before) * hw::line_bytes / measured;
}

// Lists of pushes of `lines` lines on `channels` channels, from random places.
double push_rate(unsigned channels, unsigned lines, bool to_memory, std::uint64_t seed = 1) {
  ProcessorBench bench;
  std::mt19937_64 random(seed);
  for (unsigned c = 0; c < channels; ++c) {
    std::vector<hw::TransferDescriptor> list;
    list.reserve(2 * measured / lines);
    const std::uint64_t from = random() % (ProcessorBench::memory_bytes / 128) * 64;
    const std::uint64_t offset = to_memory ? 0x100000000 : hw::sram_base;
    for (unsigned i = 0; i < 2 * measured / lines; ++i)
      list.push_back(copy_of(Op::push, from + std::uint64_t{i} * lines * 64,
                             ProcessorBench::peer_address(offset, to_memory), lines));
    bench.start(c, list_at(bench, 0x100000 * (c + 1), list));
  }
  return sent_rate(bench, channels);
}

TEST(DipTransferRate, PushesToNodes) {
  EXPECT_GE(with_record("push_1_channel", push_rate(1, 1024, false)), 0.88 * 64);
  EXPECT_GE(with_record("push_1_channel_lines_64", push_rate(1, 64, false)), 0.80 * 64);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::string name = fmt::format("push_7_channels_places_{}", seed);
    EXPECT_GE(with_record(name, push_rate(7, 1024, false, seed)), 0.85 * 400);
  }
}

TEST(DipTransferRate, PushesToAnotherInterfaceProcessor) {
  EXPECT_GE(with_record("push_to_memory_1_channel", push_rate(1, 1024, true)), 0.88 * 64);
}

// Lists of gathers on `channels` channels, of lines at random places of the whole memory.
double gather_rate(unsigned channels) {
  ProcessorBench bench;
  constexpr unsigned count = 4096;
  constexpr auto limit = static_cast<std::uint32_t>(ProcessorBench::memory_bytes / hw::line_bytes);
  for (unsigned c = 0; c < channels; ++c) {
    std::vector<hw::TransferDescriptor> list;
    for (unsigned i = 0; i < measured / count; ++i) {
      const std::uint64_t indices = 0x40000000 + (c * 64 + i) * std::uint64_t{count} * 4;
      indices_at(bench, indices, count, limit);
      list.push_back(
          indexed_of(Op::push_gather, 0, ProcessorBench::peer_address(hw::sram_base), count, 6, indices, limit));
    }
    bench.start(c, list_at(bench, 0x100000 * (c + 1), list));
  }
  return sent_rate(bench, channels);
}

TEST(DipTransferRate, GathersOfRandomLines) {
  EXPECT_GE(with_record("gather_1_channel", gather_rate(1)), 20);
  EXPECT_GE(with_record("gather_7_channels", gather_rate(7)), 70);
}

// Entries of the ring that copy `lines` lines each way; the host's memory answers after 1,000 cycles.
void host_rates(unsigned lines, bool to, bool from, const std::string& name, double least) {
  ProcessorBench bench;
  bench.host().latency = 1000;
  bench.enable_rings(0x10'0000'0000, 64, 0x20'0000'0000, 64);
  std::uint32_t submitted = 0;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  const auto step = [&] {
    bench.take_completions();
    while (submitted - bench.read_register(hw::dip_control_submission_head_offset) < 48) {
      const std::uint64_t local = 0x1000000 + std::uint64_t{submitted} * lines * 64;
      const std::uint64_t remote = 0x30'0000'0000 + std::uint64_t{submitted} * lines * 64;
      const bool pull = from && (!to || submitted % 2 == 0);
      bench.submit(entry_of(copy_of(pull ? Op::pull : Op::push, local, remote, lines),
                            pull ? model::DipLists::from_host : model::DipLists::to_host, submitted));
      ++submitted;
    }
    bench.run(100);
  };
  while (bench.cycle() < 12000) step();
  const std::uint64_t start = bench.cycle();
  read = bench.host().beats_read();
  written = bench.host().beats_written();
  while (bench.cycle() < start + 2 * measured) step();
  const double cycles = double(bench.cycle() - start);
  if (from) EXPECT_GE(with_record(name + "_from_host", double(bench.host().beats_read() - read) * 16 / cycles), least);
  if (to)
    EXPECT_GE(with_record(name + "_to_host", double(bench.host().beats_written() - written) * 16 / cycles), least);
}

TEST(DipTransferRate, HostCopies) {
  host_rates(256, true, false, "lines_256", 0.9 * 16);
  host_rates(256, false, true, "lines_256", 0.9 * 16);
  host_rates(256, true, true, "lines_256_both", 0.9 * 16);
  // Four copies of a channel are under way: 16 KiB in 1,000 cycles and more.
  host_rates(64, true, true, "lines_64_both", 0.36 * 16);
}

// From the register's write to the first line on the link, and from the doorbell to the completion in the host's
// memory, which answers after 100 cycles.
TEST(DipTransferRate, Latencies) {
  ProcessorBench bench;
  const auto push = copy_of(Op::push, 0x1000000, ProcessorBench::peer_address(hw::sram_base), 1);
  bench.start(0, list_at(bench, 0x2000000, {push}));
  const std::uint64_t start = bench.cycle();
  while (bench.sent(0) == 0) bench.step();
  const std::uint64_t list = bench.cycle() - start;
  bench.host().latency = 100;
  bench.enable_rings(0x10'0000'0000, 64, 0x20'0000'0000, 64);
  bench.run(10);
  bench.submit(entry_of(wait_of(0, 0), 0, 1));
  const std::uint64_t doorbell = bench.cycle();
  while (bench.take_completions().empty()) bench.step();
  const std::uint64_t entry = bench.cycle() - doorbell;
  RecordProperty("list_start_to_line", static_cast<int>(list));
  RecordProperty("doorbell_to_completion", static_cast<int>(entry));
  EXPECT_LE(list, 170U);
  EXPECT_LE(entry, 140U);
}

}  // namespace
}  // namespace dojo::tb
