#pragma once
// Trees over the live links of a mesh, for tests of the collectives.

#include <random>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::tb {

/// In which order a tree grows from its root.
enum class Growth {
  wide,   ///< breadth-first: the fewest hops
  deep,   ///< depth-first: a chain, as far as the mesh lets it be one
  random  ///< any node next
};

/// A tree; `nodes` holds every site's register, valid only where the tree is. All nodes are members, with one arrival
/// each and an increment by 1 of semaphore 0.
struct GrownTree {
  unsigned root = 0;
  std::vector<unsigned> sites;  ///< the root first, parents before their children
  std::vector<unsigned> depth;  ///< of each of `sites`: hops from the root
  std::vector<hw::Tree> nodes;
};

/// Grows from `root` until there are `limit` nodes or no live link leads to another one.
GrownTree grow_tree(const Topology& topology, unsigned root, Growth growth, unsigned limit, std::mt19937_64& random);

/// Any tree: from any live node, in any order of growth, over all that it reaches or less.
GrownTree random_tree(const Topology& topology, std::mt19937_64& random);

/// A mesh of up to `edge` columns and rows, half of the time with dead nodes and links.
Topology random_topology(std::mt19937_64& random, unsigned edge);

/// The live node with the fewest hops to its farthest.
unsigned middle_of(const Topology& topology);

}  // namespace dojo::tb
