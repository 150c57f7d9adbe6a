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

SpanningTree::SpanningTree(const Topology& topology, const DieGrid& grid, hw::PacketClass cls, bool spine_last,
                           bool ends_stand_alone)
    : topology_(topology), edges_(topology.sites()) {
  const bool along_x = cls == hw::PacketClass::data;
  const unsigned outwards = static_cast<unsigned>(along_x ? hw::Route::east : hw::Route::south);
  const unsigned places = along_x ? grid.die.columns : grid.die.rows;  // of a line
  const unsigned dies = along_x ? grid.dies.columns : grid.dies.rows;
  const auto die_of = [&](unsigned site) { return grid.die_of(topology.place(site)); };
  const auto place_in_line = [&](unsigned site) {
    const Coordinates place = topology.place(site);
    return along_x ? place.x : place.y;
  };
  const auto from_spine = [&](unsigned site) {
    const unsigned place = place_in_line(site) % places;
    return spine_last ? places - 1 - place : place;
  };
  // Whether a link of a line belongs to a node on or beside the spine from which the line does not go on to the next
  // die.
  const unsigned to_spine = spine_last ? outwards : opposite(outwards);
  const auto stands_alone = [&](unsigned site, unsigned other) {
    const unsigned end = from_spine(site) < from_spine(other) ? site : other;
    const unsigned die = place_in_line(end) / places;
    const bool is_outermost = die == (spine_last ? dies - 1 : 0);
    return ends_stand_alone && !is_outermost && from_spine(end) <= 1 && !topology.neighbour(end, to_spine);
  };
  Sets sets(topology.sites());
  const auto take = [&](auto wanted) {
    for (unsigned i = 0; i < topology.sites(); ++i) {
      const unsigned site = spine_last ? topology.sites() - 1 - i : i;
      for (const unsigned direction : {spine_last ? 3u : 1u, spine_last ? 0u : 2u}) {
        const auto other = topology.neighbour(site, direction);
        if (!other || die_of(site) != die_of(*other) || !wanted(site, *other, direction) || !sets.join(site, *other)) {
          continue;
        }
        edges_[site] |= 1u << direction;
        edges_[*other] |= 1u << opposite(direction);
      }
    }
  };
  const auto is_along_line = [&](unsigned direction) { return (direction ^ outwards) % 2 == 0; };
  take([&](unsigned site, unsigned other, unsigned direction) {
    return is_along_line(direction) && !stands_alone(site, other);
  });
  take([&](unsigned site, unsigned other, unsigned) { return from_spine(site) == 0 && from_spine(other) == 0; });
  take([&](unsigned site, unsigned other, unsigned direction) {
    return !is_along_line(direction) || !stands_alone(site, other);
  });
  take([](unsigned, unsigned, unsigned) { return true; });
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
