// Block test of rtl/node/matrix_unit.sv: descriptors of all shapes against the golden arithmetic, refused descriptors,
// rates.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "Vmatrix_unit.h"
#include "Vmatrix_unit___024root.h"
#include "model/numerics.hpp"
#include "tb/matrix/descriptor_check.hpp"
#include "tb/matrix/operands.hpp"
#include "tb/matrix/unit_bench.hpp"

namespace {

using namespace dojo;
using tb::Refusal;
using Bench = tb::UnitBench<Vmatrix_unit>;

constexpr std::uint32_t base = Bench::base;

/// What the descriptor does, in a copy of the memory.
void execute(const hw::MatrixDescriptor& d, std::vector<std::byte>& memory) {
  numerics::GemmOperands g;
  g.a_transposed = d.a_transposed != 0;
  g.b_transposed = d.b_transposed != 0;
  g.c_bf16 = d.c_bf16 != 0;
  g.m_tiles = d.m_tiles;
  g.n_tiles = d.n_tiles;
  g.k_tiles = d.k_tiles;
  g.a = &memory[d.a_base - base];
  g.a_m_stride = d.a_m_stride;
  g.a_k_stride = d.a_k_stride;
  g.b = &memory[d.b_base - base];
  g.b_k_stride = d.b_k_stride;
  g.b_n_stride = d.b_n_stride;
  g.c = &memory[d.c_base - base];
  g.c_m_stride = d.c_m_stride;
  g.c_n_stride = d.c_n_stride;
  numerics::gemm(g);
}

std::vector<std::byte> copy_of_memory(Bench& bench) {
  return {bench.at(base), bench.at(base) + hw::sram_size};
}

std::size_t differing_bytes(Bench& bench, const std::vector<std::byte>& expected) {
  std::size_t count = 0;
  if (std::memcmp(bench.at(base), expected.data(), expected.size()) == 0) return 0;
  for (std::size_t n = 0; n < expected.size(); ++n) count += bench.at(base)[n] != expected[n] ? 1 : 0;
  return count;
}

std::uint64_t steps_of(const hw::MatrixDescriptor& d) {
  return 2ull * static_cast<unsigned>(d.m_tiles) * static_cast<unsigned>(d.n_tiles) * static_cast<unsigned>(d.k_tiles);
}

/// A dense product of the given shape in tiles; operands from `address` on.
hw::MatrixDescriptor dense(std::uint32_t address, unsigned m, unsigned n, unsigned k) {
  hw::MatrixDescriptor d{};
  d.op = 1;
  d.sem_en = 1;
  d.sem = 9;
  d.m_tiles = static_cast<std::uint16_t>(m);
  d.n_tiles = static_cast<std::uint16_t>(n);
  d.k_tiles = static_cast<std::uint16_t>(k);
  d.a_base = address;
  d.a_m_stride = k * 128;
  d.a_k_stride = 128;
  d.b_base = d.a_base + m * k * 128;
  d.b_k_stride = n * 128;
  d.b_n_stride = 128;
  d.c_base = d.b_base + k * n * 128;
  d.c_m_stride = n * 256;
  d.c_n_stride = 256;
  return d;
}

void fill_bf16(Bench& bench, std::mt19937_64& random, std::uint32_t address, std::uint32_t bytes,
               tb::OperandClass from) {
  for (std::uint32_t offset = 0; offset < bytes; offset += 2) {
    const std::uint16_t value = tb::random_bf16(random, from);
    std::memcpy(bench.at(address + offset), &value, 2);
  }
}

/// Strides of a grid of rows x columns tiles of `bytes` bytes, with gaps, in either order; returns the grid's size in
/// bytes.
std::uint32_t random_grid(std::mt19937_64& random, unsigned rows, unsigned columns, std::uint32_t bytes,
                          std::uint32_t& row_stride, std::uint32_t& column_stride) {
  const std::uint32_t pitch = bytes + 64 * static_cast<std::uint32_t>(random() % 3);
  const std::uint32_t gap = 64 * static_cast<std::uint32_t>(random() % 4);
  if (random() % 2 != 0) {
    column_stride = pitch;
    row_stride = columns * pitch + gap;
    return rows * row_stride;
  }
  row_stride = pitch;
  column_stride = rows * pitch + gap;
  return columns * column_stride;
}

/// A random descriptor whose operands lie from `address` on; moves `address` behind them.
hw::MatrixDescriptor random_descriptor(Bench& bench, std::mt19937_64& random, std::uint32_t& address) {
  hw::MatrixDescriptor d{};
  d.op = 1;
  d.a_transposed = random() % 2;
  d.b_transposed = random() % 2;
  d.c_bf16 = random() % 2;
  d.sem_en = random() % 4 != 0;
  d.sem = random() % 32;
  const auto tiles = [&] {
    return static_cast<std::uint16_t>(random() % 3 == 0 ? 1 + random() % 9 : 1 + random() % 4);
  };
  d.m_tiles = tiles();
  d.n_tiles = tiles();
  d.k_tiles = tiles();
  const tb::OperandClass from = random() % 4 == 0 ? tb::random_class(random) : tb::OperandClass::near_one;
  d.a_base = address;
  address += random_grid(random, d.m_tiles, d.k_tiles, 128, d.a_m_stride, d.a_k_stride);
  d.b_base = address;
  address += random_grid(random, d.k_tiles, d.n_tiles, 128, d.b_k_stride, d.b_n_stride);
  fill_bf16(bench, random, d.a_base, address - d.a_base, from);
  if (random() % 8 == 0) d.b_k_stride = 0;  // the same tiles for every k
  d.c_base = address;
  address += random_grid(random, d.m_tiles, d.n_tiles, d.c_bf16 != 0 ? 128 : 256, d.c_m_stride, d.c_n_stride);
  return d;
}

TEST(MatrixUnit, RandomDescriptorsWriteExactlyWhatTheModelDoes) {
  std::mt19937_64 random(1);
  std::uint64_t descriptors = 0;
  for (int round = 0; round < 120; ++round) {
    const Refusal refusal = round % 3 == 0 ? Refusal::none : round % 3 == 1 ? Refusal::banks : Refusal::random;
    Bench bench(refusal, 0.1 * static_cast<double>(random() % 8), round + 1, random());
    std::uint32_t address = base + 64 * 16 + 64 * static_cast<std::uint32_t>(random() % 1000);
    std::vector<hw::MatrixDescriptor> list(1 + random() % 6);
    for (auto& d : list) d = random_descriptor(bench, random, address);
    std::vector<unsigned> semaphores;
    std::uint64_t steps = 0;
    for (std::size_t n = 0; n < list.size(); ++n) {
      std::memcpy(bench.at(base + 64 * static_cast<std::uint32_t>(n)), &list[n], 64);
      if (list[n].sem_en != 0) semaphores.push_back(list[n].sem);
      steps += steps_of(list[n]);
    }
    std::vector<std::byte> expected = copy_of_memory(bench);
    for (const auto& d : list) execute(d, expected);
    for (std::size_t n = 0; n < list.size(); ++n) bench.command(base + 64 * static_cast<std::uint32_t>(n));
    bench.run_until_idle(1000000);
    ASSERT_EQ(differing_bytes(bench, expected), 0U) << "round " << round;
    std::vector<unsigned> counted;
    for (const auto& done : bench.events().done) counted.push_back(done.semaphore);
    EXPECT_EQ(counted, semaphores) << "round " << round;
    EXPECT_TRUE(bench.events().faults.empty());
    EXPECT_EQ(bench.unit().steps_o, steps);
    descriptors += list.size();
  }
  EXPECT_GT(descriptors, 300U);
}

TEST(MatrixUnit, SemaphoreCountsAfterTheLastWrite) {
  Bench bench(Refusal::random, 0.5);
  std::mt19937_64 random(4);
  const auto d = dense(base + 4096, 3, 3, 2);
  fill_bf16(bench, random, d.a_base, d.c_base - d.a_base, tb::OperandClass::near_one);
  std::vector<std::byte> expected = copy_of_memory(bench);
  execute(d, expected);
  std::memcpy(&expected[0], &d, 64);
  std::size_t different = 1;
  bench.on_cycle = [&] {
    if (bench.unit().done_valid_o != 0) different = differing_bytes(bench, expected);
  };
  bench.issue(base, d);
  bench.run_until_idle(10000);
  EXPECT_EQ(bench.events().done.size(), 1U);
  EXPECT_EQ(different, 0U);
}

TEST(MatrixUnit, MalformedDescriptorsAreRefusedWithTheSmallestCause) {
  std::mt19937_64 random(7);
  Bench bench(Refusal::none);
  std::array<unsigned, 7> seen{};
  const std::uint32_t end = base + static_cast<std::uint32_t>(hw::sram_size);
  for (int round = 0; round < 6000; ++round) {
    hw::MatrixDescriptor d = dense(base + 65536, 1 + random() % 4, 1 + random() % 4, 1 + random() % 4);
    std::uint32_t address = base + 64 * static_cast<std::uint32_t>(random() % 64);
    std::uint32_t* const words[] = {&d.a_base,     &d.a_m_stride, &d.a_k_stride, &d.b_base,    &d.b_k_stride,
                                    &d.b_n_stride, &d.c_base,     &d.c_m_stride, &d.c_n_stride};
    for (unsigned mutations = 1 + random() % 3; mutations != 0; --mutations) {
      std::uint32_t& word = *words[random() % 9];
      switch (random() % 9) {
        case 0:
          address ^= 1u << random() % 32;
          break;
        case 1:
          d.op = random() % 4;
          break;
        case 2:
          word += 1 + random() % 63;
          break;
        case 3:
          if (random() % 3 == 0) {
            d.m_tiles = 0;
          } else if (random() % 2 == 0) {
            d.n_tiles = 0;
          } else {
            d.k_tiles = 0;
          }
          break;
        case 4:
          word = static_cast<std::uint32_t>(random()) & ~63u;
          break;
        case 5:
          word ^= 1u << (6 + random() % 26);
          break;
        // Streams that end at the last line, or one line behind it.
        case 6:
          d.a_base =
              end - (d.m_tiles - 1u) * d.a_m_stride - (d.k_tiles - 1u) * d.a_k_stride - 128 + 64 * (random() % 2);
          break;
        case 7:
          d.b_base =
              end - (d.k_tiles - 1u) * d.b_k_stride - (d.n_tiles - 1u) * d.b_n_stride - 128 + 64 * (random() % 2);
          break;
        default:
          d.c_base =
              end - (d.m_tiles - 1u) * d.c_m_stride - (d.n_tiles - 1u) * d.c_n_stride - 256 + 64 * (random() % 2);
          break;
      }
    }
    if (random() % 16 == 0) {
      d.m_tiles = 0xffff;
      d.a_m_stride = static_cast<std::uint32_t>(random() % 2) * 0xffffffc0u;
    }
    const hw::UnitFault expected = tb::expected_fault(address, d);
    ++seen[static_cast<unsigned>(expected)];
    if (expected == hw::UnitFault::none && steps_of(d) > 2000) continue;
    if (tb::good_address(address)) std::memcpy(bench.at(address), &d, 64);
    const auto before = bench.events();
    const std::uint64_t steps = bench.unit().steps_o;
    bench.command(address);
    bench.run_until_idle(100000);
    if (expected == hw::UnitFault::none) {
      ASSERT_EQ(bench.events().faults.size(), before.faults.size()) << "round " << round;
      ASSERT_EQ(bench.events().done.size(), before.done.size() + 1);
      ASSERT_EQ(bench.unit().steps_o, steps + steps_of(d));
    } else {
      ASSERT_EQ(bench.events().faults.size(), before.faults.size() + 1) << "round " << round;
      EXPECT_EQ(bench.events().faults.back().cause, static_cast<unsigned>(expected)) << "round " << round;
      EXPECT_EQ(bench.events().faults.back().address, address);
      EXPECT_EQ(bench.events().writes, before.writes);
      EXPECT_EQ(bench.events().done.size(), before.done.size());
      EXPECT_EQ(bench.unit().steps_o, steps);
    }
  }
  for (unsigned cause = 0; cause < 6; ++cause) EXPECT_GT(seen[cause], 100U) << "cause " << cause;
}

TEST(MatrixUnit, RefusedDescriptorBetweenGoodOnesIsDropped) {
  Bench bench(Refusal::banks);
  std::mt19937_64 random(8);
  auto first = dense(base + 4096, 2, 2, 2);
  auto second = dense(base + 65536, 2, 2, 2);
  fill_bf16(bench, random, first.a_base, first.c_base - first.a_base, tb::OperandClass::near_one);
  fill_bf16(bench, random, second.a_base, second.c_base - second.a_base, tb::OperandClass::near_one);
  auto bad = first;
  bad.op = 0;
  std::memcpy(bench.at(base), &first, 64);
  std::memcpy(bench.at(base + 64), &bad, 64);
  std::memcpy(bench.at(base + 128), &second, 64);
  std::vector<std::byte> expected = copy_of_memory(bench);
  execute(first, expected);
  execute(second, expected);
  bench.command(base);
  bench.command(base + 64);
  bench.command(base + 4);
  bench.command(base + 128);
  bench.run_until_idle(10000);
  EXPECT_EQ(differing_bytes(bench, expected), 0U);
  EXPECT_EQ(bench.events().done.size(), 2U);
  ASSERT_EQ(bench.events().faults.size(), 2U);
  EXPECT_EQ(bench.events().faults[0].address, base + 64);
  EXPECT_EQ(bench.events().faults[1].cause, static_cast<unsigned>(hw::UnitFault::descriptor_address));
}

/// Steps per cycle between the first and the last step, and cycles from command to done.
struct Rate {
  double steady;
  std::uint64_t cycles;
};

Rate rate_of(Refusal refusal, const std::vector<hw::MatrixDescriptor>& list) {
  Bench bench(refusal);
  std::mt19937_64 random(2);
  for (std::size_t n = 0; n < list.size(); ++n) {
    fill_bf16(bench, random, list[n].a_base, list[n].c_base - list[n].a_base, tb::OperandClass::near_one);
    std::memcpy(bench.at(base + 64 * static_cast<std::uint32_t>(n)), &list[n], 64);
  }
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t steps = 0;
  bench.on_cycle = [&] {
    if (bench.unit().steps_o == steps) return;
    steps = bench.unit().steps_o;
    last = bench.cycle_number();
    if (first == 0) first = last;
  };
  const std::uint64_t start = bench.cycle_number();
  for (std::size_t n = 0; n < list.size(); ++n) bench.command(base + 64 * static_cast<std::uint32_t>(n));
  bench.run_until_idle(1000000);
  EXPECT_EQ(bench.events().done.size(), list.size());
  return {static_cast<double>(steps) / static_cast<double>(last - first + 1), bench.events().done.back().cycle - start};
}

TEST(MatrixUnit, LargeProductRunsAStepNearlyEveryCycle) {
  for (const Refusal refusal : {Refusal::none, Refusal::banks}) {
    const Rate rate = rate_of(refusal, {dense(base + 4096, 32, 32, 32)});
    EXPECT_GE(rate.steady, 0.999);
    EXPECT_LE(rate.cycles, 65700U);
    RecordProperty(refusal == Refusal::none ? "cycles" : "cycles_with_banks", static_cast<int>(rate.cycles));
  }
}

TEST(MatrixUnit, SmallProductHasLittleOverhead) {
  for (const Refusal refusal : {Refusal::none, Refusal::banks}) {
    const Rate rate = rate_of(refusal, {dense(base + 4096, 8, 8, 8)});
    EXPECT_LE(rate.cycles, 1060U);
    EXPECT_GE(rate.steady, 0.99);
  }
}

TEST(MatrixUnit, EveryMacroTileShapeButTheSingleTileRunsAtFullRate) {
  EXPECT_EQ(rate_of(Refusal::none, {dense(base + 4096, 2, 2, 16)}).steady, 1.0);
  EXPECT_EQ(rate_of(Refusal::none, {dense(base + 4096, 2, 1, 16)}).steady, 1.0);
  EXPECT_EQ(rate_of(Refusal::none, {dense(base + 4096, 1, 2, 16)}).steady, 1.0);
  EXPECT_EQ(rate_of(Refusal::none, {dense(base + 4096, 3, 2, 16)}).steady, 1.0);
  // One accumulator: each step waits for the one before to be rounded.
  EXPECT_NEAR(rate_of(Refusal::none, {dense(base + 4096, 1, 1, 16)}).steady, 0.5, 0.02);
}

TEST(MatrixUnit, DescriptorsFollowEachOtherWithoutAPause) {
  std::vector<hw::MatrixDescriptor> list(8);
  for (std::uint32_t n = 0; n < 8; ++n) list[n] = dense(base + 4096 + n * 65536, 2, 4, 8);
  EXPECT_EQ(rate_of(Refusal::none, list).steady, 1.0);
  EXPECT_GE(rate_of(Refusal::banks, list).steady, 0.99);
}

TEST(MatrixUnit, SameCyclesFromAnyInitialState) {
  std::vector<tb::UnitEvents> events;
  std::vector<std::uint64_t> stalls;
  for (const int seed : {1, 2, 3}) {
    std::mt19937_64 random(11);
    Bench bench(Refusal::random, 0.3, seed, 5);
    std::uint32_t address = base + 1024;
    for (std::uint32_t n = 0; n < 6; ++n) bench.issue(base + 64 * n, random_descriptor(bench, random, address));
    bench.command(base + 3);
    bench.run_until_idle(1000000);
    events.push_back(bench.events());
    stalls.push_back(bench.unit().operand_stalls_o * 1000003 + bench.unit().drain_stalls_o);
  }
  EXPECT_EQ(events[0], events[1]);
  EXPECT_EQ(events[0], events[2]);
  EXPECT_EQ(stalls[0], stalls[1]);
  EXPECT_EQ(stalls[0], stalls[2]);
}

TEST(MatrixUnit, StallCountersSayWhatWasMissing) {
  // Every cycle from the first macro-tile on is a step or a stall of one kind.
  Bench starved(Refusal::random, 0.7);
  const auto d = dense(base + 4096, 4, 4, 8);
  starved.issue(base, d);
  starved.run_until_idle(100000);
  EXPECT_GT(starved.unit().operand_stalls_o, starved.unit().steps_o / 4);
  // One k tile: eight steps for sixteen lines of results.
  Bench draining(Refusal::none);
  draining.issue(base, dense(base + 4096, 8, 8, 1));
  draining.run_until_idle(100000);
  EXPECT_GT(draining.unit().drain_stalls_o, draining.unit().steps_o / 2);
  EXPECT_LT(draining.unit().operand_stalls_o, 20U);
  const std::uint64_t before = draining.unit().drain_stalls_o + draining.unit().operand_stalls_o;
  for (int n = 0; n < 100; ++n) draining.cycle();
  EXPECT_EQ(draining.unit().drain_stalls_o + draining.unit().operand_stalls_o, before) << "an idle unit counts nothing";
}

TEST(MatrixUnit, AFlippedAccumulatorBitIsFound) {
  for (const unsigned bit : {0u, 22u, 23u, 31u}) {
    Bench bench(Refusal::none);
    std::mt19937_64 random(3);
    const auto d = dense(base + 4096, 2, 2, 4);
    fill_bf16(bench, random, d.a_base, d.c_base - d.a_base, tb::OperandClass::near_one);
    std::memcpy(bench.at(base), &d, 64);
    std::vector<std::byte> expected = copy_of_memory(bench);
    execute(d, expected);
    bool flipped = false;
    bench.on_cycle = [&] {
      if (flipped || bench.unit().vw_valid_o == 0) return;  // the first line is written, the second tile waits
      bench.unit().rootp->matrix_unit__DOT__u_datapath__DOT__accumulator_q[1][27] ^= 1u << bit;
      flipped = true;
    };
    bench.command(base);
    bench.run_until_idle(10000);
    EXPECT_TRUE(flipped);
    EXPECT_GT(differing_bytes(bench, expected), 0U) << "bit " << bit;
  }
}

TEST(MatrixUnit, IsIdleOnlyWithoutWork) {
  Bench bench(Refusal::none);
  bench.cycle();
  EXPECT_EQ(bench.unit().idle_o, 1);
  bench.unit().command_valid_i = 1;
  bench.unit().command_address_i = base;
  bench.unit().eval();
  EXPECT_EQ(bench.unit().idle_o, 0) << "a command that arrives is work";
  bench.unit().command_valid_i = 0;
  bench.unit().eval();
  bool idle_before_done = false;
  bool done = false;
  bench.on_cycle = [&] {
    if (bench.unit().done_valid_o != 0) done = true;
    if (bench.unit().idle_o != 0 && !done) idle_before_done = true;
    if (bench.unit().done_valid_o != 0 && bench.unit().idle_o != 0) idle_before_done = true;
  };
  bench.issue(base, dense(base + 4096, 3, 3, 3));
  bench.run_until_idle(10000);
  EXPECT_TRUE(done);
  EXPECT_FALSE(idle_before_done);
}

}  // namespace
