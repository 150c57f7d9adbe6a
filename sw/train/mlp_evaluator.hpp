#pragma once
// Test accuracy of the network, with the forward pass run by the golden model.

#include <cstddef>
#include <future>
#include <optional>

#include "train/dataset.hpp"
#include "train/recipe.hpp"

namespace dojo::train {

/// Part of the images [begin, end) that the forward pass (program mlp_forward) on a golden-model node classifies
/// correctly.
[[nodiscard]] double evaluate_mlp(const MlpRecipe& recipe, const MlpParameters& parameters, const ImageSet& images,
                                  std::size_t begin, std::size_t end);

/// The same over all images, on two threads.
[[nodiscard]] double evaluate_mlp(const MlpRecipe& recipe, const MlpParameters& parameters, const ImageSet& images);

/// Evaluates snapshots beside the training, one at a time.
class BackgroundEvaluator {
 public:
  /// Uses the first `images_used` images of `images`, which must outlive this object.
  BackgroundEvaluator(const MlpRecipe& recipe, const ImageSet& images, std::size_t images_used)
      : recipe_(recipe), images_(images), images_used_(images_used) {}

  /// Whether a new snapshot would start at once.
  [[nodiscard]] bool idle() const;
  void start(MlpParameters parameters);
  /// Accuracy of the latest snapshot that is done.
  [[nodiscard]] std::optional<double> latest();

 private:
  MlpRecipe recipe_;
  const ImageSet& images_;
  std::size_t images_used_;
  std::future<double> running_;
  std::optional<double> latest_;
};

}  // namespace dojo::train
