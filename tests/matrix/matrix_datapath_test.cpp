// Block test of rtl/node/matrix_datapath.sv: every element of every step against the definition in wide integers.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <random>
#include <string>

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
using Accumulator = std::array<std::uint32_t, 64>;

/// Fields of matrix_pkg::step_t.
struct Step {
  unsigned group, row, column, half, a_transposed, b_transposed, accumulator, first, last;
  unsigned packed() const {
    return group << 10 | row << 9 | column << 8 | half << 7 | a_transposed << 6 | b_transposed << 5 | accumulator << 2 |
           first << 1 | last;
  }
};

class DatapathBench {
 public:
  DatapathBench() {
    context_.randReset(2);
    context_.randSeed(1);
    dut_ = std::make_unique<Vmatrix_datapath>(&context_);
    dut_->a_fill_valid_i = dut_->b_fill_valid_i = dut_->step_valid_i = dut_->drain_load_i = 0;
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
      dut_->a_fill_place_i = dut_->b_fill_place_i = group << 2 | tile << 1 | line;
      std::memcpy(&dut_->a_fill_data_i, a.data() + 32 * line, 64);
      std::memcpy(&dut_->b_fill_data_i, b.data() + 32 * line, 64);
      cycle();
    }
    dut_->a_fill_valid_i = dut_->b_fill_valid_i = 0;
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
  for (int round = 0; round < 2500; ++round) {
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
