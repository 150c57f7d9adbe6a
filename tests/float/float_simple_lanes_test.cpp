// Block test of rtl/node/float_simple_lanes.sv against the golden model's arithmetic.
// DOJO_NIGHTLY=1 makes the random test 10**8 lane operations long.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "Vfloat_simple_lanes.h"
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

constexpr std::uint64_t latency = 2;  // float_pkg::SimpleLatency

/// float_pkg::simple_op_e.
enum class Op : std::uint8_t {
  min,
  max,
  sign,
  sign_negated,
  sign_xor,
  equal,
  not_equal,
  less,
  less_equal,
  classify,
  to_int32,
  to_uint32,
  to_int16,
  to_uint16,
  from_int32,
  from_uint32,
  to_bf16,
  from_bf16,
  rec7,
  rsqrt7
};
constexpr unsigned ops = 20;

bool is_comparison(Op op) {
  return op >= Op::equal && op <= Op::less_equal;
}

std::uint32_t golden(Op op, Rounding rounding, std::uint32_t a, std::uint32_t b, Flags& flags) {
  using namespace float32;
  switch (op) {
    case Op::min:
      return min(a, b, flags);
    case Op::max:
      return max(a, b, flags);
    case Op::sign:
      return sign_inject(a, b);
    case Op::sign_negated:
      return sign_inject_negated(a, b);
    case Op::sign_xor:
      return sign_inject_xor(a, b);
    case Op::equal:
      return eq(a, b, flags) ? 1 : 0;
    case Op::not_equal:
      return eq(a, b, flags) ? 0 : 1;
    case Op::less:
      return lt(a, b, flags) ? 1 : 0;
    case Op::less_equal:
      return le(a, b, flags) ? 1 : 0;
    case Op::classify:
      return float32::classify(a);
    case Op::to_int32:
      return static_cast<std::uint32_t>(to_integer<std::int32_t>(a, rounding, flags));
    case Op::to_uint32:
      return to_integer<std::uint32_t>(a, rounding, flags);
    case Op::to_int16:
      return static_cast<std::uint16_t>(to_integer<std::int16_t>(a, rounding, flags));
    case Op::to_uint16:
      return to_integer<std::uint16_t>(a, rounding, flags);
    case Op::from_int32:
      return from_integer(static_cast<std::int32_t>(a), rounding, flags);
    case Op::from_uint32:
      return from_integer(a, rounding, flags);
    case Op::to_bf16:
      return float32::to_bf16(a, rounding, flags);
    case Op::from_bf16:
      return float32::from_bf16(static_cast<std::uint16_t>(a), flags);
    case Op::rec7:
      return float32::rec7(a, rounding, flags);
    case Op::rsqrt7:
      return float32::rsqrt7(a, flags);
  }
  return 0;
}

class Bench : public tb::PipelineBench<Vfloat_simple_lanes> {
 public:
  explicit Bench(int seed) : PipelineBench(seed, latency) {}

  void operate(Op op, Rounding rounding, std::uint32_t enable, const Line& a, const Line& b) {
    dut().op_i = static_cast<std::uint8_t>(op);
    dut().rounding_i = static_cast<std::uint8_t>(rounding);
    dut().enable_i = static_cast<std::uint16_t>(enable);
    tb::set_line(dut().a_i, a);
    tb::set_line(dut().b_i, b);
    tb::Expected expected{};
    expected.enable = enable;
    std::uint32_t mask = 0;
    for (std::size_t lane = 0; lane < float_lanes; ++lane) {
      Flags flags = 0;
      expected.result[lane] = golden(op, rounding, a[lane], b[lane], flags);
      if ((enable >> lane & 1) != 0) expected.flags |= flags;
      mask |= (expected.result[lane] & 1) << lane;
    }
    if (is_comparison(op)) expected.mask = mask;
    expected.what = fmt::format("operation {} rounding {} a {:08x} b {:08x}", static_cast<int>(op),
                                static_cast<int>(rounding), a[0], b[0]);
    PipelineBench::operate(expected);
  }
};

