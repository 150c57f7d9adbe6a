#include "float32.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

namespace dojo::float32 {

namespace {

constexpr int bias = 127;
constexpr std::size_t estimates = 128;

/// A finite number other than zero: mantissa * 2**(exponent - 150), the mantissa's leading one in bit 23. For a
/// subnormal number the exponent goes below 1.
struct Number {
  std::uint64_t mantissa;
  int exponent;
};

Number unpack(std::uint32_t a) {
  const std::uint32_t fraction = a & 0x7fffffu;
  const int field = static_cast<int>(a >> 23 & 0xff);
  if (field != 0) return {fraction | 0x800000u, field};
  const int shift = std::countl_zero(fraction) - 8;
  return {std::uint64_t{fraction} << shift, 1 - shift};
}

constexpr bool is_zero(std::uint32_t a) {
  return (a & ~sign_bit) == 0;
}
constexpr bool is_infinite(std::uint32_t a) {
  return (a & ~sign_bit) == infinity;
}
constexpr bool is_negative(std::uint32_t a) {
  return (a & sign_bit) != 0;
}
constexpr std::uint32_t signed_bits(bool negative, std::uint32_t magnitude) {
  return negative ? magnitude | sign_bit : magnitude;
}

/// Whether a magnitude is rounded up that ends in `odd` and has `rest` dropped, which is compared with `half` of the
/// last place.
bool rounds_up(bool negative, bool odd, std::uint64_t rest, std::uint64_t half, Rounding rounding) {
  switch (rounding) {
    case Rounding::nearest_even:
      return rest > half || (rest == half && odd);
    case Rounding::nearest_away:
      return rest >= half;
    case Rounding::down:
      return negative && rest != 0;
    case Rounding::up:
      return !negative && rest != 0;
    case Rounding::toward_zero:
      return false;
  }
  return false;
}

/// Whether a number that is too large becomes an infinity rather than the largest finite number.
bool overflows_to_infinity(bool negative, Rounding rounding) {
  return rounds_up(negative, true, 1, 1, rounding);
}

std::uint64_t shift_right_sticky(std::uint64_t value, int distance) {
  if (distance <= 0) return value;
  if (distance > 63) return value != 0 ? 1 : 0;
  return value >> distance | ((value << (64 - distance)) != 0 ? 1u : 0u);
}

std::uint32_t exact_zero(Rounding rounding) {
  return rounding == Rounding::down ? sign_bit : 0u;
}

}  // namespace

// ---- Arithmetic.

namespace exact {

std::uint32_t round(bool negative, std::uint64_t magnitude, int scale, Rounding rounding, Flags& flags) {
  constexpr int dropped = 40;
  constexpr std::uint64_t half = std::uint64_t{1} << (dropped - 1);
  constexpr std::uint64_t rest_mask = 2 * half - 1;
  const int zeros = std::countl_zero(magnitude);
  std::uint64_t m = magnitude << zeros;
  int field = scale + 63 - zeros;  // if the leading one is the hidden one
  const bool subnormal = field < 1;
  bool tiny = false;
  if (subnormal) {
    // Tiny unless rounding to 24 bits with any exponent reaches the smallest normal number.
    const std::uint64_t kept = m >> dropped;
    const bool carries = kept == 0xffffffu && rounds_up(negative, (kept & 1) != 0, m & rest_mask, half, rounding);
    tiny = field < 0 || !carries;
    m = shift_right_sticky(m, 1 - field);
    field = 1;
  }
  std::uint64_t kept = m >> dropped;
  const std::uint64_t rest = m & rest_mask;
  if (rounds_up(negative, (kept & 1) != 0, rest, half, rounding)) ++kept;
  if (rest != 0) flags |= tiny ? inexact | underflow : inexact;
  // The hidden one, or the carry into it, adds one to the field.
  const std::uint64_t bits = (static_cast<std::uint64_t>(field - 1) << 23) + kept;
  if (bits >= infinity) {
    flags |= overflow | inexact;
    return signed_bits(negative, overflows_to_infinity(negative, rounding) ? infinity : largest);
  }
  return signed_bits(negative, static_cast<std::uint32_t>(bits));
}

std::uint32_t fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding, Flags& flags) {
  const bool product_negative = is_negative(a ^ b);
  if (is_signalling(a) || is_signalling(b) || is_signalling(c)) flags |= invalid;
  if ((is_infinite(a) && is_zero(b)) || (is_zero(a) && is_infinite(b))) {
    flags |= invalid;  // whatever the addend is
    return canonical_nan;
  }
  if (is_nan(a) || is_nan(b) || is_nan(c)) return canonical_nan;
  if (is_infinite(a) || is_infinite(b)) {
    if (is_infinite(c) && is_negative(c) != product_negative) {
      flags |= invalid;
      return canonical_nan;
    }
    return signed_bits(product_negative, infinity);
  }
  if (is_infinite(c)) return c;
  if (is_zero(a) || is_zero(b)) {
    if (!is_zero(c)) return c;
    return product_negative == is_negative(c) ? c : exact_zero(rounding);
  }
  // Both terms with their binary point after bit 60 and exponents on the scale of the product.
  const Number x = unpack(a);
  const Number y = unpack(b);
  std::uint64_t product = x.mantissa * y.mantissa << 14;
  int exponent = x.exponent + y.exponent;
  const auto rounded = [&](bool negative, std::uint64_t magnitude) {
    return round(negative, magnitude, exponent - bias - 60, rounding, flags);
  };
  if (is_zero(c)) return rounded(product_negative, product);
  const Number z = unpack(c);
  std::uint64_t addend = z.mantissa << 37;
  const int addend_exponent = z.exponent + bias;
  if (addend_exponent > exponent) {
    product = shift_right_sticky(product, addend_exponent - exponent);
    exponent = addend_exponent;
  } else {
    addend = shift_right_sticky(addend, exponent - addend_exponent);
  }
  if (product_negative == is_negative(c)) return rounded(product_negative, product + addend);
  if (product == addend) return exact_zero(rounding);
  return product > addend ? rounded(product_negative, product - addend) : rounded(is_negative(c), addend - product);
}

std::uint32_t div(std::uint32_t a, std::uint32_t b, Rounding rounding, Flags& flags) {
  const bool negative = is_negative(a ^ b);
  if (is_nan(a) || is_nan(b)) {
    if (is_signalling(a) || is_signalling(b)) flags |= invalid;
    return canonical_nan;
  }
  if ((is_infinite(a) && is_infinite(b)) || (is_zero(a) && is_zero(b))) {
    flags |= invalid;
    return canonical_nan;
  }
  if (is_infinite(a)) return signed_bits(negative, infinity);
  if (is_infinite(b) || is_zero(a)) return signed_bits(negative, 0);
  if (is_zero(b)) {
    flags |= divide_by_zero;
    return signed_bits(negative, infinity);
  }
  const Number x = unpack(a);
  const Number y = unpack(b);
  constexpr int fraction_bits = 40;
  const std::uint64_t dividend = x.mantissa << fraction_bits;
  const std::uint64_t quotient = dividend / y.mantissa;
  const std::uint64_t sticky = dividend % y.mantissa != 0 ? 1 : 0;
  return round(negative, quotient | sticky, x.exponent - y.exponent + bias - fraction_bits, rounding, flags);
}

std::uint32_t sqrt(std::uint32_t a, Rounding rounding, Flags& flags) {
  if (is_nan(a)) {
    if (is_signalling(a)) flags |= invalid;
    return canonical_nan;
  }
  if (is_zero(a)) return a;
  if (is_negative(a)) {
    flags |= invalid;
    return canonical_nan;
  }
  if (is_infinite(a)) return a;
  const Number x = unpack(a);
  // An even exponent of the radicand, which has 62 or 63 bits.
  const int shift = (x.exponent & 1) != 0 ? 39 : 38;
  const std::uint64_t radicand = x.mantissa << shift;
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(radicand)));
  while (root * root > radicand) --root;
  while ((root + 1) * (root + 1) <= radicand) ++root;
  // One more place for what is below the root.
  const std::uint64_t sticky = root * root != radicand ? 1 : 0;
  return round(false, root << 1 | sticky, (x.exponent - 150 - shift) / 2 + bias - 1, rounding, flags);
}

}  // namespace exact

