#pragma once
// What is trained and how: sizes, initial weights, order of the samples, learning rate. Shared by the machine and the
// FP32 reference, so that both start from and see the same numbers.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dojo::train {

/// A network of one hidden layer (ReLU) and softmax cross-entropy, trained by gradient descent with momentum.
struct MlpRecipe {
  std::string name = "fashion-mnist-mlp";
  std::size_t inputs = 784;
  std::size_t hidden = 128;
  std::size_t classes = 10;
  std::size_t batch = 64;  ///< samples of a step, over the whole machine; the last step of an epoch takes what is left
  unsigned epochs = 1;
  float learning_rate = 0.04f;  ///< of the first step
  float final_rate = 0.05f;     ///< of the last step, as a part of the first one's; linear in between
  float momentum = 0.9f;
  float pixel_mean = 0.2860f;  ///< of the training images, pixels being 0 to 1
  float pixel_deviation = 0.3530f;
  std::uint64_t seed = 1;

  /// Multiplications of the products of forward and backward pass for one sample.
  [[nodiscard]] std::uint64_t macs_per_sample() const { return 2 * inputs * hidden + 3 * hidden * classes; }
  /// Steps of a whole training on `samples` samples.
  [[nodiscard]] std::size_t steps(std::size_t samples) const { return (samples + batch - 1) / batch * epochs; }
  /// Learning rate of step `step` of `steps`.
  [[nodiscard]] float rate(std::size_t step, std::size_t steps) const;
  /// The value of a pixel at the network's input.
  [[nodiscard]] float input(std::uint8_t pixel) const {
    return (static_cast<float>(pixel) / 255.0f - pixel_mean) / pixel_deviation;
  }
};

/// The recipe of that name. Throws InputError, naming those there are, for others.
[[nodiscard]] MlpRecipe find_recipe(std::string_view name);

/// The network's parameters, matrices row-major.
struct MlpParameters {
  std::vector<float> weights_1;  ///< inputs x hidden
  std::vector<float> bias_1;
  std::vector<float> weights_2;  ///< hidden x classes
  std::vector<float> bias_2;
};

/// Weights from a normal distribution of variance 2 / fan-in (He et al., "Delving deep into rectifiers"), biases zero.
/// The same numbers on every processor and compiler.
[[nodiscard]] MlpParameters initial_parameters(const MlpRecipe& recipe);

/// Hash (FNV-1a, 64 bits) of all parameters, bit by bit.
[[nodiscard]] std::uint64_t hash_parameters(const MlpParameters& parameters);

/// The order of the training samples in one epoch: a permutation that depends on seed and epoch.
[[nodiscard]] std::vector<std::uint32_t> sample_order(const MlpRecipe& recipe, std::size_t samples, unsigned epoch);

}  // namespace dojo::train
