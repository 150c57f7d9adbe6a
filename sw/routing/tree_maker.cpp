#include "routing/tree_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "common/error.hpp"

namespace dojo::routing {
namespace {

/// So many children and the node's own line are summed in a cycle per line.
constexpr unsigned few_children = 2;

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

  /// A node that no links of the set join to the first one.
  [[nodiscard]] std::optional<unsigned> cut_off() const {
    const std::vector<unsigned> hops = hops_from(sites_.front());
    for (const unsigned site : sites_) {
      if (hops[site] == unreached) return site;
    }
    return std::nullopt;
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

/// A tree that grows: of every site its parent's direction and its children's.
class Growth {
 public:
  Growth(const NodeSet& set, unsigned all_sites, unsigned root) : set_(set), places_(all_sites), order_{root} {
    places_[root].joined = true;
  }

  [[nodiscard]] unsigned root() const { return order_.front(); }
  /// Sites in the order in which they have joined: parents before their children.
  [[nodiscard]] const std::vector<unsigned>& order() const { return order_; }
  [[nodiscard]] std::uint8_t children(unsigned site) const { return places_[site].children; }
  [[nodiscard]] std::uint8_t parent(unsigned site) const { return places_[site].parent; }
  [[nodiscard]] unsigned most_children() const {
    unsigned most = 0;
    for (const unsigned site : order_) most = std::max(most, child_count(site));
    return most;
  }
  [[nodiscard]] unsigned depth() const {
    unsigned most = 0;
    for (const unsigned site : order_) most = std::max(most, places_[site].depth);
    return most;
  }

  /// All that are left join level by level.
  void grow_wide() {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      for (unsigned d = 0; d < directions; ++d) {
        const auto child = set_.neighbour(order_[i], d);
        if (child && !places_[*child].joined) join(order_[i], d, *child);
      }
    }
  }

  /// The same while no node has more than a few children. Of each level's neighbours those that have the fewest nodes
  /// to join come first; `turn` is the direction that is preferred.
  void grow_narrow(unsigned turn) {
    for (std::size_t begin = 0; begin < order_.size();) {
      const std::size_t end = order_.size();
      for (unsigned parents = 1; parents <= directions; ++parents) {
        for (std::size_t i = begin; i < end; ++i) {
          for (unsigned k = 0; k < directions && has_room(order_[i]); ++k) {
            const unsigned d = (turn + k) % directions;
            const auto child = set_.neighbour(order_[i], d);
            if (child && !places_[*child].joined && possible_parents(*child) <= parents) join(order_[i], d, *child);
          }
        }
      }
      begin = end;
    }
  }

  /// Of a sum: by docs/collectives.md, "Figures", two cycles per hop, five more for each addition, one in which the sum
  /// reaches the receiver.
  [[nodiscard]] unsigned sum_cycles(const Topology& topology) const {
    std::vector<unsigned> ready(places_.size());
    for (auto site = order_.rbegin(); site != order_.rend(); ++site) {
      for (unsigned d = 0; d < directions; ++d) {
        if ((unsigned{places_[*site].children} >> d & 1u) == 0) continue;
        ready[*site] = std::max(ready[*site], ready[*topology.neighbour(*site, d)] + cycles_per_hop) + cycles_to_add;
      }
    }
    return ready[root()] + cycles_per_hop * depth() + 1;
  }

 private:
  static constexpr unsigned cycles_per_hop = 2;
  static constexpr unsigned cycles_to_add = 5;

  struct Place {
    bool joined = false;
    std::uint8_t parent = static_cast<std::uint8_t>(hw::Route::local);
    std::uint8_t children = 0;
    unsigned depth = 0;
  };

  [[nodiscard]] unsigned child_count(unsigned site) const {
    return static_cast<unsigned>(std::popcount(places_[site].children));
  }
  [[nodiscard]] bool has_room(unsigned site) const { return child_count(site) < few_children; }
  [[nodiscard]] unsigned possible_parents(unsigned site) const {
    unsigned count = 0;
    for (unsigned d = 0; d < directions; ++d) {
      const auto other = set_.neighbour(site, d);
      count += other && places_[*other].joined && has_room(*other) ? 1 : 0;
    }
    return count;
  }
  void join(unsigned parent, unsigned direction, unsigned child) {
    places_[parent].children |= static_cast<std::uint8_t>(1u << direction);
    places_[child] = {
        .joined = true, .parent = static_cast<std::uint8_t>(opposite(direction)), .depth = places_[parent].depth + 1};
    order_.push_back(child);
  }

  const NodeSet& set_;
  std::vector<Place> places_;
  std::vector<unsigned> order_;
};

Growth wide_tree(const NodeSet& set, unsigned all_sites) {
  Growth tree(set, all_sites, middle_of(set, all_sites));
  tree.grow_wide();
  return tree;
}

/// The best of those from all nodes.
Growth narrow_tree(const NodeSet& set, const Topology& topology) {
  std::optional<Growth> best;
  std::pair<unsigned, unsigned> lowest;
  for (const unsigned root : set.sites()) {
    for (unsigned turn = 0; turn < directions; ++turn) {
      Growth tree(set, topology.sites(), root);
      tree.grow_narrow(turn);
      tree.grow_wide();
      const std::pair cost(std::max(tree.most_children(), few_children), tree.sum_cycles(topology));
      if (best && cost >= lowest) continue;
      best.emplace(std::move(tree));
      lowest = cost;
    }
  }
  return *std::move(best);
}

void check(const TreeBarrier& barrier) {
  constexpr unsigned most = 7;  // three bits each
  if (barrier.arrivals > most || barrier.amount > most || barrier.semaphore >= hw::semaphores) {
    throw InputError(fmt::format("a tree's barrier with {} arrivals, semaphore {} and amount {}: at most {}, {} and {}",
                                 barrier.arrivals, barrier.semaphore, barrier.amount, most, hw::semaphores - 1, most));
  }
}

}  // namespace

bool is_joined(const Topology& topology, std::span<const Coordinates> set) {
  return !NodeSet(topology, set).cut_off();
}

CollectiveTree make_tree(const Topology& topology, std::span<const Coordinates> set, const TreeBarrier& barrier,
                         TreeShape shape) {
  check(barrier);
  const NodeSet nodes(topology, set);
  if (const std::optional<unsigned> site = nodes.cut_off()) {
    const Coordinates first = topology.place(nodes.sites().front());
    const Coordinates cut_off = topology.place(*site);
    throw InputError(fmt::format("no live links inside the set of a tree join node ({},{}) to node ({},{})", cut_off.x,
                                 cut_off.y, first.x, first.y));
  }

  const Growth grown = shape == TreeShape::wide ? wide_tree(nodes, topology.sites()) : narrow_tree(nodes, topology);

  CollectiveTree tree{.root = grown.root(),
                      .depth = grown.depth(),
                      .most_children = grown.most_children(),
                      .sum_cycles = grown.sum_cycles(topology),
                      .nodes = std::vector<hw::Tree>(topology.sites())};
  for (const unsigned site : nodes.sites()) {
    hw::Tree& node = tree.nodes[site];
    node.valid = true;
    node.amount = static_cast<std::uint8_t>(barrier.amount);
    node.sem = static_cast<std::uint8_t>(barrier.semaphore);
    node.join_only = barrier.join;
    node.member = true;
    node.arrivals = static_cast<std::uint8_t>(barrier.arrivals);
    node.parent = grown.parent(site);
    node.children = grown.children(site);
  }
  return tree;
}

}  // namespace dojo::routing
