#pragma once
// Makes routing tables around dead nodes and links.

#include "common/die.hpp"
#include "common/topology.hpp"
#include "routing/route_tables.hpp"

namespace dojo::routing {

/// Throws InputError that names two live nodes of a die between which there is no way inside it, if there are such.
void check_connected(const Topology& topology, const DieGrid& grid);

/// Tables for all live nodes of a machine of dies (docs/network.md, "Routing tables"). `topology` is the whole machine,
/// with the coordinates of the machine; a dead die-edge link is the dead links of all its ports. Tables of a machine
/// without faults are dimension order. Throws InputError like check_connected, and when dead edges leave no way that
/// tables can tell.
[[nodiscard]] RouteTables make_routes(const Topology& topology, const DieGrid& grid);

/// Of a machine of one die.
[[nodiscard]] RouteTables make_routes(const Topology& topology);

}  // namespace dojo::routing
