// Kernels in which every value stands for itself, against FP64.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "firmware/kernels/binary_cross_entropy_format.h"
#include "firmware/kernels/dropout_mask.h"
#include "kernels/tiles.hpp"
#include "model/cfloat.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

std::vector<float> from_bf16_all(const std::vector<std::uint16_t>& values) {
  std::vector<float> result;
  result.reserve(values.size());
  for (const std::uint16_t value : values) result.push_back(from_bf16(value));
  return result;
}

std::vector<std::uint16_t> to_bf16_all(const std::vector<float>& values) {
  std::vector<std::uint16_t> result;
  result.reserve(values.size());
  for (const float value : values) result.push_back(to_bf16(value));
  return result;
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

double gelu(double x) {
  return x * sigmoid(2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x));
}

double gelu_slope(double x) {
  const double inner = 2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
  const double slope = 2 * std::sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x);
  return sigmoid(inner) + x * sigmoid(inner) * (1 - sigmoid(inner)) * slope;
}

class Activations : public testing::TestWithParam<std::string> {
 protected:
  std::size_t tiles_ = GetParam() == "model" ? 200 : 3;
  std::size_t size_ = tiles_ * tile_elements;
  KernelNode node_{GetParam()};
  Numbers numbers_{77};

  /// Numbers of all magnitudes up to 100, a few large ones among them.
  std::vector<float> wide() {
    std::vector<float> values = numbers_.take(size_);
    for (std::size_t i = 0; i < size_; ++i) values[i] *= std::ldexp(1.0f, static_cast<int>(i % 16) - 8);
    values[1] = 100.0f;
    values[2] = -100.0f;
    values[3] = 0.0f;
    return values;
  }

  /// |result - exact| is at most half a step of BF16 and `absolute`.
  void expect_near(const std::vector<float>& result, const std::function<double(std::size_t)>& exact,
                   const std::function<double(std::size_t)>& absolute) {
    for (std::size_t i = 0; i < size_; ++i) {
      ASSERT_NEAR(result[i], exact(i), std::abs(exact(i)) * bf16_rounding * 1.001 + absolute(i)) << i;
    }
  }
};

TEST_P(Activations, GeluAndItsGradient) {
  const std::vector<float> x = wide();
  const std::vector<float> gradient = numbers_.take(size_);
  const Buffer in = node_.place(x);
  const Buffer out = node_.reserve<std::uint16_t>(size_);
  node_.call(KERNEL_GELU, {tiles_, in.address(), out.address()});
  expect_near(
      from_bf16_all(out.read<std::uint16_t>(size_)), [&](std::size_t i) { return gelu(x[i]); },
      [](std::size_t) { return 1e-6; });
  node_.call(KERNEL_GELU_GRADIENT, {tiles_, node_.place(gradient).address(), in.address(), out.address()});
  expect_near(
      from_bf16_all(out.read<std::uint16_t>(size_)), [&](std::size_t i) { return gradient[i] * gelu_slope(x[i]); },
      [&](std::size_t i) { return std::abs(gradient[i]) * 1e-6; });
}

TEST_P(Activations, SigmoidAndItsGradient) {
  const std::vector<float> x = wide();
  const std::vector<float> gradient = numbers_.take(size_);
  const Buffer out = node_.reserve<std::uint16_t>(size_);
  const Buffer d = node_.reserve<std::uint16_t>(size_);
  node_.call(KERNEL_SIGMOID, {tiles_, node_.place(x).address(), out.address()});
  const std::vector<float> y = from_bf16_all(out.read<std::uint16_t>(size_));
  expect_near(y, [&](std::size_t i) { return sigmoid(x[i]); }, [](std::size_t) { return 2e-7; });
  node_.call(KERNEL_SIGMOID_GRADIENT, {tiles_, node_.place(gradient).address(), out.address(), d.address()});
  expect_near(
      from_bf16_all(d.read<std::uint16_t>(size_)),
      [&](std::size_t i) { return gradient[i] * static_cast<double>(y[i]) * (1 - static_cast<double>(y[i])); },
      [](std::size_t) { return 1e-12; });
}

