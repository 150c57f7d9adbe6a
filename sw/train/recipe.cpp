#include "train/recipe.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <span>
#include <utility>

#include "common/error.hpp"

namespace dojo::train {
namespace {

/// Nearly normal numbers, mean 0 and variance 1: the sum of twelve uniform ones. No function of the C library is in it,
/// so it gives the same bits everywhere.
float next_normal(std::mt19937_64& generator) {
  constexpr int terms = 12;
  constexpr std::int64_t mean = std::int64_t{terms / 2} << 32;
  constexpr std::uint64_t mask = (std::uint64_t{1} << 32) - 1;
  std::int64_t sum = 0;
  for (int i = 0; i < terms; ++i) sum += static_cast<std::int64_t>(generator() & mask);
  return static_cast<float>(std::ldexp(static_cast<double>(sum - mean), -32));
}

std::vector<float> he_weights(std::size_t fan_in, std::size_t fan_out, std::mt19937_64& generator) {
  const float deviation = std::sqrt(2.0f / static_cast<float>(fan_in));
  std::vector<float> weights(fan_in * fan_out);
  for (float& weight : weights) weight = deviation * next_normal(generator);
  return weights;
}

}  // namespace

float MlpRecipe::rate(std::size_t step, std::size_t steps) const {
  if (steps < 2) return learning_rate;
  const float progress = static_cast<float>(step) / static_cast<float>(steps - 1);
  return learning_rate * (1.0f - progress * (1.0f - final_rate));
}

MlpRecipe find_recipe(std::string_view name) {
  MlpRecipe recipe;
  if (name != recipe.name) throw InputError(fmt::format("unknown recipe '{}': there is {}", name, recipe.name));
  return recipe;
}

MlpParameters initial_parameters(const MlpRecipe& recipe) {
  std::mt19937_64 generator(recipe.seed);
  MlpParameters parameters;
  parameters.weights_1 = he_weights(recipe.inputs, recipe.hidden, generator);
  parameters.bias_1.assign(recipe.hidden, 0.0f);
  parameters.weights_2 = he_weights(recipe.hidden, recipe.classes, generator);
  parameters.bias_2.assign(recipe.classes, 0.0f);
  return parameters;
}

std::uint64_t hash_parameters(const MlpParameters& parameters) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const auto* part : {&parameters.weights_1, &parameters.bias_1, &parameters.weights_2, &parameters.bias_2}) {
    for (const std::byte byte : std::as_bytes(std::span(*part))) {
      hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3u;
    }
  }
  return hash;
}

std::vector<std::uint32_t> sample_order(const MlpRecipe& recipe, std::size_t samples, unsigned epoch) {
  std::vector<std::uint32_t> order(samples);
  std::iota(order.begin(), order.end(), 0u);
  std::seed_seq seeds{recipe.seed & 0xffffffffu, recipe.seed >> 32, std::uint64_t{epoch}};
  std::mt19937_64 generator(seeds);
  for (std::size_t i = samples; i > 1; --i) std::swap(order[i - 1], order[generator() % i]);
  return order;
}

}  // namespace dojo::train
