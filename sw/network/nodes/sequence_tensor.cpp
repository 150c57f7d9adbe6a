#include "network/nodes/sequence_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "common/error.hpp"
#include "kernels/tiles.hpp"

namespace dojo::network {
namespace {

class LayerSharer {
 public:
  LayerSharer(const Graph& graph, std::size_t groups, std::size_t group)
      : graph_(graph), groups_(groups), group_(group), shares_(graph.layers().size()) {}

  void share(const std::string& name) {
    name_ = name;
    const auto found = std::ranges::find(graph_.layers(), name, &GraphLayer::name);
    const auto first = static_cast<std::size_t>(found - graph_.layers().begin());
    if (found == graph_.layers().end() || !is_linear(first)) refuse("groups share the outputs of a linear layer");
    if (shares_[first].split != Split::none) refuse("its inputs or outputs are shared already");
    const std::vector<std::size_t> chain = chain_behind(first);
    check_width(first, chain);
    shares_[first].split = Split::outputs;
    shares_[chain.back()].split = Split::inputs;
    ColumnShare columns{.groups = groups_, .group = group_};
    if (std::ranges::any_of(chain, [&](std::size_t l) { return attention_of(l) != nullptr; })) {
      columns.blocks = queries_keys_values;
    }
    std::size_t layer = first;
    for (const std::size_t next : chain) {
      if (attention_of(layer) != nullptr) columns.blocks = 1;
      shares_[layer].outputs = columns;
      shares_[next].inputs = columns;
      layer = next;
    }
  }

  [[nodiscard]] std::vector<LayerShare> result() && { return std::move(shares_); }

 private:
  static constexpr std::size_t queries_keys_values = 3;

  [[noreturn]] void refuse(const std::string& reason) const {
    throw InputError(fmt::format("layer '{}': {}", name_, reason));
  }

  [[nodiscard]] const std::string& name(std::size_t layer) const { return graph_.layers()[layer].name; }
  [[nodiscard]] bool is_linear(std::size_t layer) const {
    return std::holds_alternative<Linear>(graph_.layers()[layer].settings);
  }
  [[nodiscard]] const Attention* attention_of(std::size_t layer) const {
    return std::get_if<Attention>(&graph_.layers()[layer].settings);
  }

  /// The layers that work on what the first one makes, up to a linear one.
  [[nodiscard]] std::vector<std::size_t> chain_behind(std::size_t first) const {
    std::vector<std::size_t> chain;
    bool attention = false;
    for (std::size_t layer = first; chain.empty() || !is_linear(layer);) {
      layer = only_reader(layer);
      const bool attends = attention_of(layer) != nullptr;
      if ((attends && attention) || !(attends || is_linear(layer) || is_gelu(layer))) {
        refuse(fmt::format("what groups share goes through gelu or one attention to a linear layer, not to '{}'",
                           name(layer)));
      }
      attention = attention || attends;
      chain.push_back(layer);
    }
    if (shares_[chain.back()].split != Split::none) refuse("the layer behind it has its outputs shared");
    return chain;
  }

  [[nodiscard]] bool is_gelu(std::size_t layer) const {
    const auto* const activation = std::get_if<Activation>(&graph_.layers()[layer].settings);
    return activation != nullptr && activation->function == Function::gelu;
  }

  [[nodiscard]] std::size_t only_reader(std::size_t layer) const {
    const std::size_t value = graph_.tensors().size() + layer;
    if (value == graph_.last_value()) refuse("the loss needs all outputs of the last layer in each group");
    std::vector<std::size_t> readers;
    for (std::size_t l = 0; l < graph_.layers().size(); ++l) {
      readers.insert(readers.end(), static_cast<std::size_t>(std::ranges::count(graph_.layers()[l].inputs, value)), l);
    }
    if (readers.size() != 1) {
      refuse(fmt::format("what groups share is read once; of '{}' there are {} readers", name(layer), readers.size()));
    }
    return readers.front();
  }

  void check_width(std::size_t first, const std::vector<std::size_t>& chain) const {
    for (const std::size_t layer : chain) {
      const Attention* const attention = attention_of(layer);
      if (attention == nullptr || attention->heads % groups_ == 0) continue;
      refuse(fmt::format("{} heads of '{}' cannot be divided among {} groups", attention->heads, name(layer), groups_));
    }
    const std::size_t outputs = graph_.layers()[first].shape.back();
    if (outputs % (groups_ * tile_edge) != 0) {
      refuse(fmt::format("{} outputs cannot be divided among {} groups by eights", outputs, groups_));
    }
  }

  const Graph& graph_;
  std::size_t groups_;
  std::size_t group_;
  std::vector<LayerShare> shares_;
  std::string name_;  ///< of the layer whose outputs are shared
};

}  // namespace

std::optional<std::size_t> ColumnShare::place(std::size_t column, std::size_t all) const {
  const std::size_t block = all / blocks;
  const std::size_t own = block / groups;
  const std::size_t within = column % block;
  if (within / own != group) return std::nullopt;
  return column / block * own + within % own;
}

std::vector<LayerShare> share_layers(const Graph& graph, const std::vector<std::string>& layers, std::size_t groups,
                                     std::size_t group) {
  LayerSharer sharer(graph, groups, group);
  for (const std::string& layer : layers) sharer.share(layer);
  return std::move(sharer).result();
}

}  // namespace dojo::network
