#pragma once
// IEEE 754 binary32 arithmetic as RISC-V defines it (F, Zve32f, Zvfbfmin; unprivileged specification,
// docs/numerics.md).
//
// Numbers are passed as their bits. Every operation rounds once, supports subnormals, gives the canonical NaN for every
// NaN result, detects tininess after rounding, and adds the exceptions it raises (`Flags`) to the flags it is given.
// Results in the middle of the exponent range and rounded to nearest-even come from the host's floating point, all
// others from integer arithmetic; both give the same bits. The host's floating-point environment must be the default
// one (nearest-even, no flushing of subnormals), and contraction of expressions must be off.

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::float32 {

using Rounding = hw::Rounding;

/// A set of hw::FloatFlag, as in fflags.
using Flags = std::uint32_t;

inline constexpr Flags inexact = static_cast<Flags>(hw::FloatFlag::inexact);
inline constexpr Flags underflow = static_cast<Flags>(hw::FloatFlag::underflow);
inline constexpr Flags overflow = static_cast<Flags>(hw::FloatFlag::overflow);
inline constexpr Flags divide_by_zero = static_cast<Flags>(hw::FloatFlag::divide_by_zero);
inline constexpr Flags invalid = static_cast<Flags>(hw::FloatFlag::invalid);

inline constexpr std::uint32_t sign_bit = 0x80000000u;
inline constexpr std::uint32_t infinity = 0x7f800000u;
inline constexpr std::uint32_t largest = 0x7f7fffffu;
inline constexpr std::uint32_t one = 0x3f800000u;
inline constexpr std::uint32_t canonical_nan = 0x7fc00000u;   ///< the canonical NaN
inline constexpr std::uint16_t canonical_nan_bf16 = 0x7fc0u;  ///< the canonical NaN of BF16

constexpr bool is_nan(std::uint32_t a) {
  return (a & ~sign_bit) > infinity;
}
constexpr bool is_signalling(std::uint32_t a) {
  return is_nan(a) && (a & 0x00400000u) == 0;
}

// ---- Arithmetic.

/// The operations in integer arithmetic, for all operands and rounding modes; slower than the functions below, which
/// use them where the host's floating point does not tell the flags.
namespace exact {
std::uint32_t fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding, Flags& flags);
std::uint32_t div(std::uint32_t a, std::uint32_t b, Rounding rounding, Flags& flags);
std::uint32_t sqrt(std::uint32_t a, Rounding rounding, Flags& flags);
/// magnitude * 2**(scale - 127) with a sign; `magnitude` is not zero, its bit 0 may stand for all that is below it if
/// more than 25 bits are significant.
std::uint32_t round(bool negative, std::uint64_t magnitude, int scale, Rounding rounding, Flags& flags);
}  // namespace exact

namespace detail {
/// Far enough from zero and from infinity that only inexactness can be raised, and that all operands were finite.
constexpr bool is_moderate(float value) {
  return (std::bit_cast<std::uint32_t>(value) >> 23 & 0xff) - 2 < 252;
}
}  // namespace detail

/// a * b + c with one rounding. The other forms of the instruction change the signs of a and c beforehand:
/// fmsub(a, b, c) = fma(a, b, -c), fnmsub = fma(-a, b, c), fnmadd = fma(-a, b, -c).
inline std::uint32_t fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding, Flags& flags) {
  if (rounding == Rounding::nearest_even) {
    const auto x = std::bit_cast<float>(a);
    const auto y = std::bit_cast<float>(b);
    const auto z = std::bit_cast<float>(c);
    const float result = std::fma(x, y, z);
    if (detail::is_moderate(result)) {
      // product + addend = sum + error without rounding; the product is exact.
      const double product = double{x} * double{y};
      const double addend = z;
      const double sum = product + addend;
      const double part = sum - product;
      const double error = (product - (sum - part)) + (addend - part);
      if (error != 0 || double{result} != sum) flags |= inexact;
      return std::bit_cast<std::uint32_t>(result);
    }
  }
  return exact::fma(a, b, c, rounding, flags);
}

inline std::uint32_t add(std::uint32_t a, std::uint32_t b, Rounding rounding, Flags& flags) {
  return fma(a, one, b, rounding, flags);
}

