// Block test of rtl/node/float_divide_lanes.sv against the golden model's arithmetic.
// DOJO_NIGHTLY=1 makes the random test 10**8 lane operations long.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

#include "Vfloat_divide_lanes.h"
#include "model/float32.hpp"
#include "sim/assertion.hpp"
#include "tb/float/lanes_bench.hpp"
#include "tb/float/operands.hpp"

namespace {

using namespace dojo;
using float32::Flags;
using float32::Rounding;
using tb::float_lanes;
using tb::Line;

constexpr std::uint64_t latency = 16;

struct Operation {
  bool sqrt = false;
  Rounding rounding = Rounding::nearest_even;
  std::uint32_t enable = 0xffff;
  unsigned wait = 0;  ///< cycles that the result is not taken
};

class Bench : public tb::ClockedBench<Vfloat_divide_lanes> {
 public:
  explicit Bench(int seed) : ClockedBench(seed) {
    dut().start_valid_i = dut().done_ready_i = 0;
    reset();
  }

  void operate(const Operation& operation, const Line& a, const Line& b) {
    dut().start_valid_i = 1;
    dut().sqrt_i = operation.sqrt;
    dut().rounding_i = static_cast<std::uint8_t>(operation.rounding);
    dut().enable_i = static_cast<std::uint16_t>(operation.enable);
    tb::set_line(dut().a_i, a);
    tb::set_line(dut().b_i, b);
    ASSERT_EQ(dut().start_ready_o, 1);
    cycle();
    // Other operands at the ports change nothing from now on.
    dut().sqrt_i = !operation.sqrt;
    dut().enable_i = 0;
    tb::set_line(dut().a_i, b);
    for (std::uint64_t n = 1; n < latency; ++n) {
      ASSERT_EQ(dut().start_ready_o, 0);
      ASSERT_EQ(dut().done_valid_o, 0);
      cycle();
    }
    dut().start_valid_i = 0;
    for (unsigned n = 0; n <= operation.wait; ++n) {
      compare(operation, a, b);
      if (testing::Test::HasFatalFailure()) return;
      dut().done_ready_i = n == operation.wait;
      cycle();
    }
    dut().done_ready_i = 0;
    ASSERT_EQ(dut().done_valid_o, 0);
  }

 private:
  void compare(const Operation& operation, const Line& a, const Line& b) {
    ASSERT_EQ(dut().done_valid_o, 1);
    const Line result = tb::get_line(dut().result_o);
    Flags expected_flags = 0;
    for (std::size_t lane = 0; lane < float_lanes; ++lane) {
      if ((operation.enable >> lane & 1) == 0) continue;
      const std::uint32_t expected = operation.sqrt
                                         ? float32::sqrt(a[lane], operation.rounding, expected_flags)
                                         : float32::div(a[lane], b[lane], operation.rounding, expected_flags);
      ASSERT_EQ(result[lane], expected) << fmt::format("{} {:08x} {:08x} rounding {}", operation.sqrt ? "sqrt" : "div",
                                                       a[lane], b[lane], static_cast<int>(operation.rounding));
    }
    ASSERT_EQ(dut().flags_o, expected_flags)
        << fmt::format("{} {:08x} {:08x} rounding {}", operation.sqrt ? "sqrt" : "div", a[0], b[0],
                       static_cast<int>(operation.rounding));
  }
};

TEST(FloatDivideLanes, EveryPairOfCornersInEveryRoundingEqualsTheModel) {
  Bench bench(1);
  for (unsigned n = 0; n < 10; ++n) {
    const Operation operation{.sqrt = n % 2 != 0, .rounding = static_cast<Rounding>(n / 2)};
    for (const std::uint32_t x : tb::float_corners) {
      Line a;
      a.fill(x);
      for (std::size_t first = 0; first < tb::float_corners.size(); first += float_lanes) {
        Line b;
        std::copy_n(tb::float_corners.begin() + static_cast<std::ptrdiff_t>(first), float_lanes, b.begin());
        bench.operate(operation, a, b);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(FloatDivideLanes, EveryLaneRaisesItsOwnFlags) {
  Bench bench(2);
  for (const std::uint32_t x : tb::float_corners) {
    for (std::size_t k = 0; k < tb::float_corners.size(); ++k) {
      Operation operation;
      operation.enable = 1u << k % float_lanes;
      Line a{};  // 0 / 0 in the others
      Line b{};
      a[k % float_lanes] = x;
      b[k % float_lanes] = tb::float_corners[k];
      bench.operate(operation, a, b);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(FloatDivideLanes, RandomOperationsEqualTheModelFromAnyInitialState) {
  const std::size_t lines = std::getenv("DOJO_NIGHTLY") != nullptr ? 100'000'000 / (3 * float_lanes) : 30'000;
  for (const int seed : {1, 2, 3}) {
    Bench bench(seed);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    for (std::size_t n = 0; n < lines; ++n) {
      const std::uint64_t r = random();
      Operation operation;
      operation.sqrt = r % 3 == 0;
      operation.rounding = static_cast<Rounding>((r >> 16) % 5);
      operation.enable = (r >> 10 & 1) != 0 ? 0xffffu : static_cast<std::uint32_t>(r >> 32) & 0xffffu;
      operation.wait = (r >> 20 & 7) == 0 ? (r >> 23 & 3) : 0;
      Line a;
      Line b;
      for (std::size_t lane = 0; lane < float_lanes; ++lane) {
        a[lane] = tb::random_float(random);
        b[lane] = tb::random_float(random);
        if ((r >> 50 & 3) == 0) {
          // Exact results and their neighbours: a product divided, a square's root; quotients near the smallest normal.
          Flags ignored = 0;
          const std::uint32_t factor = (b[lane] & 0x807ff000u) | 0x20000000u;
          const std::uint32_t product =
              float32::mul(b[lane], operation.sqrt ? b[lane] : factor, Rounding::nearest_even, ignored);
          a[lane] = product + static_cast<std::uint32_t>(lane % 3) - 1;
        }
      }
      bench.operate(operation, a, b);
      if (HasFatalFailure()) return;
      if ((r >> 26 & 15) == 0) bench.cycle();
    }
  }
}

}  // namespace
