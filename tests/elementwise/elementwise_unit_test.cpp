// Block test of rtl/node/elementwise_unit.sv: lanes against the golden arithmetic, descriptors of all shapes, refused
// ones, rates.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <random>
#include <vector>

#include "Velementwise_unit.h"
#include "model/numerics.hpp"
#include "tb/matrix/descriptor_check.hpp"
#include "tb/matrix/operands.hpp"
#include "tb/matrix/unit_bench.hpp"

namespace {

using namespace dojo;
using tb::OperandClass;
using tb::Refusal;
using Bench = tb::UnitBench<Velementwise_unit>;
using Op = hw::DescriptorOpElementwise;
using Line = std::array<std::uint32_t, 16>;

constexpr std::uint32_t base = Bench::base;

/// What the descriptor does, in a copy of the memory.
void execute(const hw::ElementwiseDescriptor& d, std::vector<std::byte>& memory) {
  for (std::uint32_t o = 0; o < d.outer_count; ++o) {
    for (std::uint32_t i = 0; i < d.inner_count; ++i) {
      Line x;
      Line y;
      Line result;
      std::memcpy(x.data(), &memory[d.x_base - base + o * d.x_outer_stride + i * d.x_inner_stride], 64);
      y.fill(0x80000000u);
      if (d.y_absent == 0)
        std::memcpy(y.data(), &memory[d.y_base - base + o * d.y_outer_stride + i * d.y_inner_stride], 64);
      numerics::elementwise_line(static_cast<Op>(d.op), d.scalar, x.data(), y.data(), result.data());
      if (d.d_bf16 == 0) {
        std::memcpy(&memory[d.d_base - base + o * d.d_outer_stride + i * d.d_inner_stride], result.data(), 64);
        continue;
      }
      for (std::uint32_t n = 0; n < 16; ++n) {
        const std::uint16_t value = numerics::to_bf16(result[n]);
        const std::uint32_t offset = o * d.d_outer_stride + i / 2 * d.d_inner_stride + i % 2 * 32 + n * 2;
        std::memcpy(&memory[d.d_base - base + offset], &value, 2);
      }
    }
  }
}

std::vector<std::byte> copy_of_memory(Bench& bench) {
  return {bench.at(base), bench.at(base) + hw::sram_size};
}

bool memory_is(Bench& bench, const std::vector<std::byte>& expected) {
  return std::memcmp(bench.at(base), expected.data(), expected.size()) == 0;
}

void fill_fp32(Bench& bench, std::mt19937_64& random, std::uint32_t address, std::uint32_t bytes, OperandClass from) {
  for (std::uint32_t offset = 0; offset < bytes; offset += 4) {
    const std::uint32_t value = tb::random_fp32(random, from);
    std::memcpy(bench.at(address + offset), &value, 4);
  }
}

hw::ElementwiseDescriptor dense(std::uint32_t address, Op op, unsigned inner, unsigned outer) {
  hw::ElementwiseDescriptor d{};
  d.op = static_cast<std::uint8_t>(op);
  d.sem_en = 1;
  d.sem = 21;
  d.inner_count = static_cast<std::uint16_t>(inner);
  d.outer_count = static_cast<std::uint16_t>(outer);
  d.scalar = std::bit_cast<std::uint32_t>(0.75F);
  d.x_inner_stride = d.y_inner_stride = d.d_inner_stride = 64;
  d.x_outer_stride = d.y_outer_stride = d.d_outer_stride = 64 * inner;
  d.x_base = address;
  d.y_base = d.x_base + 64 * inner * outer;
  d.d_base = d.y_base + 64 * inner * outer;
  return d;
}

TEST(FmaLanes, MillionsOfLanesEqualTheReference) {
  Bench bench;
  std::mt19937_64 random(1);
  std::size_t lanes = 0;
  std::size_t finite = 0;
  constexpr unsigned lines = 512;
  std::vector<std::byte> expected;
  for (int round = 0; round < 160; ++round) {
    hw::ElementwiseDescriptor d = dense(base + 4096,
                                        round % 8 == 7   ? Op::gate
                                        : round % 5 == 4 ? Op::relu
                                                         : Op::fma,
                                        lines, 1);
    d.scalar = tb::random_fp32(random, tb::random_class(random));
    d.d_bf16 = round % 4 == 3;
    for (std::uint32_t line = 0; line < lines; ++line) {
      fill_fp32(bench, random, d.x_base + 64 * line, 64, tb::random_class(random));
      fill_fp32(bench, random, d.y_base + 64 * line, 64, tb::random_class(random));
      // Every other line cancels: y is the negative product, rounded and nudged.
      if (line % 2 == 0) continue;
      for (std::uint32_t n = 0; n < 16; ++n) {
        std::uint32_t x;
        std::memcpy(&x, bench.at(d.x_base + 64 * line + 4 * n), 4);
        const float product = std::bit_cast<float>(d.scalar) * std::bit_cast<float>(x);
        const std::uint32_t y = tb::nudged(random, std::bit_cast<std::uint32_t>(-product), 2);
        std::memcpy(bench.at(d.y_base + 64 * line + 4 * n), &y, 4);
      }
    }
    std::memcpy(bench.at(base), &d, 64);
    expected = copy_of_memory(bench);
    execute(d, expected);
    bench.command(base);
    bench.run_until_idle(10000);
    ASSERT_TRUE(memory_is(bench, expected)) << "round " << round;
    lanes += lines * 16;
    if (d.d_bf16 != 0) continue;
    for (std::uint32_t offset = 0; offset < 64 * lines; offset += 4) {
      std::uint32_t value;
      std::memcpy(&value, bench.at(d.d_base + offset), 4);
      finite += (value & 0x7f800000u) != 0x7f800000u && (value & 0x7fffffffu) != 0 ? 1 : 0;
    }
  }
  EXPECT_GE(lanes, 1000000U);
  EXPECT_GT(finite, lanes / 3);
}

TEST(FmaLanes, SubnormalResultsAreRoundedOnce) {
  struct Case {
    float s, x, y;
    std::uint32_t result;
  };
  const std::vector<Case> cases = {
      {0x1p-75F, 0x1p-75F, 0.0F, 0u},                   // half of the smallest number: a tie, to even
      {0x1p-75F, 0x1.000002p-75F, 0.0F, 1u},            // with one bit more, far below
      {0x1p-75F, -0x1.000002p-75F, 0.0F, 0x80000001u},  //
      // (2**46 + 1) * 2**-196: a tie but for a bit that no 64-bit window of the result's place holds
      {8392705.0F * 0x1p-98F, 8384513.0F * 0x1p-98F, 0.0F, 1u},
      {8392705.0F * 0x1p-98F, -8384513.0F * 0x1p-98F, 0.0F, 0x80000001u},
      {0x1.8p-75F, 0x1p-74F, 0.0F, 2u},                 // 1.5 of the smallest: a tie, to even
      {0x1.8p-75F, 0x1.fffffep-75F, 0.0F, 1u},          // just below it
      {0x1.8p-75F, 0x1.000002p-74F, 0.0F, 2u},          // just above it
      {0x1p-100F, 0x1p-100F, 0x1p-149F, 1u},            // far below a subnormal
      {-0x1p-100F, 0x1p-100F, 0x1p-149F, 1u},           //
      {0x1.fffffep-64F, 0x1p-63F, 0.0F, 0x00800000u},   // rounds up to the smallest normal number
      {0x1p-149F, 0x1p-149F, -0.0F, 0u},                // underflows, and keeps the sign of the sum
      {-0x1p-149F, 0x1p-149F, 0.0F, 0x80000000u},       //
      {-0.0F, 1.0F, -0.0F, 0x80000000u},                // zeros
      {-0.0F, 1.0F, 0.0F, 0u},                          //
      {1.0F, 1.0F, -1.0F, 0u},                          // an exact zero
      {0x1p-149F, 0x1p127F, -0x1p-22F, 0u},             // a subnormal operand, exactly cancelled
      {0x1p127F, 2.0F, -0x1.fffffep127F, 0x73800000u},  // beyond the largest number in between only
  };
  Bench bench;
  for (const Case& c : cases) {
    hw::ElementwiseDescriptor d = dense(base + 4096, Op::fma, 1, 1);
    d.scalar = std::bit_cast<std::uint32_t>(c.s);
    Line x;
    Line y;
    Line result;
    x.fill(std::bit_cast<std::uint32_t>(c.x));
    y.fill(std::bit_cast<std::uint32_t>(c.y));
    bench.store<std::uint32_t>(d.x_base, x);
    bench.store<std::uint32_t>(d.y_base, y);
    bench.issue(base, d);
    bench.run_until_idle(1000);
    std::memcpy(result.data(), bench.at(d.d_base), 64);
    Line expected;
    expected.fill(c.result);
    EXPECT_EQ(result, expected) << c.s << " * " << c.x << " + " << c.y;
    EXPECT_EQ(numerics::fma(d.scalar, x[0], y[0]), c.result) << c.s << " * " << c.x << " + " << c.y;
  }
}

TEST(ElementwiseUnit, RandomDescriptorsWriteExactlyWhatTheModelDoes) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    const Refusal refusal = round % 3 == 0 ? Refusal::none : round % 3 == 1 ? Refusal::banks : Refusal::random;
    Bench bench(refusal, 0.1 * static_cast<double>(random() % 8), round + 1, random());
    std::uint32_t address = base + 4096;
    std::vector<hw::ElementwiseDescriptor> list(1 + random() % 8);
    std::vector<unsigned> semaphores;
    std::uint64_t lines = 0;
    for (std::size_t n = 0; n < list.size(); ++n) {
      hw::ElementwiseDescriptor& d = list[n];
      d = {};
      d.op = 1 + random() % 3;
      d.d_bf16 = random() % 3 == 0;
      d.y_absent = random() % 4 == 0;
      d.sem_en = random() % 4 != 0;
      d.sem = random() % 32;
      d.inner_count = static_cast<std::uint16_t>(1 + random() % 20);
      if (d.d_bf16 != 0) d.inner_count = static_cast<std::uint16_t>(2 * d.inner_count);
      d.outer_count = static_cast<std::uint16_t>(1 + random() % 6);
      d.scalar = tb::random_fp32(random, tb::random_class(random));
      const auto stream = [&](std::uint32_t& first, std::uint32_t& inner, std::uint32_t& outer) {
        first = address;
        inner = 64 + 64 * static_cast<std::uint32_t>(random() % 3);
        outer = d.inner_count * inner + 64 * static_cast<std::uint32_t>(random() % 3);
        address += d.outer_count * outer;
      };
      const std::uint32_t operands = address;
      stream(d.x_base, d.x_inner_stride, d.x_outer_stride);
      stream(d.y_base, d.y_inner_stride, d.y_outer_stride);
      fill_fp32(bench, random, operands, address - operands,
                random() % 4 == 0 ? OperandClass::any_bits : OperandClass::near_one);
      stream(d.d_base, d.d_inner_stride, d.d_outer_stride);
      switch (random() % 4) {
        case 0:  // a bias row for all, or one line for all
          (random() % 2 != 0 ? d.y_outer_stride : d.y_inner_stride) = 0;
          break;
        case 1:  // in place
          if (d.d_bf16 != 0) break;
          d.d_base = d.x_base;
          d.d_inner_stride = d.x_inner_stride;
          d.d_outer_stride = d.x_outer_stride;
          break;
        default:
          break;
      }
      std::memcpy(bench.at(base + 64 * static_cast<std::uint32_t>(n)), &d, 64);
      if (d.sem_en != 0) semaphores.push_back(d.sem);
      lines += static_cast<std::uint64_t>(d.inner_count) * d.outer_count;
    }
    std::vector<std::byte> expected = copy_of_memory(bench);
    for (const auto& d : list) execute(d, expected);
    for (std::size_t n = 0; n < list.size(); ++n) bench.command(base + 64 * static_cast<std::uint32_t>(n));
    bench.run_until_idle(100000);
    ASSERT_TRUE(memory_is(bench, expected)) << "round " << round;
    std::vector<unsigned> counted;
    for (const auto& done : bench.events().done) counted.push_back(done.semaphore);
    EXPECT_EQ(counted, semaphores) << "round " << round;
    EXPECT_EQ(bench.unit().lines_o, lines);
    EXPECT_TRUE(bench.events().faults.empty());
  }
}

