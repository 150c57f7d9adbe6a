#pragma once
// Layers of a network of sequences: what each does on a node.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "dojo_hw.hpp"
#include "kernels/tiles.hpp"
#include "network/graph.hpp"
#include "network/nodes/sequence_tensor.hpp"

namespace dojo::network {

class SequencePlan;

/// Numbers of a matrix' tiles, which lie row by row.
enum class Form { bf16, fp32 };

constexpr std::size_t tile_bytes(Form form) {
  return form == Form::bf16 ? tile_bytes_bf16 : tile_bytes_fp32;
}

using BufferId = std::size_t;

struct Matrix {
  BufferId buffer = 0;
  Form form = Form::bf16;
};

/// Where a parameter is.
struct ParameterPlace {
  std::size_t first = 0;  ///< tile, of all weights; of a bias: of all biases
  std::size_t rows = 0;   ///< of tiles
  std::size_t columns = 0;
  std::size_t bucket = 0;  ///< of weights
};

/// A layer and where its parameters are; `output` and inputs are values of the graph.
struct SequenceLayer {
  const GraphLayer& layer;
  std::size_t output = 0;
  LayerShare share;  ///< of it that the nodes have
  std::vector<ParameterPlace> parameters;
  [[nodiscard]] std::size_t input() const { return layer.inputs.front(); }
};

class SequenceStage {
 public:
  explicit SequenceStage(SequenceLayer layer) : layer_(std::move(layer)) {}
  SequenceStage(const SequenceStage&) = delete;
  SequenceStage& operator=(const SequenceStage&) = delete;
  virtual ~SequenceStage() = default;

  /// The form in which the gradient of the output is needed.
  [[nodiscard]] virtual Form gradient_form() const = 0;
  /// Whether the output may be made again in the backward pass.
  [[nodiscard]] virtual bool cheap() const { return false; }
  /// Makes the output, in that form if there is a choice.
  virtual Matrix forward(SequencePlan& plan, Form form) const = 0;
  /// Contributes to the gradients of the inputs and makes those of the parameters.
  virtual void backward(SequencePlan& plan) const = 0;

 protected:
  [[nodiscard]] const SequenceLayer& layer() const { return layer_; }

 private:
  SequenceLayer layer_;
};

/// The stage of a layer. Throws InputError, one line that names the layer, for those that nodes do not know.
[[nodiscard]] std::unique_ptr<SequenceStage> make_sequence_stage(SequenceLayer layer);

/// Whether the weights are transposed: inputs x outputs on nodes.
[[nodiscard]] bool has_transposed_weights(const GraphLayer& layer);

// One function for each file of stages; called by make_sequence_stage().
std::unique_ptr<SequenceStage> make_linear_stage(SequenceLayer layer);
std::unique_ptr<SequenceStage> make_attention_stage(SequenceLayer layer);
std::unique_ptr<SequenceStage> make_norm_stage(SequenceLayer layer);
std::unique_ptr<SequenceStage> make_gelu_stage(SequenceLayer layer);
std::unique_ptr<SequenceStage> make_add_stage(SequenceLayer layer);
std::unique_ptr<SequenceStage> make_embedding_stage(SequenceLayer layer);
std::unique_ptr<SequenceStage> make_position_stage(SequenceLayer layer);

}  // namespace dojo::network
