// The Ethernet side of an Interface Processor, joined to a golden TTP endpoint: what leaves by the route table, what
// comes, and what a bad line does to it.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tb/dip/descriptors.hpp"
#include "tb/dip/processor_bench.hpp"
#include "tests/dip/random_lists.hpp"

namespace dojo::tb {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr std::uint64_t source = 0x400000;
constexpr std::uint64_t descriptors = 0x100000;

std::uint64_t away(std::uint64_t offset, bool memory = false) {
  return ProcessorBench::peer_address(offset, memory, true);
}

void expect_right_over_ethernet(ProcessorBench& bench, unsigned limit = 40000) {
  ASSERT_TRUE(bench.settle(limit));
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
}

// A packet of the peer.
Packet packet_to(unsigned x, unsigned y, std::uint64_t address, unsigned size = 6) {
  Packet packet{.header = {.dst_x = static_cast<std::uint16_t>(x),
                           .dst_y = static_cast<std::uint16_t>(y),
                           .src_x = ProcessorBench::away_column,
                           .src_y = 5,
                           .cls = hw::PacketClass::data,
                           .op = hw::PacketOp::write,
                           .addr = address,
                           .size = static_cast<std::uint8_t>(size)}};
  for (unsigned i = 0; i < packet.data.size(); ++i) packet.data.at(i) = static_cast<std::uint32_t>(address + i);
  return packet;
}

std::uint64_t counter(ProcessorBench& bench, hw::TtpCounter which) {
  return bench.read_register(hw::dip_control_ttp_counter_offset + static_cast<unsigned>(which) * 8);
}

TEST(DipEthernet, PushesLeaveInTheLongestPayloads) {
  ProcessorBench bench;
  bench.enable_ethernet();
  fill(bench, source, 100);
  auto d = copy_of(Op::push, source, away(0x5000, true), 100);
  d.remote_sem_en = 1;
  d.remote_sem = 9;
  bench.start(2, list_at(bench, descriptors, {counted(d, 1)}));
  expect_right_over_ethernet(bench);
  EXPECT_EQ(bench.ethernet().station().count(hw::TtpCounter::delivered), 7U);
  EXPECT_EQ(bench.peer().semaphore(9), 1U);
  EXPECT_EQ(bench.peer().line((0x5000 + 99 * 64) / 64), bench.golden().line(source / 64 + 99));
}

// Lines of which each is an element, elements of every size, a signal, and a pull whose data come back over Ethernet.
TEST(DipEthernet, EveryOperation) {
  ProcessorBench bench;
  bench.enable_ethernet();
  fill(bench, source, 200);
  fill_peer(bench, hw::sram_base, 300);
  std::vector<hw::TransferDescriptor> list;
  for (unsigned size = 3; size <= 6; ++size) {
    auto d = copy_of(Op::push_strided, source + size * 256, away(hw::sram_base + 0x10000 + size * 4096), 5);
    d.element_size = size & 7U;
    d.rows = 2;
    d.local_inner_stride = 2U << size;
    d.local_outer_stride = 64;
    d.remote_inner_stride = 1U << size;
    d.remote_outer_stride = 1024;
    list.push_back(counted(d, 3));
  }
  list.push_back(signal_of(away(0), 17, 1000));
  list.push_back(signal_of(away(0, true), 18, 0xffffffff));
  list.push_back(counted(copy_of(Op::pull, 0x900000, away(hw::sram_base), 257), 4));
  list.push_back(wait_of(4, 1));
  list.push_back(copy_of(Op::push, 0x900000, ProcessorBench::peer_address(hw::sram_base + 0x20000), 257));
  bench.start(5, list_at(bench, descriptors, list));
  expect_right_over_ethernet(bench);
  EXPECT_EQ(bench.golden().line(0x900000 / 64 + 256), bench.peer().line(hw::sram_base / 64 + 256));
}

TEST(DipEthernet, StridedPullsAreRefused) {
  ProcessorBench bench;
  bench.enable_ethernet();
  const auto d = copy_of(Op::pull_strided, 0x900000, away(hw::sram_base), 4);
  EXPECT_EQ(model::DipLists::check(d, 1, true), hw::UnitFault::opcode);
  bench.start(1, list_at(bench, descriptors, {d}));
  expect_right_over_ethernet(bench);
  EXPECT_EQ(hw::DipListFault::decode(bench.read_register(hw::dip_control_list_fault_offset + 8)).cause,
            hw::UnitFault::opcode);
}

// A node's READ whose elements belong to the other side leaves by the route table, too.
TEST(DipEthernet, ElementsOfNodesReadsLeave) {
  ProcessorBench bench;
  bench.enable_ethernet();
  fill(bench, source, 40);
  bench.read(0, {.address = source, .x = ProcessorBench::away_column, .y = 2, .lines = 40, .sem_en = true, .sem = 3});
  bench.read(6, {.address = source, .x = 3, .y = 2, .lines = 40});
  expect_right_over_ethernet(bench);
}

TEST(DipEthernet, WritesAndReadsComeIn) {
  ProcessorBench bench;
  bench.enable_ethernet();
  constexpr unsigned edge = ProcessorBench::edge;
  for (unsigned port = 0; port < 7; ++port) bench.offer_away(packet_to(edge, port, 0x1000 + port * 64));
  for (unsigned size = 0; size < 6; ++size) bench.offer_away(packet_to(edge, 1, 0x2000 + size * 64, size));
  std::vector<Packet> lines;
  lines.reserve(16);
  for (unsigned i = 0; i < 16; ++i) lines.push_back(packet_to(edge, 2, 0x3000 + i * 64));
  lines.back().header.sem_en = true;
  lines.back().header.sem = 7;
  bench.offer_away(lines);
  ASSERT_TRUE(bench.settle(20000));
  EXPECT_EQ(bench.golden().semaphore(7), 1U);
  bench.offer_away(hw::TtpRead{.kind = hw::TtpNocKind::read,
                               .sem_en = true,
                               .sem = 5,
                               .dst_y = 4,
                               .dst_x = edge,
                               .lines = 20,
                               .line = 0x1000 / 64,
                               .return_line = 0x700});
  expect_right_over_ethernet(bench);
}

// What is for a node goes on into the mesh, at the port that the register names.
TEST(DipEthernet, PacketsForNodesGoOn) {
  ProcessorBench bench;
  bench.enable_ethernet();
  bool open = false;
  bench.set_sink([&](unsigned) { return open; });
  for (unsigned i = 0; i < 30; ++i) {
    bench.offer_away(packet_to(3, 11, hw::sram_base + i * 64));
    bench.offer_away(hw::TtpRead{.kind = hw::TtpNocKind::read,
                                 .dst_y = 9,
                                 .dst_x = 2,
                                 .lines = i + 1,
                                 .line = static_cast<std::uint32_t>(hw::sram_base / 64),
                                 .return_line = 0x800});
  }
  bench.run(8000);
  EXPECT_EQ(bench.sent(ProcessorBench::ethernet_port), 2 * hw::router_depth);
  open = true;
  expect_right_over_ethernet(bench);
  EXPECT_EQ(bench.sent(ProcessorBench::ethernet_port), 60U);
}

TEST(DipEthernet, RefusalsAreReportedOverEthernet) {
  ProcessorBench bench;
  bench.enable_ethernet();
  bench.offer_away(packet_to(ProcessorBench::edge, 1, ProcessorBench::memory_bytes));
  bench.offer_away(hw::TtpRead{.kind = hw::TtpNocKind::read, .dst_y = 4, .dst_x = ProcessorBench::edge, .lines = 0});
  Packet report = packet_to(ProcessorBench::edge, 2, 0);
  report.header.op = hw::PacketOp::error;
  const std::uint64_t error = hw::AccessError{.valid = true, .kind = hw::AccessKind::write, .y = 1, .x = 2}.encode();
  report.data[0] = static_cast<std::uint32_t>(error);
  report.data[1] = static_cast<std::uint32_t>(error >> 32U);
  bench.offer_away(report);
  expect_right_over_ethernet(bench);
  EXPECT_EQ(bench.access_error().x, ProcessorBench::away_column);
  EXPECT_EQ(bench.remote_error().x, 2U);
}

// Payloads of another user of TTP: dropped, counted, and nothing else.
TEST(DipEthernet, PayloadsThatAreNoPackets) {
  ProcessorBench bench;
  bench.enable_ethernet();
  const Packet good = packet_to(ProcessorBench::edge, 1, 0x1000);
  const ttp::Bytes line(hw::line_bytes);
  const ttp::Bytes lines(3 * hw::line_bytes);
  const hw::TtpPacket packet{.kind = hw::TtpNocKind::packet, .op = hw::PacketOp::write, .size = 6, .dst_x = 18};
  auto& peer = bench.ethernet();
  auto wrong = packet;
  wrong.kind = hw::TtpNocKind{3};
  peer.send_raw(2, noc_header_of(wrong), lines);
  wrong = packet;
  wrong.op = hw::PacketOp::read;
  peer.send_raw(2, noc_header_of(wrong), line);
  wrong = packet;
  wrong.op = hw::PacketOp::error;
  peer.send_raw(2, noc_header_of(wrong), lines);
  peer.send_raw(0, noc_header_of(packet), {});
  peer.send_raw(1, noc_header_of(hw::TtpRead{.kind = hw::TtpNocKind::read, .lines = 1}), {});
  bench.offer_away(good);
  expect_right_over_ethernet(bench);
  EXPECT_EQ(bench.read_register(hw::dip_control_ethernet_refused_offset), 5U);
  EXPECT_EQ(counter(bench, hw::TtpCounter::delivered), 6U);
}

TEST(DipEthernet, RegistersOfTheRouteTableAndTheLinks) {
  ProcessorBench bench;
  for (unsigned i = 0; i < hw::dip_routes; ++i) {
    const auto area = hw::DipRouteArea{.enable = i % 2 != 0,
                                       .y_last = static_cast<std::uint16_t>(1000 + i),
                                       .y_first = static_cast<std::uint16_t>(2 * i),
                                       .x_last = static_cast<std::uint16_t>(2040 + i),
                                       .x_first = static_cast<std::uint16_t>(2040 - i)}
                          .encode();
    bench.write_register(hw::dip_control_route_area_offset + i * 8, area);
    bench.write_register(hw::dip_control_route_via_offset + i * 8, 0x3ffff0 + i);
    EXPECT_EQ(bench.read_register(hw::dip_control_route_area_offset + i * 8), area);
  }
  for (unsigned i = 0; i < hw::dip_routes; ++i)
    EXPECT_EQ(bench.read_register(hw::dip_control_route_via_offset + i * 8), 0x3ffff0 + i);
  for (unsigned i = 0; i < hw::dip_routes; ++i) bench.write_register(hw::dip_control_route_area_offset + i * 8, 0);
  bench.enable_ethernet();
  EXPECT_EQ(bench.read_register(hw::dip_control_ethernet_port_offset), ProcessorBench::ethernet_port);
  bench.offer_away(packet_to(ProcessorBench::edge, 1, 0x1000));
  expect_right_over_ethernet(bench);
  const auto link =
      hw::TtpLink::decode(std::array{static_cast<std::uint32_t>(bench.read_register(hw::dip_control_ttp_link_offset))});
  EXPECT_EQ(link.node, ProcessorBench::peer_node);
  EXPECT_EQ(link.state, hw::TtpState::open);
}

// A peer that has lost its state refuses what comes: the host sees that the link is down.
TEST(DipEthernet, LinkDownRaisesTheInterrupt) {
  ProcessorBench bench;
  bench.enable_ethernet();
  fill(bench, source, 1);
  const unsigned bit = 1U << static_cast<unsigned>(hw::DipStatus::link_down);
  bench.write_register(hw::dip_control_interrupt_enable_offset, bit);
  bench.offer_away(packet_to(ProcessorBench::edge, 1, 0x1000));
  ASSERT_TRUE(bench.settle(20000));
  EXPECT_FALSE(bench.interrupt());
  bench.ethernet().restart();
  bench.start(2, list_at(bench, descriptors, {copy_of(Op::push, source, away(0x5000, true), 1)}));
  for (unsigned i = 0; i < 20000 && !bench.interrupt(); ++i) bench.step();
  EXPECT_TRUE(bench.interrupt());
  EXPECT_EQ(bench.read_register(hw::dip_control_status_offset), bit);
  bench.write_register(hw::dip_control_status_offset, bit);
  bench.run(2);
  EXPECT_FALSE(bench.interrupt());
}

class DipEthernetRandom : public testing::TestWithParam<int> {};

TEST_P(DipEthernetRandom, ListsAgreeWithTheModelOnABadLine) {
  ProcessorBench bench(GetParam());
  bench.ethernet().set_faults(
      {.drop = 0.02, .repeat = 0.02, .reorder = 0.02, .corrupt = 0.02, .late = 1000, .latency = 100},
      static_cast<std::uint64_t>(GetParam()));
  bench.enable_ethernet();
  RandomLists lists(bench, static_cast<std::uint64_t>(GetParam()));
  lists.use_ethernet();
  lists.run(3);
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
  EXPECT_GT(bench.ethernet().station().count(hw::TtpCounter::delivered), 100U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, DipEthernetRandom, testing::Values(1, 2, 3));

TEST(DipEthernetRandom, StateAfterResetDoesNotMatter) {
  std::vector<std::uint64_t> hashes;
  for (const int reset_seed : {1, 2, 3}) {
    ProcessorBench bench(reset_seed);
    bench.enable_ethernet();
    RandomLists lists(bench, 7);
    lists.use_ethernet();
    lists.run(1);
    for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
    hashes.push_back(bench.hash() ^ bench.cycle());
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0], hashes[2]);
}

// Payload bytes per cycle of the MAC's 25: of the longest frames 1,024 of 1,100 bytes.
// From the doorbell of a list to the line at the peer, links open, without the line's latency.
TEST(DipEthernetRate, LatencyOfALine) {
  ProcessorBench bench;
  bench.ethernet().set_faults({.latency = 0}, 1);
  bench.enable_ethernet();
  fill(bench, source, 1);
  const std::uint64_t list = list_at(bench, descriptors, {copy_of(Op::push, source, away(0x5000, true), 1)});
  bench.start(0, list);
  ASSERT_TRUE(bench.settle(10000));
  auto& station = bench.ethernet().station();
  const std::uint64_t before = station.count(hw::TtpCounter::delivered);
  const std::uint64_t start = bench.cycle();
  bench.start(0, list);
  while (station.count(hw::TtpCounter::delivered) == before && bench.cycle() < start + 2000) bench.step();
  const std::uint64_t taken = bench.cycle() - start;
  testing::Test::RecordProperty("line_cycles", fmt::format("{}", taken));
  EXPECT_LE(taken, 220U);
  expect_right_over_ethernet(bench);
}

TEST(DipEthernetRate, PushesToMemory) {
  ProcessorBench bench;
  bench.ethernet().set_faults({.latency = hw::ethernet_latency}, 1);
  bench.enable_ethernet();
  bench.start(0, list_at(bench, descriptors, {copy_of(Op::push, 0x1000000, away(0, true), 8000)}));
  bench.run(6000);
  auto& station = bench.ethernet().station();
  const std::uint64_t before = station.count(hw::TtpCounter::delivered);
  bench.run(10000);
  const std::uint64_t payloads = station.count(hw::TtpCounter::delivered) - before;
  const double out = static_cast<double>(payloads * hw::ttp_payload_beats * hw::line_bytes) / 10000;
  testing::Test::RecordProperty("push_bytes_per_cycle", fmt::format("{:.1f}", out));
  EXPECT_GE(out, 0.92 * hw::ethernet_rate);
  expect_right_over_ethernet(bench);
}

}  // namespace
}  // namespace dojo::tb
