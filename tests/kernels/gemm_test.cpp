#include "kernels/gemm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>

#include "common/error.hpp"
#include "kernels/tiles.hpp"
#include "model/numerics.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = from_bf16(to_bf16(value));
  return values;
}

/// Element (row, column) of a row-major matrix with that many columns.
float at(const std::vector<float>& matrix, std::size_t columns, std::size_t row, std::size_t column) {
  return matrix[row * columns + column];
}

/// C in FP64, and the sum of the magnitudes for the error bound.
struct Exact {
  double value = 0;
  double magnitude = 0;
  void add(double a, double b) {
    value += a * b;
    magnitude += std::abs(a * b);
  }
  /// A step rounds its sum to 24 bits and drops what lies more than 26 bits below the largest term; k / 4 steps follow
  /// each other.
  [[nodiscard]] double bound(std::size_t k) const {
    const std::size_t steps = k / 4 + 2;
    return magnitude * static_cast<double>(steps) * std::ldexp(1.0, -23);
  }
};

void expect_product(const std::vector<float>& c, const std::vector<float>& a, const std::vector<float>& b,
                    const GemmShape& shape) {
  for (std::size_t m = 0; m < shape.m; ++m) {
    for (std::size_t n = 0; n < shape.n; ++n) {
      Exact exact;
      for (std::size_t k = 0; k < shape.k; ++k) exact.add(at(a, shape.k, m, k), at(b, shape.n, k, n));
      ASSERT_NEAR(at(c, shape.n, m, n), exact.value, exact.bound(shape.k)) << "C[" << m << "][" << n << "]";
    }
  }
}

struct GemmCase {
  MeshSize mesh;
  GemmShape shape;
};

class GemmOnMeshes : public testing::TestWithParam<GemmCase> {};

TEST_P(GemmOnMeshes, IsExactToTheBitAndCloseToFp64) {
  const auto& [mesh, shape] = GetParam();
  Numbers numbers(7);
  const std::vector<float> a = rounded(numbers.take(shape.m * shape.k));
  const std::vector<float> b = rounded(numbers.take(shape.k * shape.n));
  Machine machine({.backend = "model", .mesh = mesh});
  Gemm product(machine, machine.all(), shape);
  product.write(a, b);
  product.launch();
  product.wait();
  const std::vector<float> c = product.read();
  EXPECT_EQ(c, gemm_reference(a, b, shape));
  expect_product(c, a, b, shape);
}

INSTANTIATE_TEST_SUITE_P(Shapes, GemmOnMeshes,
                         testing::Values(GemmCase{{1, 1}, {1, 1, 1}}, GemmCase{{1, 1}, {8, 8, 8}},
                                         GemmCase{{1, 1}, {64, 64, 64}}, GemmCase{{1, 1}, {17, 33, 20}},
                                         GemmCase{{2, 1}, {24, 8, 40}}, GemmCase{{2, 2}, {100, 50, 60}},
                                         GemmCase{{4, 1}, {16, 16, 16}}, GemmCase{{3, 2}, {64, 24, 7}}));

