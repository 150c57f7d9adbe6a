// Block test of rtl/node/float_unit.sv (and float_long.sv in it) against the golden model's arithmetic.
// DOJO_NIGHTLY=1 makes the random test 10**8 operations long.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "Vfloat_unit.h"
#include "model/float32.hpp"
#include "sim/assertion.hpp"
#include "tb/float/lanes_bench.hpp"
#include "tb/float/operands.hpp"

namespace {

using namespace dojo;
using float32::Flags;
using float32::Rounding;

/// float_pkg::unit_op_e.
enum class Op : std::uint8_t {
  fmadd,
  fmsub,
  fnmsub,
  fnmadd,
  add,
  sub,
  mul,
  div,
  sqrt,
  sgnj,
  sgnjn,
  sgnjx,
  min,
  max,
  eq,
  lt,
  le,
  classify,
  to_w,
  to_wu,
  to_l,
  to_lu,
  from_w,
  from_wu,
  from_l,
  from_lu,
  to_bf16,
  from_bf16,
  move_to_x,
  move_to_f
};
constexpr unsigned ops = 30;

std::uint64_t sign_extended(std::uint32_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}

std::uint64_t golden(Op op, Rounding rounding, std::uint64_t x, std::uint32_t b, std::uint32_t c, Flags& flags) {
  using float32::sign_bit;
  const auto a = static_cast<std::uint32_t>(x);
  switch (op) {
    case Op::fmadd:
      return float32::fma(a, b, c, rounding, flags);
    case Op::fmsub:
      return float32::fma(a, b, c ^ sign_bit, rounding, flags);
    case Op::fnmsub:
      return float32::fma(a ^ sign_bit, b, c, rounding, flags);
    case Op::fnmadd:
      return float32::fma(a ^ sign_bit, b, c ^ sign_bit, rounding, flags);
    case Op::add:
      return float32::add(a, b, rounding, flags);
    case Op::sub:
      return float32::sub(a, b, rounding, flags);
    case Op::mul:
      return float32::mul(a, b, rounding, flags);
    case Op::div:
      return float32::div(a, b, rounding, flags);
    case Op::sqrt:
      return float32::sqrt(a, rounding, flags);
    case Op::sgnj:
      return float32::sign_inject(a, b);
    case Op::sgnjn:
      return float32::sign_inject_negated(a, b);
    case Op::sgnjx:
      return float32::sign_inject_xor(a, b);
    case Op::min:
      return float32::min(a, b, flags);
    case Op::max:
      return float32::max(a, b, flags);
    case Op::eq:
      return float32::eq(a, b, flags) ? 1 : 0;
    case Op::lt:
      return float32::lt(a, b, flags) ? 1 : 0;
    case Op::le:
      return float32::le(a, b, flags) ? 1 : 0;
    case Op::classify:
      return float32::classify(a);
    case Op::to_w:
      return sign_extended(static_cast<std::uint32_t>(float32::to_integer<std::int32_t>(a, rounding, flags)));
    case Op::to_wu:
      return sign_extended(float32::to_integer<std::uint32_t>(a, rounding, flags));
    case Op::to_l:
      return static_cast<std::uint64_t>(float32::to_integer<std::int64_t>(a, rounding, flags));
    case Op::to_lu:
      return float32::to_integer<std::uint64_t>(a, rounding, flags);
    case Op::from_w:
      return float32::from_integer(static_cast<std::int32_t>(a), rounding, flags);
    case Op::from_wu:
      return float32::from_integer(a, rounding, flags);
    case Op::from_l:
      return float32::from_integer(static_cast<std::int64_t>(x), rounding, flags);
    case Op::from_lu:
      return float32::from_integer(x, rounding, flags);
    case Op::to_bf16:
      return 0xffff0000u | float32::to_bf16(a, rounding, flags);
    case Op::from_bf16:
      return a >> 16 == 0xffffu ? float32::from_bf16(static_cast<std::uint16_t>(a), flags) : float32::canonical_nan;
    case Op::move_to_x:
      return sign_extended(a);
    case Op::move_to_f:
      return a;
  }
  return 0;
}

unsigned latency(Op op) {
  return op == Op::div || op == Op::sqrt ? 16 : op <= Op::mul ? 4 : 2;
}

class Bench : public tb::ClockedBench<Vfloat_unit> {
 public:
  explicit Bench(int seed) : ClockedBench(seed) {
    dut().start_valid_i = dut().done_ready_i = 0;
    dut().op_i = 0;
    reset();
  }

