// Block test of rtl/node/float_lanes.sv against the golden model's arithmetic.
// DOJO_NIGHTLY=1 makes the random test 10**8 lane operations long.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <random>

#include "Vfloat_lanes.h"
#include "model/float32.hpp"
#include "sim/assertion.hpp"
#include "tb/float/lanes_bench.hpp"
#include "tb/float/operands.hpp"

namespace {

using namespace dojo;
using float32::Rounding;
using tb::float_lanes;
using tb::Line;
using Bench = tb::PipelineBench<Vfloat_lanes>;

constexpr std::uint64_t latency = 4;  // float_pkg::FmaLatency

/// float_pkg::fma_op_e.
enum class Op : std::uint8_t { multiply_add, add, multiply };

struct Operation {
  Op op = Op::multiply_add;
  bool negate_product = false;
  bool negate_addend = false;
  Rounding rounding = Rounding::nearest_even;
  std::uint32_t enable = 0xffff;
};

std::uint32_t golden(const Operation& operation, std::uint32_t a, std::uint32_t b, std::uint32_t c,
                     float32::Flags& flags) {
  const std::uint32_t x = operation.negate_product ? a ^ float32::sign_bit : a;
  const std::uint32_t z = operation.negate_addend ? c ^ float32::sign_bit : c;
  switch (operation.op) {
    case Op::add:
      return float32::add(x, z, operation.rounding, flags);
    case Op::multiply:
      return float32::mul(x, b, operation.rounding, flags);
    case Op::multiply_add:
      break;
  }
  return float32::fma(x, b, z, operation.rounding, flags);
}

void operate(Bench& bench, const Operation& operation, const Line& a, const Line& b, const Line& c) {
  bench->op_i = static_cast<std::uint8_t>(operation.op);
  bench->negate_product_i = operation.negate_product;
  bench->negate_addend_i = operation.negate_addend;
  bench->rounding_i = static_cast<std::uint8_t>(operation.rounding);
  bench->enable_i = static_cast<std::uint16_t>(operation.enable);
  tb::set_line(bench->a_i, a);
  tb::set_line(bench->b_i, b);
  tb::set_line(bench->c_i, c);
  tb::Expected expected{};
  expected.enable = operation.enable;
  for (std::size_t lane = 0; lane < float_lanes; ++lane) {
    if ((operation.enable >> lane & 1) == 0) continue;
    expected.result[lane] = golden(operation, a[lane], b[lane], c[lane], expected.flags);
  }
  bench.operate(expected);
}

Operation random_operation(std::uint64_t r) {
  Operation operation;
  operation.op = static_cast<Op>(r % 3);
  operation.negate_product = (r >> 8 & 1) != 0;
  operation.negate_addend = (r >> 9 & 1) != 0;
  operation.rounding = static_cast<Rounding>((r >> 16) % 5);
  // All lanes, some, or a single one.
  const auto lanes = static_cast<std::uint32_t>(r >> 32);
  operation.enable = (r >> 10 & 3) < 2 ? 0xffffu : (r >> 10 & 3) == 2 ? lanes & 0xffffu : 1u << lanes % 16;
  return operation;
}

TEST(FloatLanes, EveryTripleOfCornersInEveryRoundingEqualsTheModel) {
  Bench bench(1, latency);
  for (unsigned rounding = 0; rounding < 5; ++rounding) {
    for (const std::uint32_t x : tb::float_corners) {
      Line a;
      a.fill(x);
      for (const std::uint32_t y : tb::float_corners) {
        Line b;
        b.fill(y);
        for (std::size_t first = 0; first < tb::float_corners.size(); first += float_lanes) {
          Line c;
          std::copy_n(tb::float_corners.begin() + static_cast<std::ptrdiff_t>(first), float_lanes, c.begin());
          operate(bench, {.rounding = static_cast<Rounding>(rounding)}, a, b, c);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
  bench.drain();
}

TEST(FloatLanes, SubnormalResultsAreRoundedOnce) {
  Bench bench(5, latency);
  for (const tb::FmaCase& n : tb::fma_cases) {
    Line a;
    Line b;
    Line c;
    a.fill(std::bit_cast<std::uint32_t>(n.a));
    b.fill(std::bit_cast<std::uint32_t>(n.b));
    c.fill(std::bit_cast<std::uint32_t>(n.c));
    for (unsigned rounding = 0; rounding < 5; ++rounding) {
      operate(bench, {.rounding = static_cast<Rounding>(rounding)}, a, b, c);
      if (HasFatalFailure()) return;
    }
  }
  bench.drain();
}

TEST(FloatLanes, EveryPairOfCornersOfEveryOperationRaisesItsOwnFlags) {
  Bench bench(2, latency);
  for (unsigned n = 0; n < 60; ++n) {
    Operation operation;
    operation.op = static_cast<Op>(n % 3);
    operation.rounding = static_cast<Rounding>(n / 3 % 5);
    operation.negate_product = n / 15 % 2 != 0;
    operation.negate_addend = n / 30 != 0;
    for (const std::uint32_t x : tb::float_corners) {
      for (std::size_t k = 0; k < tb::float_corners.size(); ++k) {
        // One lane each, so that no flag hides behind another lane's.
        const std::size_t lane = k % float_lanes;
        operation.enable = 1u << lane;
        Line a{};
        Line b{};
        a[lane] = x;
        b[lane] = tb::float_corners[k];
        operate(bench, operation, a, b, b);
        if (HasFatalFailure()) return;
      }
    }
  }
  bench.drain();
}

TEST(FloatLanes, MillionsOfRandomOperationsEqualTheModelFromAnyInitialState) {
  const std::size_t lines = std::getenv("DOJO_NIGHTLY") != nullptr ? 100'000'000 / (3 * float_lanes) : 100'000;
  for (const int seed : {1, 2, 3}) {
    Bench bench(seed, latency);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    for (std::size_t n = 0; n < lines; ++n) {
      const std::uint64_t r = random();
      const Operation operation = random_operation(r);
      Line a;
      Line b;
      Line c;
      for (std::size_t lane = 0; lane < float_lanes; ++lane) {
        a[lane] = tb::random_float(random);
        b[lane] = tb::random_float(random);
        c[lane] = tb::random_float(random);
      }
      // One of four cancels: the addend is near the product's opposite.
      if ((r >> 12 & 3) == 0) {
        for (std::size_t lane = 0; lane < float_lanes; ++lane) {
          float32::Flags ignored = 0;
          const std::uint32_t product = float32::mul(a[lane], b[lane], Rounding::nearest_even, ignored);
          c[lane] = (product ^ float32::sign_bit) + static_cast<std::uint32_t>(lane % 5) - 2;
        }
      }
      operate(bench, operation, a, b, c);
      if ((r >> 20 & 15) == 0) bench.pause();
      if (HasFatalFailure()) return;
    }
    bench.drain();
  }
}

}  // namespace
