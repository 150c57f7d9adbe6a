// Block test of rtl/node/matrix_datapath.sv: every element of every step against the definition in wide integers.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "Vmatrix_datapath.h"
#include "Vmatrix_datapath___024root.h"
#include "model/numerics.hpp"
#include "sim/assertion.hpp"
#include "tb/matrix/operands.hpp"
#include "verilated.h"

namespace {

using namespace dojo;
using tb::OperandClass;
using Tile = std::array<std::uint16_t, 64>;
using NarrowTile = std::array<std::uint8_t, 64>;
using Accumulator = std::array<std::uint32_t, 64>;

/// Fields of matrix_pkg::step_t.
struct Step {
  unsigned group, row, column, half, a_transposed, b_transposed, accumulator, first, last;
  unsigned packed() const {
    return group << 12 | row << 11 | column << 10 | half << 9 | a_transposed << 8 | b_transposed << 7 |
           accumulator << 2 | first << 1 | last;
  }
};

/// Fields of matrix_pkg::fill_t.
struct Fill {
  unsigned tile;
  unsigned upper = 0;
  numerics::OperandFormat format{};
  unsigned image = 0;
  unsigned clear = 0;
  unsigned rows = 0;
  unsigned pixel = 0;
  unsigned step = 0;
  unsigned packed() const {
    return tile << 25 | upper << 24 | static_cast<unsigned>(format.format) << 22 | format.bias << 16 | image << 15 |
           clear << 14 | rows << 6 | pixel << 3 | step;
  }
};

class DatapathBench {
 public:
  DatapathBench() {
    context_.randReset(2);
    context_.randSeed(1);
    dut_ = std::make_unique<Vmatrix_datapath>(&context_);
    dut_->a_fill_valid_i = dut_->b_fill_valid_i = dut_->step_valid_i = dut_->drain_load_i = 0;
    dut_->accumulator_read_valid_i = dut_->accumulator_write_valid_i = 0;
    dut_->rst_ni = 0;
    cycle();
    cycle();
    dut_->rst_ni = 1;
  }

  Vmatrix_datapath* operator->() { return dut_.get(); }

  void cycle() {
    dut_->clk_i = 0;
    dut_->eval();
    dut_->clk_i = 1;
    dut_->eval();
  }

  /// Puts a tile of A and one of B into the buffers, side by side.
  void fill(unsigned group, unsigned tile, const Tile& a, const Tile& b) {
    dut_->a_fill_valid_i = dut_->b_fill_valid_i = 1;
    for (unsigned line = 0; line < 2; ++line) {
      dut_->a_fill_i = dut_->b_fill_i = Fill{.tile = group << 1 | tile, .upper = line}.packed();
      std::memcpy(&dut_->a_fill_data_i, a.data() + 32 * line, 64);
      std::memcpy(&dut_->b_fill_data_i, b.data() + 32 * line, 64);
      cycle();
    }
    dut_->a_fill_valid_i = dut_->b_fill_valid_i = 0;
  }

  /// Puts one BF16 tile into a buffer.
  void fill_a(unsigned group, unsigned tile, const Tile& a) {
    for (unsigned line = 0; line < 2; ++line)
      fill_pixels({.tile = group << 1 | tile, .upper = line}, a.data() + 32 * line);
  }
  void fill_b(unsigned group, unsigned tile, const Tile& b) {
    dut_->b_fill_valid_i = 1;
    for (unsigned line = 0; line < 2; ++line) {
      dut_->b_fill_i = Fill{.tile = group << 1 | tile, .upper = line}.packed();
      std::memcpy(&dut_->b_fill_data_i, b.data() + 32 * line, 64);
      cycle();
    }
    dut_->b_fill_valid_i = 0;
  }

  /// The same with CFloat8 tiles.
  void fill(unsigned group, unsigned tile, numerics::OperandFormat a_format, const NarrowTile& a,
            numerics::OperandFormat b_format, const NarrowTile& b) {
    dut_->a_fill_valid_i = dut_->b_fill_valid_i = 1;
    dut_->a_fill_i = Fill{.tile = group << 1 | tile, .format = a_format}.packed();
    dut_->b_fill_i = Fill{.tile = group << 1 | tile, .format = b_format}.packed();
    std::memcpy(&dut_->a_fill_data_i, a.data(), 64);
    std::memcpy(&dut_->b_fill_data_i, b.data(), 64);
    cycle();
    dut_->a_fill_valid_i = dut_->b_fill_valid_i = 0;
  }

