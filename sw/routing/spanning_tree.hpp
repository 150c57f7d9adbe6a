#pragma once
// A tree over the live nodes of each die: the ways that are open whatever else is closed.

#include <vector>

#include "common/die.hpp"
#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::routing {

/// A comb as far as the dead nodes and links let it be: the lines of nodes along the first dimension of a class, joined
/// by the first or last line along the second, the spine. Parts of lines that are cut off hang on to a neighbouring
/// line.
class SpanningTree {
 public:
  /// The nodes of each die must be connected. `spine_last`: the spine is the last line. `ends_stand_alone`: where a die
  /// lies behind the spine and a line has no way straight there, its node next to the gap does not belong to it, if
  /// that can be, so that what the spine carries does not pass by where the line's nodes look for another way out.
  SpanningTree(const Topology& topology, const DieGrid& grid, hw::PacketClass cls, bool spine_last,
               bool ends_stand_alone);

  [[nodiscard]] bool contains(unsigned node, unsigned direction) const { return edges_[node] >> direction & 1u; }
  /// Where the way in the tree to a destination leaves each node of its die; local at the destination.
  [[nodiscard]] std::vector<hw::Route> routes_to(unsigned destination) const;

 private:
  const Topology& topology_;
  std::vector<unsigned> edges_;  ///< of each node: bit d: the tree goes on in direction d
};

}  // namespace dojo::routing
