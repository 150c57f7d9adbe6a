#pragma once
// Trees on RTL machines, written by the host, for tests.

#include <cstdint>
#include <vector>

#include "routing/tree_maker.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::sim {

/// Argument of the programs tree_barrier and tree_lines: no node is late.
inline constexpr std::uint64_t nobody = ~std::uint64_t{0};

/// The live nodes, row by row.
inline std::vector<Coordinates> all_nodes(const Topology& topology) {
  std::vector<Coordinates> set;
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (topology.is_alive(site)) set.push_back(topology.place(site));
  }
  return set;
}

/// Writes register `index` of all live nodes.
inline void write_tree(RtlMachine& machine, unsigned index, const routing::CollectiveTree& tree) {
  for (const Coordinates node : all_nodes(machine.topology())) {
    machine.write_register(node, static_cast<std::uint32_t>(hw::control_tree_address(index)),
                           tree.nodes[machine.topology().number(node)].encode());
  }
}

}  // namespace dojo::sim