TEST(ElementwiseUnit, SemaphoreCountsAfterTheLastWrite) {
  Bench bench(Refusal::random, 0.5);
  std::mt19937_64 random(4);
  const auto d = dense(base + 4096, Op::fma, 10, 3);
  fill_fp32(bench, random, d.x_base, d.d_base - d.x_base, OperandClass::near_one);
  std::vector<std::byte> expected = copy_of_memory(bench);
  execute(d, expected);
  std::memcpy(&expected[0], &d, 64);
  bool complete = false;
  bench.on_cycle = [&] {
    if (bench.unit().done_valid_o != 0) complete = memory_is(bench, expected);
  };
  bench.issue(base, d);
  bench.run_until_idle(10000);
  EXPECT_TRUE(complete);
  EXPECT_EQ(bench.events().done.size(), 1U);
}

TEST(ElementwiseUnit, MalformedDescriptorsAreRefusedWithTheSmallestCause) {
  std::mt19937_64 random(7);
  Bench bench;
  std::array<unsigned, 7> seen{};
  const std::uint32_t end = base + static_cast<std::uint32_t>(hw::sram_size);
  for (int round = 0; round < 6000; ++round) {
    hw::ElementwiseDescriptor d =
        dense(base + 65536, static_cast<Op>(1 + random() % 3), 2 + 2 * (random() % 4), 1 + random() % 4);
    d.d_bf16 = random() % 4 == 0;
    d.y_absent = random() % 4 == 0;
    std::uint32_t address = base + 64 * static_cast<std::uint32_t>(random() % 64);
    std::uint32_t* const words[] = {&d.x_base, &d.x_inner_stride, &d.x_outer_stride,
                                    &d.y_base, &d.y_inner_stride, &d.y_outer_stride,
                                    &d.d_base, &d.d_inner_stride, &d.d_outer_stride};
    for (unsigned mutations = 1 + random() % 3; mutations != 0; --mutations) {
      std::uint32_t& word = *words[random() % 9];
      const std::uint32_t behind = 64 * static_cast<std::uint32_t>(random() % 2);
      switch (random() % 9) {
        case 0:
          address ^= 1u << random() % 32;
          break;
        case 1:
          d.op = random() % 6;
          break;
        case 2:
          word += 1 + static_cast<std::uint32_t>(random() % 63);
          break;
        case 3:
          if (random() % 2 == 0) {
            d.inner_count = static_cast<std::uint16_t>(random() % 2);
          } else {
            d.outer_count = 0;
          }
          break;
        case 4:
          word = static_cast<std::uint32_t>(random()) & ~63u;
          break;
        case 5:
          word ^= 1u << (6 + random() % 26);
          break;
        case 6:
          d.x_base =
              end - (d.inner_count - 1u) * d.x_inner_stride - (d.outer_count - 1u) * d.x_outer_stride - 64 + behind;
          break;
        case 7:
          d.y_base =
              end - (d.inner_count - 1u) * d.y_inner_stride - (d.outer_count - 1u) * d.y_outer_stride - 64 + behind;
          break;
        default: {
          const std::uint32_t lines = d.d_bf16 != 0 ? d.inner_count / 2u : d.inner_count;
          d.d_base = end - (lines - 1u) * d.d_inner_stride - (d.outer_count - 1u) * d.d_outer_stride - 64 + behind;
        }
      }
    }
    const hw::UnitFault expected = tb::expected_fault(address, d);
    ++seen[static_cast<unsigned>(expected)];
    if (tb::good_address(address)) std::memcpy(bench.at(address), &d, 64);
    const auto before = bench.events();
    bench.command(address);
    bench.run_until_idle(100000);
    if (expected == hw::UnitFault::none) {
      ASSERT_EQ(bench.events().faults.size(), before.faults.size()) << "round " << round;
      ASSERT_EQ(bench.events().done.size(), before.done.size() + 1);
    } else {
      ASSERT_EQ(bench.events().faults.size(), before.faults.size() + 1) << "round " << round;
      EXPECT_EQ(bench.events().faults.back().cause, static_cast<unsigned>(expected)) << "round " << round;
      EXPECT_EQ(bench.events().faults.back().address, address);
      EXPECT_EQ(bench.events().writes, before.writes);
      EXPECT_EQ(bench.events().done.size(), before.done.size());
    }
  }
  for (unsigned cause = 0; cause < 6; ++cause) EXPECT_GT(seen[cause], 100U) << "cause " << cause;
}

