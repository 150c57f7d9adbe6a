#pragma once
// Proves that routing tables neither lose packets nor deadlock. Shares nothing with the maker of tables.

#include "common/topology.hpp"
#include "routing/route_tables.hpp"

namespace dojo::routing {

/// Follows the tables for both classes between every two live nodes, and looks for a cycle of channels that wait for
/// one another. Throws InputError that names the first pair that is not connected, with the node where its way ends, or
/// the cycle, channel by channel.
void check_routes(const Topology& topology, const RouteTables& tables);

}  // namespace dojo::routing
