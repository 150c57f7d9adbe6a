#pragma once
// The network's data in the nodes' form: what trainer and evaluator write into and read from the nodes.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/tiles.hpp"
#include "train/dataset.hpp"
#include "train/recipe.hpp"

namespace dojo::train {

/// Writes samples as BF16 input tiles.
class InputPacker {
 public:
  explicit InputPacker(const MlpRecipe& recipe);
  /// The tiles (by rows, `sample_tiles` x inputs / 8) of the samples `order`; padding is zero. Valid until the next
  /// call.
  std::span<const std::uint16_t> pack(const ImageSet& images, std::span<const std::uint32_t> order,
                                      std::size_t sample_tiles);

 private:
  std::array<std::uint16_t, 256> table_;
  std::size_t inputs_;
  std::vector<std::uint16_t> tiles_;
};

/// FP32 tiles of the parameters outside the first layer's weights (MLP_TAIL_TILES): second weights, second bias, first
/// bias.
[[nodiscard]] std::vector<float> pack_tail(const MlpRecipe& recipe, const MlpParameters& parameters);
/// Takes them out of the tiles again.
void unpack_tail(const MlpRecipe& recipe, std::span<const float> tiles, MlpParameters& parameters);

/// Layouts of the weights.
[[nodiscard]] TileLayout weights_1_layout(const MlpRecipe& recipe);
[[nodiscard]] TileLayout weights_2_layout(const MlpRecipe& recipe);

}  // namespace dojo::train
