// Random operations reach every cover property of the floating-point lanes and of the scalar unit. Results are compared
// by the tests of the blocks.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "Vcfloat_lanes.h"
#include "Vfloat_divide_lanes.h"
#include "Vfloat_lanes.h"
#include "Vfloat_simple_lanes.h"
#include "Vfloat_unit.h"
#include "sim/assertion.hpp"
#include "tb/float/lanes_bench.hpp"
#include "tb/float/operands.hpp"
#include "tb/noc/cover_counts.hpp"

namespace {

using namespace dojo;
using tb::Line;

Line random_line(std::mt19937_64& random) {
  Line line;
  for (std::uint32_t& value : line) value = tb::random_float(random);
  return line;
}

/// Lets `drive` set the ports before each cycle; every cover property must have been met at the end.
template <class Dut, class Drive>
void expect_covered(const std::string& module, std::size_t properties, Drive drive) {
  tb::ClockedBench<Dut> bench(1);
  std::mt19937_64 random(1);
  for (int n = 0; n < 40'000; ++n) {
    drive(bench.dut(), random);
    if (n < 2) {
      bench.reset();
    } else {
      bench.cycle();
    }
  }
  const auto counts = tb::cover_counts(bench.context(), module);
  std::size_t checked = 0;
  for (const auto& [name, count] : counts) {
    // The scalar unit never fills the pipelines of its lanes, which have their own tests.
    if (name.starts_with("u_") && !name.starts_with("u_long.")) continue;
    ++checked;
    EXPECT_GT(count, 0U) << name << " was never reached";
  }
  EXPECT_EQ(checked, properties);
}

TEST(FloatCover, RandomArithmeticReachesEveryCase) {
  expect_covered<Vfloat_lanes>("float_lanes", 3, [](Vfloat_lanes& dut, std::mt19937_64& random) {
    dut.valid_i = random() % 8 != 0;
    dut.op_i = random() % 3;
    dut.negate_product_i = random() % 2;
    dut.negate_addend_i = random() % 2;
    dut.rounding_i = random() % 5;
    dut.enable_i = random() & 0xffff;
    tb::set_line(dut.a_i, random_line(random));
    tb::set_line(dut.b_i, random_line(random));
    tb::set_line(dut.c_i, random_line(random));
  });
}

TEST(FloatCover, RandomComparisonsAndConversionsReachEveryCase) {
  expect_covered<Vfloat_simple_lanes>("float_simple_lanes", 2, [](Vfloat_simple_lanes& dut, std::mt19937_64& random) {
    dut.valid_i = random() % 8 != 0;
    dut.op_i = random() % 20;
    dut.rounding_i = random() % 5;
    dut.enable_i = random() & 0xffff;
    tb::set_line(dut.a_i, random_line(random));
    tb::set_line(dut.b_i, random_line(random));
  });
}

TEST(FloatCover, RandomConversionsOfConfigurableFloatsReachEveryCase) {
  expect_covered<Vcfloat_lanes>("cfloat_lanes", 2, [](Vcfloat_lanes& dut, std::mt19937_64& random) {
    dut.valid_i = random() % 8 != 0;
    dut.widen_i = random() % 4 == 0;
    dut.bf16_i = random() % 4 == 0;
    dut.format_i = random() % 4;
    dut.bias_i = random() % 64;
    dut.stochastic_i = random() % 2;
    dut.seed_i = random();
    dut.index_i = random() % 64 * 16;
    dut.enable_i = random() & 0xffff;
    Line data = random_line(random);
    // Half of them around the range of the formats.
    for (std::size_t lane = 0; lane < tb::float_lanes; lane += 2) {
      data[lane] = (data[lane] & 0x807fffffu) | (60 + static_cast<std::uint32_t>(random() % 100)) << 23;
    }
    tb::set_line(dut.data_i, data);
  });
}

TEST(FloatCover, RandomDivisionsReachEveryCase) {
  expect_covered<Vfloat_divide_lanes>("float_divide_lanes", 2, [](Vfloat_divide_lanes& dut, std::mt19937_64& random) {
    dut.start_valid_i = random() % 4 != 0;
    dut.sqrt_i = random() % 2;
    dut.rounding_i = random() % 5;
    dut.enable_i = random() & 0xffff;
    tb::set_line(dut.a_i, random_line(random));
    tb::set_line(dut.b_i, random_line(random));
    dut.done_ready_i = random() % 4 != 0;
  });
}

TEST(FloatCover, RandomScalarOperationsReachEveryCaseOfTheUnitAndItsLongConversions) {
  expect_covered<Vfloat_unit>("float_unit", 3, [](Vfloat_unit& dut, std::mt19937_64& random) {
    dut.start_valid_i = random() % 4 != 0;
    dut.op_i = random() % 30;
    dut.rounding_i = random() % 5;
    const std::uint64_t high = random();
    dut.a_i = high << 32 | tb::random_float(random);
    // Long integers of 24 ones and more, which round up into the next power of two.
    if (random() % 16 == 0) dut.a_i = ~std::uint64_t{0} >> 1 >> random() % 32;
    dut.b_i = tb::random_float(random);
    dut.c_i = tb::random_float(random);
    dut.done_ready_i = random() % 4 != 0;
  });
}

}  // namespace
