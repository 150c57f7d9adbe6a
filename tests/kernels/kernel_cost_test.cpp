// What kernels cost on one hart of an RTL node: cycles per tile of 64 values, from runs over two sizes.

#include <gtest/gtest.h>

#include <string>

#include "firmware/kernels/adamw_rates.h"
#include "kernels/tiles.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

using Arguments = std::vector<std::uint64_t>;

class KernelCosts : public testing::Test {
 protected:
  static constexpr std::uint64_t small = 8;
  static constexpr std::uint64_t large = 40;

  /// Cycles per tile of a kernel whose arguments `make` makes for a number of tiles; at most `limit`.
  template <typename Make>
  void expect(const char* name, double limit, kernel_call kernel, Make make) {
    const auto run = [&](std::uint64_t tiles) {
      node_.call(kernel, make(tiles));  // instructions are in the cache from here on
      return static_cast<double>(node_.call(kernel, make(tiles)));
    };
    const double cycles = (run(large) - run(small)) / static_cast<double>(large - small);
    RecordProperty(name, std::to_string(cycles));
    EXPECT_LE(cycles, limit) << name;
    EXPECT_GT(cycles, 0.8 * limit) << name << ": the table in docs/kernels.md is out of date";
  }

  KernelNode node_{"rtl"};
  /// Room for five operands: FP32 tiles, all 0.25 (0.25 in BF16, too, in half of the values).
  std::vector<float> values_ = std::vector<float>(large * tile_elements, 0.25f);
  Buffer a_ = node_.place(values_);
  Buffer b_ = node_.place(values_);
  Buffer c_ = node_.place(values_);
  Buffer d_ = node_.place(values_);
  Buffer e_ = node_.place(values_);
  std::uint64_t a = a_.address(), b = b_.address(), c = c_.address(), d = d_.address(), e = e_.address();
};

TEST_F(KernelCosts, OfValues) {
  const auto two = [&](std::uint64_t n) { return Arguments{n, a, b}; };
  const auto three = [&](std::uint64_t n) { return Arguments{n, a, b, c}; };
  expect("to_bf16", 10, KERNEL_TO_BF16, two);
  expect("relu_gradient", 23, KERNEL_RELU_GRADIENT, three);
  expect("activation_relu", 11, KERNEL_RELU_BF16, two);
  expect("activation_relu_gradient", 16, KERNEL_RELU_GRADIENT_BF16, three);
  expect("activation_residual", 28, KERNEL_RESIDUAL, three);
  expect("activation_gelu", 198, KERNEL_GELU, two);
  expect("activation_gelu_gradient", 227, KERNEL_GELU_GRADIENT, three);
  expect("activation_sigmoid", 166, KERNEL_SIGMOID, two);
  expect("activation_sigmoid_gradient", 33, KERNEL_SIGMOID_GRADIENT, three);
  expect("binary_cross_entropy", 376, KERNEL_BINARY_CROSS_ENTROPY,
         [&](std::uint64_t n) { return Arguments{n, a, b, bits(1.0f), c, d}; });
  expect("dropout", 109, KERNEL_DROPOUT, [&](std::uint64_t n) { return Arguments{n, 1, 1, 0, bits(0.5f), a, b}; });
  expect("quantize_fp32", 13, KERNEL_QUANTIZE_FP32, [&](std::uint64_t n) { return Arguments{n, 0, 10, 0, a, b}; });
  expect("quantize_fp32_stochastic", 13, KERNEL_QUANTIZE_FP32,
         [&](std::uint64_t n) { return Arguments{n, 0, 10, 1, a, b}; });
  expect("quantize_bf16", 13, KERNEL_QUANTIZE_BF16, [&](std::uint64_t n) { return Arguments{n, 0, 10, 0, a, b}; });
}

TEST_F(KernelCosts, OfRows) {
  const auto rows = [](std::uint64_t n, Arguments rest) {
    Arguments all{1, n * tile_edge, n, 1};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  };
  expect("row_softmax", 176, KERNEL_ROW_SOFTMAX, [&](std::uint64_t n) { return rows(n, {a, b}); });
  expect("row_softmax_gradient", 33, KERNEL_ROW_SOFTMAX_GRADIENT, [&](std::uint64_t n) { return rows(n, {a, b, c}); });
  expect("row_cross_entropy", 229, KERNEL_ROW_CROSS_ENTROPY,
         [&](std::uint64_t n) { return rows(n, {a, b, bits(1.0f), c, d, e}); });
  expect("layer_norm", 58, KERNEL_LAYER_NORM, [&](std::uint64_t n) { return rows(n, {a, b, b, bits(1e-5f), c, d}); });
  expect("layer_norm_gradient", 217, KERNEL_LAYER_NORM_GRADIENT, [&](std::uint64_t n) {
    return rows(n, {a, a, b, c, d, e, node_.reserve<std::uint16_t>(n * tile_elements).address()});
  });
}

