#include "routing/route_maker.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "common/error.hpp"
#include "routing/dependency_graph.hpp"
#include "routing/spanning_tree.hpp"

namespace dojo::routing {
namespace {

/// The tables of one class.
class ClassMaker {
 public:
  ClassMaker(const Topology& topology, hw::PacketClass cls)
      : topology_(topology), cls_(cls), tree_(topology, cls), graph_(topology) {
    for_each_dependency([this](unsigned node, unsigned in, unsigned out) {
      const unsigned end = *topology_.neighbour(node, in);
      if (tree_.contains(node, in) && tree_.contains(end, out)) graph_.add(channel(node, in), out);
    });
    const auto add_in_order = [this](bool straight) {
      for_each_dependency([this, straight](unsigned node, unsigned in, unsigned out) {
        const bool from_first = is_along_x(in) == (cls_ == hw::PacketClass::data);
        if (straight ? in == out : from_first && is_along_x(in) != is_along_x(out)) {
          graph_.add(channel(node, in), out);
        }
      });
    };
    add_in_order(true);
    add_in_order(false);
  }

  void fill(RouteTables& tables) {
    for (unsigned destination = 0; destination < topology_.sites(); ++destination) {
      if (!topology_.is_alive(destination)) continue;
      const std::vector<hw::Route> along_tree = tree_.routes_to(destination);
      std::vector<bool> keeps_to_tree(topology_.sites());
      keeps_to_tree[destination] = true;
      in_order_.clear();
      for (unsigned site = 0; site < topology_.sites(); ++site) {
        in_order_.push_back(dimension_order(topology_, cls_, site, destination));
      }
      while (!search(destination, along_tree, keeps_to_tree)) {
      }
      for (unsigned site = 0; site < topology_.sites(); ++site) tables.set(site, cls_, destination, next_[site]);
    }
  }

 private:
  /// A way over a channel. The smallest number goes first: short ways before long ones, then those in dimension order,
  /// then those that need no new dependency.
  using Candidate = std::uint64_t;
  static constexpr unsigned channel_bits = 32;
  static Candidate candidate(unsigned hops, bool out_of_order, bool is_new, unsigned channel) {
    return (((Candidate{hops} * 2 + (out_of_order ? 1 : 0)) * 2 + (is_new ? 1 : 0)) << channel_bits) + channel;
  }
  static unsigned channel_of(Candidate candidate) { return static_cast<unsigned>(candidate); }

  static bool is_along_x(unsigned direction) { return (direction & 1u) != 0; }
  static unsigned channel(unsigned node, unsigned direction) { return node * directions + direction; }

  /// Calls with each node, a direction in which a packet leaves it, and one in which it may then go on.
  template <typename Visit>
  void for_each_dependency(Visit visit) const {
    for (unsigned node = 0; node < topology_.sites(); ++node) {
      for (unsigned in = 0; in < directions; ++in) {
        const auto end = topology_.neighbour(node, in);
        if (!end) continue;
        for (unsigned out = 0; out < directions; ++out) {
          if (out != opposite(in) && topology_.neighbour(*end, out)) visit(node, in, out);
        }
      }
    }
  }

  /// Finds a way from everywhere to the destination, from there backwards. Nodes marked in `keeps_to_tree` go along the
  /// tree. Returns false when nodes found no way; then their ways along the tree are marked.
  bool search(unsigned destination, const std::vector<hw::Route>& along_tree, std::vector<bool>& keeps_to_tree) {
    hops_.assign(topology_.sites(), unreached);
    next_.assign(topology_.sites(), hw::Route::none);
    candidates_ = {};
    take_tree(destination, along_tree, keeps_to_tree);
    for (unsigned site = 0; site < topology_.sites(); ++site) {
      if (keeps_to_tree[site]) offer_neighbours(site, destination);
    }
    while (!candidates_.empty()) {
      const unsigned over = channel_of(candidates_.top());
      candidates_.pop();
      const unsigned node = over / directions;
      const unsigned direction = over % directions;
      if (hops_[node] != unreached) continue;
      const unsigned end = *topology_.neighbour(node, direction);
      if (end != destination && !graph_.add(over, static_cast<unsigned>(next_[end]))) continue;
      hops_[node] = hops_[end] + 1;
      next_[node] = static_cast<hw::Route>(direction);
      offer_neighbours(node, destination);
    }
    bool complete = true;
    for (unsigned site = 0; site < topology_.sites(); ++site) {
      if (!topology_.is_alive(site) || hops_[site] != unreached) continue;
      complete = false;
      for (unsigned node = site; !keeps_to_tree[node];) {
        keeps_to_tree[node] = true;
        node = *topology_.neighbour(node, static_cast<unsigned>(along_tree[node]));
      }
    }
    return complete;
  }

  /// The marked nodes go along the tree, which leads them over marked nodes.
  void take_tree(unsigned destination, const std::vector<hw::Route>& along_tree, const std::vector<bool>& marked) {
    hops_[destination] = 0;
    next_[destination] = hw::Route::local;
    std::vector<unsigned> way;
    for (unsigned site = 0; site < topology_.sites(); ++site) {
      if (!marked[site]) continue;
      unsigned node = site;
      for (; hops_[node] == unreached; node = *topology_.neighbour(node, static_cast<unsigned>(along_tree[node]))) {
        way.push_back(node);
      }
      for (unsigned hops = hops_[node]; !way.empty(); way.pop_back()) {
        hops_[way.back()] = ++hops;
        next_[way.back()] = along_tree[way.back()];
      }
    }
  }

  /// The neighbours of a node that has its way may go over it.
  void offer_neighbours(unsigned node, unsigned destination) {
    for (unsigned d = 0; d < directions; ++d) {
      const auto other = topology_.neighbour(node, d);
      if (!other || hops_[*other] != unreached) continue;
      const unsigned over = channel(*other, opposite(d));
      const bool out_of_order = in_order_[*other] != static_cast<hw::Route>(opposite(d));
      const bool is_new = node != destination && !graph_.contains(over, static_cast<unsigned>(next_[node]));
      candidates_.push(candidate(hops_[node] + 1, out_of_order, is_new, over));
    }
  }

  const Topology& topology_;
  hw::PacketClass cls_;
  SpanningTree tree_;
  DependencyGraph graph_;
  std::vector<unsigned> hops_;
  std::vector<hw::Route> next_;
  std::vector<hw::Route> in_order_;  ///< dimension order to the destination
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates_;
};

}  // namespace

void check_connected(const Topology& topology) {
  std::vector<unsigned> reached;
  std::vector<bool> seen(topology.sites());
  for (unsigned site = 0; reached.empty(); ++site) {
    if (topology.is_alive(site)) reached.push_back(site);
  }
  seen[reached.front()] = true;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (unsigned d = 0; d < directions; ++d) {
      const auto other = topology.neighbour(reached[i], d);
      if (!other || seen[*other]) continue;
      seen[*other] = true;
      reached.push_back(*other);
    }
  }
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site) || seen[site]) continue;
    const Coordinates from = topology.place(reached.front());
    const Coordinates to = topology.place(site);
    throw InputError(fmt::format("there is no way from node ({},{}) to node ({},{}): dead nodes and links part them",
                                 from.x, from.y, to.x, to.y));
  }
}

RouteTables make_routes(const Topology& topology) {
  check_connected(topology);
  RouteTables tables(topology.mesh());
  for (const hw::PacketClass cls : packet_classes) {
    ClassMaker(topology, cls).fill(tables);
  }
  return tables;
}

}  // namespace dojo::routing
