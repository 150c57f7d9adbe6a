// Layers, their parameters, and where everything lies.

#include "network/nodes/sequence_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <variant>

#include "common/error.hpp"
#include "firmware/kernels/row_softmax_format.h"

namespace dojo::network {
namespace {

void check(const Recipe& recipe) {
  const Graph& graph = recipe.graph;
  const std::size_t target = recipe.loss.target;
  const bool labels = recipe.loss.kind == LossKind::cross_entropy && recipe.loss.value == graph.last_value() &&
                      target != 0 && graph.tensors()[target].shape == graph.tensors()[0].shape;
  if (!labels) {
    throw InputError("loss: nodes train sequences with the cross-entropy of the last layer and one label per place");
  }
  if (recipe.loss.scale != 1) throw InputError("loss: nodes do not scale the loss");
  const FormatSettings& formats = recipe.formats;
  if (std::max({formats.weights.number, formats.activations.number, formats.gradients.number}) != NumberFormat::bf16 ||
      !formats.layers.empty()) {
    throw InputError("formats: networks of sequences are in BF16 on nodes");
  }
  const Shape& data = graph.tensors()[0].shape;
  if (data.size() != 1 || data[0] % tile_edge != 0) {
    throw InputError(fmt::format("data: the length of sequences on nodes is a multiple of {}", tile_edge));
  }
  for (const GraphLayer& layer : graph.layers()) {
    const bool last = &layer == &graph.layers().back();
    if (!last && layer.shape.back() % tile_edge != 0) {
      throw InputError(
          fmt::format("layer '{}': columns of sequences on nodes are a multiple of {}", layer.name, tile_edge));
    }
    const bool given = layer.inputs.front() < graph.tensors().size();
    if (given && (!std::holds_alternative<Embedding>(layer.settings) || layer.inputs.front() != 0)) {
      throw InputError(
          fmt::format("layer '{}': nodes take the first tensor of the data only, in an embedding", layer.name));
    }
    if (last && !std::holds_alternative<Linear>(layer.settings)) {
      throw InputError(fmt::format("layer '{}': on nodes the last layer is a linear one", layer.name));
    }
  }
}

/// To ranges before it; neighbours become one.
void append(std::vector<TileRange>& ranges, const TileRange& range) {
  if (!ranges.empty() && ranges.back().end == range.begin) {
    ranges.back().end = range.end;
  } else {
    ranges.push_back(range);
  }
}

}  // namespace

bool is_of_sequences(const Recipe& recipe) {
  return !recipe.graph.layers().empty() && std::holds_alternative<Embedding>(recipe.graph.layers().front().settings);
}

SequencePlan::SequencePlan(const Recipe& recipe, const std::vector<Rectangle>& groups, std::size_t group,
                           std::uint64_t base, std::size_t available)
    : StepPlan(recipe, groups, group, base, available), graph_(recipe.graph), inputs_(recipe.graph.tensors().size()) {
  check(recipe);
  shares_ = share_layers(graph_, recipe.placement.tensor, groups.size(), group);
  length_ = graph_.tensors()[0].shape[0];
  classes_ = graph_.layers().back().shape.back();
  make_stages();
  lay_out();
  if (!build_with(std::vector<bool>(graph_.last_value() + 1))) choose_again();
  take("activations, by turns", "", arena_bytes_);
  lay_out_lists();
}

/// Makes the list; whether it fits.
bool SequencePlan::build_with(std::vector<bool> again) {
  again_ = std::move(again);
  build();  // the lives of buffers
  allocate();
  build();
  return bytes() + arena_bytes_ + list_bytes() <= available();
}

/// Of what is cheap as many values are kept as fit, the last ones first: they are needed soon.
void SequencePlan::choose_again() {
  std::vector<bool> again(graph_.last_value() + 1);
  for (std::size_t value = inputs_; value < again.size(); ++value) again[value] = stage(value).cheap();
  for (std::size_t value = again.size(); value-- > inputs_;) {
    if (!again[value]) continue;
    again[value] = false;
    again[value] = !build_with(again);
  }
  build_with(std::move(again));
}

std::size_t SequencePlan::losses_of_node() const {
  return samples_ * length_;
}

InputPacker SequencePlan::packer(std::size_t target) const {
  return [target, nodes = nodes_.nodes(), numbers = losses_of_node()](const std::vector<Tensor>& batch) {
    PackedBatch result{.nodes = std::vector<NodeInputs>(nodes)};
    const std::size_t count = batch[0].samples();
    for (std::size_t n = 0; n < nodes; ++n) {
      const std::size_t first = count * n / nodes * batch[0].stride();
      const std::size_t own = count * (n + 1) / nodes * batch[0].stride() - first;
      std::vector<std::uint32_t> tokens(numbers);
      std::vector<std::uint32_t>& targets = result.nodes[n].targets;
      targets.resize(numbers, ROW_SOFTMAX_NO_LABEL);
      for (std::size_t i = 0; i < own; ++i) {
        tokens[i] = static_cast<std::uint32_t>(batch[0].values[first + i]);
        targets[i] = static_cast<std::uint32_t>(batch[target].values[first + i]);
      }
      const std::span<const std::byte> bytes = std::as_bytes(std::span(tokens));
      result.nodes[n].data.assign(bytes.begin(), bytes.end());
    }
    return result;
  };
}

void SequencePlan::make_stages() {
  consumers_.resize(graph_.last_value() + 1);
  for (std::size_t l = 0; l < graph_.layers().size(); ++l) {
    const GraphLayer& layer = graph_.layers()[l];
    SequenceLayer sequence{.layer = layer, .output = inputs_ + l, .share = shares_[l], .parameters = {}};
    for (const std::size_t input : layer.inputs) ++consumers_[input];
    for (const ParameterDescription& parameter : layer.parameters) {
      sequence.parameters.push_back(parameter.shape.size() == 1
                                        ? place_vector(parameter, shares_[l])
                                        : place_matrix(parameter, shares_[l], has_transposed_weights(layer)));
    }
    stages_.push_back(make_sequence_stage(std::move(sequence)));
  }
  // The biases' places are counted from the first one; their tiles among all are known when all weights are.
  std::size_t parameter = 0;
  for (const GraphLayer& layer : graph_.layers()) {
    for (const ParameterDescription& description : layer.parameters) {
      std::vector<std::uint32_t>& places = places_[parameter++];
      if (description.shape.size() != 1) continue;
      for (std::uint32_t& place : places) place += place == elsewhere ? 0 : word(weight_tiles_ * tile_elements);
    }
  }
}

/// The next tiles of all biases.
ParameterPlace SequencePlan::place_vector(const ParameterDescription& description, const LayerShare& share) {
  const std::size_t width = description.shape[0];
  std::vector<std::uint32_t>& places = places_.emplace_back();
  for (std::size_t i = 0; i < width; ++i) {
    const std::optional<std::size_t> own = share.outputs.place(i, width);
    places.push_back(own ? word((bias_tiles_ + *own / tile_edge) * tile_elements + *own % tile_edge) : elsewhere);
  }
  const ParameterPlace place{.first = bias_tiles_, .rows = 1, .columns = tiles_for(share.outputs.width(width))};
  bias_tiles_ += place.columns;
  if (share.split != Split::outputs) append(repeated_biases_, {place.first, bias_tiles_});
  return place;
}

/// The next tiles of all weights.
ParameterPlace SequencePlan::place_matrix(const ParameterDescription& description, const LayerShare& share,
                                          bool transposed) {
  const Shape& shape = description.shape;
  const std::size_t rows = shape[transposed ? 1 : 0];
  const std::size_t columns = shape[transposed ? 0 : 1];
  const TileLayout layout{.rows = share.inputs.width(rows), .columns = share.outputs.width(columns)};
  const ParameterPlace place{
      .first = weight_tiles_, .rows = layout.tile_rows(), .columns = layout.tile_columns(), .bucket = buckets_.size()};
  std::vector<std::uint32_t>& places = places_.emplace_back();
  for (std::size_t i = 0; i < shape[0]; ++i) {
    for (std::size_t j = 0; j < shape[1]; ++j) {
      const std::optional<std::size_t> row = share.inputs.place(transposed ? j : i, rows);
      const std::optional<std::size_t> column = share.outputs.place(transposed ? i : j, columns);
      const bool own = row && column;
      places.push_back(own ? word(weight_tiles_ * tile_elements + layout.index(*row, *column)) : elsewhere);
    }
  }
  buckets_.push_back({.tiles = {weight_tiles_, weight_tiles_ + layout.tiles()}});
  weight_tiles_ += layout.tiles();
  if (share.split == Split::none) append(repeated_weights_, {place.first, weight_tiles_});
  return place;
}

void SequencePlan::lay_out() {
  std::size_t largest = 0;
  for (const Bucket& bucket : buckets_) largest = std::max(largest, bucket.tiles.size());
  buckets_.push_back({.tiles = {weight_tiles_, tiles()}});
  lay_out_parameters();
  staging_ = take("gradient of a matrix, FP32", "", largest * tile_bytes_fp32);
  bias_gradients_ = take("gradients of biases, FP32", "", bias_tiles_ * tile_bytes_fp32);
  for (Bucket& bucket : buckets_) bucket.gradients = staging_;
  buckets_.back().gradients = bias_gradients_;
  operands_ = {{.name = "tokens"}, {.name = "weights", .address = weights_}};
  weight_operands_ = {{.operand = 1, .tiles = {0, weight_tiles_}}};
  lay_out_labels();
  data_ = take("tokens", "", losses_of_node() * sizeof(std::uint32_t));
  lay_out_partials();
}

void SequencePlan::lay_out_partials() {
  for (std::size_t l = 0; l < shares_.size(); ++l) {
    if (shares_[l].split == Split::none) continue;
    const std::size_t value = shares_[l].split == Split::inputs ? inputs_ + l : graph_.layers()[l].inputs.front();
    partials_bytes_ = std::max(partials_bytes_, rows() * columns(value) * tile_bytes_fp32);
  }
  partials_bytes_ *= groups_.size() - 1;
  partials_ = take("partial results, by turns", "", 2 * partials_bytes_);
}

std::vector<TileRange> SequencePlan::repeated() const {
  if (groups_.size() == 1) return {};
  std::vector<TileRange> result = repeated_weights_;
  for (const TileRange& range : repeated_biases_) {
    result.push_back({weight_tiles_ + range.begin, weight_tiles_ + range.end});
  }
  return result;
}

std::size_t SequencePlan::columns(std::size_t value) const {
  const std::size_t all = graph_.shape(value).back();
  return tiles_for(value < inputs_ ? all : shares_[value - inputs_].outputs.width(all));
}

std::uint32_t SequencePlan::weights(const ParameterPlace& place) const {
  return word(weights_ + place.first * tile_bytes_bf16);
}
std::uint32_t SequencePlan::bias(const ParameterPlace& place) const {
  return word(biases_ + place.first * tile_bytes_fp32);
}
std::uint32_t SequencePlan::bias_gradient(const ParameterPlace& place) const {
  return word(bias_gradients_ + place.first * tile_bytes_fp32);
}
std::uint32_t SequencePlan::tokens() const {
  return word(data_ + sequence_ * length_ * sizeof(std::uint32_t));
}

/// Buffers whose lives overlap lie apart: the largest first, each as low as it can.
void SequencePlan::allocate() {
  arena_ = next();
  arena_bytes_ = 0;
  uses_.resize(buffers_);
  std::vector<BufferId> order(uses_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater<>(), [&](BufferId id) { return std::pair(uses_[id].bytes, id); });
  std::vector<BufferId> placed;  // by address
  for (const BufferId id : order) {
    Use& use = uses_[id];
    use.offset = 0;
    for (const BufferId other : placed) {
      const Use& there = uses_[other];
      if (there.last < use.first || use.last < there.first) continue;
      if (use.offset + use.bytes <= there.offset) break;
      use.offset = std::max(use.offset, there.offset + there.bytes);
    }
    const auto behind = [&](BufferId a, BufferId b) { return uses_[a].offset < uses_[b].offset; };
    placed.insert(std::ranges::upper_bound(placed, id, behind), id);
    arena_bytes_ = std::max(arena_bytes_, static_cast<std::size_t>(use.offset) + use.bytes);
  }
}

}  // namespace dojo::network
