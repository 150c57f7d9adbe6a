#include "cfloat.hpp"

#include <algorithm>
#include <bit>

namespace dojo::cfloat {

namespace {

constexpr int float_bias = 127;
constexpr unsigned float_mantissa = 23;
constexpr unsigned bf16_mantissa = 7;
constexpr std::uint32_t float_infinity = 0x7f800000u;
constexpr std::uint32_t float_sign = 0x80000000u;

/// A magnitude with 32 bits below its last place, rounded to its last place. What is below those 32 bits is dropped: a
/// 24-bit mantissa that reaches the first of them ends before the last, so that nothing else decides a nearest
/// rounding.
std::uint32_t rounded(std::uint64_t magnitude, Rounding rounding) {
  constexpr std::uint64_t half = std::uint64_t{1} << 31;
  if (rounding.stochastic) return static_cast<std::uint32_t>((magnitude + rounding.random) >> 32);
  const std::uint64_t rest = magnitude & 0xffffffffu;
  const auto kept = static_cast<std::uint32_t>(magnitude >> 32);
  return kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0);
}

}  // namespace

std::uint16_t narrow(Format format, unsigned bias, std::uint32_t value, Rounding rounding, Flags& flags) {
  const Layout to = layout(format);
  const bool negative = (value & float_sign) != 0;
  const std::uint32_t magnitude = value & ~float_sign;
  const std::uint32_t largest = (1u << (to.exponent_bits + to.mantissa_bits)) - 1;
  const auto with_sign = [&](std::uint32_t bits) {
    return static_cast<std::uint16_t>(bits | (negative && to.is_signed ? largest + 1 : 0));
  };
  if (magnitude > float_infinity) {
    flags |= invalid;
    return with_sign(largest);
  }
  if (magnitude == 0) return with_sign(0);
  if (negative && !to.is_signed) {
    flags |= invalid;
    return 0;
  }
  if (magnitude == float_infinity) {
    flags |= overflow;
    return with_sign(largest);
  }
  const std::uint32_t field = magnitude >> float_mantissa;
  const std::uint64_t mantissa = (magnitude & 0x7fffffu) | (field != 0 ? 0x800000u : 0u);
  // Exponent field of the result if it is normal; below 1 the mantissa moves to the right instead.
  const int wanted =
      static_cast<int>(std::max(field, 1u)) - float_bias + static_cast<int>(effective_bias(format, bias));
  const int exponent = std::max(wanted, 1);
  const int shift = std::min(static_cast<int>(float_mantissa - to.mantissa_bits) + exponent - wanted, 63);
  const std::uint32_t kept = rounded(mantissa << 32 >> shift, rounding);
  // The hidden one, or the carry into it, adds one to the field.
  const std::uint32_t bits = (static_cast<std::uint32_t>(exponent - 1) << to.mantissa_bits) + kept;
  if (bits > largest) {
    flags |= overflow;
    return with_sign(largest);
  }
  if (bits == 0) flags |= underflow;
  if (bits != 0 && bits >> to.mantissa_bits == 0) flags |= denormal;
  return with_sign(bits);
}

std::uint32_t widen(Format format, unsigned bias, std::uint16_t value, Flags& flags) {
  const Layout from = layout(format);
  const std::uint32_t fraction = value & ((1u << from.mantissa_bits) - 1);
  const std::uint32_t field = value >> from.mantissa_bits & ((1u << from.exponent_bits) - 1);
  const std::uint32_t sign = from.is_signed && (value >> (from.bits() - 1) & 1) != 0 ? float_sign : 0;
  if (field == 0 && fraction == 0) return sign;
  std::uint32_t mantissa = fraction << (float_mantissa - from.mantissa_bits);
  std::uint32_t exponent = field + static_cast<std::uint32_t>(float_bias) - effective_bias(format, bias);
  if (field == 0) {
    flags |= denormal;
    const auto shift = static_cast<std::uint32_t>(std::countl_zero(mantissa)) - 8;
    mantissa <<= shift;
    exponent = exponent + 1 - shift;
  }
  return sign | exponent << float_mantissa | (mantissa & 0x7fffffu);
}

std::uint16_t widen_bf16(Format format, unsigned bias, std::uint16_t value, Rounding rounding, Flags& flags) {
  const std::uint32_t wide = widen(format, bias, value, flags);
  // All are normal numbers of BF16, or zero.
  constexpr unsigned dropped = float_mantissa - bf16_mantissa;
  const std::uint32_t bits = rounded(std::uint64_t{wide & ~float_sign} << (32 - dropped), rounding);
  return static_cast<std::uint16_t>((wide & float_sign) >> dropped | bits);
}

}  // namespace dojo::cfloat
