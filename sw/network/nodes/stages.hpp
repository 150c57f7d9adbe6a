#pragma once
// A graph as a chain of stages, each of which is one kind of work for a node.

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "network/recipe.hpp"

namespace dojo::network {

/// What lies between two stages: images, or rows of a matrix (samples x features). Shapes are those of one sample.
struct StageTensor {
  std::string name;  ///< of the layer that makes it
  bool image = false;
  std::size_t channels = 0;  ///< of an image; features of a matrix
  std::size_t width = 1;
  std::size_t height = 1;
  std::size_t pitch = 1;  ///< rows from an image to the next: those between are zeros
  std::size_t tiles = 0;  ///< of eight channels or features; images that became rows: of every pixel's channels
};

/// Convolution or linear layer, with the ReLU behind it.
struct ProductStage {
  Convolution convolution;  ///< a linear layer: a kernel of one pixel
  bool relu = false;
  std::size_t parameter = 0;  ///< the weights' place among the graph's parameters; the bias follows
};
struct PoolStage {
  Pool pool;
};
/// Images become rows of a matrix.
struct FlattenStage {};

struct Stage {
  std::string name;
  std::variant<ProductStage, PoolStage, FlattenStage> work;
};

/// Stage s makes tensor s + 1 of tensor s; tensor 0 is data, the last one holds the logits.
struct Stages {
  std::vector<Stage> stages;
  std::vector<StageTensor> tensors;
  /// The first convolution takes each pixel's neighbourhood as channels, in the order channel, row, column, which the
  /// host arranges: what it was in the graph.
  std::optional<Convolution> patches;
  std::size_t classes = 0;
};

/// Throws InputError, one line that names the layer, when the network, its loss or its optimiser is not for nodes yet.
[[nodiscard]] Stages make_stages(const Recipe& recipe);

}  // namespace dojo::network