TEST(ElementwiseUnit, OneLinePerCycle) {
  for (const Op op : {Op::fma, Op::relu, Op::gate}) {
    Bench bench;
    bench.issue(base, dense(base + 4096, op, 256, 8));
    const std::uint64_t start = bench.cycle_number();
    bench.run_until_idle(10000);
    EXPECT_LE(bench.events().done.at(0).cycle - start, 2048U + 16U);
  }
  // x, y and d meet in banks until they have drifted apart.
  Bench banks(Refusal::banks);
  banks.issue(base, dense(base + 4096, Op::fma, 256, 8));
  const std::uint64_t start = banks.cycle_number();
  banks.run_until_idle(10000);
  EXPECT_LE(banks.events().done.at(0).cycle - start, 2048U + 64U);
}

TEST(ElementwiseUnit, DescriptorsFollowEachOtherWithoutAPause) {
  Bench bench;
  for (std::uint32_t n = 0; n < 8; ++n) {
    const auto d = dense(base + 4096 + n * 8192, Op::fma, 32, 1);
    std::memcpy(bench.at(base + 64 * n), &d, 64);
  }
  const std::uint64_t start = bench.cycle_number();
  for (std::uint32_t n = 0; n < 8; ++n) bench.command(base + 64 * n);
  bench.run_until_idle(10000);
  EXPECT_LE(bench.events().done.back().cycle - start, 8U * 32U + 16U + 8U)
      << "one cycle each for the descriptors' lines";
}

