#pragma once
// Configurable floats: CFloat8 1-4-3 and 1-5-2, CFloat16 SHP and UHP, their conversions to and from FP32 and BF16, and
// the random numbers of stochastic rounding (docs/numerics.md; format source: CFloat whitepaper; what it leaves open is
// our decision).
//
// Numbers are passed as their bits. No format has infinities or NaN: every encoding is a number, and what is too large
// becomes the largest one. Exceptions (`Flags`) are added to the flags given.

#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::cfloat {

using Format = hw::CfloatFormat;

/// A set of hw::CfloatFlag, as in xcfflags.
using Flags = std::uint32_t;

inline constexpr Flags underflow = static_cast<Flags>(hw::CfloatFlag::underflow);
inline constexpr Flags overflow = static_cast<Flags>(hw::CfloatFlag::overflow);
inline constexpr Flags denormal = static_cast<Flags>(hw::CfloatFlag::denormal);
inline constexpr Flags invalid = static_cast<Flags>(hw::CfloatFlag::invalid);

/// What an encoding is made of: sign (if it has one), exponent, mantissa from its highest bit down.
struct Layout {
  bool is_signed;
  unsigned exponent_bits;
  unsigned mantissa_bits;
  unsigned bits() const { return exponent_bits + mantissa_bits + (is_signed ? 1 : 0); }
};

constexpr Layout layout(Format format) {
  switch (format) {
    case Format::e4m3:
      return {true, 4, 3};
    case Format::e5m2:
      return {true, 5, 2};
    case Format::shp:
      return {true, 5, 10};
    case Format::uhp:
      break;
  }
  return {false, 6, 10};
}

/// The exponent bias in force: UHP has its own whatever `bias` says.
constexpr unsigned effective_bias(Format format, unsigned bias) {
  return format == Format::uhp ? 31 : bias;
}

/// How a conversion rounds: to nearest-even, or stochastically by 32 random bits.
struct Rounding {
  bool stochastic = false;
  std::uint32_t random = 0;
};

/// FP32 to `format`, with a bias of 0 to 63. BF16 is converted by way of FP32, which holds it exactly.
std::uint16_t narrow(Format format, unsigned bias, std::uint32_t value, Rounding rounding, Flags& flags);

/// `format` to FP32, always exact. Bits above those of the format are ignored.
std::uint32_t widen(Format format, unsigned bias, std::uint16_t value, Flags& flags);

/// `format` to BF16. Rounds only CFloat16, whose mantissa is longer.
std::uint16_t widen_bf16(Format format, unsigned bias, std::uint16_t value, Rounding rounding, Flags& flags);

// ---- Random numbers: a function of a hart's seed and the number of an element.

/// The random bits of element `index` of an instruction that found `seed` in xseed.
constexpr std::uint32_t random_bits(std::uint64_t seed, std::uint32_t index) {
  constexpr std::uint32_t constant = 0x9e3779b9u;
  constexpr std::uint32_t rounds = 7;
  auto x = static_cast<std::uint32_t>(seed >> 32);
  auto y = static_cast<std::uint32_t>(seed) + index * constant;
  for (std::uint32_t n = 1; n <= rounds; ++n) {
    x = ((x << 24 | x >> 8) + y) ^ (constant * n);
    y = (y << 3 | y >> 29) ^ x;
  }
  return y;
}

/// xseed after an instruction with stochastic rounding.
constexpr std::uint64_t advance(std::uint64_t seed) {
  return seed + 0x9e3779b97f4a7c15u;
}

}  // namespace dojo::cfloat