TEST_P(Activations, ReluOfBf16IsExact) {
  std::vector<float> x = numbers_.take_bf16(size_);
  x[0] = 0.0f;
  x[1] = -0.0f;
  const std::vector<float> gradient = numbers_.take_bf16(size_);
  const Buffer out = node_.place(to_bf16_all(x));
  const Buffer d = node_.place(to_bf16_all(gradient));
  node_.call(KERNEL_RELU_BF16, {tiles_, out.address(), out.address()});
  const std::vector<float> y = from_bf16_all(out.read<std::uint16_t>(size_));
  node_.call(KERNEL_RELU_GRADIENT_BF16, {tiles_, d.address(), out.address(), d.address()});
  const std::vector<float> slopes = from_bf16_all(d.read<std::uint16_t>(size_));
  for (std::size_t i = 0; i < size_; ++i) {
    ASSERT_EQ(bits(y[i]), bits(x[i] > 0 ? x[i] : 0.0f)) << i;
    ASSERT_EQ(bits(slopes[i]), bits(x[i] > 0 ? gradient[i] : 0.0f)) << i;
  }
}

TEST_P(Activations, ResidualIsTheRoundedSum) {
  const std::vector<float> a = numbers_.take_bf16(size_);
  const std::vector<float> b = numbers_.take_bf16(size_);
  const Buffer out = node_.place(to_bf16_all(a));
  node_.call(KERNEL_RESIDUAL, {tiles_, out.address(), node_.place(to_bf16_all(b)).address(), out.address()});
  const std::vector<std::uint16_t> sum = out.read<std::uint16_t>(size_);
  for (std::size_t i = 0; i < size_; ++i) ASSERT_EQ(sum[i], to_bf16(a[i] + b[i])) << i;
}

TEST_P(Activations, BinaryCrossEntropyAndItsGradient) {
  const std::vector<float> x = wide();
  std::vector<float> targets = numbers_.take(size_);
  for (float& target : targets)
    target = std::abs(target) < 0.3f ? std::abs(target) : std::signbit(target) ? 0.0f : 1.0f;
  for (std::size_t i = 3; i < size_; i += 7) targets[i] = BINARY_CROSS_ENTROPY_NO_TARGET;
  const auto missing = [&](std::size_t i) { return targets[i] == BINARY_CROSS_ENTROPY_NO_TARGET; };
  const float scale = 0.125f;
  const Buffer losses = node_.reserve<float>(size_);
  const Buffer d = node_.reserve<std::uint16_t>(size_);
  node_.call(KERNEL_BINARY_CROSS_ENTROPY, {tiles_, node_.place(x).address(), node_.place(targets).address(),
                                           bits(scale), losses.address(), d.address()});
  const std::vector<float> loss = losses.read<float>(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const double logit = x[i];
    const double exact =
        missing(i) ? 0 : std::max(logit, 0.0) - logit * targets[i] + std::log1p(std::exp(-std::abs(logit)));
    ASSERT_NEAR(loss[i], exact, 3e-7 * (1 + exact)) << logit << ' ' << targets[i];
  }
  expect_near(
      from_bf16_all(d.read<std::uint16_t>(size_)),
      [&](std::size_t i) { return missing(i) ? 0 : (sigmoid(x[i]) - targets[i]) * scale; },
      [&](std::size_t) { return 2e-7 * scale; });
}

