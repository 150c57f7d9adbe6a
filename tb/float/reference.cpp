#include "tb/float/reference.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <optional>

namespace dojo::tb {

namespace {

using float32::Flags;
using float32::Rounding;

/// sign * integer * 2**-320, with a flag for anything below that.
class Fixed {
 public:
  static constexpr int point = 320;

  bool negative = false;
  bool sticky = false;

  bool is_zero() const {
    for (const std::uint64_t word : words_) {
      if (word != 0) return false;
    }
    return !sticky;
  }

  bool bit(int position) const {
    return position >= 0 && (words_[static_cast<std::size_t>(position) / 64] >> (position % 64) & 1) != 0;
  }

  bool any_below(int position) const {
    for (int n = 0; n < position; ++n) {
      if (n % 64 == 0 && n + 64 <= position) {
        if (words_[static_cast<std::size_t>(n) / 64] != 0) return true;
        n += 63;
      } else if (bit(n)) {
        return true;
      }
    }
    return sticky;
  }

  int leading() const {
    for (std::size_t n = size; n-- > 0;) {
      if (words_[n] != 0) return static_cast<int>(n) * 64 + 63 - std::countl_zero(words_[n]);
    }
    return -1;
  }

  /// Adds value * 2**exponent.
  void place(std::uint64_t value, int exponent) {
    const int position = exponent + point;
    const auto word = static_cast<std::size_t>(position) / 64;
    const int shift = position % 64;
    words_[word] |= value << shift;
    if (shift != 0) words_[word + 1] |= value >> (64 - shift);
  }

  friend bool less(const Fixed& a, const Fixed& b) {
    for (std::size_t n = size; n-- > 0;) {
      if (a.words_[n] != b.words_[n]) return a.words_[n] < b.words_[n];
    }
    return false;
  }

  friend Fixed sum(const Fixed& a, const Fixed& b) {
    Fixed result;
    const bool subtract = a.negative != b.negative;
    const Fixed& larger = subtract && less(a, b) ? b : a;
    const Fixed& smaller = &larger == &a ? b : a;
    result.negative = larger.negative;
    unsigned carry = subtract ? 1 : 0;
    for (std::size_t n = 0; n < size; ++n) {
      const std::uint64_t y = subtract ? ~smaller.words_[n] : smaller.words_[n];
      const std::uint64_t partial = larger.words_[n] + y;
      result.words_[n] = partial + carry;
      carry = (partial < y ? 1u : 0u) | (result.words_[n] < partial ? 1u : 0u);
    }
    return result;
  }

