// Configurable floats in the golden model, against their definition in the host's double arithmetic, in which every
// value, every midpoint between neighbours and every comparison of them is exact.

#include "model/cfloat.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include "tb/float/operands.hpp"

namespace {

using namespace dojo;
using namespace dojo::cfloat;

constexpr std::array formats{Format::e4m3, Format::e5m2, Format::shp, Format::uhp};
constexpr Rounding nearest{};

std::size_t operations(std::size_t normal) {
  return std::getenv("DOJO_NIGHTLY") != nullptr ? 100'000'000 : normal;
}

std::uint32_t bits_of(double value) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

/// The value of an encoding without its sign, by the definition: 1.m * 2**(e - bias), or 0.m * 2**(1 - bias).
double magnitude_of(Format format, unsigned bias, std::uint32_t bits) {
  const Layout from = layout(format);
  const auto field = static_cast<int>(bits >> from.mantissa_bits);
  const double fraction = bits % (1u << from.mantissa_bits);
  const double scale = std::exp2(-static_cast<double>(from.mantissa_bits));
  const int exponent = std::max(field, 1) - static_cast<int>(format == Format::uhp ? 31 : bias);
  return std::ldexp((field > 0 ? 1.0 : 0.0) + fraction * scale, exponent);
}

std::uint32_t largest_of(Format format) {
  return (1u << (layout(format).exponent_bits + layout(format).mantissa_bits)) - 1;
}

struct Result {
  std::uint32_t bits;
  Flags flags;
  bool operator==(const Result&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Result& result) {
  return out << fmt::format("{:04x} flags {:x}", result.bits, result.flags);
}

/// The definition: the encoding below the value by search, then which of it and its neighbour is wanted. `up` decides
/// from the distance to the one below, in parts of the distance between both, and whether that one is odd.
template <class Up>
Result narrow_by_search(Format format, unsigned bias, std::uint32_t value, Up up) {
  const bool is_signed = layout(format).is_signed;
  const auto x = static_cast<double>(std::bit_cast<float>(value));
  const std::uint32_t largest = largest_of(format);
  const std::uint32_t sign = std::signbit(x) && is_signed ? largest + 1 : 0;
  if (std::isnan(x)) return {sign | largest, invalid};
  if (x == 0) return {sign, 0};
  if (x < 0 && !is_signed) return {0, invalid};
  const double magnitude = std::fabs(x);
  std::uint32_t below = 0;
  for (std::uint32_t step = (largest + 1) / 2; step != 0; step /= 2) {
    if (magnitude_of(format, bias, below + step) <= magnitude) below += step;
  }
  const double low = magnitude_of(format, bias, below);
  // The number after the largest one would have the same distance from it as the one before it.
  const double gap =
      below == largest ? low - magnitude_of(format, bias, below - 1) : magnitude_of(format, bias, below + 1) - low;
  const bool infinite = std::isinf(x);
  const bool beyond = infinite || (below == largest && magnitude - low >= gap);
  if (beyond || (magnitude != low && up((magnitude - low) / gap, below % 2 != 0))) ++below;
  if (below > largest || beyond) return {sign | largest, overflow};
  const Flags flags = below == 0 ? underflow : below < 1u << layout(format).mantissa_bits ? denormal : 0;
  return {sign | below, flags};
}

Result narrow_nearest(Format format, unsigned bias, std::uint32_t value) {
  return narrow_by_search(format, bias, value,
                          [](double part, bool odd) { return part > 0.5 || (part == 0.5 && odd); });
}

Result narrow_of(Format format, unsigned bias, std::uint32_t value, Rounding rounding) {
  Flags flags = 0;
  const std::uint16_t bits = narrow(format, bias, value, rounding, flags);
  return {bits, flags};
}

TEST(Cfloat, EveryEncodingWithEveryBiasWidensToItsValueAndBack) {
  for (const Format format : formats) {
    const std::uint32_t encodings = 1u << layout(format).bits();
    const std::uint32_t largest = largest_of(format);
    for (unsigned bias = 0; bias < (format == Format::uhp ? 1 : 64); ++bias) {
      for (std::uint32_t bits = 0; bits < encodings; ++bits) {
        const double magnitude = magnitude_of(format, bias, bits & largest);
        const double expected = bits > largest ? -magnitude : magnitude;
        const bool is_denormal = (bits & largest) != 0 && (bits & largest) >> layout(format).mantissa_bits == 0;
        Flags flags = 0;
        const std::uint32_t wide = widen(format, bias, static_cast<std::uint16_t>(bits), flags);
        ASSERT_EQ(wide, bits_of(expected)) << bits << " bias " << bias;
        ASSERT_EQ(std::bit_cast<float>(wide), expected);
        ASSERT_EQ(flags, is_denormal ? denormal : 0) << bits << " bias " << bias;
        // Exact numbers come back under any rounding.
        ASSERT_EQ(narrow_of(format, bias, wide, nearest), (Result{bits, flags}));
        ASSERT_EQ(narrow_of(format, bias, wide, {true, 0xffffffffu}), (Result{bits, flags}));
      }
    }
  }
}

TEST(Cfloat, NeighboursMidpointsAndTheirNeighboursRoundToNearestEven) {
  for (const Format format : {Format::e4m3, Format::e5m2, Format::uhp, Format::shp}) {
    for (unsigned bias = 0; bias < 64; bias += format == Format::shp ? 9 : format == Format::uhp ? 64 : 1) {
      for (std::uint32_t bits = 0; bits <= largest_of(format); ++bits) {
        const double low = magnitude_of(format, bias, bits);
        const double high = bits == largest_of(format) ? 2 * low - magnitude_of(format, bias, bits - 1)
                                                       : magnitude_of(format, bias, bits + 1);
        const std::uint32_t middle = bits_of((low + high) / 2);
        for (const std::uint32_t value : {middle - 1, middle, middle + 1, bits_of(high) - 1, bits_of(high),
                                          (middle - 1) | 0x80000000u, middle | 0x80000000u}) {
          ASSERT_EQ(narrow_of(format, bias, value, nearest), narrow_nearest(format, bias, value))
              << fmt::format("format {} bias {} value {:08x}", static_cast<int>(format), bias, value);
        }
      }
    }
  }
}

TEST(Cfloat, RandomNumbersAndCornersRoundAsDefined) {
  std::mt19937_64 random(1);
  const auto compare = [](Format format, unsigned bias, std::uint32_t value, std::uint32_t bits) {
    ASSERT_EQ(narrow_of(format, bias, value, nearest), narrow_nearest(format, bias, value))
        << fmt::format("format {} bias {} value {:08x}", static_cast<int>(format), bias, value);
    // Up if the part above the number below, cut to 32 bits, and the random bits overflow.
    const Result stochastic = narrow_by_search(
        format, bias, value, [bits](double part, bool) { return std::floor(std::ldexp(part, 32)) + bits >= 0x1p32; });
    ASSERT_EQ(narrow_of(format, bias, value, {true, bits}), stochastic)
        << fmt::format("format {} bias {} value {:08x} random {:08x}", static_cast<int>(format), bias, value, bits);
  };
  for (const Format format : formats) {
    for (unsigned bias = 0; bias < 64; ++bias) {
      for (const std::uint32_t value : tb::float_corners) {
        for (const std::uint32_t bits : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
          compare(format, bias, value, bits);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
  for (std::size_t n = 0; n < operations(1'000'000); ++n) {
    const std::uint64_t r = random();
    const auto bias = static_cast<unsigned>(r >> 2 & 63);
    const Format format = formats[r & 3];
    std::uint32_t value = tb::random_float(random);
    // Two of three around the range of the format.
    if (r >> 8 & 3) {
      const auto spread = static_cast<std::uint32_t>(r >> 10) % ((1u << layout(format).exponent_bits) + 16);
      value = (value & 0x807fffffu) | (127 - effective_bias(format, bias) - 14 + spread) << 23;
    }
    compare(format, bias, value, static_cast<std::uint32_t>(random()));
    if (HasFatalFailure()) return;
  }
}

TEST(Cfloat, SpecialNumbersClampWithTheirFlags) {
  EXPECT_EQ(narrow_of(Format::e4m3, 7, 0x7f800000u, nearest), (Result{0x7f, overflow}));
  EXPECT_EQ(narrow_of(Format::e4m3, 7, 0xff800000u, nearest), (Result{0xff, overflow}));
  EXPECT_EQ(narrow_of(Format::e5m2, 7, 0x7fc00000u, nearest), (Result{0x7f, invalid}));
  EXPECT_EQ(narrow_of(Format::shp, 7, 0xff800001u, nearest), (Result{0xffff, invalid}));
  EXPECT_EQ(narrow_of(Format::uhp, 0, 0xff800000u, nearest), (Result{0, invalid}));
  EXPECT_EQ(narrow_of(Format::uhp, 0, 0xbf800000u, nearest), (Result{0, invalid}));
  EXPECT_EQ(narrow_of(Format::uhp, 0, 0x80000000u, nearest), (Result{0, 0}));
  EXPECT_EQ(narrow_of(Format::uhp, 0, 0xffc00000u, nearest), (Result{0xffff, invalid}));
  EXPECT_EQ(narrow_of(Format::uhp, 63, 0x3f800000u, nearest), (Result{31u << 10, 0})) << "its bias is 31 always";
  EXPECT_EQ(narrow_of(Format::e4m3, 7, 0x80000000u, nearest), (Result{0x80, 0}));
  EXPECT_EQ(narrow_of(Format::e4m3, 7, 0x80000001u, nearest), (Result{0x80, underflow}));
  // 1-4-3 with bias 7: the largest is 1.875 * 2**8 = 480, the next would be 512, and 496 is a tie that goes there.
  EXPECT_EQ(narrow_of(Format::e4m3, 7, bits_of(495.9), nearest), (Result{0x7f, 0}));
  EXPECT_EQ(narrow_of(Format::e4m3, 7, bits_of(496), nearest), (Result{0x7f, overflow}));
  EXPECT_EQ(narrow_of(Format::e4m3, 7, bits_of(0x1p-9), nearest), (Result{0x01, denormal}));
  EXPECT_EQ(narrow_of(Format::e4m3, 7, bits_of(0x1p-10), nearest), (Result{0x00, underflow}));
  EXPECT_EQ(narrow_of(Format::e4m3, 7, bits_of(0x1.fp-7), nearest), (Result{0x08, 0}))
      << "a denormal that rounds up to the smallest normal number";
}

TEST(Cfloat, Bf16IsTheNearestOrTheStochasticallyRoundedOne) {
  for (const Format format : formats) {
    const std::uint32_t encodings = 1u << layout(format).bits();
    for (unsigned bias = 0; bias < 64; bias += format == Format::uhp ? 64 : format == Format::shp ? 9 : 1) {
      for (std::uint32_t bits = 0; bits < encodings; ++bits) {
        Flags wide_flags = 0;
        const std::uint32_t wide = widen(format, bias, static_cast<std::uint16_t>(bits), wide_flags);
        Flags flags = 0;
        ASSERT_EQ(widen_bf16(format, bias, static_cast<std::uint16_t>(bits), nearest, flags),
                  (wide + 0x7fff + (wide >> 16 & 1)) >> 16);
        ASSERT_EQ(flags, wide_flags);
        const std::uint32_t random = random_bits(bias, bits);
        const auto expected = static_cast<std::uint32_t>((wide + (random >> 16)) >> 16);
        ASSERT_EQ(widen_bf16(format, bias, static_cast<std::uint16_t>(bits), {true, random}, flags), expected);
      }
    }
  }
}

TEST(Cfloat, StochasticRoundingGoesUpAsOftenAsTheNumberIsAboveTheLowerNeighbour) {
  constexpr std::uint32_t elements = 512;
  constexpr int instructions = 200;
  constexpr double samples = elements * static_cast<double>(instructions);
  std::uint64_t seed = 1;
  for (const double part : {1.0 / 1024, 1.0 / 8, 1.0 / 3, 0.5, 0.7, 1023.0 / 1024}) {
    const std::uint32_t value = bits_of(1 + part / 8);  // between 1 and 1.125 in 1-4-3
    const double exact = (static_cast<double>(std::bit_cast<float>(value)) - 1) * 8;
    double ups = 0;
    for (int n = 0; n < instructions; ++n) {
      for (std::uint32_t index = 0; index < elements; ++index) {
        Flags flags = 0;
        const std::uint16_t bits = narrow(Format::e4m3, 7, value, {true, random_bits(seed, index)}, flags);
        ASSERT_TRUE(bits == 0x38 || bits == 0x39);
        ups += bits - 0x38;
      }
      seed = advance(seed);
    }
    // Five standard deviations.
    EXPECT_NEAR(ups / samples, exact, 5 * std::sqrt(exact * (1 - exact) / samples)) << part;
  }
}

TEST(Cfloat, RandomBitsDependOnEveryBitOfSeedAndIndex) {
  EXPECT_EQ(random_bits(0, 0), random_bits(0, 0));
  EXPECT_EQ(advance(advance(0)), 2 * 0x9e3779b97f4a7c15u);
  std::mt19937_64 random(2);
  constexpr int trials = 4000;
  std::vector<int> changed(static_cast<std::size_t>(74 * 32));
  for (int n = 0; n < trials; ++n) {
    const std::uint64_t seed = random();
    const auto index = static_cast<std::uint32_t>(random() % 1024);
    const std::uint32_t base = random_bits(seed, index);
    for (unsigned input = 0; input < 74; ++input) {
      const std::uint32_t other = input < 64 ? random_bits(seed ^ std::uint64_t{1} << input, index)
                                             : random_bits(seed, index ^ 1u << (input - 64));
      for (unsigned output = 0; output < 32; ++output) {
        changed[input * 32 + output] += static_cast<int>((base ^ other) >> output & 1);
      }
    }
  }
  const auto [least, most] = std::minmax_element(changed.begin(), changed.end());
  // 2368 means of 4000 fair bits stay within five and a half standard deviations.
  const double deviation = 5.5 * 0.5 / std::sqrt(static_cast<double>(trials));
  EXPECT_GT(static_cast<double>(*least) / trials, 0.5 - deviation);
  EXPECT_LT(static_cast<double>(*most) / trials, 0.5 + deviation);
  // Small seeds and neighbours do not collide more than chance has it: 2**18 of 2**32 values meet about 8 times.
  std::set<std::uint32_t> seen;
  for (std::uint64_t seed = 0; seed < 512; ++seed) {
    for (std::uint32_t index = 0; index < 512; ++index) seen.insert(random_bits(seed, index));
  }
  EXPECT_GT(seen.size(), (std::size_t{1} << 18) - 32);
}

}  // namespace
