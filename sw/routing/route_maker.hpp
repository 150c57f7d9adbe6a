#pragma once
// Makes routing tables around dead nodes and links.

#include "common/topology.hpp"
#include "routing/route_tables.hpp"

namespace dojo::routing {

/// Tables for all live nodes (docs/network.md, "Routing tables"); those of a whole mesh are dimension order. Throws
/// InputError that names two nodes between which there is no way.
[[nodiscard]] RouteTables make_routes(const Topology& topology);

}  // namespace dojo::routing