 private:
  static constexpr std::size_t size = 11;
  std::array<std::uint64_t, size> words_{};
};

struct Operand {
  bool negative;
  bool infinite;
  bool nan;
  bool signalling;
  bool zero;
  std::uint32_t mantissa;
  int exponent;  // of the mantissa's bit 0
};

Operand decode(std::uint32_t bits) {
  const std::uint32_t field = bits >> 23 & 0xff;
  const std::uint32_t fraction = bits & 0x7fffff;
  Operand result{};
  result.negative = bits >> 31 != 0;
  result.infinite = field == 255 && fraction == 0;
  result.nan = field == 255 && fraction != 0;
  result.signalling = result.nan && fraction < 0x400000;
  result.zero = field == 0 && fraction == 0;
  result.mantissa = field == 0 ? fraction : 0x800000 + fraction;
  result.exponent = (field == 0 ? 1 : static_cast<int>(field)) - 150;
  return result;
}

/// The number of kept units in the last place, whose weight is bit `last`, and whether it is exact.
struct Kept {
  std::uint64_t units;
  bool exact;
};

Kept keep(const Fixed& value, int last, Rounding rounding) {
  Kept result{0, true};
  for (int n = value.leading(); n >= last; --n) result.units = result.units << 1 | (value.bit(n) ? 1u : 0u);
  const bool half = value.bit(last - 1);
  const bool rest = value.any_below(last - 1);
  result.exact = !half && !rest;
  bool up = false;
  if (rounding == Rounding::nearest_even) up = half && (rest || result.units % 2 == 1);
  if (rounding == Rounding::nearest_away) up = half;
  if (rounding == Rounding::up) up = !result.exact && !value.negative;
  if (rounding == Rounding::down) up = !result.exact && value.negative;
  if (up) ++result.units;
  return result;
}

/// Rounds to `precision` bits with the exponents of binary32; the result is left-aligned in 32 bits.
FloatResult round(const Fixed& value, int precision, Rounding rounding) {
  const std::uint32_t sign = value.negative ? 0x80000000u : 0u;
  const int smallest = Fixed::point - 126;  // bit of the smallest normal number
  const int leading = value.leading();
  const int free_last = leading - precision + 1;
  const int least_last = smallest - precision + 1;
  const Kept unbounded = keep(value, free_last, rounding);
  const bool tiny =
      leading < smallest && !(leading == smallest - 1 && unbounded.units == std::uint64_t{1} << precision);
  const int last = free_last < least_last ? least_last : free_last;
  const Kept kept = keep(value, last, rounding);
  Flags flags = 0;
  if (!kept.exact) flags |= float32::inexact;
  if (!kept.exact && tiny) flags |= float32::underflow;
  // Fields from the value of the last place.
  const std::uint64_t hidden = std::uint64_t{1} << (precision - 1);
  std::uint64_t units = kept.units;
  int field = last - least_last + 1;
  if (units == 2 * hidden) {
    units = hidden;
    ++field;
  }
  if (units < hidden) field = 0;
  if (field >= 255) {
    const bool infinite = rounding == Rounding::nearest_even || rounding == Rounding::nearest_away ||
                          (rounding == Rounding::up && !value.negative) ||
                          (rounding == Rounding::down && value.negative);
    const std::uint32_t end = infinite ? 0x7f800000u : 0x7f800000u - (1u << (24 - precision));
    return {sign | end, float32::overflow | float32::inexact};
  }
  const auto fraction = static_cast<std::uint32_t>(units % hidden) << (24 - precision);
  return {sign | static_cast<std::uint32_t>(field) << 23 | fraction, flags};
}

/// What a NaN among the operands gives.
std::optional<FloatResult> nan_result(std::initializer_list<Operand> operands) {
  bool nan = false;
  bool signalling = false;
  for (const Operand& operand : operands) {
    nan |= operand.nan;
    signalling |= operand.signalling;
  }
  if (!nan) return std::nullopt;
  return FloatResult{float32::canonical_nan, signalling ? float32::invalid : 0};
}

constexpr FloatResult invalid_result{float32::canonical_nan, float32::invalid};

std::uint32_t with_sign(bool negative, std::uint32_t bits) {
  return bits | (negative ? 0x80000000u : 0u);
}

/// x + y, where at least one is finite; both zero only with their signs.
FloatResult rounded_sum(const Fixed& x, const Fixed& y, Rounding rounding) {
  if (x.is_zero() && y.is_zero() && x.negative == y.negative) return {with_sign(x.negative, 0), 0};
  const Fixed total = sum(x, y);
  if (total.is_zero()) return {with_sign(rounding == Rounding::down, 0), 0};
  return round(total, 24, rounding);
}

Fixed fixed(const Operand& x) {
  Fixed result;
  result.negative = x.negative;
  result.place(x.mantissa, x.exponent);
  return result;
}

}  // namespace

FloatResult reference_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding) {
  const Operand x = decode(a);
  const Operand y = decode(b);
  const Operand z = decode(c);
  if ((x.infinite && y.zero) || (x.zero && y.infinite)) return invalid_result;
  if (const auto result = nan_result({x, y, z})) return *result;
  const bool negative = x.negative != y.negative;
  if (x.infinite || y.infinite) {
    if (z.infinite && z.negative != negative) return invalid_result;
    return {with_sign(negative, 0x7f800000u), 0};
  }
  if (z.infinite) return {c, 0};
  Fixed product;
  product.negative = negative;
  product.place(std::uint64_t{x.mantissa} * y.mantissa, x.exponent + y.exponent);
  return rounded_sum(product, fixed(z), rounding);
}

