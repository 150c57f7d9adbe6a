#pragma once
// Machines with faults for the tests of routing tables.

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

#include "common/die.hpp"
#include "common/error.hpp"
#include "common/topology.hpp"
#include "routing/route_checker.hpp"

namespace dojo::routing {

/// Why the checker refuses, or nothing.
inline std::string refusal(const Topology& topology, const RouteTables& tables) {
  try {
    check_routes(topology, tables);
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

inline Coordinates random_node(MeshSize mesh, std::mt19937_64& random) {
  return {static_cast<unsigned>(random() % mesh.columns), static_cast<unsigned>(random() % mesh.rows)};
}

inline Link random_link(MeshSize mesh, std::mt19937_64& random) {
  for (;;) {
    const Coordinates first = random_node(mesh, random);
    const Coordinates second =
        random() % 2 != 0 ? Coordinates{first.x + 1, first.y} : Coordinates{first.x, first.y + 1};
    if (second.x < mesh.columns && second.y < mesh.rows) return {first, second};
  }
}

/// A mesh with so many different dead nodes and some dead links.
inline Topology random_topology(MeshSize mesh, unsigned dead_nodes, unsigned dead_links, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Faults faults;
  while (faults.nodes.size() < dead_nodes) {
    const Coordinates node = random_node(mesh, random);
    if (std::find(faults.nodes.begin(), faults.nodes.end(), node) == faults.nodes.end()) faults.nodes.push_back(node);
  }
  for (unsigned i = 0; i < dead_links; ++i) faults.links.push_back(random_link(mesh, random));
  return {mesh, faults};
}

/// So many dead nodes in each die, and so many dead links for each die, inside it or across its edges.
inline Topology random_dies(const DieGrid& grid, unsigned dead_nodes, unsigned dead_links, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Faults faults;
  for (unsigned die = 0; die < grid.dies.nodes(); ++die) {
    const Coordinates origin = grid.origin(die);
    for (unsigned i = 0; i < dead_nodes;) {
      const Coordinates at = random_node(grid.die, random);
      const Coordinates node{origin.x + at.x, origin.y + at.y};
      if (std::find(faults.nodes.begin(), faults.nodes.end(), node) != faults.nodes.end()) continue;
      faults.nodes.push_back(node);
      ++i;
    }
    for (unsigned i = 0; i < dead_links; ++i) faults.links.push_back(random_link(grid.machine(), random));
  }
  return {grid.machine(), faults};
}

/// The standard die, each without the nodes that a die lacks by nature.
inline Topology harvested(const DieGrid& grid) {
  Faults faults;
  for (unsigned number = 0; number < grid.dies.nodes(); ++number) {
    const Coordinates origin = grid.origin(number);
    for (const Coordinates site : harvested_sites) faults.nodes.push_back({origin.x + site.x, origin.y + site.y});
  }
  return {grid.machine(), faults};
}

}  // namespace dojo::routing