// ---- Comparison, minimum, maximum.

namespace {

/// A number's place in ascending order; -0 below +0.
constexpr std::int32_t order(std::uint32_t a) {
  return static_cast<std::int32_t>(is_negative(a) ? ~a | sign_bit : a);
}

}  // namespace

bool eq(std::uint32_t a, std::uint32_t b, Flags& flags) {
  if (is_signalling(a) || is_signalling(b)) flags |= invalid;
  if (is_nan(a) || is_nan(b)) return false;
  return a == b || is_zero(a | b);
}

bool lt(std::uint32_t a, std::uint32_t b, Flags& flags) {
  if (is_nan(a) || is_nan(b)) {
    flags |= invalid;
    return false;
  }
  return order(a) < order(b) && !is_zero(a | b);
}

bool le(std::uint32_t a, std::uint32_t b, Flags& flags) {
  if (is_nan(a) || is_nan(b)) {
    flags |= invalid;
    return false;
  }
  return order(a) <= order(b) || is_zero(a | b);
}

std::uint32_t min(std::uint32_t a, std::uint32_t b, Flags& flags) {
  if (is_signalling(a) || is_signalling(b)) flags |= invalid;
  if (is_nan(a)) return is_nan(b) ? canonical_nan : b;
  return is_nan(b) || order(a) < order(b) ? a : b;
}

