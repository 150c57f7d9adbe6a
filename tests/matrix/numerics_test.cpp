// The golden model's arithmetic: the fast forms against the definition in wide integers, and that against known values.

#include "model/numerics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "tb/matrix/operands.hpp"

namespace {

using namespace dojo;
using tb::OperandClass;
using Tile = std::array<std::uint16_t, 64>;
using Accumulator = std::array<std::uint32_t, 64>;

std::uint32_t bits_of(float value) {
  return std::bit_cast<std::uint32_t>(value);
}
std::uint16_t bf16_of(float value) {
  return static_cast<std::uint16_t>(bits_of(value) >> 16);
}

/// Element 0 of a step whose first row of A and first column of B are given.
std::uint32_t step(std::array<float, 4> x, std::array<float, 4> y, std::uint32_t c) {
  std::array<std::uint16_t, 32> a{};
  std::array<std::uint16_t, 32> b{};
  Accumulator accumulator{};
  for (std::size_t k = 0; k < 4; ++k) {
    a[k] = bf16_of(x[k]);
    b[8 * k] = bf16_of(y[k]);
  }
  accumulator[0] = c;
  numerics::matrix_step_reference(a.data(), b.data(), accumulator.data());
  return accumulator[0];
}

void tile_reference(bool a_transposed, bool b_transposed, const Tile& a, const Tile& b, Accumulator& c) {
  for (std::size_t half = 0; half < 8; half += 4) {
    std::array<std::uint16_t, 32> x;
    std::array<std::uint16_t, 32> y;
    for (std::size_t i = 0; i < 8; ++i) {
      for (std::size_t k = 0; k < 4; ++k) {
        x[4 * i + k] = a_transposed ? a[8 * (half + k) + i] : a[8 * i + half + k];
        y[8 * k + i] = b_transposed ? b[8 * i + half + k] : b[8 * (half + k) + i];
      }
    }
    numerics::matrix_step_reference(x.data(), y.data(), c.data());
  }
}

TEST(Numerics, StepHasTheDefinedValueInKnownCases) {
  const float inf = INFINITY;
  EXPECT_EQ(step({1, 2, 3, 4}, {5, 6, 7, 8}, bits_of(0.5F)), bits_of(70.5F));
  EXPECT_EQ(step({1, 0, 0, 0}, {1, 0, 0, 0}, bits_of(-1.0F)), 0u) << "an exact zero is +0";
  EXPECT_EQ(step({-0.0F, 0, 0, 0}, {1, 0, 0, 0}, 0x80000000u), 0u);
  EXPECT_EQ(step({0, 0, 0, 0}, {0, 0, 0, 0}, 0x80000001u), 0u) << "a subnormal accumulator counts as zero";
  // 2**24 + 1: a tie, to even; with two more bits below it rounds up.
  EXPECT_EQ(step({1, 0, 0, 0}, {1, 0, 0, 0}, bits_of(0x1p24F)), bits_of(0x1p24F));
  EXPECT_EQ(step({1, 0.25F, 0, 0}, {1, 1, 0, 0}, bits_of(0x1p24F)), bits_of(0x1p24F + 2));
  // The window ends 26 bits below the largest term: 2**-2 beside 2**24 is its last bit, 2**-3 is dropped before the
  // sum.
  EXPECT_EQ(step({1, 0.125F, 0, 0}, {1, 1, 0, 0}, bits_of(0x1p24F)), bits_of(0x1p24F));
  EXPECT_EQ(step({0x1p24F, 0.25F, 0, -0x1p24F}, {1, 1, 0, 1}, 0u), bits_of(0.25F));
  EXPECT_EQ(step({0x1p24F, 0.125F, 0, -0x1p24F}, {1, 1, 0, 1}, 0u), 0u);
  // BF16 subnormals are exact operands.
  EXPECT_EQ(step({0x1p-133F, 0, 0, 0}, {0x1p120F, 0, 0, 0}, 0u), bits_of(0x1p-13F));
  // Overflow, the smallest normal number, and what is below it.
  EXPECT_EQ(step({0x1p127F, 0, 0, 0}, {2, 0, 0, 0}, 0u), bits_of(inf));
  EXPECT_EQ(step({-0x1p127F, 0, 0, 0}, {1, 0, 0, 0}, bits_of(-0x1.fffffep127F)), bits_of(-inf));
  EXPECT_EQ(step({0x1p-63F, 0, 0, 0}, {0x1p-63F, 0, 0, 0}, 0u), bits_of(0x1p-126F));
  EXPECT_EQ(step({-0x1p-64F, 0, 0, 0}, {0x1p-63F, 0, 0, 0}, 0u), 0x80000000u);
  EXPECT_EQ(step({inf, 1, 0, 0}, {1, 1, 0, 0}, 0u), bits_of(inf));
  EXPECT_EQ(step({inf, 1, 0, 0}, {0, 1, 0, 0}, 0u), numerics::canonical_nan);
  EXPECT_EQ(step({inf, 1, 0, 0}, {1, 1, 0, 0}, bits_of(-inf)), numerics::canonical_nan);
  EXPECT_EQ(step({1, 0, 0, 0}, {1, 0, 0, 0}, 0xffabcdefu), numerics::canonical_nan);
  EXPECT_EQ(step({NAN, 0, 0, 0}, {0, 0, 0, 0}, 0u), numerics::canonical_nan);
}

TEST(Numerics, StepIsExactWhereEveryTermFitsTheWindow) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20000; ++round) {
    std::array<float, 4> x;
    std::array<float, 4> y;
    std::int64_t sum = static_cast<std::int64_t>(random() % 200000) - 100000;
    const float c = static_cast<float>(sum);
    for (std::size_t k = 0; k < 4; ++k) {
      const int p = static_cast<int>(random() % 257) - 128;
      const int q = static_cast<int>(random() % 257) - 128;
      x[k] = static_cast<float>(p);
      y[k] = static_cast<float>(q);
      sum += p * q;
    }
    ASSERT_EQ(step(x, y, bits_of(c)), bits_of(static_cast<float>(sum)));
  }
}

