// Kernels over the rows of matrices, and those over whole gradients, against FP64.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "firmware/kernels/adamw_rates.h"
#include "kernels/gemm.hpp"
#include "kernels/tiles.hpp"
#include "model/cfloat.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

class RowKernels : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] unsigned trials() const { return GetParam() == "model" ? 20 : 1; }

  /// The next matrix: of any width, or of whole tiles.
  void next(bool whole_tiles) {
    node_.emplace(GetParam());
    rows_ = 8 * numbers_.between(1, 3);
    columns_ = whole_tiles ? 8 * numbers_.between(1, 12) : numbers_.between(2, 100);
    layout_ = {.rows = rows_,
               .columns = columns_,
               .order = numbers_.between(0, 1) == 0 ? TileOrder::by_rows : TileOrder::by_columns};
  }
  /// The shape's four arguments and more.
  [[nodiscard]] std::vector<std::uint64_t> arguments(const std::vector<std::uint64_t>& rest) const {
    const bool by_rows = layout_.order == TileOrder::by_rows;
    std::vector<std::uint64_t> all{layout_.tile_rows(), columns_, by_rows ? layout_.tile_columns() : 1,
                                   by_rows ? 1 : layout_.tile_rows()};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  }
  std::vector<float> matrix(float scale) {
    std::vector<float> values = numbers_.take(rows_ * columns_);
    for (float& value : values) value *= scale;
    return values;
  }
  [[nodiscard]] std::vector<float> read_bf16(const Buffer& buffer) const {
    return unpack_bf16(buffer.read<std::uint16_t>(layout_.padded()), layout_);
  }
  [[nodiscard]] std::vector<float> read_fp32(const Buffer& buffer) const {
    return unpack_fp32(buffer.read<float>(layout_.padded()), layout_);
  }

  std::optional<KernelNode> node_;
  Numbers numbers_{17};
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  TileLayout layout_;
};

/// Softmax of a row in FP64.
std::vector<double> softmax(const float* row, std::size_t columns) {
  const double largest = *std::max_element(row, row + columns);
  std::vector<double> result;
  result.reserve(columns);
  for (std::size_t c = 0; c < columns; ++c) result.push_back(std::exp(row[c] - largest));
  const double sum = std::accumulate(result.begin(), result.end(), 0.0);
  for (double& value : result) value /= sum;
  return result;
}

TEST_P(RowKernels, SoftmaxAndItsGradient) {
  for (unsigned trial = 0; trial < trials(); ++trial) {
    next(false);
    const std::vector<float> x = matrix(trial % 3 == 0 ? 30.0f : 3.0f);
    const std::vector<float> gradient = matrix(1.0f);
    // What pads the columns must not matter.
    std::vector<float> tiles = pack_fp32(x, layout_);
    const std::vector<float> used = pack_fp32(std::vector<float>(x.size(), 1.0f), layout_);
    for (std::size_t i = 0; i < tiles.size(); ++i) tiles[i] = used[i] == 0 ? 1e6f : tiles[i];
    const Buffer in = node_->place(tiles);
    const Buffer d = node_->reserve<std::uint16_t>(layout_.padded());
    node_->call(KERNEL_ROW_SOFTMAX, arguments({in.address(), in.address()}));
    const std::vector<float> y = read_fp32(in);
    node_->call(KERNEL_ROW_SOFTMAX_GRADIENT,
                arguments({node_->place(pack_fp32(gradient, layout_)).address(), in.address(), d.address()}));
    const std::vector<float> slopes = read_bf16(d);
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::vector<double> exact = softmax(&x[row * columns_], columns_);
      double sum = 0;
      for (std::size_t c = 0; c < columns_; ++c) sum += exact[c] * gradient[row * columns_ + c];
      for (std::size_t c = 0; c < columns_; ++c) {
        const std::size_t i = row * columns_ + c;
        const double distance = *std::max_element(&x[row * columns_], &x[row * columns_] + columns_) - x[i];
        ASSERT_NEAR(y[i], exact[c], (2e-6 + 1e-7 * distance) * exact[c]);
        const double slope = exact[c] * (gradient[i] - sum);
        ASSERT_NEAR(slopes[i], slope, std::abs(slope) * bf16_rounding + 4e-6 * exact[c] + 1e-37);
      }
    }
  }
}

