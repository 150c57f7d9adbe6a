#pragma once
// Makes the trees of collectives: every node's register `tree` for a set of nodes.

#include <span>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::routing {

enum class TreeShape {
  wide,   ///< breadth-first from the middle: the fewest hops, for barriers and for what goes to everybody
  narrow  ///< at most two children each, so that sums take a cycle per line, and of such trees one of a short way
};

/// What the barrier of a tree does at each of its nodes.
struct TreeBarrier {
  unsigned arrivals = 1;   ///< of the node, 0 to 7: a barrier waits for so many
  unsigned semaphore = 0;  ///< counts when the barrier is released
  unsigned amount = 1;     ///< what it counts then, 0 to 7
  bool join = false;       ///< the root alone is released
};

/// A tree over a set of nodes, all of them members.
struct CollectiveTree {
  unsigned root = 0;            ///< site
  unsigned depth = 0;           ///< hops from the root to the node that is farthest in the tree
  unsigned most_children = 0;   ///< of any node
  unsigned sum_cycles = 0;      ///< from the members' contributions of one line to the sum at the last of them
  std::vector<hw::Tree> nodes;  ///< of each site: its register; valid is 0 where no node of the set is
};

/// Whether live links between the nodes `set` join them all, so that a tree of them can be made. Throws InputError that
/// names a node when the set is empty or names a dead node or one outside the mesh.
[[nodiscard]] bool is_joined(const Topology& topology, std::span<const Coordinates> set);

/// A tree over the nodes `set` and the live links between them. Some nodes of a narrow one have three children if the
/// set leaves no other way. Throws InputError that names a node when the set is empty, names a dead node or one outside
/// the mesh, or is not connected by live links, and when the barrier's numbers do not fit.
[[nodiscard]] CollectiveTree make_tree(const Topology& topology, std::span<const Coordinates> set,
                                       const TreeBarrier& barrier, TreeShape shape = TreeShape::wide);

}  // namespace dojo::routing