TEST(Numerics, FastTileEqualsTheReference) {
  std::mt19937_64 random(1);
  std::size_t finite = 0;
  std::size_t subnormal_range = 0;
  const int rounds = tb::nightly() ? 400'000 : 12000;  // of 256 elements
  for (int round = 0; round < rounds; ++round) {
    const OperandClass a_class = tb::random_class(random);
    const OperandClass b_class = tb::random_class(random);
    const OperandClass c_class = tb::random_class(random);
    const bool a_transposed = random() % 2 != 0;
    const bool b_transposed = random() % 2 != 0;
    Tile a;
    Tile b;
    Accumulator c;
    for (auto& value : a) value = tb::random_bf16(random, a_class);
    for (auto& value : b) value = tb::random_bf16(random, b_class);
    for (auto& value : c) value = round % 3 == 0 ? 0 : tb::random_fp32(random, c_class);
    Accumulator expected = c;
    tile_reference(a_transposed, b_transposed, a, b, expected);
    numerics::matrix_tile(a_transposed, b_transposed, a.data(), b.data(), c.data());
    ASSERT_EQ(c, expected) << "round " << round;
    // The opposite of the product, nearly: cancellation to few bits or to zero.
    for (auto& value : a) value ^= 0x8000u;
    for (auto& value : c) value = tb::nudged(random, value, 2);
    expected = c;
    tile_reference(a_transposed, b_transposed, a, b, expected);
    numerics::matrix_tile(a_transposed, b_transposed, a.data(), b.data(), c.data());
    ASSERT_EQ(c, expected) << "round " << round << ", cancelling";
    for (const auto value : c) {
      finite += (value & 0x7f800000u) != 0x7f800000u ? 1 : 0;
      subnormal_range += (value & 0x7fffffffu) < 0x08000000u ? 1 : 0;
    }
  }
  // The comparison means something only if most results are numbers, and many small.
  EXPECT_GT(finite, static_cast<std::size_t>(rounds) * 64 / 3);
  EXPECT_GT(subnormal_range, static_cast<std::size_t>(rounds) * 64 / 20);
}

TEST(Numerics, ProductsOfAllCfloat8PairsAreExact) {
  // A column of all values times a row of all values; the other seven k are zero.
  const auto value = [](numerics::OperandFormat format, unsigned bits) {
    const int mantissa_bits = format.format == hw::MatrixFormat::cfloat8_143 ? 3 : 2;
    const int field = static_cast<int>(bits & 0x7f) >> mantissa_bits;
    const int mantissa = static_cast<int>(bits & ((1u << mantissa_bits) - 1)) + (field != 0 ? 1 << mantissa_bits : 0);
    const double magnitude = std::ldexp(mantissa, std::max(field, 1) - static_cast<int>(format.bias) - mantissa_bits);
    return (bits & 0x80) != 0 ? -magnitude : magnitude;
  };
  std::vector<std::uint8_t> a(32 * 64);
  std::vector<std::uint8_t> b(32 * 64);
  for (unsigned n = 0; n < 256; ++n) {
    a[n / 8 * 64 + n % 8 * 8] = static_cast<std::uint8_t>(n);
    b[n / 8 * 64 + n % 8] = static_cast<std::uint8_t>(n);
  }
  std::vector<float> c(256 * 256);
  for (const auto a_kind : {hw::MatrixFormat::cfloat8_143, hw::MatrixFormat::cfloat8_152}) {
    for (const auto b_kind : {hw::MatrixFormat::cfloat8_143, hw::MatrixFormat::cfloat8_152}) {
      for (unsigned a_bias = 0; a_bias < 64; a_bias += tb::nightly() ? 1 : 9) {
        for (unsigned b_bias = 0; b_bias < 64; b_bias += tb::nightly() ? 1 : 21) {
          numerics::GemmOperands g;
          g.a_format = {a_kind, a_bias};
          g.b_format = {b_kind, b_bias};
          g.m_tiles = g.n_tiles = 32;
          g.k_tiles = 1;
          g.a = reinterpret_cast<const std::byte*>(a.data());
          g.b = reinterpret_cast<const std::byte*>(b.data());
          g.a_m_stride = g.b_n_stride = 64;
          g.c = reinterpret_cast<std::byte*>(c.data());
          g.c_m_stride = 32 * 256;
          g.c_n_stride = 256;
          numerics::gemm(g);
          for (unsigned i = 0; i < 256; ++i) {
            const double x = value(g.a_format, i);
            for (unsigned j = 0; j < 256; ++j) {
              const double exact = x * value(g.b_format, j);
              const auto expected = static_cast<float>(std::abs(exact) < 0x1p-126 ? 0.0 : exact);
              const float element = c[(i / 8 * 32 + j / 8) * 64 + i % 8 * 8 + j % 8];
              ASSERT_EQ(element, expected) << a_bias << ' ' << b_bias << ' ' << i << ' ' << j;
            }
          }
        }
      }
    }
  }
}

