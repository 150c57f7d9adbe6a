#include "common/ethernet_route.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace dojo {

unsigned ethernet_port(const DipSite& site) {
  const auto found = std::ranges::find_if(site.ports, [](const auto& port) { return port.has_value(); });
  return found == site.ports.end() ? 0 : static_cast<unsigned>(found - site.ports.begin());
}

std::uint32_t ttp_node(const DipSite& site) {
  const std::optional<DipPort>& port = site.ports.at(ethernet_port(site));
  return port ? port->address.y << hw::coordinate_bits | port->address.x : 0;
}

void check_ethernet(std::span<const EthernetRoute> routes, std::span<const DipSite> sites) {
  std::vector<unsigned> entries(sites.size());
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const EthernetRoute& route = routes[i];
    const auto fail = [&](const std::string& why) { throw InputError(fmt::format("Ethernet route {}: {}", i, why)); };
    for (const unsigned dip : {route.from, route.via}) {
      if (dip >= sites.size()) fail(fmt::format("there is no Interface Processor {} of {}", dip, sites.size()));
      if (std::ranges::none_of(sites[dip].ports, [](const auto& port) { return port.has_value(); })) {
        fail(fmt::format("none of the routers of Interface Processor {} is alive", dip));
      }
    }
    if (route.from == route.via) fail(fmt::format("from Interface Processor {} to itself", route.from));
    if (route.first.x > route.last.x || route.first.y > route.last.y) fail("its area is empty");
    if (std::max(route.last.x, route.last.y) >= 1U << hw::coordinate_bits) fail("its area has no such coordinates");
    if (++entries[route.from] > hw::dip_routes) {
      fail(fmt::format("the table of Interface Processor {} has {} entries", route.from, hw::dip_routes));
    }
  }
}

bool is_away(std::span<const EthernetRoute> routes, unsigned from, unsigned x, unsigned y) {
  return std::ranges::any_of(routes, [&](const EthernetRoute& route) {
    return route.from == from && x >= route.first.x && x <= route.last.x && y >= route.first.y && y <= route.last.y;
  });
}

}  // namespace dojo