TEST(FloatSimpleLanes, EveryPairOfCornersOfEveryOperationEqualsTheModel) {
  Bench bench(1);
  for (unsigned op = 0; op < ops; ++op) {
    for (unsigned rounding = 0; rounding < 5; ++rounding) {
      for (std::size_t x = 0; x < tb::float_corners.size(); ++x) {
        for (std::size_t y = 0; y < tb::float_corners.size(); ++y) {
          // One lane each, so that no flag hides behind another lane's.
          const std::size_t lane = (x + y) % float_lanes;
          Line a{};
          Line b{};
          a[lane] = tb::float_corners[x];
          b[lane] = tb::float_corners[y];
          bench.operate(static_cast<Op>(op), static_cast<Rounding>(rounding), 1u << lane, a, b);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
  bench.drain();
}

TEST(FloatSimpleLanes, ConversionsAndEstimatesOfEveryExponentEqualTheModel) {
  Bench bench(2);
  std::mt19937_64 random(2);
  for (unsigned op = static_cast<unsigned>(Op::to_int32); op < ops; ++op) {
    for (std::uint32_t field = 0; field < 512; ++field) {
      for (unsigned n = 0; n < 80; ++n) {
        Line a;
        // Random mantissas, short ones (ties), and those that end in ones.
        for (std::uint32_t& value : a) {
          const auto r = static_cast<std::uint32_t>(random());
          const std::uint32_t low = (1u << (r >> 23) % 24) - 1;
          value = field << 23 | (n % 4 == 0   ? r & 0x7fffffu
                                 : n % 4 == 1 ? r & 0x7fffffu & ~low
                                              : (r | low) & 0x7fffffu);
        }
        bench.operate(static_cast<Op>(op), static_cast<Rounding>(n % 5), 0xffff, a, Line{});
        if (HasFatalFailure()) return;
      }
    }
  }
  bench.drain();
}

TEST(FloatSimpleLanes, Bf16AroundTheSmallestNormalNumberIsTinyWhereItShouldBe) {
  Bench bench(5);
  for (std::uint32_t value = 0x007f0000u; value < 0x00800100u; ++value) {
    for (unsigned n = 0; n < 10; ++n) {
      Line a{};
      a[value % float_lanes] = value | (n % 2) << 31;
      bench.operate(Op::to_bf16, static_cast<Rounding>(n / 2), 1u << value % float_lanes, a, Line{});
    }
    if (HasFatalFailure()) return;
  }
  bench.drain();
}

TEST(FloatSimpleLanes, IntegersOfEveryLengthEqualTheModel) {
  Bench bench(3);
  std::mt19937_64 random(3);
  for (unsigned n = 0; n < 50'000; ++n) {
    Line a;
    for (std::uint32_t& value : a) {
      const std::uint64_t r = random();
      value = static_cast<std::uint32_t>(r) >> (r >> 40) % 32;
      if ((r >> 33 & 1) != 0) value &= ~0u << (r >> 48) % 32;
      if ((r >> 34 & 1) != 0) value = 0 - value;
    }
    bench.operate(n % 2 == 0 ? Op::from_int32 : Op::from_uint32, static_cast<Rounding>(n / 2 % 5), 0xffff, a, Line{});
    if (HasFatalFailure()) return;
  }
  bench.drain();
}

TEST(FloatSimpleLanes, EveryBf16ComesBackFromBinary32) {
  Bench bench(4);
  for (std::uint32_t first = 0; first < 0x10000u; first += float_lanes) {
    Line a;
    for (std::uint32_t lane = 0; lane < float_lanes; ++lane) a[lane] = first + lane | 0xabcd0000u;
    bench.operate(Op::from_bf16, Rounding::down, 0xffff, a, a);
  }
  bench.drain();
}

TEST(FloatSimpleLanes, MillionsOfRandomOperationsEqualTheModelFromAnyInitialState) {
  const std::size_t lines = std::getenv("DOJO_NIGHTLY") != nullptr ? 100'000'000 / (3 * float_lanes) : 60'000;
  for (const int seed : {1, 2, 3}) {
    Bench bench(seed);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    for (std::size_t n = 0; n < lines; ++n) {
      const std::uint64_t r = random();
      Line a;
      Line b;
      for (std::size_t lane = 0; lane < float_lanes; ++lane) {
        a[lane] = tb::random_float(random);
        b[lane] = tb::random_float(random);
        // Equal operands and opposites.
        if ((r >> 40) % 8 == lane % 8) b[lane] = a[lane] ^ static_cast<std::uint32_t>(lane & 8) << 28;
      }
      const auto lanes = static_cast<std::uint32_t>(r >> 32);
      bench.operate(static_cast<Op>(r % ops), static_cast<Rounding>((r >> 16) % 5),
                    (r >> 10 & 1) != 0 ? 0xffffu : lanes & 0xffffu, a, b);
      if ((r >> 20 & 15) == 0) bench.pause();
      if (HasFatalFailure()) return;
    }
    bench.drain();
  }
}

}  // namespace
