// The gradients of every layer against central differences of its forward pass.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "network/loss.hpp"
#include "single_layer.hpp"

namespace dojo::network {
namespace {

constexpr float difference = 1e-2f;

/// Compares some elements of a gradient.
void check(SingleLayer& layer, std::vector<float>& values, const std::vector<float>& gradient,
           const std::string& what) {
  constexpr std::size_t most = 40;
  const std::size_t stride = std::max<std::size_t>(1, values.size() / most);
  for (std::size_t i = 0; i < values.size(); i += stride) {
    const float value = values[i];
    values[i] = value + difference;
    const double above = layer.objective();
    const float upper = values[i];
    values[i] = value - difference;
    const double below = layer.objective();
    const double expected = (above - below) / (static_cast<double>(upper) - values[i]);
    values[i] = value;
    ASSERT_NEAR(gradient[i], expected, 3e-3 * (1 + std::abs(expected))) << what << ", element " << i;
  }
}

/// Checks the gradients of all parameters, and of the inputs unless they are indices.
void check_layer(SingleLayer& layer, bool inputs = true) {
  layer.forward();
  layer.backward();
  const std::vector<Tensor> gradients = layer.gradients();
  std::vector<std::vector<float>> parameter_gradients;
  for (const Parameter& parameter : layer.parameters()) parameter_gradients.push_back(parameter.gradient);
  for (std::size_t i = 0; inputs && i < gradients.size(); ++i) {
    check(layer, layer.inputs()[i].values, gradients[i].values, "input " + std::to_string(i));
  }
  for (std::size_t i = 0; i < parameter_gradients.size(); ++i) {
    Parameter& parameter = layer.parameters()[i];
    if (parameter.trained()) check(layer, parameter.values, parameter_gradients[i], parameter.name);
  }
}

/// Keeps inputs away from 0, where the function has an edge.
void avoid_zero(SingleLayer& layer) {
  for (float& value : layer.inputs()[0].values) value += value > 0 ? 0.1f : -0.1f;
}

/// Inputs that all differ by more than the difference quotient takes.
void spread(SingleLayer& layer) {
  std::vector<float>& values = layer.inputs()[0].values;
  const std::vector<std::uint32_t> order = permutation(RandomStream(1, "spread"), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.05f * static_cast<float>(order[i]);
}

/// A number from `least` to `most`.
std::size_t draw(std::mt19937_64& generator, std::size_t least, std::size_t most) {
  return least + generator() % (most - least + 1);
}

TEST(Gradient, Linear) {
  for (const std::size_t rows : {1, 9, 200}) {
    for (const bool bias : {true, false}) {
      SingleLayer layer(Linear{.outputs = 37, .bias = bias}, {{rows, 11}}, 3);
      check_layer(layer);
    }
  }
}

TEST(Gradient, ConvolutionsOfRandomShapes) {
  std::mt19937_64 generator(1);
  for (int round = 0; round < 24; ++round) {
    const bool film = round % 2 == 1;
    Convolution settings{.dimensions = film ? 3U : 2U, .groups = draw(generator, 1, 3), .bias = round % 3 != 0};
    settings.channels = settings.groups * draw(generator, 1, 3);
    Shape shape{settings.groups * draw(generator, 1, 2)};
    for (std::size_t d = film ? 0 : 1; d < 3; ++d) {
      settings.kernel.at(d) = draw(generator, 1, 3);
      settings.stride.at(d) = draw(generator, 1, 3);
      settings.padding.at(d) = draw(generator, 0, 3);
      settings.dilation.at(d) = draw(generator, 1, 2);
      shape.push_back(draw(generator, 5, 7));
    }
    SCOPED_TRACE(round);
    SingleLayer layer(settings, {shape}, 2);
    check_layer(layer);
  }
}

TEST(Gradient, PoolsOfRandomShapes) {
  std::mt19937_64 generator(2);
  for (int round = 0; round < 16; ++round) {
    Pool settings{.maximum = round % 2 == 0};
    for (std::size_t d = 0; d < 2; ++d) {
      settings.kernel.at(d) = draw(generator, 1, 3);
      settings.stride.at(d) = draw(generator, 1, 3);
      settings.padding.at(d) = draw(generator, 0, settings.kernel.at(d) / 2);
    }
    SCOPED_TRACE(round);
    SingleLayer layer(settings, {{3, draw(generator, 4, 7), draw(generator, 4, 7)}}, 2);
    spread(layer);
    check_layer(layer);
  }
}

TEST(Gradient, Norms) {
  for (const Shape& shape : {Shape{5}, Shape{3, 4, 5}, Shape{2, 3, 4, 5}}) {
    SCOPED_TRACE(text_of(shape));
    SingleLayer batch(BatchNorm{}, {shape}, 7);
    check_layer(batch);
    batch.pass().training = false;
    check_layer(batch);
    SingleLayer row(LayerNorm{}, {shape}, 7);
    check_layer(row);
  }
}

TEST(Gradient, Activations) {
  for (const Function function : {Function::relu, Function::gelu, Function::sigmoid, Function::softmax}) {
    SCOPED_TRACE(static_cast<int>(function));
    SingleLayer layer(Activation{function}, {{3, 11}}, 4);
    avoid_zero(layer);
    check_layer(layer);
  }
}

TEST(Gradient, Attention) {
  for (const bool causal : {false, true}) {
    SingleLayer layer(Attention{.heads = 3, .causal = causal}, {{9, 3 * 12}}, 2);
    check_layer(layer);
  }
}

TEST(Gradient, Tables) {
  SingleLayer embedding(Embedding{.vocabulary = 7, .width = 5}, {{6}}, 3, 7);
  check_layer(embedding, false);
  SingleLayer position(Position{}, {{6, 5}}, 3);
  check_layer(position);
}

TEST(Gradient, SumsShapesAndDropout) {
  SingleLayer add(Add{}, {{3, 4}, {3, 4}, {3, 4}}, 2);
  check_layer(add);
  SingleLayer reshape(Reshape{.shape = {4, 3}}, {{2, 6}}, 2);
  check_layer(reshape);
  SingleLayer dropout(Dropout{.rate = 0.3f}, {{50}}, 3);
  check_layer(dropout);
}

TEST(Gradient, Losses) {
  const RandomStream random(1, "loss");
  for (const LossKind kind : {LossKind::cross_entropy, LossKind::binary_cross_entropy}) {
    constexpr std::size_t classes = 6;
    constexpr float scale = 8;
    Tensor logits({4, 3, classes});
    Tensor target(kind == LossKind::cross_entropy ? Shape{4, 3} : logits.shape);
    for (std::size_t i = 0; i < logits.size(); ++i) logits.values[i] = 2 * random.normal(i);
    for (std::size_t i = 0; i < target.size(); ++i) {
      target.values[i] = static_cast<float>(random.bits(1000 + i) % (kind == LossKind::cross_entropy ? classes : 2));
    }
    Tensor gradient(logits.shape);
    const LossResult result = loss_of(kind, logits, target, &gradient, scale);
    EXPECT_EQ(result.count, target.size());
    for (std::size_t i = 0; i < logits.size(); ++i) {
      Tensor other = logits;
      other.values[i] = logits.values[i] + difference;
      const double above = loss_of(kind, other, target, nullptr).mean();
      other.values[i] = logits.values[i] - difference;
      const double below = loss_of(kind, other, target, nullptr).mean();
      EXPECT_NEAR(gradient.values[i], scale * (above - below) / (2 * difference), 1e-4) << i;
    }
  }
}

}  // namespace
}  // namespace dojo::network