TEST(Gemm, OfTheRtlIsThatOfTheModel) {
  Machine machine({.backend = "rtl", .mesh = {2, 1}});
  EXPECT_TRUE(measure_gemm(machine, machine.all(), {.m = 40, .n = 24, .k = 36}, 3, {}, 100'000).correct);
}

TEST(Gemm, OfEveryMixOfFormatsIsCloseToFp64OnBothBackends) {
  const GemmShape shape{.m = 20, .n = 17, .k = 26};
  Numbers numbers(11);
  const std::vector<float> a = numbers.take(shape.m * shape.k);
  const std::vector<float> b = numbers.take(shape.k * shape.n);
  for (const char* backend : {"model", "rtl"}) {
    Machine machine({.backend = backend, .mesh = {2, 1}});
    for (const char* a_name : {"bf16", "cf8_143", "cf8_152"}) {
      for (const char* b_name : {"bf16", "cf8_143", "cf8_152"}) {
        const OperandFormats formats{.a = operand_format(a_name), .b = operand_format(b_name)};
        Gemm product(machine, machine.all(), shape, formats);
        product.write(a, b);
        product.launch();
        product.wait(100'000);
        const std::vector<float> c = product.read();
        EXPECT_EQ(c, gemm_reference(a, b, shape, formats)) << backend << ' ' << a_name << ' ' << b_name;
        expect_product(c, as_operand(a, formats.a), as_operand(b, formats.b), shape);
      }
    }
  }
  EXPECT_THROW((void)operand_format("fp8"), InputError);
}

TEST(Gemm, OfOneRtlNodeTakesLittleMoreThanItsSteps) {
  Machine machine({.backend = "rtl"});
  const MatrixMeasurement measured = measure_gemm(machine, machine.all(), {.m = 64, .n = 64, .k = 64}, 1, {}, 100'000);
  EXPECT_TRUE(measured.correct);
  EXPECT_EQ(measured.matrix_steps, 1024u);
  EXPECT_LE(measured.cycles, 1204u) << "mac_utilization below 0.85";
}

TEST(Gemm, RunsAgainOnTheSameMachine) {
  Machine machine({.backend = "model", .mesh = {2, 1}});
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const MatrixMeasurement measured = measure_gemm(machine, machine.all(), {.m = 32, .n = 16, .k = 8 * seed}, seed);
    EXPECT_TRUE(measured.correct);
    EXPECT_EQ(measured.matrix_steps, 2u * 4u * 2u * seed);
  }
}

TEST(Gemm, RejectsWhatCannotBe) {
  Machine machine({.backend = "model"});
  EXPECT_THROW(Gemm(machine, machine.all(), {.m = 8, .n = 0, .k = 8}), InputError);
  EXPECT_THROW(Gemm(machine, machine.all(), {.m = 1024, .n = 1024, .k = 1024}), RunError);
  Gemm product(machine, machine.all(), {.m = 8, .n = 8, .k = 8});
  const std::vector<float> values(64);
  EXPECT_THROW(product.write(values, std::span(values).first(63)), InputError);
}

TEST(Gemm, TakesAUserAtMost25Lines) {
  std::ifstream file(MATMUL_SOURCE);
  ASSERT_TRUE(file) << MATMUL_SOURCE;
  unsigned lines = 0;
  for (std::string line; std::getline(file, line);) lines += line.empty() ? 0 : 1;
  EXPECT_LE(lines, 25u);
  EXPECT_GT(lines, 5u);
}

class GemmForms : public testing::TestWithParam<std::string> {};

TEST_P(GemmForms, MultiplyTransposedOperands) {
  const GemmShape shape{.m = 24, .n = 40, .k = 16};
  Numbers numbers(11);
  const std::vector<float> a = rounded(numbers.take(shape.m * shape.k));
  const std::vector<float> b = rounded(numbers.take(shape.k * shape.n));
  const auto transposed = [](const std::vector<float>& matrix, std::size_t rows, std::size_t columns) {
    std::vector<float> result(matrix.size());
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) result[j * rows + i] = matrix[i * columns + j];
    }
    return result;
  };
  const TileLayout c_layout{.rows = shape.m, .columns = shape.n};
  const std::vector<float> expected = gemm_reference(a, b, shape);
  for (const kernel_call form : {KERNEL_GEMM_NN, KERNEL_GEMM_TN, KERNEL_GEMM_NT}) {
    KernelNode node(GetParam());
    const Buffer a_tiles = node.place(
        form == KERNEL_GEMM_TN ? pack_bf16(transposed(a, shape.m, shape.k), {.rows = shape.k, .columns = shape.m})
                               : pack_bf16(a, {.rows = shape.m, .columns = shape.k}));
    const Buffer b_tiles = node.place(
        form == KERNEL_GEMM_NT ? pack_bf16(transposed(b, shape.k, shape.n), {.rows = shape.n, .columns = shape.k})
                               : pack_bf16(b, {.rows = shape.k, .columns = shape.n}));
    const Buffer c = node.reserve<float>(c_layout.padded());
    node.call(form, {shape.m / 8, shape.n / 8, shape.k / 8, a_tiles.address(), b_tiles.address(), c.address()});
    EXPECT_EQ(unpack_fp32(c.read<float>(c_layout.padded()), c_layout), expected) << "form " << form;
  }
}

TEST_P(GemmForms, AddColumnsWithATileOfOnes) {
  const TileLayout layout{.rows = 24, .columns = 16};
  const std::vector<float> values = rounded(Numbers(5).take(layout.rows * layout.columns));
  KernelNode node(GetParam());
  const Buffer ones = node.place(std::vector<std::uint16_t>(tile_elements, 0x3f80));
  const Buffer tiles = node.place(pack_bf16(values, layout));
  const TileLayout sums_layout{.rows = 8, .columns = layout.columns};
  const Buffer sums = node.reserve<float>(sums_layout.padded());
  node.call(KERNEL_COLUMN_SUMS,
            {layout.tile_rows(), layout.tile_columns(), ones.address(), tiles.address(), sums.address()});
  const std::vector<float> result = unpack_fp32(sums.read<float>(sums_layout.padded()), sums_layout);
  for (std::size_t column = 0; column < layout.columns; ++column) {
    Exact exact;
    for (std::size_t row = 0; row < layout.rows; ++row) exact.add(1.0, at(values, layout.columns, row, column));
    for (std::size_t row = 0; row < 8; ++row) {
      EXPECT_EQ(bits(at(result, layout.columns, row, column)), bits(result[column])) << "rows of the result differ";
    }
    EXPECT_NEAR(result[column], exact.value, exact.bound(layout.rows));
  }
}

DOJO_ON_BOTH_BACKENDS(GemmForms);

}  // namespace
}  // namespace dojo