  /// A line into a tile of A.
  void fill_pixels(const Fill& place, const void* line) {
    dut_->a_fill_valid_i = 1;
    dut_->a_fill_i = place.packed();
    std::memcpy(&dut_->a_fill_data_i, line, 64);
    cycle();
    dut_->a_fill_valid_i = 0;
  }

  void step(const Step& step) {
    dut_->step_valid_i = 1;
    dut_->step_i = step.packed();
    cycle();
    dut_->step_valid_i = 0;
  }

  std::array<std::uint32_t, 16> drain(unsigned accumulator, unsigned line, bool bf16) {
    dut_->drain_load_i = 1;
    dut_->drain_accumulator_i = accumulator;
    dut_->drain_line_i = line;
    dut_->drain_bf16_i = bf16;
    cycle();
    dut_->drain_load_i = 0;
    std::array<std::uint32_t, 16> data;
    std::memcpy(data.data(), &dut_->drain_data_o, 64);
    return data;
  }

  std::uint32_t& element(unsigned accumulator, unsigned n) {
    return dut_->rootp->matrix_datapath__DOT__accumulator_q[accumulator][n];
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Vmatrix_datapath> dut_;
};

void step_reference(const Step& s, const Tile& a, const Tile& b, Accumulator& c) {
  std::array<std::uint16_t, 32> x;
  std::array<std::uint16_t, 32> y;
  const unsigned half = 4 * s.half;
  for (unsigned i = 0; i < 8; ++i) {
    for (unsigned k = 0; k < 4; ++k) {
      x[4 * i + k] = s.a_transposed != 0 ? a[8 * (half + k) + i] : a[8 * i + half + k];
      y[8 * k + i] = s.b_transposed != 0 ? b[8 * i + half + k] : b[8 * (half + k) + i];
    }
  }
  if (s.first != 0) c.fill(0);
  numerics::matrix_step_reference(x.data(), y.data(), c.data());
}

TEST(MatrixDatapath, MillionsOfElementsEqualTheReference) {
  DatapathBench bench;
  std::mt19937_64 random(1);
  std::array<std::array<Tile, 8>, 2> tiles;  // A, B; index group * 2 + tile
  std::array<Accumulator, 8> expected;
  for (unsigned n = 0; n < 8; ++n) {
    expected[n].fill(0);
    for (unsigned e = 0; e < 64; ++e) bench.element(n, e) = 0;
  }
  std::size_t compared = 0;
  std::size_t finite = 0;
  std::array<Step, 8> steps{};
  const int rounds = tb::nightly() ? 200'000 : 2500;
  for (int round = 0; round < rounds; ++round) {
    // Every third round repeats the steps before with the sign of A changed and the accumulators nudged: cancellation.
    const bool cancel = round % 3 == 2;
    for (unsigned n = 0; n < 8; ++n) {
      if (cancel) {
        for (auto& value : tiles[0][n]) value ^= 0x8000u;
      } else {
        const OperandClass a_class = tb::random_class(random);
        const OperandClass b_class = tb::random_class(random);
        for (auto& value : tiles[0][n]) value = tb::random_bf16(random, a_class);
        for (auto& value : tiles[1][n]) value = tb::random_bf16(random, b_class);
      }
      bench.fill(n / 2, n % 2, tiles[0][n], tiles[1][n]);
    }
    for (unsigned n = 0; n < 8; ++n) {
      const OperandClass c_class = tb::random_class(random);
      for (unsigned e = 0; e < 64; ++e) {
        if (cancel) {
          expected[n][e] = tb::nudged(random, expected[n][e], 2);
        } else {
          expected[n][e] = tb::random_fp32(random, c_class);
        }
        bench.element(n, e) = expected[n][e];
      }
      if (!cancel) {
        const auto bit = [&] { return static_cast<unsigned>(random() % 2); };
        steps[n] = {.group = static_cast<unsigned>(random() % 4),
                    .row = bit(),
                    .column = bit(),
                    .half = bit(),
                    .a_transposed = bit(),
                    .b_transposed = bit(),
                    .accumulator = n,
                    .first = random() % 4 == 0 ? 1u : 0u,
                    .last = 0};
      } else {
        steps[n].first = 0;
      }
    }
    for (const Step& s : steps) {
      bench.step(s);
      step_reference(s, tiles[0][s.group * 2 + s.row], tiles[1][s.group * 2 + s.column], expected[s.accumulator]);
    }
    bench.cycle();
    bench.cycle();
    for (unsigned n = 0; n < 8; ++n) {
      for (unsigned e = 0; e < 64; ++e) {
        ASSERT_EQ(bench.element(n, e), expected[n][e])
            << "round " << round << ", accumulator " << n << ", element " << e;
        ++compared;
        finite += (expected[n][e] & 0x7f800000u) != 0x7f800000u ? 1 : 0;
      }
      const unsigned line = static_cast<unsigned>(random() % 4);
      const auto fp32 = bench.drain(n, line, false);
      EXPECT_EQ(std::memcmp(fp32.data(), &expected[n][16 * line], 64), 0);
      const auto bf16 = bench.drain(n, line % 2, true);
      for (unsigned e = 0; e < 32; ++e) {
        ASSERT_EQ(static_cast<std::uint16_t>(bf16[e / 2] >> (16 * (e % 2))),
                  numerics::to_bf16(expected[n][32 * (line % 2) + e]));
      }
    }
  }
  EXPECT_GE(compared, 1000000U);
  EXPECT_GT(finite, compared / 3);
}

constexpr std::array cfloat8_formats = {hw::MatrixFormat::cfloat8_143, hw::MatrixFormat::cfloat8_152};

/// The value of a CFloat8 number, from its definition.
double cfloat8_value(numerics::OperandFormat format, unsigned bits) {
  const int mantissa_bits = format.format == hw::MatrixFormat::cfloat8_143 ? 3 : 2;
  const int field = static_cast<int>(bits & 0x7f) >> mantissa_bits;
  const int fraction = static_cast<int>(bits) & ((1 << mantissa_bits) - 1);
  const int bias = static_cast<int>(format.bias);
  const double magnitude = field == 0 ? std::ldexp(fraction, 1 - bias - mantissa_bits)
                                      : std::ldexp((1 << mantissa_bits) + fraction, field - bias - mantissa_bits);
  return (bits & 0x80) != 0 ? -magnitude : magnitude;
}

/// An exact product as the matrix unit leaves it in an accumulator that was +0: flushed below the smallest normal
/// number.
std::uint32_t product_bits(double value) {
  if (value == 0) return 0;
  if (std::abs(value) < 0x1p-126) return value < 0 ? 0x80000000u : 0u;
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

TEST(MatrixDatapath, EveryPairOfCfloat8ValuesHasItsExactProduct) {
  DatapathBench bench;
  std::mt19937_64 random(9);
  std::vector<std::array<unsigned, 2>> biases = {{0, 0}, {63, 63}, {7, 15}, {0, 63}};
  for (int n = 0; n < (tb::nightly() ? 100 : 2); ++n)
    biases.push_back({static_cast<unsigned>(random() % 64), static_cast<unsigned>(random() % 64)});
  std::size_t flushed = 0;
  for (const auto a_kind : cfloat8_formats) {
    for (const auto b_kind : cfloat8_formats) {
      for (const auto& [a_bias, b_bias] : biases) {
        const numerics::OperandFormat a_format{a_kind, a_bias};
        const numerics::OperandFormat b_format{b_kind, b_bias};
        for (unsigned block = 0; block < 32 * 32; ++block) {
          NarrowTile a{};
          NarrowTile b{};
          for (unsigned i = 0; i < 8; ++i) {
            a[8 * i] = static_cast<std::uint8_t>(block / 32 * 8 + i);
            b[i] = static_cast<std::uint8_t>(block % 32 * 8 + i);
          }
          bench.fill(0, 0, a_format, a, b_format, b);
          bench.step(Step{0, 0, 0, 0, 0, 0, 0, 1, 0});
          bench.cycle();
          bench.cycle();
          for (unsigned n = 0; n < 64; ++n) {
            const double product = cfloat8_value(a_format, a[n / 8 * 8]) * cfloat8_value(b_format, b[n % 8]);
            flushed += product != 0 && std::abs(product) < 0x1p-126 ? 1 : 0;
            ASSERT_EQ(bench.element(0, n), product_bits(product))
                << "formats " << static_cast<int>(a_kind) << static_cast<int>(b_kind) << ", biases " << a_bias << ", "
                << b_bias << ", values " << static_cast<int>(a[n / 8 * 8]) << ", " << static_cast<int>(b[n % 8]);
          }
        }
      }
    }
  }
  EXPECT_GT(flushed, 0U);
}

TEST(MatrixDatapath, SumsOfMixedFormatsEqualTheReference) {
  DatapathBench bench;
  std::mt19937_64 random(10);
  const auto random_format = [&] {
    return numerics::OperandFormat{cfloat8_formats[random() % 2], static_cast<unsigned>(random() % 64)};
  };
  const int rounds = tb::nightly() ? 1'600'000 : 8000;  // of 64 elements
  for (int round = 0; round < rounds; ++round) {
    const numerics::OperandFormat a_format = random_format();
    const numerics::OperandFormat b_format = random_format();
    NarrowTile a;
    NarrowTile b;
    Tile wide_a;
    Tile wide_b;
    for (unsigned n = 0; n < 64; ++n) {
      a[n] = static_cast<std::uint8_t>(random());
      b[n] = static_cast<std::uint8_t>(random());
      wide_a[n] = numerics::cfloat8_to_bf16(a_format, a[n]);
      wide_b[n] = numerics::cfloat8_to_bf16(b_format, b[n]);
    }
    bench.fill(1, 1, a_format, a, b_format, b);
    if (round % 4 == 1) {  // BF16 and CFloat8
      for (auto& value : wide_a) value = tb::random_bf16(random, tb::random_class(random));
      bench.fill_a(1, 1, wide_a);
    } else if (round % 4 == 2) {
      for (auto& value : wide_b) value = tb::random_bf16(random, tb::random_class(random));
      bench.fill_b(1, 1, wide_b);
    }
    Accumulator expected;
    // Of the size of the products, so that they meet.
    const double scale = cfloat8_value(a_format, 0x40) * cfloat8_value(b_format, 0x40);
    for (auto& value : expected) {
      value = std::bit_cast<std::uint32_t>(static_cast<float>(
          scale * std::ldexp(static_cast<double>(random() % 4001) - 2000, static_cast<int>(random() % 24) - 22)));
    }
    for (unsigned n = 0; n < 64; ++n) bench.element(5, n) = expected[n];
    const auto bit = [&] { return static_cast<unsigned>(random() % 2); };
    const Step s{1, 1, 1, bit(), bit(), bit(), 5, 0, 0};
    bench.step(s);
    bench.cycle();
    bench.cycle();
    step_reference(s, wide_a, wide_b, expected);
    for (unsigned n = 0; n < 64; ++n) ASSERT_EQ(bench.element(5, n), expected[n]) << "round " << round;
  }
}

TEST(MatrixDatapath, RowsOfATileComeFromThePixelsOfSeveralLines) {
  DatapathBench bench;
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    const bool narrow = random() % 2 != 0;
    const numerics::OperandFormat format =
        narrow ? numerics::OperandFormat{cfloat8_formats[random() % 2], static_cast<unsigned>(random() % 64)}
               : numerics::OperandFormat{};
    const unsigned pixels = narrow ? 8 : 4;  // to a line
    const unsigned first = random() % 64;
    const unsigned stride = 1 + random() % 15;
    const unsigned outside = random() % 3 == 0 ? static_cast<unsigned>(random() % 256) : 0;  // rows that stay zero
    std::vector<std::array<std::uint8_t, 64>> lines(192 / pixels);
    for (auto& line : lines) {
      for (auto& byte : line) byte = static_cast<std::uint8_t>(random() & (narrow ? 0xff : 0x7e));
    }
    Tile expected{};
    bool clear = true;
    for (unsigned line = 0; line < lines.size(); ++line) {
      unsigned rows = 0;
      for (unsigned row = 0; row < 8; ++row) {
        const unsigned x = first + row * stride;
        if (x / pixels != line || (outside >> row & 1) != 0) continue;
        rows |= 1u << row;
        for (unsigned c = 0; c < 8; ++c) {
          const std::uint8_t* channel = &lines[line][(x % pixels * 8 + c) * (64 / pixels / 8)];
          if (narrow) {
            expected[8 * row + c] = numerics::cfloat8_to_bf16(format, *channel);
          } else {
            std::memcpy(&expected[8 * row + c], channel, 2);
          }
        }
      }
      if (rows == 0 && !(clear && line + 1 == lines.size())) continue;
      bench.fill_pixels({.tile = 3,
                         .format = format,
                         .image = 1,
                         .clear = clear ? 1u : 0u,
                         .rows = rows,
                         .pixel = first % 8,
                         .step = stride % 8},
                        lines[line].data());
      clear = false;
    }
    Tile identity{};
    for (unsigned n = 0; n < 8; ++n) identity[9 * n] = 0x3f80;
    bench.fill_b(1, 1, identity);
    Accumulator sum{};
    for (unsigned half = 0; half < 2; ++half) {
      const Step s{1, 1, 1, half, 0, 0, 2, half == 0 ? 1u : 0u, 0};
      bench.step(s);
      bench.cycle();
      step_reference(s, expected, identity, sum);
    }
    bench.cycle();
    for (unsigned n = 0; n < 64; ++n) ASSERT_EQ(bench.element(2, n), sum[n]) << "round " << round << ", element " << n;
  }
}

TEST(MatrixDatapath, RoundsUpToTheSmallestNormalNumberAndFlushesWhatIsBelow) {
  DatapathBench bench;
  const auto run = [&bench](float p, float q) {
    // Element 0 is p * 2**-63 - q * 2**-139, the latter as a product of two small operands.
    Tile a{};
    Tile b{};
    const auto bf16 = [](float value) { return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16); };
    a[0] = bf16(p);
    b[0] = bf16(0x1p-63F);
    a[1] = bf16(-q);
    b[8] = bf16(0x1p-76F);
    Accumulator expected{};
    const Step s{.group = 0,
                 .row = 0,
                 .column = 0,
                 .half = 0,
                 .a_transposed = 0,
                 .b_transposed = 0,
                 .accumulator = 0,
                 .first = 1,
                 .last = 0};
    bench.fill(0, 0, a, b);
    bench.step(s);
    bench.cycle();
    bench.cycle();
    step_reference(s, a, b, expected);
    EXPECT_EQ(bench.element(0, 0), expected[0]);
    return bench.element(0, 0);
  };
  EXPECT_EQ(run(0x1p-63F, 0x1p-76F), 0x00800000u) << "2**-126 - 2**-152 is nearest to 2**-126";
  EXPECT_EQ(run(0x1p-63F, 0x1p-75F), 0x00800000u) << "2**-126 - 2**-151 is a tie";
  EXPECT_EQ(run(0x1p-63F, 0x1p-74F), 0u) << "2**-126 - 2**-150 has 24 bits, and is below the smallest normal number";
  EXPECT_EQ(run(-0x1p-63F, -0x1p-75F), 0x80800000u);
  EXPECT_EQ(run(-0x1p-63F, -0x1p-74F), 0x80000000u);
}

TEST(MatrixDatapath, StepsTwoCyclesApartAccumulateInOrder) {
  DatapathBench bench;
  std::mt19937_64 random(2);
  Tile a;
  Tile b;
  Accumulator expected{};
  for (int round = 0; round < 50; ++round) {
    for (auto& value : a) value = tb::random_bf16(random, OperandClass::near_one);
    for (auto& value : b) value = tb::random_bf16(random, OperandClass::near_one);
    bench.fill(0, 0, a, b);
    for (unsigned half = 0; half < 2; ++half) {
      const Step s{.group = 0,
                   .row = 0,
                   .column = 0,
                   .half = half,
                   .a_transposed = 0,
                   .b_transposed = 0,
                   .accumulator = 3,
                   .first = round == 0 && half == 0 ? 1u : 0u,
                   .last = 0};
      bench.step(s);
      bench.cycle();
      step_reference(s, a, b, expected);
    }
  }
  bench.cycle();
  bench.cycle();
  for (unsigned e = 0; e < 64; ++e) EXPECT_EQ(bench.element(3, e), expected[e]);
}

TEST(MatrixDatapath, StepsOnOneAccumulatorInNeighbouringCyclesFailTheirAssertion) {
  DatapathBench bench;
  const Step s{.group = 0,
               .row = 0,
               .column = 0,
               .half = 0,
               .a_transposed = 0,
               .b_transposed = 0,
               .accumulator = 1,
               .first = 1,
               .last = 0};
  try {
    for (int n = 0; n < 5; ++n) bench.step(s);
    FAIL() << "the assertion did not fire";
  } catch (const AssertionError& error) {
    EXPECT_NE(std::string(error.what()).find("StepsAreApart"), std::string::npos) << error.what();
  }
}

}  // namespace
