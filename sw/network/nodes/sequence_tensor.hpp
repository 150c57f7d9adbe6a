#pragma once
// Tensor parallel networks of sequences: groups of nodes share the outputs of linear layers. What follows such a layer
// works on a group's own columns, up to the next linear layer, of which the group has the weights of these inputs.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "network/graph.hpp"
#include "network/nodes/split.hpp"

namespace dojo::network {

/// Which columns of a matrix a group has: the same part of each of `blocks` blocks.
struct ColumnShare {
  std::size_t blocks = 1;
  std::size_t groups = 1;
  std::size_t group = 0;
  [[nodiscard]] std::size_t width(std::size_t all) const { return all / groups; }
  /// A column's place among the group's, if it is one of them; the matrix has `all`.
  [[nodiscard]] std::optional<std::size_t> place(std::size_t column, std::size_t all) const;
};

/// What a group has of a layer.
struct LayerShare {
  Split split = Split::none;  ///< of a linear layer's weights
  ColumnShare inputs;
  ColumnShare outputs;  ///< queries, keys and values are three blocks
};

/// For each layer of a graph, if `groups` share the outputs of `layers`. Throws InputError, one line that names the
/// layer, where they cannot.
[[nodiscard]] std::vector<LayerShare> share_layers(const Graph& graph, const std::vector<std::string>& layers,
                                                   std::size_t groups, std::size_t group);

}  // namespace dojo::network
