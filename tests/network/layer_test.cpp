// What layers compute, against their formulas; random numbers; products of matrices.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "network/matmul.hpp"
#include "single_layer.hpp"

namespace dojo::network {
namespace {

TEST(Layers, ProductsOfMatricesOfAllSizes) {
  std::mt19937_64 generator(3);
  std::normal_distribution<float> normal;
  WorkerPool pool(2);
  for (const auto [rows, columns, depth] :
       {std::array<std::size_t, 3>{1, 1, 1}, {7, 33, 5}, {12, 64, 20}, {13, 95, 1}}) {
    std::vector<float> a(rows * depth);
    std::vector<float> b(depth * columns);
    std::vector<float> c(rows * columns);
    for (std::vector<float>* const values : {&a, &b, &c})
      std::ranges::generate(*values, [&] { return normal(generator); });
    for (const bool add : {false, true}) {
      std::vector<float> expected(c.size());
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
          float sum = add ? c[i * columns + j] : 0.0f;
          for (std::size_t k = 0; k < depth; ++k) sum += a[i * depth + k] * b[k * columns + j];
          expected[i * columns + j] = sum;
        }
      }
      std::vector<float> one = c;
      multiply(rows, columns, depth, {.data = a.data(), .row_stride = depth}, {.data = b.data(), .row_stride = columns},
               one.data(), columns, add);
      EXPECT_EQ(one, expected) << "sums in ascending order, so the same bits";
      std::vector<float> transposed(b.size());
      for (std::size_t k = 0; k < depth; ++k) {
        for (std::size_t j = 0; j < columns; ++j) transposed[j * depth + k] = b[k * columns + j];
      }
      std::vector<float> other = c;
      multiply(pool, rows, columns, depth, {.data = a.data(), .row_stride = depth},
               {.data = transposed.data(), .row_stride = 1, .column_stride = depth}, other.data(), columns, add);
      EXPECT_EQ(other, expected);
    }
  }
}

TEST(Layers, ConvolutionIsItsFormula) {
  const Convolution settings{.dimensions = 3,
                             .channels = 4,
                             .kernel = {2, 3, 2},
                             .stride = {1, 2, 1},
                             .padding = {0, 2, 1},
                             .dilation = {2, 1, 2},
                             .groups = 2};
  const Shape shape{6, 4, 5, 6};
  SingleLayer layer(settings, {shape}, 2);
  const Tensor& output = layer.forward();
  const Shape& out = layer.graph().layers()[0].shape;
  const std::vector<float>& weight = layer.parameters()[0].values;
  const std::vector<float>& bias = layer.parameters()[1].values;
  std::size_t element = 0;
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t o = 0; o < out[0]; ++o) {
      for (std::size_t place = 0; place < out[1] * out[2] * out[3]; ++place, ++element) {
        const std::array<std::size_t, 3> p{place / (out[2] * out[3]), place / out[3] % out[2], place % out[3]};
        double sum = bias[o];
        for (std::size_t k = 0; k < 3 * 2 * 3 * 2; ++k) {
          const std::array<std::size_t, 3> kernel{k / 6 % 2, k / 2 % 3, k % 2};
          const std::size_t channel = o / 2 * 3 + k / 12;
          std::size_t index = n * shape[0] + channel;
          bool inside = true;
          for (std::size_t d = 0; d < 3; ++d) {
            const auto at =
                static_cast<std::ptrdiff_t>(p.at(d) * settings.stride.at(d) + kernel.at(d) * settings.dilation.at(d)) -
                static_cast<std::ptrdiff_t>(settings.padding.at(d));
            inside = inside && at >= 0 && at < static_cast<std::ptrdiff_t>(shape[d + 1]);
            index = index * shape[d + 1] + static_cast<std::size_t>(at);
          }
          if (inside) sum += static_cast<double>(weight[o * 36 + k]) * layer.inputs()[0].values[index];
        }
        ASSERT_NEAR(output.values[element], sum, 1e-4) << element;
      }
    }
  }
}

TEST(Layers, CausalAttentionIsItsFormula) {
  constexpr std::size_t length = 6;
  constexpr std::size_t width = 8;
  constexpr std::size_t head = 4;
  SingleLayer layer(Attention{.heads = 2, .causal = true}, {{length, 3 * width}}, 2);
  const Tensor& output = layer.forward();
  for (std::size_t n = 0; n < 2; ++n) {
    const float* const in = layer.inputs()[0].sample(n);
    for (std::size_t h = 0; h < 2; ++h) {
      for (std::size_t q = 0; q < length; ++q) {
        std::vector<double> weights(q + 1);
        for (std::size_t k = 0; k <= q; ++k) {
          double score = 0;
          for (std::size_t i = h * head; i < (h + 1) * head; ++i)
            score += in[q * 3 * width + i] * in[k * 3 * width + width + i];
          weights[k] = std::exp(score / std::sqrt(static_cast<double>(head)));
        }
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        for (std::size_t i = h * head; i < (h + 1) * head; ++i) {
          double expected = 0;
          for (std::size_t k = 0; k <= q; ++k) expected += weights[k] / sum * in[k * 3 * width + 2 * width + i];
          ASSERT_NEAR(output.sample(n)[q * width + i], expected, 1e-5);
        }
      }
    }
  }
}

