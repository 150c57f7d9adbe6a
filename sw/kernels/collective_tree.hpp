#pragma once
// The form of collective operations in the network: lines along a tree (docs/collectives.md).

#include <vector>

#include "common/topology.hpp"
#include "kernels/collective_plan.hpp"
#include "routing/tree_maker.hpp"

namespace dojo {

/// The tree that collective operations take on their nodes.
inline constexpr unsigned collective_tree_number = hw::trees - 1;

/// Its shape for an operation.
[[nodiscard]] routing::TreeShape collective_tree_shape(CollectiveKind kind);

/// The steps on nodes that are all members of the tree.
[[nodiscard]] CollectivePlan plan_tree_collective(const Rectangle& rectangle, const CollectiveShape& shape);

/// The sums of all lines, in the order of the tree; inputs[i] are the lines of node i.
[[nodiscard]] std::vector<float> collective_sums(const routing::CollectiveTree& tree, const Topology& topology,
                                                 const Rectangle& rectangle,
                                                 const std::vector<std::vector<float>>& inputs);

}  // namespace dojo