std::uint32_t max(std::uint32_t a, std::uint32_t b, Flags& flags) {
  if (is_signalling(a) || is_signalling(b)) flags |= invalid;
  if (is_nan(a)) return is_nan(b) ? canonical_nan : b;
  return is_nan(b) || order(a) > order(b) ? a : b;
}

std::uint32_t classify(std::uint32_t a) {
  if (is_nan(a)) return is_signalling(a) ? 1u << 8 : 1u << 9;
  const std::uint32_t magnitude = a & ~sign_bit;
  const unsigned kind = magnitude == infinity ? 3 : magnitude >= 0x00800000u ? 2 : magnitude != 0 ? 1 : 0;
  return 1u << (is_negative(a) ? 3 - kind : 4 + kind);
}

// ---- Conversions.

template <std::integral Integer>
Integer to_integer(std::uint32_t a, Rounding rounding, Flags& flags) {
  using Limits = std::numeric_limits<Integer>;
  if (is_nan(a)) {
    flags |= invalid;
    return Limits::max();
  }
  if (is_zero(a)) return 0;
  const bool negative = is_negative(a);
  const Integer end = negative ? Limits::min() : Limits::max();
  const Number x = unpack(a & ~sign_bit & (is_infinite(a) ? largest : ~0u));
  if (is_infinite(a) || x.exponent > bias + 63) {
    flags |= invalid;
    return end;
  }
  std::uint64_t magnitude = 0;
  bool rounded = false;
  if (x.exponent >= 150) {
    magnitude = x.mantissa << (x.exponent - 150);
  } else {
    const int dropped = std::min(150 - x.exponent, 26);
    const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
    const std::uint64_t rest = x.mantissa & (2 * half - 1);
    magnitude = x.mantissa >> dropped;
    rounded = rest != 0;
    if (rounds_up(negative, (magnitude & 1) != 0, rest, half, rounding)) ++magnitude;
  }
  // The magnitude of the end: for a negative one in two's complement.
  const auto limit = static_cast<std::uint64_t>(end);
  if (magnitude > (negative ? 0 - limit : limit)) {
    flags |= invalid;
    return end;
  }
  if (rounded) flags |= inexact;
  return static_cast<Integer>(negative ? 0 - magnitude : magnitude);
}

template <std::integral Integer>
std::uint32_t from_integer(Integer value, Rounding rounding, Flags& flags) {
  if (value == 0) return 0;
  const auto bits = static_cast<std::uint64_t>(value);
  const bool negative = std::is_signed_v<Integer> && value < 0;
  return exact::round(negative, negative ? 0 - bits : bits, bias, rounding, flags);
}

template std::int16_t to_integer(std::uint32_t, Rounding, Flags&);
template std::int32_t to_integer(std::uint32_t, Rounding, Flags&);
template std::int64_t to_integer(std::uint32_t, Rounding, Flags&);
template std::uint16_t to_integer(std::uint32_t, Rounding, Flags&);
template std::uint32_t to_integer(std::uint32_t, Rounding, Flags&);
template std::uint64_t to_integer(std::uint32_t, Rounding, Flags&);
template std::uint32_t from_integer(std::int16_t, Rounding, Flags&);
template std::uint32_t from_integer(std::int32_t, Rounding, Flags&);
template std::uint32_t from_integer(std::int64_t, Rounding, Flags&);
template std::uint32_t from_integer(std::uint16_t, Rounding, Flags&);
template std::uint32_t from_integer(std::uint32_t, Rounding, Flags&);
template std::uint32_t from_integer(std::uint64_t, Rounding, Flags&);

