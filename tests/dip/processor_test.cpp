// An Interface Processor, one case at a time: reads and writes of nodes, what is refused, latencies.

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "sim/assertion.hpp"
#include "tb/dip/processor_bench.hpp"

namespace dojo::tb {
namespace {

using Line = std::array<std::uint32_t, 16>;

Line random_line(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Line line;
  for (std::uint32_t& word : line) word = static_cast<std::uint32_t>(random());
  return line;
}

void expect_right(ProcessorBench& bench) {
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
}

void settle(ProcessorBench& bench) {
  ASSERT_TRUE(bench.settle(20000));
}

TEST(InterfaceProcessor, EveryPortReachesEveryChannelAndBothEndsOfTheMemory) {
  ProcessorBench bench;
  for (const std::uint64_t base :
       {std::uint64_t{0}, std::uint64_t{0x123456000}, ProcessorBench::memory_bytes - 56 * 64}) {
    for (unsigned i = 0; i < 56; ++i) bench.write(i % 7, base + i * 64, random_line(base + i));
    settle(bench);
    for (unsigned port = 0; port < 7; ++port) bench.read(port, {.address = base, .x = 5, .y = port, .lines = 56});
    settle(bench);
  }
  EXPECT_EQ(bench.sent(3), 3 * 56U);
  expect_right(bench);
}

TEST(InterfaceProcessor, WritesOfEverySize) {
  ProcessorBench bench;
  for (unsigned size = 0; size <= 6; ++size) {
    for (unsigned item = 0; item < 64U >> size; ++item)
      bench.write(size, 0x1000 + size * 64 + (item << size), random_line(size * 64 + item), size);
  }
  settle(bench);
  bench.read(0, {.address = 0x1000, .lines = 7});
  settle(bench);
  expect_right(bench);
}

// Elements of every size, in two loops with strides on both sides; the last one carries the semaphore.
TEST(InterfaceProcessor, ReadsInTwoLoops) {
  ProcessorBench bench;
  for (unsigned i = 0; i < 64; ++i) bench.write(i % 7, 0x200000000 + i * 64, random_line(i));
  settle(bench);
  for (unsigned size = 3; size <= 6; ++size) {
    bench.read(size, {.address = 0x200000000,
                      .to = hw::sram_base + 0x400,
                      .x = 17,
                      .y = 19,
                      .lines = 5,
                      .rows = 3,
                      .size = size,
                      .inner = 3U << size,
                      .outer = 1024,
                      .return_inner = 1U << size,
                      .return_outer = 4096,
                      .sem_en = true,
                      .sem = 11});
  }
  // The same element again and again: stride 0.
  bench.read(0, {.address = 0x200000040, .lines = 40, .inner = 0, .return_inner = 64, .sem_en = true, .sem = 31});
  settle(bench);
  expect_right(bench);
}

TEST(InterfaceProcessor, ElementsStayInOrderAcrossReads) {
  ProcessorBench bench;
  for (unsigned i = 0; i < 20; ++i)
    bench.read(2, {.address = i * 0x10000000ULL, .to = hw::sram_base + i * 64, .lines = 1 + i % 3});
  settle(bench);
  expect_right(bench);
}

TEST(InterfaceProcessor, ReadThatLeavesTheMemoryEndsThere) {
  ProcessorBench bench;
  bench.read(1, {.address = ProcessorBench::memory_bytes - 128, .x = 2, .y = 3, .lines = 5, .sem_en = true, .sem = 4});
  bench.read(1, {.address = 64});  // others go on
  bench.read(1, {.address = ProcessorBench::memory_bytes - 64, .lines = 1, .rows = 3, .outer = 64});
  bench.read(1, {.address = (std::uint64_t{1} << hw::offset_bits) - 64, .lines = 2});
  settle(bench);
  EXPECT_EQ(bench.sent(1), 3 + 1 + 2 + 1U);
  expect_right(bench);
}

TEST(InterfaceProcessor, RefusesWhatItDoesNotDo) {
  ProcessorBench bench;
  // Outside of the memory; one bit above is named in the report.
  bench.write(0, ProcessorBench::memory_bytes + 64, random_line(1));
  settle(bench);
  EXPECT_EQ(bench.access_error(),
            (hw::AccessError{
                .valid = true, .address_high = 8, .kind = hw::AccessKind::write, .y = 0, .x = 3, .address = 64}));
  // A semaphore is 8 bytes, and an increment does not count at another one.
  Packet packet = ProcessorBench::packet_of(1, hw::dip_semaphore_base + 8, random_line(2), 3);
  packet.header.sem_en = true;
  bench.offer(1, packet);
  bench.write(1, hw::dip_semaphore_base + 8, random_line(2), 2);
  bench.write(1, hw::dip_semaphore_base + hw::dip_semaphore_size, random_line(2), 3);
  packet = ProcessorBench::packet_of(1, 0x40, random_line(2), 7);
  bench.offer(1, packet);
  for (const hw::PacketOp op : {hw::PacketOp::read, static_cast<hw::PacketOp>(3)}) {
    packet = ProcessorBench::packet_of(2, 0x40, random_line(2), 6);
    packet.header.op = op;
    bench.offer(2, packet);
  }
  settle(bench);
  for (const hw::PacketOp op : {hw::PacketOp::write, hw::PacketOp::error, static_cast<hw::PacketOp>(3)}) {
    packet = ProcessorBench::packet_of(3, ReadOf{});
    packet.header.op = op;
    bench.offer(3, packet);
  }
  for (const unsigned size : {0U, 2U, 7U}) bench.read(4, {.size = size});
  settle(bench);
  bench.read(5, {.lines = 0});
  bench.read(5, {.rows = 0});
  bench.read(5, {.address = 0x40});
  settle(bench);
  EXPECT_EQ(bench.golden().refused(), 15U);
  expect_right(bench);
}

// WRITEs of all ports, WRITEs to semaphores, and the host count at the same semaphores.
TEST(InterfaceProcessor, Semaphores) {
  ProcessorBench bench;
  for (unsigned i = 0; i < 280; ++i) {
    Packet packet = ProcessorBench::packet_of(i % 7, i * 64, random_line(i), 6);
    packet.header.sem_en = i % 3 == 0;
    packet.header.sem = static_cast<std::uint8_t>(i % 2 * 31);
    bench.offer(i % 7, packet);
    if (i % 5 == 0)
      bench.write(i % 7, hw::dip_semaphore_base + i % 32 * 8, {1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6, 9, 7, 9, 8, 9}, 3);
  }
  for (const unsigned sem : {0U, 5U, 31U}) {
    bench.write_register(hw::dip_control_semaphore_offset + sem * 8, 1000 + sem);
    bench.golden().increment(sem, 1000 + sem);
  }
  settle(bench);
  EXPECT_GT(bench.golden().semaphore(31), 1000U);
  EXPECT_EQ(bench.read_register(0x7f8), 0U);
  expect_right(bench);
}

// An increment follows what its port wrote before: a read that begins when it is there finds the data.
TEST(InterfaceProcessor, IncrementMeansThatDataAreThere) {
  constexpr std::uint64_t stride = std::uint64_t{1} << 24U;  // another row of the same bank, so that lines wait long
  constexpr unsigned lines = 160;                            // more than a channel holds
  constexpr std::uint64_t last = (lines - 1) * stride;
  for (unsigned start = 0; start < 4096; start += 512) {
    ProcessorBench bench;
    bench.skip(start);
    for (unsigned i = 0; i < lines; ++i) {
      Packet packet = ProcessorBench::packet_of(3, i * stride, random_line(i), 6);
      packet.header.sem_en = i == lines - 1;
      packet.header.sem = 7;
      bench.offer(3, packet);
    }
    while (bench.read_register(hw::dip_control_semaphore_offset + 7 * 8) == 0) bench.run(1);
    // The last one written may be the last one in the cells: it is read first.
    bench.read(5, {.address = last, .lines = 1});
    bench.read(5, {.address = 0, .lines = lines, .inner = stride});
    settle(bench);
    expect_right(bench);
  }
}

TEST(InterfaceProcessor, KeepsTheFirstReportFromElsewhere) {
  ProcessorBench bench;
  for (const unsigned x : {7U, 9U}) {
    Packet packet = ProcessorBench::packet_of(6, 0x80, {}, 6);
    packet.header.op = hw::PacketOp::error;
    const hw::AccessError error{
        .valid = true, .kind = hw::AccessKind::write, .y = 1, .x = static_cast<std::uint16_t>(x), .address = 0x80};
    packet.data[0] = static_cast<std::uint32_t>(error.encode());
    packet.data[1] = static_cast<std::uint32_t>(error.encode() >> 32U);
    bench.offer(6, packet);
  }
  settle(bench);
  EXPECT_EQ(bench.remote_error().x, 7U);
  EXPECT_EQ(bench.golden().reported(), 2U);
  expect_right(bench);
}

// More refusals than reports may wait: some are lost and counted, and data go on. Refused reads wait instead.
TEST(InterfaceProcessor, ReportsMayBeLostButDataNeverWait) {
  ProcessorBench bench;
  bool open = false;
  bench.set_sink([&](unsigned) { return open; });
  for (unsigned i = 0; i < 30; ++i) bench.write(0, ProcessorBench::memory_bytes + i * 64, random_line(i));
  for (unsigned i = 0; i < 30; ++i) bench.write(0, i * 64, random_line(i));
  for (unsigned i = 0; i < 10; ++i) bench.read(0, {.lines = 0});
  bench.run(400);
  EXPECT_EQ(bench.queued(0, 1), 0U);
  EXPECT_GT(bench.queued(0, 0), 0U);
  open = true;
  settle(bench);
  expect_right(bench);
}

// A node that takes nothing holds up reads at its port, and neither writes there nor anything at other ports.
TEST(InterfaceProcessor, BlockedPortHoldsUpItsReadsAlone) {
  ProcessorBench bench;
  bool open = false;
  bench.set_sink([&](unsigned port) { return open || port != 0; });
  for (unsigned i = 0; i < 20; ++i) bench.read(0, {.lines = 1000});
  for (unsigned i = 0; i < 500; ++i) bench.write(0, 0x4000000 + i * 64, random_line(i));
  for (unsigned port = 1; port < 7; ++port) bench.read(port, {.lines = 500});
  bench.run(5000);
  EXPECT_EQ(bench.sent(0), hw::router_depth);
  EXPECT_EQ(bench.queued(0, 1), 0U);
  for (unsigned port = 1; port < 7; ++port) EXPECT_EQ(bench.sent(port), 500U);
  open = true;
  ASSERT_TRUE(bench.settle(100000));
  expect_right(bench);
}

TEST(InterfaceProcessor, Latency) {
  ProcessorBench bench;
  const auto latency = [&](std::uint64_t address) {
    const std::uint64_t sent = bench.sent(0);
    const std::uint64_t before = bench.cycle();
    bench.read(0, {.address = address});
    while (bench.sent(0) == sent) bench.step();
    return bench.cycle() - before;
  };
  const std::uint64_t closed = latency(0);
  const std::uint64_t open = latency(std::uint64_t{64} * 9);  // channel 0 again: line 1 of it
  RecordProperty("row_closed", static_cast<int>(closed));
  RecordProperty("row_open", static_cast<int>(open));
  EXPECT_LE(open, 46U);
  EXPECT_EQ(closed, open + hw::dip_activate_to_access);
  settle(bench);
  expect_right(bench);
}

TEST(InterfaceProcessor, SleepMayBeSkipped) {
  ProcessorBench slow;
  ProcessorBench fast;
  for (ProcessorBench* bench : {&slow, &fast}) {
    for (unsigned i = 0; i < 50; ++i) bench->write(i % 7, i * 64, random_line(i));
    settle(*bench);
  }
  slow.run(30000);
  fast.skip(30000);
  for (ProcessorBench* bench : {&slow, &fast}) {
    for (unsigned port = 0; port < 7; ++port) bench->read(port, {.address = port * 512, .lines = 50});
    settle(*bench);
    expect_right(*bench);
  }
  // Nothing but the cycle number differs.
  EXPECT_EQ(slow.cycle(), fast.cycle());
  EXPECT_EQ(slow.hash(), fast.hash());
}

TEST(InterfaceProcessorFault, FlitForAnotherEdge) {
  ProcessorBench bench;
  Packet packet = ProcessorBench::packet_of(0, ReadOf{});
  packet.header.dst_x = 4;
  packet.header.dst_y = 9;
  bench.offer(0, packet);
  try {
    bench.run(5);
    FAIL() << "a flit for somewhere else was taken";
  } catch (const AssertionError& error) {
    EXPECT_NE(error.text().find("FlitIsForThisEdge"), std::string::npos) << error.text();
  }
}

}  // namespace
}  // namespace dojo::tb
