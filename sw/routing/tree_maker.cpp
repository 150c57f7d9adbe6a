#include "routing/tree_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "common/error.hpp"

namespace dojo::routing {
namespace {

/// The nodes of a set and the live links between them.
class NodeSet {
 public:
  NodeSet(const Topology& topology, std::span<const Coordinates> set)
      : topology_(topology), contains_(topology.sites()) {
    if (set.empty()) throw InputError("a tree of no nodes");
    for (const Coordinates place : set) {
      if (!topology.is_alive(place)) {
        throw InputError(fmt::format("node ({},{}) of a tree is {}", place.x, place.y,
                                     topology.is_inside(place) ? "dead" : "outside the mesh"));
      }
      contains_[topology.number(place)] = true;
    }
    for (unsigned site = 0; site < topology.sites(); ++site) {
      if (contains_[site]) sites_.push_back(site);
    }
  }

  /// In ascending order.
  [[nodiscard]] const std::vector<unsigned>& sites() const { return sites_; }
  [[nodiscard]] std::optional<unsigned> neighbour(unsigned site, unsigned direction) const {
    const auto other = topology_.neighbour(site, direction);
    return other && contains_[*other] ? other : std::nullopt;
  }
  /// Hops from a node of the set to each of its nodes, over its links alone.
  [[nodiscard]] std::vector<unsigned> hops_from(unsigned start) const {
    std::vector<unsigned> hops(topology_.sites(), unreached);
    std::vector<unsigned> order{start};
    hops[start] = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (unsigned d = 0; d < directions; ++d) {
        const auto other = neighbour(order[i], d);
        if (!other || hops[*other] != unreached) continue;
        hops[*other] = hops[order[i]] + 1;
        order.push_back(*other);
      }
    }
    return hops;
  }

  void check_connected() const {
    const std::vector<unsigned> hops = hops_from(sites_.front());
    for (const unsigned site : sites_) {
      if (hops[site] != unreached) continue;
      const Coordinates first = topology_.place(sites_.front());
      const Coordinates cut_off = topology_.place(site);
      throw InputError(fmt::format("no live links inside the set of a tree join node ({},{}) to node ({},{})",
                                   cut_off.x, cut_off.y, first.x, first.y));
    }
  }

 private:
  const Topology& topology_;
  std::vector<bool> contains_;
  std::vector<unsigned> sites_;
};

/// A node from which the farthest one is nearest. How far that is from one node says how far it is at least from every
/// other (Takes and Kosters, "Computing the eccentricity distribution of large graphs", 2013): few searches suffice.
unsigned middle_of(const NodeSet& set, unsigned all_sites) {
  std::vector<unsigned> at_least(all_sites, 0);
  std::vector<bool> known(all_sites);
  unsigned best = set.sites().front();
  unsigned best_distance = unreached;
  for (;;) {
    std::optional<unsigned> next;
    for (const unsigned site : set.sites()) {
      if (!known[site] && (!next || at_least[site] < at_least[*next])) next = site;
    }
    if (!next || at_least[*next] >= best_distance) return best;
    const std::vector<unsigned> hops = set.hops_from(*next);
    unsigned distance = 0;
    for (const unsigned site : set.sites()) distance = std::max(distance, hops[site]);
    known[*next] = true;
    if (distance < best_distance) {
      best = *next;
      best_distance = distance;
    }
    for (const unsigned site : set.sites()) {
      at_least[site] = std::max({at_least[site], hops[site], distance - hops[site]});
    }
  }
}

/// Nodes join the tree one by one: `join` names the parent, a node of the tree, and the direction of the new one.
template <typename Join>
void grow_wide(const NodeSet& set, unsigned root, std::vector<bool>& joined, Join join) {
  std::vector<unsigned> order{root};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (unsigned d = 0; d < directions; ++d) {
      const auto child = set.neighbour(order[i], d);
      if (!child || joined[*child]) continue;
      join(order[i], d, *child);
      order.push_back(*child);
    }
  }
}

/// Goes on to the neighbour that has the fewest others left (Warnsdorff's rule, 1823), straight on among several; where
/// none is left, goes back to the last node that has one.
template <typename Join>
void grow_chain(const NodeSet& set, unsigned root, std::vector<bool>& joined, Join join) {
  const auto left = [&](unsigned site) {
    unsigned count = 0;
    for (unsigned d = 0; d < directions; ++d) {
      const auto other = set.neighbour(site, d);
      count += other && !joined[*other] ? 1 : 0;
    }
    return count;
  };
  std::vector<unsigned> way{root};
  unsigned ahead = 0;
  while (!way.empty()) {
    std::optional<unsigned> best;
    unsigned fewest = directions + 1;
    for (unsigned turn = 0; turn < directions; ++turn) {
      const unsigned d = (ahead + turn) % directions;
      const auto other = set.neighbour(way.back(), d);
      if (!other || joined[*other] || left(*other) >= fewest) continue;
      best = d;
      fewest = left(*other);
    }
    if (!best) {
      way.pop_back();
      continue;
    }
    ahead = *best;
    const unsigned child = *set.neighbour(way.back(), ahead);
    join(way.back(), ahead, child);
    way.push_back(child);
  }
}

void check(const TreeBarrier& barrier) {
  constexpr unsigned most = 7;  // three bits each
  if (barrier.arrivals > most || barrier.amount > most || barrier.semaphore >= hw::semaphores) {
    throw InputError(fmt::format("a tree's barrier with {} arrivals, semaphore {} and amount {}: at most {}, {} and {}",
                                 barrier.arrivals, barrier.semaphore, barrier.amount, most, hw::semaphores - 1, most));
  }
}

}  // namespace

CollectiveTree make_tree(const Topology& topology, std::span<const Coordinates> set, const TreeBarrier& barrier,
                         TreeShape shape) {
  check(barrier);
  const NodeSet nodes(topology, set);
  nodes.check_connected();

  CollectiveTree tree;
  tree.nodes.resize(topology.sites());
  tree.root = shape == TreeShape::wide ? middle_of(nodes, topology.sites()) : nodes.sites().front();
  std::vector<unsigned> depth(topology.sites());
  std::vector<bool> joined(topology.sites());
  joined[tree.root] = true;
  for (const unsigned site : nodes.sites()) {
    hw::Tree& node = tree.nodes[site];
    node.valid = true;
    node.amount = static_cast<std::uint8_t>(barrier.amount);
    node.sem = static_cast<std::uint8_t>(barrier.semaphore);
    node.join_only = barrier.join;
    node.member = true;
    node.arrivals = static_cast<std::uint8_t>(barrier.arrivals);
    node.parent = static_cast<std::uint8_t>(hw::Route::local);
  }
  const auto join = [&](unsigned parent, unsigned direction, unsigned child) {
    tree.nodes[parent].children |= static_cast<std::uint8_t>(1u << direction);
    tree.nodes[child].parent = static_cast<std::uint8_t>(opposite(direction));
    joined[child] = true;
    depth[child] = depth[parent] + 1;
    tree.depth = std::max(tree.depth, depth[child]);
  };
  if (shape == TreeShape::wide) {
    grow_wide(nodes, tree.root, joined, join);
  } else {
    grow_chain(nodes, tree.root, joined, join);
  }
  for (const hw::Tree& node : tree.nodes) {
    tree.most_children = std::max(tree.most_children, static_cast<unsigned>(std::popcount(node.children)));
  }
  return tree;
}

}  // namespace dojo::routing