TEST_P(RowKernels, CrossEntropyOfManyClassesAndItsGradient) {
  for (unsigned trial = 0; trial < trials(); ++trial) {
    next(false);
    const std::vector<float> x = matrix(5.0f);
    std::vector<std::uint32_t> labels(rows_);
    for (std::uint32_t& label : labels) label = static_cast<std::uint32_t>(numbers_.between(0, columns_ - 1));
    labels[2] = UINT32_MAX;
    const float scale = 1.0f / 64;
    const Buffer in = node_->place(pack_fp32(x, layout_));
    const Buffer losses = node_->reserve<float>(rows_);
    const Buffer d = node_->reserve<std::uint16_t>(layout_.padded());
    node_->call(KERNEL_ROW_CROSS_ENTROPY, arguments({in.address(), node_->place(labels).address(), bits(scale),
                                                     in.address(), losses.address(), d.address()}));
    const std::vector<float> loss = losses.read<float>(rows_);
    const std::vector<float> slopes = read_bf16(d);
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::vector<double> exact = softmax(&x[row * columns_], columns_);
      const bool used = labels[row] < columns_;
      const double expected = used ? -std::log(exact[labels[row]]) : 0;
      EXPECT_NEAR(loss[row], expected, 2e-6 * (1 + expected));
      for (std::size_t c = 0; c < columns_; ++c) {
        const double slope = used ? (exact[c] - (c == labels[row] ? 1 : 0)) * scale : 0;
        ASSERT_NEAR(slopes[row * columns_ + c], slope, std::abs(slope) * bf16_rounding + 1e-6 * scale);
      }
    }
  }
}

TEST_P(RowKernels, CrossEntropyTellsRowsThatAreNotFinite) {
  next(false);
  std::vector<float> x = matrix(5.0f);
  x[3 * columns_ + 1] = INFINITY;
  x[5 * columns_] = NAN;
  const Buffer in = node_->place(pack_fp32(x, layout_));
  const Buffer losses = node_->reserve<float>(rows_);
  const Buffer d = node_->reserve<std::uint16_t>(layout_.padded());
  node_->call(KERNEL_ROW_CROSS_ENTROPY,
              arguments({in.address(), node_->place(std::vector<std::uint32_t>(rows_)).address(), bits(1.0f),
                         in.address(), losses.address(), d.address()}));
  const std::vector<float> loss = losses.read<float>(rows_);
  for (std::size_t row = 0; row < rows_; ++row) EXPECT_EQ(std::isnan(loss[row]), row == 3 || row == 5) << row;
}

TEST_P(RowKernels, LayerNormAndItsGradients) {
  for (unsigned trial = 0; trial < trials(); ++trial) {
    next(true);
    std::vector<float> x = matrix(2.0f);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += static_cast<float>(i / columns_ % 5);
    const std::vector<float> gradient = matrix(1.0f);
    const std::vector<float> gain = numbers_.take(columns_);
    const std::vector<float> bias = numbers_.take(columns_);
    const double epsilon = 1e-5;
    const Buffer in = node_->place(pack_fp32(x, layout_));
    const Buffer gain_tiles = node_->place(pack_bias(gain));
    const Buffer statistics = node_->reserve<float>(layout_.tile_rows() * 2 * tile_elements);
    const Buffer d = node_->reserve<std::uint16_t>(layout_.padded());
    const Buffer gain_slopes = node_->reserve<float>(columns_ * tile_edge);
    const Buffer bias_slopes = node_->reserve<float>(columns_ * tile_edge);
    node_->call(KERNEL_LAYER_NORM,
                arguments({in.address(), gain_tiles.address(), node_->place(pack_bias(bias)).address(),
                           bits(static_cast<float>(epsilon)), statistics.address(), d.address()}));
    const std::vector<float> y = read_bf16(d);
    node_->call(KERNEL_LAYER_NORM_GRADIENT,
                arguments({node_->place(pack_fp32(gradient, layout_)).address(), in.address(), gain_tiles.address(),
                           statistics.address(), gain_slopes.address(), bias_slopes.address(), d.address()}));
    const std::vector<float> slopes = read_bf16(d);
    std::vector<double> gain_sums(columns_);
    std::vector<double> bias_sums(columns_);
    const auto count = static_cast<double>(columns_);
    for (std::size_t row = 0; row < rows_; ++row) {
      const float* values = &x[row * columns_];
      const float* given = &gradient[row * columns_];
      const double mean = std::accumulate(values, values + columns_, 0.0) / count;
      double squares = 0;
      for (std::size_t c = 0; c < columns_; ++c) squares += std::pow(values[c] - mean, 2);
      const double deviation = std::sqrt(squares / count + epsilon);
      double sum = 0;
      double product = 0;
      for (std::size_t c = 0; c < columns_; ++c) {
        const double normal = (values[c] - mean) / deviation;
        const double exact = normal * gain[c] + bias[c];
        ASSERT_NEAR(y[row * columns_ + c], exact,
                    std::abs(exact) * bf16_rounding + 1e-6 * (std::abs(values[c]) + std::abs(mean)) / deviation);
        gain_sums[c] += given[c] * normal;
        bias_sums[c] += given[c];
        sum += given[c] * static_cast<double>(gain[c]) / count;
        product += given[c] * static_cast<double>(gain[c]) * normal / count;
      }
      for (std::size_t c = 0; c < columns_; ++c) {
        const double normal = (values[c] - mean) / deviation;
        const double exact = (given[c] * static_cast<double>(gain[c]) - sum - normal * product) / deviation;
        ASSERT_NEAR(slopes[row * columns_ + c], exact,
                    std::abs(exact) * bf16_rounding + 2e-6 / deviation * (1 + std::abs(mean) / deviation));
      }
    }
    const std::vector<float> gain_got = gain_slopes.read<float>(columns_ * tile_edge);
    const std::vector<float> bias_got = bias_slopes.read<float>(columns_ * tile_edge);
    for (std::size_t c = 0; c < columns_; ++c) {
      const std::size_t at = c / tile_edge * tile_elements + c % tile_edge;
      EXPECT_NEAR(gain_got[at], gain_sums[c], 1e-5 * static_cast<double>(rows_)) << c;
      EXPECT_NEAR(bias_got[at], bias_sums[c], 1e-6 * static_cast<double>(rows_)) << c;
      EXPECT_EQ(bits(gain_got[at]), bits(gain_got[at + 7 * tile_edge])) << "rows of the result differ";
    }
  }
}

