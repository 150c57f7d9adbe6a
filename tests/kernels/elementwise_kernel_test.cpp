#include <gtest/gtest.h>

#include <cmath>

#include "kernels/tiles.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

constexpr std::size_t lanes = 16;

class ElementwiseKernels : public testing::TestWithParam<std::string> {
 protected:
  static constexpr TileLayout layout{.rows = 16, .columns = 24, .order = TileOrder::by_columns};
  static constexpr std::size_t size = 16 * 24;
  KernelNode node_{GetParam()};
  Numbers numbers_{21};
  std::vector<float> values_ = numbers_.take(size);
  std::vector<float> bias_ = numbers_.take(24);
  Buffer x_ = node_.place(pack_fp32(values_, layout));
  Buffer bias_tiles_ = node_.place(pack_bias(bias_));

  float with_bias(std::size_t i) const { return values_[i] + bias_[i % layout.columns]; }
};

TEST_P(ElementwiseKernels, AddABiasToEveryRow) {
  const Buffer d = node_.reserve<float>(size);
  node_.call(KERNEL_BIAS, {2, 3, x_.address(), bias_tiles_.address(), d.address()});
  const std::vector<float> result = unpack_fp32(d.read<float>(size), layout);
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(bits(result[i]), bits(with_bias(i))) << i;
}

TEST_P(ElementwiseKernels, AddABiasAndTakeThePositivePart) {
  const Buffer d = node_.reserve<float>(size);
  const Buffer d_bf16 = node_.reserve<std::uint16_t>(size);
  const Buffer d_bf16_only = node_.reserve<std::uint16_t>(size);
  node_.call(KERNEL_BIAS_RELU, {2, 3, x_.address(), bias_tiles_.address(), d.address(), d_bf16.address()});
  node_.call(KERNEL_BIAS_RELU_BF16, {2, 3, x_.address(), bias_tiles_.address(), d_bf16_only.address()});
  const std::vector<float> result = unpack_fp32(d.read<float>(size), layout);
  const std::vector<float> result_bf16 = unpack_bf16(d_bf16.read<std::uint16_t>(size), layout);
  EXPECT_EQ(d_bf16.read<std::uint16_t>(size), d_bf16_only.read<std::uint16_t>(size));
  for (std::size_t i = 0; i < size; ++i) {
    const float expected = with_bias(i) > 0 ? with_bias(i) : 0.0f;
    EXPECT_EQ(bits(result[i]), bits(expected)) << i;
    EXPECT_EQ(bits(result_bf16[i]), bits(from_bf16(to_bf16(expected)))) << i;
  }
}

TEST_P(ElementwiseKernels, PassAGradientWhereTheOutputIsPositive) {
  std::vector<float> output = numbers_.take(size);
  output[0] = 0.0f;
  output[1] = -0.0f;
  output[2] = std::nanf("");
  output[3] = 1e-40f;
  const Buffer y = node_.place(output);
  const Buffer x = node_.place(values_);
  const Buffer d = node_.reserve<std::uint16_t>(size);
  node_.call(KERNEL_RELU_GRADIENT, {size / tile_elements, x.address(), y.address(), d.address()});
  const std::vector<std::uint16_t> result = d.read<std::uint16_t>(size);
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(result[i], output[i] > 0 ? to_bf16(values_[i]) : 0) << i;
}

TEST_P(ElementwiseKernels, ConvertToBf16) {
  values_[5] = -0.0f;
  values_[6] = std::nanf("");
  values_[7] = 1e-40f;
  const Buffer x = node_.place(values_);
  const Buffer d = node_.reserve<std::uint16_t>(size);
  node_.call(KERNEL_TO_BF16, {size / tile_elements, x.address(), d.address()});
  const std::vector<std::uint16_t> result = d.read<std::uint16_t>(size);
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(result[i], to_bf16(values_[i])) << i;
}

TEST_P(ElementwiseKernels, AddLinesOutsideWholeTilesToo) {
  const std::size_t count = 7 * lanes;
  const std::vector<float> x = numbers_.take(count);
  const Buffer sum = node_.place(values_);
  node_.call(KERNEL_ADD, {count / lanes, node_.place(x).address(), sum.address()});
  const std::vector<float> result = sum.read<float>(size);
  for (std::size_t i = 0; i < size; ++i)
    EXPECT_EQ(bits(result[i]), bits(i < count ? values_[i] + x[i] : values_[i])) << i;
}

TEST_P(ElementwiseKernels, DescendWithMomentum) {
  const float mu = 0.9f;
  const float rate = 0.05f;
  const std::size_t with_copy = 4 * tile_elements;
  std::vector<float> velocity(size);
  std::vector<float> weights = values_;
  const Buffer v = node_.place(velocity);
  const Buffer w = node_.place(weights);
  const Buffer w_bf16 = node_.reserve<std::uint16_t>(size);
  for (int step = 0; step < 3; ++step) {
    const std::vector<float> gradient = numbers_.take(size);
    const Buffer g = node_.place(gradient);
    node_.call(KERNEL_SGD, {size / tile_elements, with_copy / tile_elements, bits(-rate), bits(mu), g.address(),
                            v.address(), w.address(), w_bf16.address()});
    const std::vector<float> new_velocity = v.read<float>(size);
    const std::vector<float> new_weights = w.read<float>(size);
    const std::vector<std::uint16_t> new_weights_bf16 = w_bf16.read<std::uint16_t>(size);
    for (std::size_t i = 0; i < size; ++i) {
      const double exact_velocity = double{mu} * double{velocity[i]} + double{gradient[i]};
      EXPECT_NEAR(new_velocity[i], exact_velocity, std::abs(exact_velocity) * 0x1p-23 + 1e-30);
      velocity[i] = std::fma(mu, velocity[i], gradient[i]);
      weights[i] = std::fma(-rate, velocity[i], weights[i]);
      EXPECT_EQ(bits(new_velocity[i]), bits(velocity[i])) << i;
      EXPECT_EQ(bits(new_weights[i]), bits(weights[i])) << i;
      EXPECT_EQ(new_weights_bf16[i], i < with_copy ? to_bf16(weights[i]) : 0xffff) << i;
    }
  }
}

DOJO_ON_BOTH_BACKENDS(ElementwiseKernels);

}  // namespace
}  // namespace dojo
