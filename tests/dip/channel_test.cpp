// A DRAM channel, one case at a time: contents, order, bursts at their limits, latencies.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tb/dip/channel_bench.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned row_lines = hw::dip_row_lines;
constexpr std::uint64_t row_stride = std::uint64_t{hw::dip_row_lines} * hw::dip_banks;  // lines from a row of a bank on

AxiRequest at_line(std::uint64_t line, unsigned length = 0, unsigned id = 0) {
  return {.id = id, .address = line * hw::line_bytes, .length = length};
}

void expect_right(const ChannelBench& bench) {
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
  EXPECT_EQ(bench.wrong_lines(), 0U);
}

// Line of another row of the bank of line 0: bank numbers are exclusive-ored with the row's low bits.
constexpr std::uint64_t other_row_of_bank_0(std::uint64_t row) {
  return row * row_stride + row % hw::dip_banks * row_lines;
}

// Cycles from the one in which AR is taken to the one in which the beat is taken.
unsigned latency_of(ChannelBench& bench, std::uint64_t line) {
  bench.read(at_line(line));
  const std::uint64_t before = bench.cycle();
  EXPECT_TRUE(bench.drain(5000));
  return static_cast<unsigned>(bench.cycle() - before - 1);
}

TEST(DipChannel, MemoryIsZeroUntilItIsWritten) {
  ChannelBench bench;
  bench.read(at_line(1234, 3));
  ASSERT_TRUE(bench.settle(5000));
  EXPECT_EQ(bench.beats_read(), 4U);
  expect_right(bench);
}

TEST(DipChannel, ReadSeesWhatWasWritten) {
  ChannelBench bench;
  bench.write(at_line(77, 15, 3), 1);
  ASSERT_TRUE(bench.drain(5000));
  bench.read(at_line(70, 31, 9));
  ASSERT_TRUE(bench.settle(5000));
  expect_right(bench);
}

TEST(DipChannel, StrobesChooseBytes) {
  ChannelBench bench;
  bench.write(at_line(5), 1);
  ASSERT_TRUE(bench.drain(5000));
  for (const std::uint64_t strobes : {0x0ULL, 0x1ULL, 0x8000000000000000ULL, 0x00ff00ff12345678ULL}) {
    AxiWriteBeat beat{.strobes = strobes};
    beat.data.fill(0xa5a5a5a5);
    bench.write(at_line(5), std::vector{beat});
    ASSERT_TRUE(bench.drain(5000));
    bench.read(at_line(5));
    ASSERT_TRUE(bench.drain(5000));
  }
  expect_right(bench);
}

TEST(DipChannel, BurstsOfEveryLength) {
  ChannelBench bench;
  for (unsigned length = 0; length < 256; ++length) {
    bench.write(at_line(1000 + length, length, length % ChannelBench::ids), length);
    ASSERT_TRUE(bench.drain(5000)) << length;
    bench.read(at_line(1000 + length, length, length % 5));
    ASSERT_TRUE(bench.drain(5000)) << length;
  }
  expect_right(bench);
}

TEST(DipChannel, LowBitsOfAnAddressDoNotMatter) {
  ChannelBench bench;
  bench.write({.address = 64 * 9 + 17, .length = 1}, 1);
  ASSERT_TRUE(bench.drain(5000));
  bench.read({.address = 64 * 9 + 63, .length = 1});
  ASSERT_TRUE(bench.settle(5000));
  expect_right(bench);
}

TEST(DipChannel, LastLineOfMemory) {
  ChannelBench bench;
  const std::uint64_t last = hw::dip_channel_lines - 1;
  bench.write(at_line(last - 3, 3), 1);
  bench.write(at_line(last - 2, 3), 2);  // leaves the memory: refused whole
  bench.write(at_line(last + 1), 3);
  ASSERT_TRUE(bench.drain(5000));
  bench.read(at_line(last - 3, 3));
  bench.read(at_line(last, 1));
  bench.read({.address = (std::uint64_t{1} << hw::offset_bits) - 64, .length = 255});
  ASSERT_TRUE(bench.settle(5000));
  EXPECT_EQ(bench.beats_read(), 262U);
  expect_right(bench);
}

// Kinds, sizes and both at once, between good bursts of the same ID.
TEST(DipChannel, OtherBurstsAreRefused) {
  ChannelBench bench;
  bench.write(at_line(0, 7), 1);
  ASSERT_TRUE(bench.drain(5000));
  for (unsigned kind = 0; kind < 4; ++kind) {
    for (unsigned size = 0; size < 8; ++size) {
      const AxiRequest request{.address = 64, .length = 3, .size = size, .kind = static_cast<hw::AxiBurst>(kind)};
      bench.read(at_line(0, 3));
      bench.read(request);
      bench.read(at_line(2, 2));
      ASSERT_TRUE(bench.drain(5000));
      bench.write(at_line(100, 1), size);
      bench.write(request, kind * 8 + size);
      bench.write(at_line(102, 1), size);
      ASSERT_TRUE(bench.drain(5000));
    }
  }
  expect_right(bench);
}

TEST(DipChannel, WritesOfOneIdToOneLineKeepTheirOrder) {
  ChannelBench bench;
  for (unsigned i = 0; i < 200; ++i) bench.write(at_line(i % 3 == 0 ? other_row_of_bank_0(1) : 0, 0, 2), i);
  ASSERT_TRUE(bench.settle(50000));
  expect_right(bench);
}