TEST_P(Activations, DropoutKeepsWhatTheSharedMaskSays) {
  const std::vector<float> x = numbers_.take_bf16(size_);
  const Buffer in = node_.place(to_bf16_all(x));
  const Buffer out = node_.reserve<std::uint16_t>(size_);
  for (const float keep : {0.9f, 0.5f, 1.0f}) {
    const std::uint32_t first = 1000;
    node_.call(KERNEL_DROPOUT, {tiles_, 5, 3, first, bits(keep), in.address(), out.address()});
    const std::vector<float> y = from_bf16_all(out.read<std::uint16_t>(size_));
    std::size_t kept = 0;
    for (std::uint32_t i = 0; i < size_; ++i) {
      const bool keeps = dropout_bits(dropout_key(5, 3), first + i) < dropout_threshold(keep);
      ASSERT_EQ(y[i], keeps ? from_bf16(to_bf16(x[i] * (1.0f / keep))) : 0.0f) << i;
      kept += keeps ? 1 : 0;
    }
    const double expected = keep * static_cast<double>(size_);
    EXPECT_NEAR(static_cast<double>(kept), expected, 5 * std::sqrt(expected * (1 - keep) + 1e-9)) << keep;
  }
}

TEST_P(Activations, QuantizeAsTheModelRounds) {
  const std::vector<float> x = wide();
  const std::vector<float> half = numbers_.take_bf16(size_);
  const Buffer in = node_.place(x);
  const Buffer half_in = node_.place(to_bf16_all(half));
  const Buffer out = node_.reserve<std::uint8_t>(size_);
  const Buffer wide_out = node_.reserve<float>(size_);
  for (const auto format : {cfloat::Format::e4m3, cfloat::Format::e5m2}) {
    for (const std::uint64_t seed : {0, 42}) {
      const unsigned bias = 9;
      const auto code = static_cast<std::uint64_t>(format);
      for (const bool from_half : {false, true}) {
        node_.call(from_half ? KERNEL_QUANTIZE_BF16 : KERNEL_QUANTIZE_FP32,
                   {tiles_, code, bias, seed, (from_half ? half_in : in).address(), out.address()});
        const std::vector<std::uint8_t> bytes = out.read<std::uint8_t>(size_);
        node_.call(KERNEL_QUANTIZE_WIDEN, {tiles_, code, bias, out.address(), wide_out.address()});
        const std::vector<float> widened = wide_out.read<float>(size_);
        std::uint64_t state = seed;
        for (std::uint32_t i = 0; i < size_; ++i) {
          cfloat::Flags flags = 0;
          const std::uint32_t lane = i % tile_elements;
          if (i != 0 && lane == 0) state = cfloat::advance(state);
          const cfloat::Rounding rounding{.stochastic = seed != 0, .random = cfloat::random_bits(state, lane)};
          const std::uint16_t expected =
              cfloat::narrow(format, bias, bits(from_half ? half[i] : x[i]), rounding, flags);
          ASSERT_EQ(bytes[i], expected) << i;
          ASSERT_EQ(bits(widened[i]), cfloat::widen(format, bias, expected, flags)) << i;
        }
      }
    }
  }
}

DOJO_ON_BOTH_BACKENDS(Activations);

TEST(DropoutMask, IsUncorrelatedBetweenNeighboursStepsAndSeeds) {
  constexpr std::uint32_t count = 20'000;
  const auto share = [](const auto& same) {
    std::uint32_t agreeing = 0;
    for (std::uint32_t i = 0; i < count; ++i) agreeing += same(i) ? 1 : 0;
    return static_cast<double>(agreeing) / count;
  };
  const auto keeps = [](std::uint32_t seed, std::uint32_t step, std::uint32_t i) {
    return dropout_bits(dropout_key(seed, step), i) < dropout_threshold(0.5f);
  };
  EXPECT_NEAR(share([&](std::uint32_t i) { return keeps(1, 1, i) == keeps(1, 1, i + 1); }), 0.5, 0.02);
  EXPECT_NEAR(share([&](std::uint32_t i) { return keeps(1, 1, i) == keeps(1, 2, i); }), 0.5, 0.02);
  EXPECT_NEAR(share([&](std::uint32_t i) { return keeps(1, 1, i) == keeps(2, 1, i); }), 0.5, 0.02);
  EXPECT_NEAR(share([&](std::uint32_t i) { return keeps(1, i, 7) == keeps(1, i + 1, 7); }), 0.5, 0.02);
}

}  // namespace
}  // namespace dojo