TEST(Layers, PoolsCutWindowsAtTheEdge) {
  const Pool largest{.maximum = true, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}};
  SingleLayer layer(largest, {{1, 3, 3}}, 1);
  layer.inputs()[0].values = {-1, -2, -3, -4, -5, -6, -7, -8, -9};
  EXPECT_EQ(layer.forward().values, (std::vector<float>{-1, -2, -4, -5}));
  Pool mean = largest;
  mean.maximum = false;
  SingleLayer other(mean, {{1, 3, 3}}, 1);
  other.inputs()[0].values = {9, 9, 9, 9, 9, 9, 9, 9, 9};
  EXPECT_EQ(other.forward().values, (std::vector<float>{4, 4, 4, 4}));
}

TEST(Layers, NormsNormalise) {
  SingleLayer layer(BatchNorm{.momentum = 0.5f}, {{2, 10}}, 10);
  layer.parameters()[0].values = {1, 2};
  layer.parameters()[1].values = {0, 3};
  double sum = 0;
  double squares = 0;
  const Tensor& output = layer.forward();
  for (std::size_t n = 0; n < 10; ++n) {
    for (std::size_t i = 10; i < 20; ++i) {
      sum += output.sample(n)[i];
      squares += (output.sample(n)[i] - 3) * (output.sample(n)[i] - 3);
    }
  }
  EXPECT_NEAR(sum / 100, 3, 1e-5);
  EXPECT_NEAR(squares / 100, 4, 1e-3);
  EXPECT_EQ(layer.parameters()[4].values[0], 1) << "batches";
  // Once more: the running values go half the way again, and come near enough to what they follow.
  for (int i = 0; i < 20; ++i) layer.forward();
  const std::vector<float> trained = layer.forward().values;
  layer.pass().training = false;
  const std::vector<float> running = layer.forward().values;
  for (std::size_t i = 0; i < running.size(); ++i) EXPECT_NEAR(running[i], trained[i], 0.1);
}

TEST(Layers, DropoutDependsOnSeedAndStepAlone) {
  SingleLayer layer(Dropout{.rate = 0.25f}, {{10000}}, 2);
  std::ranges::fill(layer.inputs()[0].values, 1.0f);
  const std::vector<float> first = layer.forward().values;
  EXPECT_EQ(layer.forward().values, first);
  const auto dropped = std::ranges::count(first, 0.0f);
  EXPECT_NEAR(static_cast<double>(dropped) / 20000, 0.25, 0.02);
  EXPECT_EQ(std::set<float>(first.begin(), first.end()), (std::set<float>{0.0f, 1.0f / 0.75f}));
  layer.pass().step = 1;
  EXPECT_NE(layer.forward().values, first);
  layer.pass().training = false;
  EXPECT_EQ(std::ranges::count(layer.forward().values, 1.0f), 20000);
}

TEST(Random, NormalNumbersHaveTheirMoments) {
  const RandomStream random(7, "moments");
  double sum = 0;
  double squares = 0;
  constexpr std::size_t count = 100000;
  for (std::size_t i = 0; i < count; ++i) {
    sum += random.normal(i);
    squares += random.normal(i) * random.normal(i);
  }
  EXPECT_NEAR(sum / count, 0, 0.01);
  EXPECT_NEAR(squares / count, 1, 0.02);
}

TEST(Random, StreamsDifferAndRepeat) {
  EXPECT_EQ(RandomStream(1, "a").bits(5), RandomStream(1, "a").bits(5));
  EXPECT_NE(RandomStream(1, "a").bits(5), RandomStream(1, "b").bits(5));
  EXPECT_NE(RandomStream(1, "a").bits(5), RandomStream(2, "a").bits(5));
  EXPECT_NE(RandomStream(1, "a").at(0).bits(5), RandomStream(1, "a").at(1).bits(5));
  std::vector<std::uint32_t> order = permutation(RandomStream(1, "order"), 1000);
  EXPECT_FALSE(std::ranges::is_sorted(order));
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace dojo::network