// A read of a line that is being written finds it whole, as it was before or after.
TEST(DipChannel, ReadBesideAWriteSeesTheOldLineOrTheNew) {
  ChannelBench bench;
  bench.write(at_line(3), 1);
  ASSERT_TRUE(bench.drain(5000));
  std::vector<AxiLine> seen;
  bench.set_reader([&](unsigned, const AxiReadBeat& beat) { seen.push_back(beat.data); });
  bench.expect_anything(true);
  bench.read(at_line(3));
  ASSERT_TRUE(bench.drain(5000));
  bench.write(at_line(3, 0, 1), 2);
  for (unsigned i = 0; i < 30; ++i) {
    bench.read(at_line(3));
    bench.run(4);
  }
  ASSERT_TRUE(bench.drain(5000));
  bench.read(at_line(3));
  ASSERT_TRUE(bench.drain(5000));
  ASSERT_EQ(seen.size(), 32U);
  EXPECT_NE(seen.front(), seen.back());
  unsigned changes = 0;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    if (seen[i] != seen[i - 1]) ++changes;
  }
  EXPECT_EQ(changes, 1U);
  expect_right(bench);
}

TEST(DipChannel, Latencies) {
  ChannelBench bench;
  const unsigned closed = latency_of(bench, 0);
  const unsigned hit = latency_of(bench, 1);
  bench.run(60);  // the row may be closed, and the channel does not sleep yet
  const unsigned conflict = latency_of(bench, other_row_of_bank_0(1));
  RecordProperty("row_closed", static_cast<int>(closed));
  RecordProperty("row_open", static_cast<int>(hit));
  RecordProperty("other_row_open", static_cast<int>(conflict));
  EXPECT_EQ(hit, hw::dip_read_latency + 4);
  EXPECT_EQ(closed, hit + hw::dip_activate_to_access);
  EXPECT_EQ(conflict, closed + hw::dip_precharge_to_activate);
  expect_right(bench);
}

TEST(DipChannel, ReadWaitsForARefresh) {
  ChannelBench bench(1, 2 * ChannelBench::refresh_period - 1);
  const unsigned latency = latency_of(bench, 0);
  EXPECT_GE(latency, hw::dip_refresh_cycles + hw::dip_activate_to_access + hw::dip_read_latency);
  RecordProperty("at_a_refresh", static_cast<int>(latency));
  EXPECT_LE(latency, hw::dip_refresh_cycles + hw::dip_activate_to_access + hw::dip_read_latency + 10);
  expect_right(bench);
}

// A row does not stay open over a refresh.
TEST(DipChannel, RefreshClosesRows) {
  ChannelBench bench(1, 2 * ChannelBench::refresh_period - 100);
  const unsigned closed = latency_of(bench, 0);
  bench.run(150);
  bench.run(hw::dip_refresh_cycles);
  EXPECT_EQ(latency_of(bench, 1), closed);
  expect_right(bench);
}

// What a channel does after a sleep does not depend on whether its cycles were simulated.
TEST(DipChannel, SleepMayBeSkipped) {
  ChannelBench slow;
  ChannelBench fast;
  for (ChannelBench* bench : {&slow, &fast}) {
    bench->write(at_line(0, 20), 1);
    ASSERT_TRUE(bench->settle(5000));
  }
  slow.run(100000);
  fast.skip(100000);
  for (ChannelBench* bench : {&slow, &fast}) {
    bench->read(at_line(0, 20));
    bench->read(at_line(5000, 20, 1));
    ASSERT_TRUE(bench->settle(5000));
    expect_right(*bench);
  }
  EXPECT_EQ(slow.hash(), fast.hash());
}

// Row hits go first, but not for ever: a line that needs another row of the bank is overtaken by few.
TEST(DipChannel, HitsDoNotStarveAConflict) {
  ChannelBench bench;
  bench.read(at_line(0));
  ASSERT_TRUE(bench.drain(5000));
  std::uint64_t taken = 0;
  std::uint64_t conflict = 0;
  bench.set_reader([&](unsigned id, const AxiReadBeat&) {
    ++taken;
    if (id == 1) conflict = taken;
  });
  for (unsigned i = 0; i < 10; ++i) bench.read(at_line(i));
  bench.read(at_line(other_row_of_bank_0(1), 0, 1));
  for (unsigned i = 0; i < 800; ++i) bench.read(at_line(i % row_lines, 0, 2));
  ASSERT_TRUE(bench.settle(5000));
  EXPECT_GT(conflict, hw::dip_overtakes);
  EXPECT_LE(conflict, 10U + hw::dip_overtakes + 4);
  expect_right(bench);
}

// IDs overtake each other: a hit of one ID comes before a conflict of another that began earlier.
TEST(DipChannel, IdsOvertake) {
  ChannelBench bench;
  bench.read(at_line(0));
  ASSERT_TRUE(bench.drain(5000));
  std::vector<unsigned> order;
  bench.set_reader([&](unsigned id, const AxiReadBeat&) { order.push_back(id); });
  bench.read(at_line(other_row_of_bank_0(1), 0, 4));
  bench.read(at_line(1, 0, 5));
  bench.read(at_line(2, 0, 4));
  ASSERT_TRUE(bench.settle(5000));
  EXPECT_EQ(order, (std::vector<unsigned>{5, 4, 4}));
  expect_right(bench);
}

// Beats of a burst come together, whatever else is ready.
TEST(DipChannel, BurstsAreNotInterleaved) {
  ChannelBench bench;
  std::vector<unsigned> order;
  bench.set_reader([&](unsigned id, const AxiReadBeat&) { order.push_back(id); });
  for (unsigned id = 0; id < 8; ++id) bench.read(at_line(other_row_of_bank_0(id) + 16, 31, id));
  ASSERT_TRUE(bench.settle(20000));
  ASSERT_EQ(order.size(), 256U);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], order[i / 32 * 32]) << i;
  expect_right(bench);
}

}  // namespace
}  // namespace dojo::tb