DOJO_ON_BOTH_BACKENDS(RowKernels);

class UpdateKernels : public testing::TestWithParam<std::string> {
 protected:
  std::size_t tiles_ = GetParam() == "model" ? 30 : 3;
  std::size_t size_ = tiles_ * tile_elements;
  KernelNode node_{GetParam()};
  Numbers numbers_{5};
};

TEST_P(UpdateKernels, AdamwFollowsFp64OverSeveralSteps) {
  const double rate = 1e-2, beta_1 = 0.9, beta_2 = 0.99, epsilon = 1e-8, decay = 0.01, factor = 0.5;
  std::vector<float> w = numbers_.take(size_);
  std::vector<double> exact(w.begin(), w.end());
  std::vector<double> means(size_);
  std::vector<double> squares(size_);
  const Buffer weights = node_.place(w);
  const Buffer mean = node_.place(std::vector<float>(size_));
  const Buffer square = node_.place(std::vector<float>(size_));
  const Buffer half = node_.reserve<std::uint16_t>(size_);
  Buffer gradient = node_.reserve<float>(size_);
  for (int t = 1; t <= 4; ++t) {
    std::vector<float> g = numbers_.take(size_);
    g[5] = 0.0f;
    g[6] = 1e-6f;
    gradient.write(g);
    const double correction_1 = 1 - std::pow(beta_1, t);
    const double correction_2 = 1 - std::pow(beta_2, t);
    const adamw_rates rates{.factor = static_cast<float>(factor),
                            .one_minus_beta_1 = static_cast<float>(1 - beta_1),
                            .one_minus_beta_2 = static_cast<float>(1 - beta_2),
                            .negative_step = static_cast<float>(-rate / correction_1),
                            .root_correction = static_cast<float>(1 / std::sqrt(correction_2)),
                            .epsilon = static_cast<float>(epsilon),
                            .negative_decay = static_cast<float>(-rate * decay)};
    node_.call(KERNEL_ADAMW, {tiles_, tiles_ - 1, node_.place(std::vector{rates}).address(), gradient.address(),
                              mean.address(), square.address(), weights.address(), half.address()});
    for (std::size_t i = 0; i < size_; ++i) {
      const double scaled = factor * g[i];
      means[i] += (1 - beta_1) * (scaled - means[i]);
      squares[i] += (1 - beta_2) * (scaled * scaled - squares[i]);
      exact[i] -=
          rate * decay * exact[i] + rate * means[i] / correction_1 / (std::sqrt(squares[i] / correction_2) + epsilon);
    }
  }
  w = weights.read<float>(size_);
  const std::vector<std::uint16_t> copy = half.read<std::uint16_t>(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    ASSERT_NEAR(w[i], exact[i], 4 * (2e-6 * rate + 0x1p-23 * std::abs(exact[i]))) << i;
    ASSERT_EQ(copy[i], i < size_ - tile_elements ? to_bf16(w[i]) : UINT16_MAX) << i;
  }
}

