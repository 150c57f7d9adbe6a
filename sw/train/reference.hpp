#pragma once
// The recipe in FP32 on the host, as plain C++: what the machine's training is compared with.

#include <atomic>
#include <cstddef>

#include "train/dataset.hpp"
#include "train/recipe.hpp"

namespace dojo::train {

struct ReferenceResult {
  MlpParameters parameters;
  double loss_first = 0;  ///< mean cross-entropy of the first step's batch, in nats
  double loss_last = 0;
  double test_accuracy = 0;
};

/// Runs the first `steps` of the recipe's `planned_steps` steps. Ends early, with an undefined result, when `cancel`
/// becomes true.
[[nodiscard]] ReferenceResult train_reference(const MlpRecipe& recipe, const Dataset& dataset, std::size_t steps,
                                              std::size_t planned_steps, const std::atomic<bool>& cancel);

/// Part of the images that the network classifies correctly.
[[nodiscard]] double reference_accuracy(const MlpRecipe& recipe, const MlpParameters& parameters,
                                        const ImageSet& images);

}  // namespace dojo::train