TEST_F(KernelCosts, OfImages) {
  const auto norm = [](std::uint64_t n, Arguments rest) {
    Arguments all{n, 1, 0};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  };
  expect("batch_norm_sums", 23, KERNEL_BATCH_NORM_SUMS, [&](std::uint64_t n) { return norm(n, {a, b, c}); });
  expect("batch_norm_apply", 25, KERNEL_BATCH_NORM_APPLY, [&](std::uint64_t n) { return norm(n, {a, b, c}); });
  expect("batch_norm_gradient_sums", 30, KERNEL_BATCH_NORM_GRADIENT_SUMS,
         [&](std::uint64_t n) { return norm(n, {a, b, c, d}); });
  expect("batch_norm_gradient_apply", 38, KERNEL_BATCH_NORM_GRADIENT_APPLY,
         [&](std::uint64_t n) { return norm(n, {a, b, c, d}); });
  // Images of 16 pixels in n / 2 rows; windows of 2x2 without overlap: tiles of the image.
  const auto pooling = [](std::uint64_t n, Arguments rest) {
    Arguments all{16, n / 2, 1, 2, 2, 0};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  };
  expect("pooling_max", 157, KERNEL_POOLING_MAX, [&](std::uint64_t n) { return pooling(n, {a, b, c}); });
  expect("pooling_average", 134, KERNEL_POOLING_AVERAGE, [&](std::uint64_t n) { return pooling(n, {a, b}); });
  expect("pooling_max_gradient", 278, KERNEL_POOLING_MAX_GRADIENT,
         [&](std::uint64_t n) { return pooling(n, {a, b, c}); });
  expect("pooling_average_gradient", 233, KERNEL_POOLING_AVERAGE_GRADIENT,
         [&](std::uint64_t n) { return pooling(n, {a, b}); });
  // Of every channel eight tiles, which are 28 pixels of each of two rows.
  const auto pairs = [](std::uint64_t n, Arguments rest) {
    Arguments all{28, n / 8, 1};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  };
  expect("pooling_pairs", 36, KERNEL_POOLING_PAIRS, [&](std::uint64_t n) { return pairs(n, {a, b, c, d}); });
  expect("pooling_pairs_gradient", 23, KERNEL_POOLING_PAIRS_GRADIENT,
         [&](std::uint64_t n) { return pairs(n, {a, c, c, d}); });
  expect("convolution_turn_weights", 13, KERNEL_TURN_WEIGHTS,
         [&](std::uint64_t n) { return Arguments{n / 8, 2, 4, a, b}; });
  const Buffer tokens = node_.place(std::vector<std::uint32_t>(large * tile_edge, 3));
  expect("embedding", 47, KERNEL_EMBEDDING, [&](std::uint64_t n) { return Arguments{8, n, tokens.address(), a, b}; });
  expect("embedding_gradient", 155, KERNEL_EMBEDDING_GRADIENT,
         [&](std::uint64_t n) { return Arguments{8, n, tokens.address(), a, b}; });
}

TEST_F(KernelCosts, OfUpdates) {
  const Buffer rates = node_.place(std::vector<adamw_rates>{{1.0f, 0.1f, 0.01f, -0.01f, 1.0f, 1e-8f, -1e-4f}});
  expect("sgd_update", 27, KERNEL_SGD,
         [&](std::uint64_t n) { return Arguments{n, n, bits(-0.1f), bits(0.9f), a, b, c, d}; });
  expect("adamw_update", 180, KERNEL_ADAMW,
         [&](std::uint64_t n) { return Arguments{n, n, rates.address(), a, b, c, d, e}; });
  expect("gradient_sum_and_squares", 15, KERNEL_GRADIENT_SUMS, [&](std::uint64_t n) { return Arguments{n, a, b}; });
  expect("gradient_largest", 13, KERNEL_GRADIENT_LARGEST, [&](std::uint64_t n) { return Arguments{n, a, 0, b}; });
  expect("gradient_scale", 20, KERNEL_GRADIENT_CLIP,
         [&](std::uint64_t n) { return Arguments{n, a, bits(1.0f), bits(1.0f), bits(1e6f)}; });
}

}  // namespace
}  // namespace dojo
