#include "network/nodes/sequence_stage.hpp"

#include <fmt/format.h>

#include <variant>

#include "common/error.hpp"

namespace dojo::network {
namespace {

[[noreturn]] void refuse(const GraphLayer& layer, const std::string& reason) {
  throw InputError(fmt::format("layer '{}': {}", layer.name, reason));
}

struct SequenceStageMaker {
  SequenceLayer& from;

  std::unique_ptr<SequenceStage> operator()(const Linear& settings) const {
    if (!settings.bias) refuse(from.layer, "on nodes every layer has a bias");
    return make_linear_stage(std::move(from));
  }
  std::unique_ptr<SequenceStage> operator()(const Attention& settings) const {
    if (from.layer.shape.back() % (settings.heads * tile_edge) != 0) {
      refuse(from.layer, fmt::format("heads of nodes have a multiple of {} columns", tile_edge));
    }
    return make_attention_stage(std::move(from));
  }
  std::unique_ptr<SequenceStage> operator()(const LayerNorm&) const { return make_norm_stage(std::move(from)); }
  std::unique_ptr<SequenceStage> operator()(const Activation& settings) const {
    if (settings.function != Function::gelu) refuse(from.layer, "of activations of sequences nodes know gelu");
    return make_gelu_stage(std::move(from));
  }
  std::unique_ptr<SequenceStage> operator()(const Add&) const { return make_add_stage(std::move(from)); }
  std::unique_ptr<SequenceStage> operator()(const Embedding&) const { return make_embedding_stage(std::move(from)); }
  std::unique_ptr<SequenceStage> operator()(const Position&) const { return make_position_stage(std::move(from)); }
  template <typename Settings>
  std::unique_ptr<SequenceStage> operator()(const Settings&) const {
    refuse(from.layer, "in sequences nodes know embedding, position, layer_norm, linear, attention, gelu and add");
  }
};

}  // namespace

std::unique_ptr<SequenceStage> make_sequence_stage(SequenceLayer layer) {
  if (layer.layer.shape.size() != 2) refuse(layer.layer, "nodes take sequences of rows");
  return std::visit(SequenceStageMaker{layer}, layer.layer.settings);
}

bool has_transposed_weights(const GraphLayer& layer) {
  return std::holds_alternative<Linear>(layer.settings);
}

}  // namespace dojo::network
