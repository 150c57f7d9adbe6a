#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "firmware/kernels/softmax_format.h"
#include "kernels/tiles.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

constexpr std::size_t classes = 10;
constexpr std::size_t padded_classes = 16;

struct SoftmaxResult {
  std::vector<float> gradient;  ///< samples x 16, padding included
  std::vector<float> losses;    ///< nats, one per sample
  std::uint64_t instructions = 0;
};

SoftmaxResult run_softmax(const std::string& backend, const std::vector<float>& logits,
                          const std::vector<std::uint8_t>& labels, float scale) {
  const std::size_t samples = labels.size();
  const TileLayout layout{.rows = samples, .columns = classes, .order = TileOrder::by_columns};
  const TileLayout padded{.rows = samples, .columns = padded_classes, .order = TileOrder::by_columns};
  KernelNode node(backend);
  const Buffer logit_tiles = node.place(pack_fp32(logits, layout));
  const Buffer label_bytes = node.place(labels);
  const Buffer losses = node.reserve<float>(samples);
  const Buffer gradient = node.reserve<std::uint16_t>(layout.padded());
  node.call(KERNEL_SOFTMAX, {samples, layout.tile_rows() * tile_elements, logit_tiles.address(), label_bytes.address(),
                             losses.address(), bits(scale), gradient.address()});
  return {.gradient = unpack_bf16(gradient.read<std::uint16_t>(padded.padded()), padded),
          .losses = losses.read<float>(samples),
          .instructions = node.instructions()};
}

class Softmax : public testing::TestWithParam<std::string> {};

TEST_P(Softmax, AndItsGradientAreCloseToFp64) {
  const std::size_t samples = 40;  // not a multiple of 16
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
  for (std::size_t s = 0; s < samples; ++s) {
    const float* row = &logits[s * classes];
    const double largest = *std::max_element(row, row + classes);
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(row[c] - largest);
    const double loss = std::log(sum) + largest - row[labels[s]];
    EXPECT_NEAR(result.losses[s], loss, 1e-6 * (1 + loss)) << "sample " << s;
    for (std::size_t c = 0; c < padded_classes; ++c) {
      const float got = result.gradient[s * padded_classes + c];
      if (c >= classes) {
        EXPECT_EQ(bits(got), 0u) << "padding class";
        continue;
      }
      const double exact = (std::exp(row[c] - largest) / sum - (c == labels[s] ? 1.0 : 0.0)) * scale;
      // BF16 result; a probability next to 1 loses digits when 1 is taken away.
      EXPECT_NEAR(got, exact, std::abs(exact) * 0x1p-8 + scale * 0x1p-22) << "sample " << s << " class " << c;
    }
  }
}

TEST_P(Softmax, GivesPaddedSamplesNoGradientAndNoLoss) {
  const std::vector<float> logits = Numbers(4).take(8 * classes);
  std::vector<std::uint8_t> labels(8, SOFTMAX_NO_LABEL);
  const SoftmaxResult nothing = run_softmax(GetParam(), logits, labels, 1.0f);
  for (const float loss : nothing.losses) EXPECT_EQ(bits(loss), 0u);
  for (const float value : nothing.gradient) EXPECT_EQ(bits(value), 0u);

  labels[3] = 7;
  const SoftmaxResult one = run_softmax(GetParam(), logits, labels, 1.0f);
  for (std::size_t s = 0; s < 8; ++s) EXPECT_EQ(one.losses[s] > 0, s == 3);
  for (std::size_t i = 0; i < one.gradient.size(); ++i) {
    if (i / padded_classes != 3) EXPECT_EQ(bits(one.gradient[i]), 0u);
  }
  EXPECT_LT(one.gradient[3 * padded_classes + 7], -0.5f);
}

TEST_P(Softmax, SurvivesExtremeLogits) {
  const std::size_t samples = 8;
  std::vector<float> logits(samples * classes, 0.0f);
  std::vector<std::uint8_t> labels(samples, 0);
  logits[0] = 1e9f;                // certain and right
  logits[1 * classes + 1] = 1e9f;  // certain and wrong
  logits[2 * classes + 0] = -1e9f;
  SoftmaxResult result = run_softmax(GetParam(), logits, labels, 1.0f);
  for (const float loss : result.losses) EXPECT_TRUE(std::isfinite(loss));
  EXPECT_EQ(result.gradient[0], 0.0f);
  EXPECT_EQ(result.gradient[16], -1.0f);
  EXPECT_EQ(result.gradient[17], 1.0f);
  EXPECT_EQ(result.gradient[32], -1.0f);
  for (const float value : {std::nanf(""), INFINITY, -INFINITY}) {
    logits[3 * classes] = value;
    result = run_softmax(GetParam(), logits, labels, 1.0f);
    for (std::size_t s = 0; s < samples; ++s) EXPECT_EQ(std::isnan(result.losses[s]), s == 3) << value;
  }
}

TEST_P(Softmax, IsCheap) {
  const std::size_t samples = 64;
  const std::vector<float> logits = Numbers(6).take(samples * classes);
  const std::vector<std::uint8_t> labels(samples, 1);
  const SoftmaxResult result = run_softmax(GetParam(), logits, labels, 1.0f);
  EXPECT_LT(result.instructions, samples * 60);
}

DOJO_ON_BOTH_BACKENDS(Softmax);

}  // namespace
}  // namespace dojo
