#pragma once
// Nodes in which everything that reset leaves alone starts with random bits.

#include "sim/node_model.hpp"

namespace dojo::sim {

std::unique_ptr<NodeModel> make_random_node(const NodeOptions& options);

}  // namespace dojo::sim