TEST_P(UpdateKernels, SumsLargestAndClipping) {
  const std::vector<float> g = numbers_.take(size_);
  Buffer gradient = node_.place(g);
  const Buffer sums = node_.reserve<float>(2);
  node_.call(KERNEL_GRADIENT_SUMS, {tiles_, gradient.address(), sums.address()});
  double sum = 0, magnitude = 0, squares = 0;
  for (const float value : g) {
    sum += value;
    magnitude += std::abs(value);
    squares += static_cast<double>(value) * value;
  }
  const std::vector<float> got = sums.read<float>(2);
  const double bound = 6e-8 * static_cast<double>(tiles_ + 6);
  EXPECT_NEAR(got[0], sum, magnitude * bound);
  EXPECT_NEAR(got[1], squares, squares * bound);

  // A norm above the limit becomes the limit; below it only the loss's scale goes.
  for (const double limit : {0.5, 1e6}) {
    const float scale = 4.0f;
    gradient.write(g);
    node_.call(KERNEL_GRADIENT_CLIP,
               {tiles_, gradient.address(), bits(got[1]), bits(scale), bits(static_cast<float>(limit))});
    const std::vector<float> clipped = gradient.read<float>(size_);
    const double factor = std::min(limit / std::sqrt(squares), 1.0 / scale);
    for (std::size_t i = 0; i < size_; ++i) ASSERT_NEAR(clipped[i], g[i] * factor, 1e-6 * std::abs(g[i] * factor));
  }
}

TEST_P(UpdateKernels, LargestTellsTheBiasOfCfloat8AndWhatIsNotFinite) {
  const Buffer result = node_.reserve<std::uint32_t>(4);
  const auto largest = [&](const std::vector<float>& values) {
    node_.call(KERNEL_GRADIENT_LARGEST, {tiles_, node_.place(values).address(), 0, result.address()});
    return result.read<std::uint32_t>(4);
  };
  for (const float top : {1.0f, 1.93f, 1.94f, 240.0f, 3e-4f, 1.8f}) {
    std::vector<float> values = numbers_.take(size_);
    for (float& value : values) value *= top / 2;
    values[size_ - 1] = -top;
    const std::vector<std::uint32_t> found = largest(values);
    EXPECT_EQ(found[0], bits(top));
    EXPECT_EQ(found[1], 1u);
    for (unsigned format = 0; format < 2; ++format) {
      // In range with this bias (it rounds to no smaller number), and not with the next one.
      const auto kind = static_cast<cfloat::Format>(format);
      const auto saturates = [&](unsigned bias) {
        cfloat::Flags flags = 0;
        static_cast<void>(cfloat::narrow(kind, bias, bits(top), {}, flags));
        return (flags & cfloat::overflow) != 0;
      };
      EXPECT_FALSE(saturates(found[2 + format])) << top << " format " << format;
      EXPECT_TRUE(found[2 + format] == 63 || saturates(found[2 + format] + 1)) << top << " format " << format;
    }
  }
  for (const float bad : {INFINITY, NAN, -INFINITY}) {
    std::vector<float> values = numbers_.take(size_);
    values[7] = bad;
    EXPECT_EQ(largest(values)[1], 0u) << bad;
  }
}

TEST_P(UpdateKernels, ProductsOfQuantizedTilesAreThoseOfTheReference) {
  const std::size_t m = 16, n = 24, k = 8 * 5;
  const TileLayout a_layout{.rows = k, .columns = m};
  const TileLayout b_layout{.rows = k, .columns = n};
  const std::vector<float> a = numbers_.take(m * k);  // stored k x m
  const std::vector<float> b = numbers_.take(k * n);
  const OperandFormat a_format{.format = hw::MatrixFormat::cfloat8_143, .bias = 12};
  const OperandFormat b_format{.format = hw::MatrixFormat::cfloat8_152, .bias = 28};
  const auto quantized = [&](const std::vector<float>& values, const TileLayout& layout, std::uint64_t format,
                             const OperandFormat& operand) {
    Buffer out = node_.reserve<std::uint8_t>(layout.padded());
    node_.call(KERNEL_QUANTIZE_FP32, {layout.tiles(), format, operand.bias, 0,
                                      node_.place(pack_fp32(values, layout)).address(), out.address()});
    return out;
  };
  const Buffer a_tiles = quantized(a, a_layout, 0, a_format);
  const Buffer b_tiles = quantized(b, b_layout, 1, b_format);
  const TileLayout c_layout{.rows = m, .columns = n};
  const Buffer c = node_.reserve<float>(c_layout.padded());
  node_.call(KERNEL_GEMM_CFLOAT8, {m / 8, n / 8, k / 8, a_tiles.address(), b_tiles.address(), c.address(),
                                   static_cast<std::uint64_t>(a_format.format), a_format.bias,
                                   static_cast<std::uint64_t>(b_format.format), b_format.bias});
  std::vector<float> transposed(a.size());
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < k; ++j) transposed[i * k + j] = a[j * m + i];
  }
  EXPECT_EQ(unpack_fp32(c.read<float>(c_layout.padded()), c_layout),
            gemm_reference(transposed, b, {.m = m, .n = n, .k = k}, {.a = a_format, .b = b_format}));
}

DOJO_ON_BOTH_BACKENDS(UpdateKernels);

}  // namespace
}  // namespace dojo