FloatResult reference_add(std::uint32_t a, std::uint32_t b, Rounding rounding) {
  const Operand x = decode(a);
  const Operand y = decode(b);
  if (const auto result = nan_result({x, y})) return *result;
  if (x.infinite && y.infinite && x.negative != y.negative) return invalid_result;
  if (x.infinite) return {a, 0};
  if (y.infinite) return {b, 0};
  return rounded_sum(fixed(x), fixed(y), rounding);
}

FloatResult reference_mul(std::uint32_t a, std::uint32_t b, Rounding rounding) {
  const Operand x = decode(a);
  const Operand y = decode(b);
  if (const auto result = nan_result({x, y})) return *result;
  if ((x.infinite && y.zero) || (x.zero && y.infinite)) return invalid_result;
  const bool negative = x.negative != y.negative;
  if (x.infinite || y.infinite) return {with_sign(negative, 0x7f800000u), 0};
  if (x.zero || y.zero) return {with_sign(negative, 0), 0};
  Fixed product;
  product.negative = negative;
  product.place(std::uint64_t{x.mantissa} * y.mantissa, x.exponent + y.exponent);
  return round(product, 24, rounding);
}

FloatResult reference_div(std::uint32_t a, std::uint32_t b, Rounding rounding) {
  const Operand x = decode(a);
  const Operand y = decode(b);
  if (const auto result = nan_result({x, y})) return *result;
  if ((x.infinite && y.infinite) || (x.zero && y.zero)) return invalid_result;
  const bool negative = x.negative != y.negative;
  if (x.infinite) return {with_sign(negative, 0x7f800000u), 0};
  if (y.infinite || x.zero) return {with_sign(negative, 0), 0};
  if (y.zero) return {with_sign(negative, 0x7f800000u), float32::divide_by_zero};
  // Long division, one bit at a time: 64 bits of quotient suffice for any 24-bit operands.
  Fixed quotient;
  quotient.negative = negative;
  std::uint64_t whole = x.mantissa / y.mantissa;
  std::uint64_t remainder = x.mantissa % y.mantissa;
  int exponent = x.exponent - y.exponent;
  while (whole < std::uint64_t{1} << 40) {
    remainder *= 2;
    whole = whole * 2 + remainder / y.mantissa;
    remainder %= y.mantissa;
    --exponent;
  }
  if (exponent < -Fixed::point) {
    for (; exponent < -Fixed::point; ++exponent) {
      quotient.sticky |= whole % 2 != 0;
      whole /= 2;
    }
  }
  quotient.sticky |= remainder != 0;
  quotient.place(whole, exponent);
  return round(quotient, 24, rounding);
}

FloatResult reference_sqrt(std::uint32_t a, Rounding rounding) {
  const Operand x = decode(a);
  if (const auto result = nan_result({x})) return *result;
  if (x.zero) return {a, 0};
  if (x.negative) return invalid_result;
  if (x.infinite) return {a, 0};
  // Digit by digit: the largest root of 40 bits whose square does not exceed mantissa * 2**shift.
  const int shift = x.exponent % 2 == 0 ? 56 : 55;
  const unsigned __int128 radicand = static_cast<unsigned __int128>(x.mantissa) << shift;
  std::uint64_t root = 0;
  for (int n = 40; n >= 0; --n) {
    const std::uint64_t trial = root | std::uint64_t{1} << n;
    if (static_cast<unsigned __int128>(trial) * trial <= radicand) root = trial;
  }
  Fixed result;
  result.sticky = static_cast<unsigned __int128>(root) * root != radicand;
  result.place(root, (x.exponent - shift) / 2);
  return round(result, 24, rounding);
}

FloatResult reference_bf16(std::uint32_t a, Rounding rounding) {
  const Operand x = decode(a);
  FloatResult result{a, 0};
  if (const auto special = nan_result({x})) {
    result = *special;
  } else if (!x.infinite && !x.zero) {
    result = round(fixed(x), 8, rounding);
  }
  result.bits >>= 16;
  return result;
}

}  // namespace dojo::tb
