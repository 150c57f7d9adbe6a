#pragma once
// Where the network's data lie in each node's SRAM, and how the batch and the first layer are divided among nodes.

#include <cstddef>
#include <cstdint>

#include "firmware/kernels/mlp_arguments.h"
#include "train/recipe.hpp"

namespace dojo::train {

/// Half-open range of samples or tile rows.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// The layout is the same on all nodes.
class MlpLayout {
 public:
  /// For training with `batch` samples over `nodes` nodes of each of `dies` dies. The recipe has 10 classes. Throws
  /// InputError when the first layer is too large for so few nodes.
  static MlpLayout training(const MlpRecipe& recipe, unsigned nodes, unsigned dies);
  /// For the forward pass alone, with up to `batch` samples on one node.
  static MlpLayout inference(const MlpRecipe& recipe, std::size_t batch);

  /// Bytes that a node needs.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// The launch arguments when the data start at `base`; rates are 0.
  [[nodiscard]] mlp_arguments arguments(std::uint64_t base) const;

  [[nodiscard]] std::size_t sample_tiles() const { return offsets_.sample_tiles; }
  [[nodiscard]] std::size_t input_tiles() const { return offsets_.input_tiles; }
  [[nodiscard]] std::size_t hidden_tiles() const { return offsets_.hidden_tiles; }
  /// Bytes of a node's inputs and labels, which lie together in whole lines.
  [[nodiscard]] std::size_t sample_bytes() const;
  /// Bytes of the parameters that travel together (MLP_TAIL_TILES).
  [[nodiscard]] std::size_t tail_bytes() const;
  /// Tile rows of the first layer's weights that node `node` of a die owns.
  [[nodiscard]] Range share(unsigned node) const;
  /// Samples of a batch of `count` that node `node` of die `die` takes.
  [[nodiscard]] Range samples(unsigned die, unsigned node, std::size_t count) const;

 private:
  MlpLayout(const MlpRecipe& recipe, unsigned nodes, unsigned dies);
  /// Reserves memory behind what has been reserved.
  std::uint64_t take(std::size_t bytes);

  unsigned nodes_;  ///< of a die
  unsigned dies_;
  mlp_arguments offsets_{};  ///< addresses relative to the start
  std::size_t bytes_ = 0;
};

}  // namespace dojo::train