TEST(ElementwiseUnit, SameCyclesFromAnyInitialState) {
  std::vector<tb::UnitEvents> events;
  for (const int seed : {1, 2, 3}) {
    Bench bench(Refusal::random, 0.3, seed, 5);
    std::uint32_t address = base + 4096;
    for (std::uint32_t n = 0; n < 6; ++n) {
      auto d = dense(address, static_cast<Op>(1 + n % 3), 6 + 2 * n, 1 + n);
      d.d_bf16 = n % 2;
      address += 65536;
      bench.issue(base + 64 * n, d);
    }
    bench.command(base + 3);
    bench.run_until_idle(100000);
    events.push_back(bench.events());
  }
  EXPECT_EQ(events[0], events[1]);
  EXPECT_EQ(events[0], events[2]);
}

TEST(ElementwiseUnit, IsIdleOnlyWithoutWork) {
  Bench bench;
  bench.cycle();
  EXPECT_EQ(bench.unit().idle_o, 1);
  bool done = false;
  bool idle_before_done = false;
  bench.on_cycle = [&] {
    if (bench.unit().idle_o != 0 && !done) idle_before_done = true;
    if (bench.unit().done_valid_o != 0) {
      done = true;
      if (bench.unit().idle_o != 0) idle_before_done = true;
    }
  };
  bench.issue(base, dense(base + 4096, Op::fma, 5, 1));
  bench.run_until_idle(10000);
  EXPECT_TRUE(done);
  EXPECT_FALSE(idle_before_done);
}

}  // namespace