  /// `wait` cycles pass before the result is taken.
  void operate(Op op, Rounding rounding, std::uint64_t a, std::uint32_t b, std::uint32_t c, unsigned wait) {
    Flags expected_flags = 0;
    const std::uint64_t expected = golden(op, rounding, a, b, c, expected_flags);
    dut().op_i = static_cast<std::uint8_t>(op);
    dut().rounding_i = static_cast<std::uint8_t>(rounding);
    dut().a_i = a;
    dut().b_i = b;
    dut().c_i = c;
    dut().start_valid_i = 1;
    dut().done_ready_i = wait == 0;
    ASSERT_EQ(dut().start_ready_o, 1);
    for (unsigned n = 0; n < latency(op); ++n) {
      ASSERT_EQ(dut().done_valid_o, 0);
      cycle();
      dut().start_valid_i = 0;
      ASSERT_EQ(dut().start_ready_o, 0);
      // Other operands at the ports change nothing from now on.
      dut().a_i = ~a;
      dut().op_i = (static_cast<unsigned>(op) + 1) % ops;
    }
    for (unsigned n = 0; n <= wait; ++n) {
      ASSERT_EQ(dut().done_valid_o, 1);
      ASSERT_EQ(dut().result_o, expected) << fmt::format("operation {} rounding {} a {:016x} b {:08x} c {:08x}",
                                                         static_cast<int>(op), static_cast<int>(rounding), a, b, c);
      ASSERT_EQ(dut().flags_o, expected_flags)
          << fmt::format("operation {} rounding {} a {:016x} b {:08x} c {:08x}", static_cast<int>(op),
                         static_cast<int>(rounding), a, b, c);
      dut().done_ready_i = n == wait;
      cycle();
    }
    ASSERT_EQ(dut().done_valid_o, 0);
  }
};

TEST(FloatUnit, EveryPairOfCornersOfEveryOperationEqualsTheModel) {
  Bench bench(1);
  unsigned count = 0;
  for (unsigned op = 0; op < ops; ++op) {
    for (const std::uint32_t a : tb::float_corners) {
      for (const std::uint32_t b : tb::float_corners) {
        // As an integer of 64 bits both words count.
        bench.operate(static_cast<Op>(op), static_cast<Rounding>(count % 5), std::uint64_t{b} << 32 | a, b, a ^ b,
                      count % 3 == 0 ? 2 : 0);
        ++count;
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(FloatUnit, LongConversionsOfEveryExponentAndLengthEqualTheModel) {
  Bench bench(2);
  std::mt19937_64 random(2);
  for (std::uint32_t field = 0; field < 512; ++field) {
    for (unsigned n = 0; n < 100; ++n) {
      const std::uint64_t r = random();
      const std::uint32_t cut = ~0u << (r >> 32) % 24;
      const auto a = field << 23 | (static_cast<std::uint32_t>(r) & (n % 2 == 0 ? cut : ~0u) & 0x7fffffu);
      bench.operate(n % 4 < 2 ? Op::to_l : Op::to_lu, static_cast<Rounding>(n % 5), a, 0, 0, 0);
      std::uint64_t whole = random() >> (r >> 40) % 64;
      if ((r >> 48 & 1) != 0) whole &= ~std::uint64_t{0} << (r >> 50) % 64;
      if ((r >> 49 & 1) != 0) whole = 0 - whole;
      bench.operate(n % 4 < 2 ? Op::from_l : Op::from_lu, static_cast<Rounding>(n % 5), whole, 0, 0, 0);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(FloatUnit, RandomOperationsEqualTheModelFromAnyInitialState) {
  const std::size_t operations = std::getenv("DOJO_NIGHTLY") != nullptr ? 100'000'000 / 3 : 300'000;
  for (const int seed : {1, 2, 3}) {
    Bench bench(seed);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    for (std::size_t n = 0; n < operations; ++n) {
      const std::uint64_t r = random();
      const auto op = static_cast<Op>(r % ops);
      std::uint64_t a = tb::random_float(random) | (random() & 0xffffffff00000000u);
      if (op == Op::from_bf16 && (r >> 40 & 3) != 0) a |= 0xffff0000u;
      const std::uint32_t b = tb::random_float(random);
      bench.operate(op, static_cast<Rounding>((r >> 16) % 5), a, b, tb::random_float(random),
                    (r >> 20 & 7) == 0 ? r >> 24 & 3 : 0);
      if ((r >> 30 & 7) == 0) bench.cycle();
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
