#include "train/mlp_memory.hpp"

#include <algorithm>

namespace dojo::train {

InputPacker::InputPacker(const MlpRecipe& recipe) : inputs_(recipe.inputs) {
  for (unsigned pixel = 0; pixel < table_.size(); ++pixel)
    table_[pixel] = to_bf16(recipe.input(static_cast<std::uint8_t>(pixel)));
}

std::span<const std::uint16_t> InputPacker::pack(const ImageSet& images, std::span<const std::uint32_t> order,
                                                 std::size_t sample_tiles) {
  const std::size_t input_tiles = tiles_for(inputs_);
  tiles_.assign(sample_tiles * input_tiles * tile_elements, 0);
  for (std::size_t sample = 0; sample < order.size(); ++sample) {
    const std::span<const std::uint8_t> image = images.image(order[sample]);
    std::uint16_t* row =
        tiles_.data() + sample / tile_edge * input_tiles * tile_elements + sample % tile_edge * tile_edge;
    for (std::size_t pixel = 0; pixel < inputs_; ++pixel) {
      row[pixel / tile_edge * tile_elements + pixel % tile_edge] = table_[image[pixel]];
    }
  }
  return tiles_;
}

TileLayout weights_1_layout(const MlpRecipe& recipe) {
  return {.rows = recipe.inputs, .columns = recipe.hidden};
}

TileLayout weights_2_layout(const MlpRecipe& recipe) {
  return {.rows = recipe.hidden, .columns = recipe.classes};
}

std::vector<float> pack_tail(const MlpRecipe& recipe, const MlpParameters& parameters) {
  std::vector<float> tiles = pack_fp32(parameters.weights_2, weights_2_layout(recipe));
  for (const auto* bias : {&parameters.bias_2, &parameters.bias_1}) {
    const std::vector<float> bias_tiles = pack_bias(*bias);
    tiles.insert(tiles.end(), bias_tiles.begin(), bias_tiles.end());
  }
  return tiles;
}

void unpack_tail(const MlpRecipe& recipe, std::span<const float> tiles, MlpParameters& parameters) {
  const TileLayout weights = weights_2_layout(recipe);
  parameters.weights_2 = unpack_fp32(tiles.first(weights.padded()), weights);
  std::size_t next = weights.padded();
  const auto take_bias = [&](std::size_t size) {
    const TileLayout layout{.rows = tile_edge, .columns = size};
    std::vector<float> rows = unpack_fp32(tiles.subspan(next, layout.padded()), layout);
    next += layout.padded();
    rows.resize(size);
    return rows;
  };
  parameters.bias_2 = take_bias(recipe.classes);
  parameters.bias_1 = take_bias(recipe.hidden);
}

}  // namespace dojo::train
