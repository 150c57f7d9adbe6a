// The golden model's binary32 arithmetic against exact wide arithmetic and against the host's floating-point unit.
// DOJO_NIGHTLY=1 makes the random tests a hundred times longer (10**8 operations each).

#include "model/float32.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <utility>

#include "tb/float/operands.hpp"
#include "tb/float/reference.hpp"

namespace {

using namespace dojo;
using namespace dojo::float32;
using tb::float_corners;
using tb::FloatResult;
using tb::random_float;

constexpr std::array roundings{Rounding::nearest_even, Rounding::toward_zero, Rounding::down, Rounding::up,
                               Rounding::nearest_away};

std::size_t operations(std::size_t normal) {
  return std::getenv("DOJO_NIGHTLY") != nullptr ? std::max<std::size_t>(100 * normal, 100'000'000) : normal;
}

template <class Function>
FloatResult result_of(Function function) {
  Flags flags = 0;
  const std::uint32_t bits = function(flags);
  return {bits, flags};
}

std::string shown(const FloatResult& result) {
  return fmt::format("{:08x} flags {:02x}", result.bits, result.flags);
}

/// One failed comparison says everything and ends the test.
void expect_same(const FloatResult& got, const FloatResult& expected, const char* operation, std::uint32_t a,
                 std::uint32_t b, std::uint32_t c, Rounding rounding) {
  if (got == expected) return;
  FAIL() << fmt::format("{} {:08x} {:08x} {:08x} rounding {}: {}, expected {}", operation, a, b, c,
                        static_cast<int>(rounding), shown(got), shown(expected));
}

void compare_all(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding) {
  const auto check = [&](const char* name, const FloatResult& expected, auto function) {
    expect_same(result_of(function), expected, name, a, b, c, rounding);
  };
  check("fma", tb::reference_fma(a, b, c, rounding), [&](Flags& flags) { return fma(a, b, c, rounding, flags); });
  check("add", tb::reference_add(a, b, rounding), [&](Flags& flags) { return add(a, b, rounding, flags); });
  check("sub", tb::reference_add(a, is_nan(b) ? b : b ^ sign_bit, rounding),
        [&](Flags& flags) { return sub(a, b, rounding, flags); });
  check("mul", tb::reference_mul(a, b, rounding), [&](Flags& flags) { return mul(a, b, rounding, flags); });
  check("div", tb::reference_div(a, b, rounding), [&](Flags& flags) { return div(a, b, rounding, flags); });
  check("sqrt", tb::reference_sqrt(a, rounding), [&](Flags& flags) { return sqrt(a, rounding, flags); });
  check("to_bf16", tb::reference_bf16(a, rounding), [&](Flags& flags) { return to_bf16(a, rounding, flags); });
}

TEST(Float32, AllPairsOfCornersInAllRoundingsEqualWideArithmetic) {
  for (const Rounding rounding : roundings) {
    for (const std::uint32_t a : float_corners) {
      for (const std::uint32_t b : float_corners) {
        for (const std::uint32_t c : {0u, 0x80000000u, 1u, 0xbf800000u, 0x7f800000u, 0xff800001u}) {
          compare_all(a, b, c, rounding);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(Float32, AllTriplesOfCornersEqualWideArithmetic) {
  for (const std::uint32_t a : float_corners) {
    for (const std::uint32_t b : float_corners) {
      for (const std::uint32_t c : float_corners) {
        for (const Rounding rounding : {Rounding::nearest_even, Rounding::down}) {
          expect_same(result_of([&](Flags& flags) { return fma(a, b, c, rounding, flags); }),
                      tb::reference_fma(a, b, c, rounding), "fma", a, b, c, rounding);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(Float32, SubnormalResultsOfMultiplyAddsAreRoundedOnce) {
  for (const tb::FmaCase& c : tb::fma_cases) {
    Flags flags = 0;
    EXPECT_EQ(fma(std::bit_cast<std::uint32_t>(c.a), std::bit_cast<std::uint32_t>(c.b),
                  std::bit_cast<std::uint32_t>(c.c), Rounding::nearest_even, flags),
              c.result)
        << c.a << " * " << c.b << " + " << c.c;
  }
}

TEST(Float32, RandomOperationsInAllRoundingsEqualWideArithmetic) {
  std::mt19937_64 random(1);
  for (std::size_t n = 0; n < operations(300'000); ++n) {
    const std::uint32_t a = random_float(random);
    const std::uint32_t b = random_float(random);
    compare_all(a, b, random_float(random), roundings[n % roundings.size()]);
    if (HasFatalFailure()) return;
  }
}

TEST(Float32, SumsThatCancelEqualWideArithmetic) {
  std::mt19937_64 random(2);
  for (std::size_t n = 0; n < operations(200'000); ++n) {
    const std::uint32_t a = random_float(random);
    const std::uint32_t b = random_float(random);
    // An addend close to the product's opposite.
    Flags ignored = 0;
    const std::uint32_t product = mul(a, b, Rounding::nearest_even, ignored);
    const std::uint32_t c = (product ^ sign_bit) + static_cast<std::uint32_t>(random() % 5) - 2;
    compare_all(a, b, c, roundings[n % roundings.size()]);
    if (HasFatalFailure()) return;
  }
}

/// The host's flags as ours.
Flags host_flags() {
  const int raised = std::fetestexcept(FE_ALL_EXCEPT);
  return ((raised & FE_INEXACT) != 0 ? inexact : 0) | ((raised & FE_UNDERFLOW) != 0 ? underflow : 0) |
         ((raised & FE_OVERFLOW) != 0 ? overflow : 0) | ((raised & FE_DIVBYZERO) != 0 ? divide_by_zero : 0) |
         ((raised & FE_INVALID) != 0 ? invalid : 0);
}

/// What the host computes; its floating-point environment is the default one again afterwards.
template <class Function>
FloatResult host(int mode, Function function) {
  std::fesetround(mode);
  std::feclearexcept(FE_ALL_EXCEPT);
  volatile float result = function();
  const Flags flags = host_flags();
  std::fesetround(FE_TONEAREST);
  const auto bits = std::bit_cast<std::uint32_t>(float{result});
  return {is_nan(bits) ? canonical_nan : bits, flags};
}

#if defined(__x86_64__)  // the host's flags are known for it only
TEST(Float32, RandomOperationsEqualTheHostsUnit) {
  constexpr std::array<std::pair<Rounding, int>, 4> modes{{{Rounding::nearest_even, FE_TONEAREST},
                                                           {Rounding::toward_zero, FE_TOWARDZERO},
                                                           {Rounding::down, FE_DOWNWARD},
                                                           {Rounding::up, FE_UPWARD}}};
  std::mt19937_64 random(3);
  for (std::size_t n = 0; n < operations(1'000'000); ++n) {
    const std::uint32_t a = random_float(random);
    const std::uint32_t b = random_float(random);
    const auto [rounding, mode] = modes[n % modes.size()];
    volatile float x = std::bit_cast<float>(a);
    volatile float y = std::bit_cast<float>(b);
    switch (n / 4 % 4) {
      case 0:
        expect_same(result_of([&](Flags& flags) { return add(a, b, rounding, flags); }),
                    host(mode, [&] { return x + y; }), "add", a, b, 0, rounding);
        break;
      case 1:
        expect_same(result_of([&](Flags& flags) { return mul(a, b, rounding, flags); }),
                    host(mode, [&] { return x * y; }), "mul", a, b, 0, rounding);
        break;
      case 2:
        expect_same(result_of([&](Flags& flags) { return div(a, b, rounding, flags); }),
                    host(mode, [&] { return x / y; }), "div", a, b, 0, rounding);
        break;
      default:
        expect_same(result_of([&](Flags& flags) { return sqrt(a, rounding, flags); }),
                    host(mode, [&] { return std::sqrt(x); }), "sqrt", a, 0, 0, rounding);
    }
    if (HasFatalFailure()) return;
  }
}
#endif

TEST(Float32, ComparisonsFollowTheHostAndRaiseInvalidAsTheyShould) {
  std::mt19937_64 random(4);
  for (std::size_t n = 0; n < 1'000'000; ++n) {
    const std::uint32_t a = random_float(random);
    const std::uint32_t b = n % 7 == 0 ? a : n % 7 == 1 ? a ^ sign_bit : random_float(random);
    const auto x = std::bit_cast<float>(a);
    const auto y = std::bit_cast<float>(b);
    const bool unordered = std::isnan(x) || std::isnan(y);
    const Flags quiet = is_signalling(a) || is_signalling(b) ? invalid : 0;
    const Flags signalling = unordered ? invalid : 0;
    ASSERT_EQ(result_of([&](Flags& flags) { return eq(a, b, flags); }), (FloatResult{x == y, quiet})) << a << ' ' << b;
    ASSERT_EQ(result_of([&](Flags& flags) { return lt(a, b, flags); }), (FloatResult{x < y, signalling}))
        << a << ' ' << b;
    ASSERT_EQ(result_of([&](Flags& flags) { return le(a, b, flags); }), (FloatResult{x <= y, signalling}))
        << a << ' ' << b;
    // fmin and fmax leave the order of zeros open.
    const auto end = [&](bool least) -> std::uint32_t {
      if (std::isnan(x)) return std::isnan(y) ? canonical_nan : b;
      if (std::isnan(y)) return a;
      if (x == y) return least == std::signbit(x) ? a : b;
      return (x < y) == least ? a : b;
    };
    ASSERT_EQ(result_of([&](Flags& flags) { return min(a, b, flags); }), (FloatResult{end(true), quiet}))
        << a << ' ' << b;
    ASSERT_EQ(result_of([&](Flags& flags) { return max(a, b, flags); }), (FloatResult{end(false), quiet}))
        << a << ' ' << b;
  }
}

TEST(Float32, ClassAndSignOfEveryKindOfNumber) {
  constexpr std::array<std::uint32_t, 10> kinds{0xff800000u, 0xff7fffffu, 0x807fffffu, 0x80000000u, 0x00000000u,
                                                0x00000001u, 0x00800000u, 0x7f800000u, 0x7f800001u, 0xffc00000u};
  for (std::size_t n = 0; n < kinds.size(); ++n) EXPECT_EQ(classify(kinds[n]), 1u << n);
  EXPECT_EQ(sign_inject(0x3f800000u, 0xff800001u), 0xbf800000u);
  EXPECT_EQ(sign_inject_negated(0x3f800000u, 0xff800001u), 0x3f800000u);
  EXPECT_EQ(sign_inject_xor(0xbf800000u, 0x80000000u), 0x3f800000u);
}

/// To an integer by long double, which holds every float and every 64-bit integer.
template <class Integer>
std::pair<Integer, Flags> reference_integer(std::uint32_t a, Rounding rounding) {
  using Limits = std::numeric_limits<Integer>;
  const float value = std::bit_cast<float>(a);
  if (std::isnan(value)) return {Limits::max(), invalid};
  const long double exact = value;
  const long double below = std::floor(exact);
  const long double rest = exact - below;
  bool up = false;
  switch (rounding) {
    case Rounding::nearest_even:
      up = rest > 0.5L || (rest == 0.5L && std::fmod(below, 2.0L) != 0);
      break;
    case Rounding::nearest_away:
      up = rest > 0.5L || (rest == 0.5L && exact > 0);
      break;
    case Rounding::toward_zero:
      up = rest != 0 && exact < 0;
      break;
    case Rounding::up:
      up = rest != 0;
      break;
    case Rounding::down:
      break;
  }
  const long double rounded = std::isinf(value) ? exact : below + (up ? 1 : 0);
  if (rounded < static_cast<long double>(Limits::min())) return {Limits::min(), invalid};
  if (rounded > static_cast<long double>(Limits::max())) return {Limits::max(), invalid};
  return {static_cast<Integer>(rounded), rest != 0 ? inexact : 0};
}

template <class Integer>
void compare_integer(std::uint32_t a, Rounding rounding) {
  Flags flags = 0;
  const Integer got = to_integer<Integer>(a, rounding, flags);
  const auto [expected, expected_flags] = reference_integer<Integer>(a, rounding);
  if (got == expected && flags == expected_flags) return;
  FAIL() << fmt::format("to_integer {:08x} rounding {}: {} flags {:02x}, expected {} flags {:02x}", a,
                        static_cast<int>(rounding), got, flags, expected, expected_flags);
}

TEST(Float32, ConversionsToIntegersEqualLongDouble) {
  std::mt19937_64 random(5);
  const auto compare = [](std::uint32_t a, Rounding rounding) {
    compare_integer<std::int16_t>(a, rounding);
    compare_integer<std::uint16_t>(a, rounding);
    compare_integer<std::int32_t>(a, rounding);
    compare_integer<std::uint32_t>(a, rounding);
    compare_integer<std::int64_t>(a, rounding);
    compare_integer<std::uint64_t>(a, rounding);
  };
  for (const Rounding rounding : roundings) {
    for (const std::uint32_t a : float_corners) {
      compare(a, rounding);
      if (HasFatalFailure()) return;
    }
    for (int n = 0; n < 100'000; ++n) {
      const auto bits = static_cast<std::uint32_t>(random());
      // Every exponent from a quarter to beyond the largest integer.
      compare((bits & 0x807fffffu) | (125 + bits / 3 % 68) << 23, rounding);
      // Numbers around the ends of short integers, and halves.
      const float whole = static_cast<float>(static_cast<int>(bits % 140'000) - 70'000) / 2;
      compare(std::bit_cast<std::uint32_t>(whole), rounding);
      if (HasFatalFailure()) return;
    }
  }
}

template <class Integer>
void compare_from(Integer value, Rounding rounding) {
  const auto magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const std::uint32_t sign = value < 0 ? sign_bit : 0;
  FloatResult expected{0, 0};
  if (value != 0) {
    // The first 24 bits are exact; the rest counts as a quarter, a half or three quarters of the last of them.
    const std::uint64_t unit = (std::uint64_t{1} << (63 - std::countl_zero(magnitude))) >> 23;
    const std::uint64_t kept = unit == 0 ? magnitude : magnitude & ~(unit - 1);
    const std::uint64_t rest = magnitude - kept;
    const auto kept_bits = std::bit_cast<std::uint32_t>(static_cast<float>(kept)) | sign;
    const float fraction = rest == unit / 2 ? 0.5F : rest > unit / 2 ? 0.75F : 0.25F;
    expected = rest == 0
                   ? FloatResult{kept_bits, 0}
                   : tb::reference_fma(std::bit_cast<std::uint32_t>(fraction) | sign,
                                       std::bit_cast<std::uint32_t>(static_cast<float>(unit)), kept_bits, rounding);
  }
  expect_same(result_of([&](Flags& flags) { return from_integer(value, rounding, flags); }), expected, "from_integer",
              static_cast<std::uint32_t>(magnitude >> 32), static_cast<std::uint32_t>(magnitude), sizeof(Integer),
              rounding);
}

TEST(Float32, ConversionsFromIntegersEqualWideArithmetic) {
  std::mt19937_64 random(6);
  for (const Rounding rounding : roundings) {
    for (int n = 0; n < 100'000; ++n) {
      std::uint64_t bits = random() >> random() % 64;
      if (n % 3 == 0) bits = 0 - bits;
      if (n % 5 == 0) bits &= ~std::uint64_t{0} << random() % 64;
      if (n % 7 == 0) bits = (std::uint64_t{1} << random() % 64) - 1;
      compare_from(static_cast<std::int16_t>(bits), rounding);
      compare_from(static_cast<std::uint16_t>(bits), rounding);
      compare_from(static_cast<std::int32_t>(bits), rounding);
      compare_from(static_cast<std::uint32_t>(bits), rounding);
      compare_from(static_cast<std::int64_t>(bits), rounding);
      compare_from(bits, rounding);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Float32, Bf16AroundTheSmallestNormalNumberEqualsWideArithmetic) {
  for (std::uint32_t value = 0x007f0000u; value < 0x00800100u; ++value) {
    for (const Rounding rounding : roundings) {
      for (const std::uint32_t a : {value, value | sign_bit}) {
        expect_same(result_of([&](Flags& flags) { return to_bf16(a, rounding, flags); }),
                    tb::reference_bf16(a, rounding), "to_bf16", a, 0, 0, rounding);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(Float32, EveryBf16ComesBackFromBinary32) {
  for (std::uint32_t a = 0; a < 0x10000u; ++a) {
    const auto narrow = static_cast<std::uint16_t>(a);
    const FloatResult wide = result_of([&](Flags& flags) { return from_bf16(narrow, flags); });
    const bool is_nan_bf16 = (a & 0x7fffu) > 0x7f80u;
    const bool signalling = is_nan_bf16 && (a & 0x40u) == 0;
    ASSERT_EQ(wide, (FloatResult{is_nan_bf16 ? canonical_nan : a << 16, signalling ? invalid : 0})) << a;
    for (const Rounding rounding : roundings) {
      ASSERT_EQ(result_of([&](Flags& flags) { return to_bf16(wide.bits, rounding, flags); }),
                (FloatResult{is_nan_bf16 ? canonical_nan_bf16 : a, 0}))
          << a;
    }
  }
}

TEST(Float32, EstimatesHaveSevenGoodBitsAndTheSpecifiedSpecialResults) {
  const auto inverse = [](std::uint32_t a, Rounding rounding) {
    return result_of([&](Flags& flags) { return rec7(a, rounding, flags); });
  };
  const auto inverse_root = [](std::uint32_t a) { return result_of([&](Flags& flags) { return rsqrt7(a, flags); }); };
  // The examples of the specification: three results by their bits.
  EXPECT_EQ(inverse_root(0x00718abcu), (FloatResult{0x5f080000u, 0}));
  EXPECT_EQ(inverse(0x00718abcu, Rounding::nearest_even), (FloatResult{0x7e900000u, 0}));
  EXPECT_EQ(inverse(0x7f765432u, Rounding::nearest_even), (FloatResult{0x00214000u, 0}));
  std::mt19937_64 random(7);
  for (int n = 0; n < 1'000'000; ++n) {
    const auto a = static_cast<std::uint32_t>(random());
    const double value = std::bit_cast<float>(a);
    const double exact = 1 / value;
    if (std::isfinite(value) && std::fabs(exact) < 0x1.fcp127) {
      const FloatResult result = inverse(a, roundings[static_cast<std::size_t>(n) % 5]);
      ASSERT_LT(std::fabs(std::bit_cast<float>(result.bits) * value - 1), 1.0 / 128) << a;
      ASSERT_EQ(result.flags, 0u) << a;
    }
    if (std::isfinite(value) && value > 0) {
      const FloatResult result = inverse_root(a);
      ASSERT_LT(std::fabs(std::bit_cast<float>(result.bits) * std::sqrt(value) - 1), 1.0 / 128) << a;
      ASSERT_EQ(result.flags, 0u) << a;
    }
  }
  constexpr FloatResult quiet{canonical_nan, 0};
  constexpr FloatResult raised{canonical_nan, invalid};
  for (const std::uint32_t sign : {0u, sign_bit}) {
    EXPECT_EQ(inverse_root(sign), (FloatResult{sign | infinity, divide_by_zero}));
    EXPECT_EQ(inverse_root(sign | 0x7f800001u), raised);
    EXPECT_EQ(inverse_root(sign | 0x7fc00001u), quiet);
    EXPECT_EQ(inverse(sign, Rounding::down), (FloatResult{sign | infinity, divide_by_zero}));
    EXPECT_EQ(inverse(sign | infinity, Rounding::down), (FloatResult{sign, 0}));
    EXPECT_EQ(inverse(sign | 0x7f800001u, Rounding::down), raised);
    EXPECT_EQ(inverse(sign | 0x7fc00001u, Rounding::down), quiet);
    // Inverses from 2**128 up.
    for (const std::uint32_t small : {0x00000001u, 0x001fffffu}) {
      const Flags flags = overflow | inexact;
      EXPECT_EQ(inverse(sign | small, Rounding::nearest_even), (FloatResult{sign | infinity, flags}));
      EXPECT_EQ(inverse(sign | small, Rounding::nearest_away), (FloatResult{sign | infinity, flags}));
      EXPECT_EQ(inverse(sign | small, Rounding::toward_zero), (FloatResult{sign | largest, flags}));
      EXPECT_EQ(inverse(sign | small, Rounding::down), (FloatResult{sign | (sign != 0 ? infinity : largest), flags}));
      EXPECT_EQ(inverse(sign | small, Rounding::up), (FloatResult{sign | (sign != 0 ? largest : infinity), flags}));
    }
    EXPECT_EQ(inverse(sign | 0x00200000u, Rounding::nearest_even), (FloatResult{sign | 0x7f7f0000u, 0}));
    EXPECT_EQ(inverse(sign | largest, Rounding::nearest_even), (FloatResult{sign | 0x00200000u, 0}));
  }
  EXPECT_EQ(inverse_root(infinity), (FloatResult{0, 0}));
  EXPECT_EQ(inverse_root(sign_bit | infinity), raised);
  EXPECT_EQ(inverse_root(0xbf800000u), raised);
  EXPECT_EQ(inverse_root(0x80000001u), raised);
  // First and last entries of both tables, and a few between.
  constexpr std::array<std::array<std::uint32_t, 2>, 6> inverses{
      {{0, 127}, {1, 125}, {5, 117}, {64, 42}, {103, 14}, {127, 0}}};
  for (const auto& [index, fraction] : inverses) {
    EXPECT_EQ(inverse(one | index << 16, Rounding::nearest_even).bits, 0x3f000000u | fraction << 16) << index;
  }
  constexpr std::array<std::array<std::uint32_t, 2>, 7> roots{
      {{0, 52}, {19, 30}, {63, 0}, {64, 127}, {13, 36}, {89, 88}, {127, 53}}};
  for (const auto& [index, fraction] : roots) {
    const std::uint32_t operand = (index < 64 ? 0x40000000u : 0x3f800000u) | (index % 64) << 17;
    EXPECT_EQ(inverse_root(operand).bits & 0x7fffffu, fraction << 16) << index;
  }
}

}  // namespace