inline std::uint32_t sub(std::uint32_t a, std::uint32_t b, Rounding rounding, Flags& flags) {
  return fma(a, one, b ^ sign_bit, rounding, flags);
}

inline std::uint32_t mul(std::uint32_t a, std::uint32_t b, Rounding rounding, Flags& flags) {
  return fma(a, b, (a ^ b) & sign_bit, rounding, flags);
}

/// a / b.
inline std::uint32_t div(std::uint32_t a, std::uint32_t b, Rounding rounding, Flags& flags) {
  if (rounding == Rounding::nearest_even) {
    const auto x = std::bit_cast<float>(a);
    const auto y = std::bit_cast<float>(b);
    const float result = x / y;
    if (detail::is_moderate(result)) {
      if (double{result} * double{y} != double{x}) flags |= inexact;
      return std::bit_cast<std::uint32_t>(result);
    }
  }
  return exact::div(a, b, rounding, flags);
}

inline std::uint32_t sqrt(std::uint32_t a, Rounding rounding, Flags& flags) {
  if (rounding == Rounding::nearest_even) {
    const auto x = std::bit_cast<float>(a);
    const float result = std::sqrt(x);
    if (detail::is_moderate(result)) {
      if (double{result} * double{result} != double{x}) flags |= inexact;
      return std::bit_cast<std::uint32_t>(result);
    }
  }
  return exact::sqrt(a, rounding, flags);
}

// ---- Comparison, minimum, maximum. A comparison with a NaN is false.

/// Quiet: only a signalling NaN is invalid.
bool eq(std::uint32_t a, std::uint32_t b, Flags& flags);

/// Signalling: every NaN is invalid.
bool lt(std::uint32_t a, std::uint32_t b, Flags& flags);

/// Signalling: every NaN is invalid.
bool le(std::uint32_t a, std::uint32_t b, Flags& flags);

/// minimumNumber of IEEE 754-2019: a NaN loses against a number; -0 is less than +0; a signalling NaN is invalid.
std::uint32_t min(std::uint32_t a, std::uint32_t b, Flags& flags);

/// maximumNumber of IEEE 754-2019, likewise.
std::uint32_t max(std::uint32_t a, std::uint32_t b, Flags& flags);

// ---- Bits.

/// fsgnj: a with the sign of b.
constexpr std::uint32_t sign_inject(std::uint32_t a, std::uint32_t b) {
  return (a & ~sign_bit) | (b & sign_bit);
}

/// fsgnjn: a with the opposite of the sign of b.
constexpr std::uint32_t sign_inject_negated(std::uint32_t a, std::uint32_t b) {
  return (a & ~sign_bit) | (~b & sign_bit);
}

/// fsgnjx: a with the exclusive or of both signs.
constexpr std::uint32_t sign_inject_xor(std::uint32_t a, std::uint32_t b) {
  return a ^ (b & sign_bit);
}

/// fclass: one bit of ten: 0 -infinity, 1 negative normal, 2 negative subnormal, 3 -0, 4 +0, 5 positive subnormal,
/// 6 positive normal, 7 +infinity, 8 signalling NaN, 9 quiet NaN.
std::uint32_t classify(std::uint32_t a);

// ---- Conversions.

/// To an integer of 16 to 64 bits. What does not fit, and NaN, is invalid (and not inexact) and gives the nearest end
/// of the range, NaN the upper end.
template <std::integral Integer>
Integer to_integer(std::uint32_t a, Rounding rounding, Flags& flags);

/// From an integer of 16 to 64 bits.
template <std::integral Integer>
std::uint32_t from_integer(Integer value, Rounding rounding, Flags& flags);

/// To BF16 (vfncvtbf16).
std::uint16_t to_bf16(std::uint32_t a, Rounding rounding, Flags& flags);

/// From BF16 (vfwcvtbf16): exact; a NaN gives the canonical one, a signalling NaN is invalid.
std::uint32_t from_bf16(std::uint16_t a, Flags& flags);

// ---- Estimates to seven bits (vector extension).

/// vfrsqrt7: estimate of 1 / sqrt(a).
std::uint32_t rsqrt7(std::uint32_t a, Flags& flags);

/// vfrec7: estimate of 1 / a. The rounding mode decides only about the result for numbers whose inverse is too large.
std::uint32_t rec7(std::uint32_t a, Rounding rounding, Flags& flags);

}  // namespace dojo::float32
