#include "routing/spanning_tree.hpp"

#include <numeric>

#include "routing/route_tables.hpp"

namespace dojo::routing {
namespace {

/// Sets of nodes that are joined already.
class Sets {
 public:
  explicit Sets(unsigned nodes) : parent_(nodes) { std::iota(parent_.begin(), parent_.end(), 0u); }
  unsigned find(unsigned node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
  }
  /// Returns whether the two were in different sets.
  bool join(unsigned a, unsigned b) {
    a = find(a);
    b = find(b);
    parent_[a] = b;
    return a != b;
  }

 private:
  std::vector<unsigned> parent_;
};

}  // namespace

SpanningTree::SpanningTree(const Topology& topology, hw::PacketClass cls)
    : topology_(topology), edges_(topology.sites()) {
  Sets sets(topology.sites());
  const auto take = [&](auto wanted) {
    for (unsigned site = 0; site < topology.sites(); ++site) {
      for (const hw::Route to : {hw::Route::east, hw::Route::south}) {
        const auto direction = static_cast<unsigned>(to);
        const auto other = topology.neighbour(site, direction);
        if (!other || !wanted(site, to) || !sets.join(site, *other)) continue;
        edges_[site] |= 1u << direction;
        edges_[*other] |= 1u << opposite(direction);
      }
    }
  };
  const hw::Route along_lines = cls == hw::PacketClass::data ? hw::Route::east : hw::Route::south;
  take([&](unsigned, hw::Route to) { return to == along_lines; });
  take([&](unsigned site, hw::Route) {
    const Coordinates place = topology.place(site);
    return (cls == hw::PacketClass::data ? place.x : place.y) == 0;
  });
  take([](unsigned, hw::Route) { return true; });
}

std::vector<hw::Route> SpanningTree::routes_to(unsigned destination) const {
  std::vector<hw::Route> routes(topology_.sites(), hw::Route::none);
  routes[destination] = hw::Route::local;
  std::vector<unsigned> reached{destination};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (unsigned d = 0; d < directions; ++d) {
      if (!contains(reached[i], d)) continue;
      const unsigned other = *topology_.neighbour(reached[i], d);
      if (routes[other] != hw::Route::none) continue;
      routes[other] = static_cast<hw::Route>(opposite(d));
      reached.push_back(other);
    }
  }
  return routes;
}

}  // namespace dojo::routing
