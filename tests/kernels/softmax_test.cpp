#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "firmware/kernels/softmax_format.h"
#include "kernels/tiles.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

constexpr std::size_t classes = 10;
constexpr float fixed_point_zero = 12582912.0f;

struct SoftmaxResult {
  std::vector<float> gradient;  ///< samples x 16, padding included
  double loss = 0;              ///< nats, summed
  std::int64_t raw_loss = 0;
  std::uint64_t instructions = 0;
};

SoftmaxResult run_softmax(const std::string& backend, const std::vector<float>& logits,
                          const std::vector<std::uint8_t>& labels, float scale) {
  const std::size_t samples = labels.size();
  const TileLayout layout{.rows = samples, .columns = classes, .order = TileOrder::by_columns};
  const TileLayout padded{.rows = samples, .columns = 2 * tile_edge, .order = TileOrder::by_columns};
  KernelNode node(backend);
  std::vector<std::uint16_t> constants(tile_elements + 4 * 16, 0x3f80);
  const float unit = std::ldexp(scale, -SOFTMAX_GRADIENT_BITS);
  std::vector<float> lines(16, fixed_point_zero);
  lines.resize(32, -(unit * fixed_point_zero));
  std::memcpy(&constants[tile_elements], lines.data(), lines.size() * sizeof(float));
  const Buffer logit_tiles = node.place(pack_fp32(logits, layout));
  const Buffer label_bytes = node.place(labels);
  const Buffer losses = node.reserve<std::int64_t>(hw::harts);
  const Buffer constant_lines = node.place(constants);
  const Buffer gradient = node.reserve<std::uint16_t>(layout.padded());
  node.call(KERNEL_SOFTMAX,
            {layout.tile_rows(), logit_tiles.address(), label_bytes.address(), losses.address(),
             constant_lines.address(), bits(unit), gradient.address()},
            hw::harts);
  SoftmaxResult result{.gradient = unpack_bf16(gradient.read<std::uint16_t>(padded.padded()), padded),
                       .loss = 0,
                       .raw_loss = 0,
                       .instructions = node.instructions()};
  for (const std::int64_t part : losses.read<std::int64_t>(hw::harts)) result.raw_loss += part;
  result.loss = std::ldexp(static_cast<double>(result.raw_loss), -SOFTMAX_LOSS_BITS) * std::log(2.0);
  return result;
}

class Softmax : public testing::TestWithParam<std::string> {};

TEST_P(Softmax, AndItsGradientAreCloseToFp64) {
  const std::size_t samples = 32;
  Numbers numbers(3);
  std::vector<float> logits = numbers.take(samples * classes);
  std::vector<std::uint8_t> labels(samples);
  for (std::size_t s = 0; s < samples; ++s) {
    // From nearly equal logits to very different ones.
    for (std::size_t c = 0; c < classes; ++c) logits[s * classes + c] *= static_cast<float>(s * s) / 12.0f;
    labels[s] = static_cast<std::uint8_t>(numbers.raw() % classes);
  }
  const float scale = 1.0f / 32;
  const SoftmaxResult result = run_softmax(GetParam(), logits, labels, scale);
  double loss = 0;
  for (std::size_t s = 0; s < samples; ++s) {
    const float* row = &logits[s * classes];
    const double largest = *std::max_element(row, row + classes);
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(row[c] - largest);
    loss += std::log(sum) + largest - row[labels[s]];
    for (std::size_t c = 0; c < 16; ++c) {
      const float got = result.gradient[s * 16 + c];
      if (c >= classes) {
        EXPECT_EQ(bits(got), 0u) << "padding class";
        continue;
      }
      const double exact = (std::exp(row[c] - largest) / sum - (c == labels[s] ? 1.0 : 0.0)) * scale;
      // BF16 result; logits rounded to 2^-15 in base 2; probabilities to 2^-21.
      EXPECT_NEAR(got, exact, std::abs(exact) * 0x1p-8 + scale * (0x1p-16 + 0x1p-21))
          << "sample " << s << " class " << c;
    }
  }
  EXPECT_NEAR(result.loss, loss, samples * 1e-4);
}

TEST_P(Softmax, GivesPaddedSamplesNoGradientAndNoLoss) {
  std::vector<float> logits = Numbers(4).take(8 * classes);
  std::vector<std::uint8_t> labels(8, SOFTMAX_NO_LABEL);
  const SoftmaxResult nothing = run_softmax(GetParam(), logits, labels, 1.0f);
  EXPECT_EQ(nothing.raw_loss, 0);
  for (const float value : nothing.gradient) EXPECT_EQ(bits(value), 0u);

  labels[3] = 7;
  const SoftmaxResult one = run_softmax(GetParam(), logits, labels, 1.0f);
  EXPECT_GT(one.raw_loss, 0);
  for (std::size_t i = 0; i < one.gradient.size(); ++i) {
    if (i / 16 != 3) EXPECT_EQ(bits(one.gradient[i]), 0u);
  }
  EXPECT_LT(one.gradient[3 * 16 + 7], -0.5f);
}

TEST_P(Softmax, SurvivesExtremeLogits) {
  const std::size_t samples = 8;
  std::vector<float> logits(samples * classes, 0.0f);
  std::vector<std::uint8_t> labels(samples, 0);
  logits[0] = 80.0f;                // certain and right
  logits[1 * classes + 1] = 80.0f;  // certain and wrong
  logits[2 * classes + 0] = -80.0f;
  const SoftmaxResult result = run_softmax(GetParam(), logits, labels, 1.0f);
  EXPECT_LT(result.raw_loss, SOFTMAX_DIVERGED);
  EXPECT_EQ(result.gradient[0], 0.0f);
  EXPECT_EQ(result.gradient[16], -1.0f);
  EXPECT_EQ(result.gradient[17], 1.0f);
  EXPECT_EQ(result.gradient[32], -1.0f);
  for (const float value : {1e9f, -1e9f, std::nanf(""), INFINITY}) {
    logits[3 * classes] = value;
    EXPECT_GE(run_softmax(GetParam(), logits, labels, 1.0f).raw_loss, SOFTMAX_DIVERGED) << value;
  }
}

TEST_P(Softmax, IsCheap) {
  const std::size_t samples = 64;
  const std::vector<float> logits = Numbers(6).take(samples * classes);
  const std::vector<std::uint8_t> labels(samples, 1);
  const SoftmaxResult result = run_softmax(GetParam(), logits, labels, 1.0f);
  EXPECT_LT(result.instructions, samples * 420);
}

DOJO_ON_BOTH_BACKENDS(Softmax);

}  // namespace
}  // namespace dojo
