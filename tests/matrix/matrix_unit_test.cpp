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
#include "tb/matrix/matrix_work.hpp"
#include "tb/matrix/operands.hpp"
#include "tb/matrix/unit_bench.hpp"

namespace {

using namespace dojo;
using tb::copy_of_memory;
using tb::dense;
using tb::differing_bytes;
using tb::execute;
using tb::fill_bf16;
using tb::random_descriptor;
using tb::Refusal;
using tb::steps_of;
using Bench = tb::UnitBench<Vmatrix_unit>;

constexpr std::uint32_t base = Bench::base;

using Line = std::array<std::uint32_t, 16>;

void write_accumulator(Bench& bench, unsigned line, const std::uint32_t* values, unsigned enable) {
  bench.unit().accumulator_write_valid_i = 1;
  bench.unit().accumulator_line_i = static_cast<unsigned char>(line);
  bench.unit().accumulator_enable_i = static_cast<unsigned short>(enable);
  std::memcpy(&bench.unit().accumulator_data_i, values, 64);
  bench.cycle();
  bench.unit().accumulator_write_valid_i = 0;
}

Line read_accumulator(Bench& bench, unsigned line) {
  bench.unit().accumulator_read_valid_i = 1;
  bench.unit().accumulator_line_i = static_cast<unsigned char>(line);
  bench.cycle();
  bench.unit().accumulator_read_valid_i = 0;
  Line data;
  std::memcpy(data.data(), &bench.unit().accumulator_data_o, 64);
  return data;
}

TEST(MatrixUnit, RandomDescriptorsWriteExactlyWhatTheModelDoes) {
  std::mt19937_64 random(1);
  std::uint64_t descriptors = 0;
  std::uint64_t images = 0;
  std::uint64_t images_of_cfloat8 = 0;
  std::uint64_t named = 0;
  std::uint64_t without_operands = 0;
  for (int round = 0; round < 400; ++round) {
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
      const bool image = list[n].op == static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
      images += image ? 1 : 0;
      images_of_cfloat8 += image && list[n].a_format != 0 ? 1 : 0;
      named += list[n].accumulator_named;
      without_operands += list[n].k_tiles == 0 ? 1 : 0;
    }
    std::vector<std::byte> expected = copy_of_memory(bench);
    tb::NamedAccumulators accumulators;
    for (auto& value : accumulators) value = tb::random_fp32(random, tb::random_class(random));
    for (unsigned line = 0; line < 64; ++line) write_accumulator(bench, line, &accumulators[16 * line], 0xffff);
    for (const auto& d : list) execute(d, expected, accumulators);
    for (std::size_t n = 0; n < list.size(); ++n) bench.command(base + 64 * static_cast<std::uint32_t>(n));
    bench.run_until_idle(1000000);
    ASSERT_EQ(differing_bytes(bench, expected), 0U) << "round " << round;
    for (unsigned line = 0; line < 64; ++line) {
      const auto data = read_accumulator(bench, line);
      ASSERT_EQ(std::memcmp(data.data(), &accumulators[16 * line], 64), 0) << "round " << round << ", line " << line;
    }
    std::vector<unsigned> counted;
    for (const auto& done : bench.events().done) counted.push_back(done.semaphore);
    EXPECT_EQ(counted, semaphores) << "round " << round;
    EXPECT_TRUE(bench.events().faults.empty());
    EXPECT_EQ(bench.unit().steps_o, steps);
    descriptors += list.size();
  }
  EXPECT_GT(descriptors, 1000U);
  EXPECT_GT(images, 300U);
  EXPECT_GT(images_of_cfloat8, 150U);
  EXPECT_GT(named, 300U);
  EXPECT_GT(without_operands, 25U);
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
  std::array<unsigned, 8> seen{};
  const std::uint32_t end = base + static_cast<std::uint32_t>(hw::sram_size);
  for (int round = 0; round < 6000; ++round) {
    hw::MatrixDescriptor d = dense(base + 65536, 1 + random() % 4, 1 + random() % 4, 1 + random() % 4);
    std::uint32_t address = base + 64 * static_cast<std::uint32_t>(random() % 64);
    std::uint32_t* const words[] = {&d.a_base,     &d.a_m_stride, &d.a_k_stride, &d.b_base,    &d.b_k_stride,
                                    &d.b_n_stride, &d.c_base,     &d.c_m_stride, &d.c_n_stride};
    for (unsigned mutations = 1 + random() % 3; mutations != 0; --mutations) {
      std::uint32_t& word = *words[random() % 9];
      switch (random() % 12) {
        case 0:
          address ^= 1u << random() % 32;
          break;
        case 1:
          d.op = random() % 4;
          break;
        case 9:
          d.a_format = random() % 4;
          if (random() % 2 != 0) d.b_format = random() % 4;
          break;
        case 10:
          d.accumulator_named = random() % 2;
          d.accumulator_continue = random() % 2;
          d.c_absent = random() % 2;
          if (random() % 4 != 0) {
            d.m_tiles = static_cast<std::uint16_t>(1 + random() % 3);
            d.n_tiles = static_cast<std::uint16_t>(1 + random() % 2);
          }
          if (random() % 4 == 0) d.k_tiles = 0;
          break;
        case 11: {
          const std::uint32_t bytes = tb::random_image(random, d.a_base, d);
          if (random() % 2 == 0) d.a_base = end - bytes + 64 * static_cast<std::uint32_t>(random() % 8);
          if (random() % 3 == 0) {
            switch (random() % 9) {
              case 0:
                d.channel_tiles = 0;
                break;
              case 1:
                d.row_tiles = 0;
                break;
              case 2:
                d.image_width = 0;
                break;
              case 3:
                d.image_height = 0;
                break;
              case 4:
                d.kernel_width = 0;
                break;
              case 5:
                d.stride_x = 0;
                break;
              case 6:
                d.stride_y = 0;
                break;
              case 7:
                d.dilation_x = 0;
                break;
              default:
                d.dilation_y = 0;
                break;
            }
          } else if (random() % 3 == 0) {
            d.a_row_stride ^= 1u << random() % 32;
          }
          break;
        }
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
  for (unsigned cause = 0; cause < 8; ++cause) {
    if (cause != static_cast<unsigned>(hw::UnitFault::remote_address))
      EXPECT_GT(seen[cause], 100U) << "cause " << cause;
  }
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