std::uint16_t to_bf16(std::uint32_t a, Rounding rounding, Flags& flags) {
  if (is_nan(a)) {
    if (is_signalling(a)) flags |= invalid;
    return canonical_nan_bf16;
  }
  if (is_infinite(a)) return static_cast<std::uint16_t>(a >> 16);
  // Both formats have the same exponents: rounding the bits rounds the number.
  const bool negative = is_negative(a);
  const std::uint32_t magnitude = a & ~sign_bit;
  const auto up = [&](unsigned dropped) {
    const std::uint32_t half = 1u << (dropped - 1);
    return rounds_up(negative, (magnitude >> dropped & 1) != 0, magnitude & (2 * half - 1), half, rounding) ? 1u : 0u;
  };
  const std::uint32_t rounded = (magnitude >> 16) + up(16);
  const auto sign = static_cast<std::uint16_t>(negative ? 0x8000 : 0);
  if (rounded == infinity >> 16) {
    flags |= overflow | inexact;
    return static_cast<std::uint16_t>(sign | (overflows_to_infinity(negative, rounding) ? rounded : rounded - 1));
  }
  if ((magnitude & 0xffffu) != 0) {
    // Eight bits with any exponent reach the smallest normal number only from just below it, one place further down.
    const bool tiny = (magnitude >> 15) + up(15) < 0x100;
    flags |= tiny ? inexact | underflow : inexact;
  }
  return static_cast<std::uint16_t>(sign | rounded);
}

std::uint32_t from_bf16(std::uint16_t a, Flags& flags) {
  const std::uint32_t wide = std::uint32_t{a} << 16;
  if (is_signalling(wide)) flags |= invalid;
  return is_nan(wide) ? canonical_nan : wide;
}

// ---- Estimates.

namespace {

/// Seven fraction bits of the number in [1/2, 1) whose products with `low` and with `high` differ least from 1.
std::uint8_t estimate(double low, double high) {
  std::size_t best = 0;
  double least = 1;
  for (std::size_t n = 0; n < estimates; ++n) {
    const double value = static_cast<double>(128 + n) / 256;
    const double error = std::max(std::fabs(value * low - 1), std::fabs(value * high - 1));
    if (error < least) {
      least = error;
      best = n;
    }
  }
  return static_cast<std::uint8_t>(best);
}

/// Index: the first seven fraction bits of a number in [1, 2).
const std::array<std::uint8_t, estimates> inverses = [] {
  std::array<std::uint8_t, estimates> table{};
  for (std::size_t n = 0; n < estimates; ++n) {
    table[n] = estimate(1 + static_cast<double>(n) / 128, 1 + static_cast<double>(n + 1) / 128);
  }
  return table;
}();

/// Index: the lowest bit of the exponent field, then the first six fraction bits; numbers in [2, 4), then in [1, 2).
const std::array<std::uint8_t, estimates> inverse_roots = [] {
  std::array<std::uint8_t, estimates> table{};
  for (std::size_t n = 0; n < estimates; ++n) {
    const double scale = n < 64 ? 2 : 1;
    const auto fraction = static_cast<double>(n % 64);
    table[n] = estimate(std::sqrt(scale * (1 + fraction / 64)), std::sqrt(scale * (1 + (fraction + 1) / 64)));
  }
  return table;
}();

}  // namespace

std::uint32_t rsqrt7(std::uint32_t a, Flags& flags) {
  if (is_signalling(a)) flags |= invalid;
  if (is_nan(a)) return canonical_nan;
  if (is_zero(a)) {
    flags |= divide_by_zero;
    return a | infinity;
  }
  if (is_negative(a)) {
    flags |= invalid;
    return canonical_nan;
  }
  if (is_infinite(a)) return 0;
  const Number x = unpack(a);
  const auto parity = static_cast<std::uint64_t>(x.exponent & 1);
  const std::uint32_t fraction = inverse_roots[parity << 6 | (x.mantissa >> 17 & 0x3f)];
  return static_cast<std::uint32_t>((3 * bias - 1 - x.exponent) >> 1) << 23 | fraction << 16;
}

std::uint32_t rec7(std::uint32_t a, Rounding rounding, Flags& flags) {
  const bool negative = is_negative(a);
  if (is_signalling(a)) flags |= invalid;
  if (is_nan(a)) return canonical_nan;
  if (is_infinite(a)) return signed_bits(negative, 0);
  if (is_zero(a)) {
    flags |= divide_by_zero;
    return a | infinity;
  }
  const Number x = unpack(a);
  const int field = 2 * bias - 1 - x.exponent;
  if (field > 254) {
    flags |= overflow | inexact;
    return signed_bits(negative, overflows_to_infinity(negative, rounding) ? infinity : largest);
  }
  const std::uint32_t mantissa = 0x800000u | std::uint32_t{inverses[x.mantissa >> 16 & 0x7f]} << 16;
  if (field < 1) return signed_bits(negative, mantissa >> (1 - field));
  return signed_bits(negative, static_cast<std::uint32_t>(field) << 23 | (mantissa & 0x7fffffu));
}

}  // namespace dojo::float32
