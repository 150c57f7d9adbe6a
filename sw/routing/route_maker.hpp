#pragma once
// Makes routing tables around dead nodes and links.

#include "common/topology.hpp"
#include "routing/route_tables.hpp"

namespace dojo::routing {

/// Throws InputError that names two live nodes between which there is no way, if there are such.
void check_connected(const Topology& topology);

/// Tables for all live nodes (docs/network.md, "Routing tables"); those of a whole mesh are dimension order. Throws
/// InputError like check_connected.
[[nodiscard]] RouteTables make_routes(const Topology& topology);

}  // namespace dojo::routing
