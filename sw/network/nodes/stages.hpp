#pragma once
// A graph as a chain of stages, each of which is one kind of work for a node.

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "network/nodes/split.hpp"
#include "network/recipe.hpp"

namespace dojo::network {

/// What lies between two stages: images, or rows of a matrix (samples x features). Shapes are those of one sample. The
/// frames of a film are more channels: each eight pixels have the channels of frame 0, in whole tiles, then of frame 1.
struct StageTensor {
  std::string name;  ///< of the layer that makes it
  bool image = false;
  std::size_t channels = 0;  ///< of an image, or of each frame of a film; features of a matrix
  std::size_t frames = 1;
  std::size_t width = 1;
  std::size_t height = 1;
  std::size_t pitch = 1;  ///< rows from an image to the next: those between are zeros
  float dropout = 0;      ///< the share of its values that is set to 0 in training
  std::size_t tiles = 0;  ///< of eight channels or features; images that became rows: of every pixel's channels

  [[nodiscard]] std::size_t frame_tiles() const { return tiles / frames; }
};

/// Convolution or linear layer, with the ReLU behind it.
struct ProductStage {
  Convolution convolution;  ///< a linear layer: a kernel of one pixel
  bool relu = false;
  /// The frames are more pixels, with the same weights for each; else they are more channels.
  bool each_frame = false;
  Split split = Split::none;
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
  /// The first convolution takes each pixel's neighbourhood as channels, in the order channel, frame, row, column,
  /// which the host arranges: what it was in the graph.
  std::optional<Convolution> patches;
  LossKind loss = LossKind::cross_entropy;
  std::size_t classes = 0;      ///< of cross-entropy
  std::size_t predictions = 1;  ///< of a sample
  /// Groups of nodes that share the split layers' channels; this one has part `group` of them.
  std::size_t groups = 1;
  std::size_t group = 0;
};

/// Throws InputError, one line that names the layer, when the network, its loss or its optimiser is not for nodes yet.
[[nodiscard]] Stages make_stages(const Recipe& recipe);

/// The stages of part `part` of a pipeline, whose parts but the first begin with the layers `begins`. Its tensor 0
/// comes from the part before. Throws InputError, which names the layer, where none can begin.
[[nodiscard]] Stages pipeline_part(const Stages& chain, const std::vector<std::string>& begins, std::size_t part);

/// The stages of group `group` of `groups`, which share the output channels of `layers` and, as they follow, the input
/// channels of the next convolution or linear layer. Throws InputError, which names the layer, where none can be
/// shared.
[[nodiscard]] Stages tensor_part(const Stages& chain, const std::vector<std::string>& layers, std::size_t groups,
                                 std::size_t group);

}  // namespace dojo::network
