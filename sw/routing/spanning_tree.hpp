#pragma once
// A tree over the live nodes: the ways that are open whatever else is closed.

#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::routing {

/// A comb as far as the dead nodes and links let it be: the lines of nodes along the first dimension of a class, joined
/// by the first line along the second, the spine. Parts of lines that are cut off hang on to a neighbouring line.
class SpanningTree {
 public:
  /// The nodes must be connected.
  SpanningTree(const Topology& topology, hw::PacketClass cls);

  [[nodiscard]] bool contains(unsigned node, unsigned direction) const { return edges_[node] >> direction & 1u; }
  /// Where the way in the tree to a destination leaves each node; local at the destination.
  [[nodiscard]] std::vector<hw::Route> routes_to(unsigned destination) const;

 private:
  const Topology& topology_;
  std::vector<unsigned> edges_;  ///< of each node: bit d: the tree goes on in direction d
};

}  // namespace dojo::routing