TEST(Numerics, GemmEqualsTheReferenceForAllShapes) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    const std::size_t m = 1 + random() % 4;
    const std::size_t n = 1 + random() % 5;
    const std::size_t k = 1 + random() % 5;
    numerics::GemmOperands g;
    g.a_transposed = random() % 2 != 0;
    g.b_transposed = random() % 2 != 0;
    g.c_bf16 = random() % 2 != 0;
    g.m_tiles = m;
    g.n_tiles = n;
    g.k_tiles = k;
    const std::size_t c_bytes = g.c_bf16 ? 128 : 256;
    const bool a_by_column = random() % 2 != 0;
    g.a_m_stride = static_cast<std::ptrdiff_t>(a_by_column ? 192 : k * 128);
    g.a_k_stride = static_cast<std::ptrdiff_t>(a_by_column ? m * 192 : 128);
    g.b_k_stride = static_cast<std::ptrdiff_t>(random() % 2 != 0 ? n * 128 : 0);
    g.b_n_stride = 128;
    g.c_m_stride = static_cast<std::ptrdiff_t>(n * c_bytes);
    g.c_n_stride = static_cast<std::ptrdiff_t>(c_bytes);
    std::vector<std::uint16_t> a(m * k * 96 + 64);
    std::vector<std::uint16_t> b(k * n * 64);
    std::vector<std::byte> c(m * n * c_bytes);
    const OperandClass from = round % 8 == 0 ? OperandClass::special_mix : OperandClass::near_one;
    for (auto& value : a) value = tb::random_bf16(random, from);
    for (auto& value : b) value = tb::random_bf16(random, from);
    g.a = reinterpret_cast<const std::byte*>(a.data());
    g.b = reinterpret_cast<const std::byte*>(b.data());
    g.c = c.data();
    numerics::gemm(g);
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        Accumulator expected{};
        for (std::size_t l = 0; l < k; ++l) {
          Tile x;
          Tile y;
          std::memcpy(x.data(),
                      g.a + i * static_cast<std::size_t>(g.a_m_stride) + l * static_cast<std::size_t>(g.a_k_stride),
                      128);
          std::memcpy(y.data(),
                      g.b + l * static_cast<std::size_t>(g.b_k_stride) + j * static_cast<std::size_t>(g.b_n_stride),
                      128);
          tile_reference(g.a_transposed, g.b_transposed, x, y, expected);
        }
        const std::byte* tile = c.data() + (i * n + j) * c_bytes;
        for (std::size_t e = 0; e < 64; ++e) {
          if (g.c_bf16) {
            std::uint16_t value;
            std::memcpy(&value, tile + 2 * e, 2);
            ASSERT_EQ(value, numerics::to_bf16(expected[e]));
          } else {
            std::uint32_t value;
            std::memcpy(&value, tile + 4 * e, 4);
            ASSERT_EQ(value, expected[e]);
          }
        }
      }
    }
  }
}

TEST(Numerics, Bf16ConversionIsTheNearestValueForEveryUpperHalf) {
  for (std::uint32_t high = 0; high < 0x10000u; ++high) {
    const bool special = (high & 0x7f80u) == 0x7f80u;
    for (const std::uint32_t low : {0x0000u, 0x0001u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
      const std::uint32_t value = high << 16 | low;
      const bool up = low > 0x8000u || (low == 0x8000u && (high & 1) != 0);
      std::uint32_t expected = up ? high + 1 : high;
      if (special) expected = (value & 0x7fffffffu) == 0x7f800000u ? high : 0x7fc0u;
      ASSERT_EQ(numerics::to_bf16(value), expected) << std::hex << value;
    }
    if (!special) {
      ASSERT_EQ(numerics::to_bf16(numerics::from_bf16(static_cast<std::uint16_t>(high))), high);
    }
  }
}

}  // namespace
