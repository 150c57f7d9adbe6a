#pragma once
// Proves that routing tables neither lose packets nor deadlock. Shares nothing with the maker of tables.

#include "common/topology.hpp"
#include "routing/route_tables.hpp"

namespace dojo::routing {

/// Looks, for both classes, whether the tables lead from every live node and every port of memory of the machine to
/// every other, over live links, and whether channels wait for one another in a circle, over all dies together, with
/// the links to and from the ports. `topology` is the whole machine. Throws InputError that names the first pair that
/// is not connected, or the cycle, channel by channel.
void check_routes(const Topology& topology, const RouteTables& tables);

}  // namespace dojo::routing
