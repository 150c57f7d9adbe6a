#pragma once
// Which nodes of a rectangle follow which plan.

#include <vector>

#include "network/nodes/node_group.hpp"

namespace dojo::network {

/// The plans of a recipe on a rectangle, in the order of the network, without bringing anything to the nodes. N parts
/// of a pipeline, or groups that share channels, take N rectangles side by side, each with an N-th of the columns.
/// Throws InputError when the network is not for nodes yet, or the rectangle cannot be divided.
[[nodiscard]] std::vector<PlacedPlan> place_recipe(const Recipe& recipe, const Rectangle& nodes,
                                                   const Program& program);

}  // namespace dojo::network
