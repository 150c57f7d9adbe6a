#include "common/memory_edge.hpp"

#include <fmt/format.h>

#include <string_view>

#include "common/error.hpp"

namespace dojo {
namespace {

// Directions, as routers number them.
constexpr auto north = static_cast<unsigned>(hw::Route::north);
constexpr auto east = static_cast<unsigned>(hw::Route::east);
constexpr auto south = static_cast<unsigned>(hw::Route::south);
constexpr auto west = static_cast<unsigned>(hw::Route::west);

/// Number of the router of a port among the `routers` of an edge: ports are spread over it, seven or fewer routers have
/// one each.
std::optional<unsigned> router_of(unsigned port, unsigned routers) {
  if (routers >= hw::dip_ports) return (2 * port + 1) * routers / (2 * hw::dip_ports);
  return port < routers ? std::optional(port) : std::nullopt;
}

DipPort port_at(const DieGrid& grid, Coordinates origin, unsigned direction, unsigned place) {
  const auto [columns, rows] = grid.machine();
  switch (direction) {
    case west:
      return {{0, origin.y + place}, direction, {hw::west_column, origin.y + place}};
    case east:
      return {{columns - 1, origin.y + place}, direction, {columns, origin.y + place}};
    case north:
      return {{origin.x + place, 0}, direction, {origin.x + place, hw::north_row}};
    default:
      return {{origin.x + place, rows - 1}, direction, {origin.x + place, rows}};
  }
}

void check_range(std::size_t dips, unsigned dip, std::uint64_t address, std::size_t bytes, std::uint64_t size,
                 std::string_view where) {
  if (dip >= dips) {
    throw RunError(fmt::format("there is no Interface Processor {}: the machine has {}", dip, dips));
  }
  if (bytes > size || address > size - bytes) {
    throw RunError(
        fmt::format("Interface Processor {}: {} bytes at {:#x} are not all in {}", dip, bytes, address, where));
  }
}

}  // namespace

void check_dram(std::size_t dips, unsigned dip, std::uint64_t address, std::size_t bytes) {
  check_range(dips, dip, address, bytes, dip_bytes, "its memory");
}

void check_host(std::size_t dips, unsigned dip, std::uint64_t address, std::size_t bytes) {
  check_range(dips, dip, address, bytes, host_bytes, "the memory of its host");
}

std::vector<DipSite> dip_sites(const Topology& topology, const DieGrid& grid) {
  std::vector<DipSite> sites;
  if (!grid.memory) return sites;
  for (const unsigned direction : {west, east, north, south}) {
    const bool is_side = direction == west || direction == east;
    for (unsigned line = 0; line < (is_side ? grid.dies.rows : grid.dies.columns); ++line) {
      const Coordinates die = is_side ? Coordinates{direction == west ? 0 : grid.dies.columns - 1, line}
                                      : Coordinates{line, direction == north ? 0 : grid.dies.rows - 1};
      DipSite site{.die = grid.number(die), .direction = direction, .ports = {}};
      for (unsigned p = 0; p < hw::dip_ports; ++p) {
        const auto place = router_of(p, is_side ? grid.die.rows : grid.die.columns);
        if (!place) continue;
        const DipPort port = port_at(grid, grid.origin(site.die), direction, *place);
        if (topology.is_alive(port.router)) site.ports[p] = port;
      }
      sites.push_back(site);
    }
  }
  return sites;
}

}  // namespace dojo
