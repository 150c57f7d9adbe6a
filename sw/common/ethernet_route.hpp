#pragma once
// The Z-plane: Ethernet between a machine's Interface Processors, and which packets take it (docs/dip.md, "Ethernet").

#include <cstdint>
#include <span>

#include "common/memory_edge.hpp"
#include "common/topology.hpp"

namespace dojo {

/// Packets that leave Interface Processor `from` for a node or port in columns first.x to last.x and rows first.y to
/// last.y go to Interface Processor `via` over Ethernet, and from there on through the mesh.
struct EthernetRoute {
  unsigned from = 0;
  Coordinates first = {};
  Coordinates last = {};
  unsigned via = 0;
  friend bool operator==(const EthernetRoute&, const EthernetRoute&) = default;
};

/// Port at which packets from the Ethernet enter the mesh: the first one that is there; 0: none is.
[[nodiscard]] unsigned ethernet_port(const DipSite& site);

/// Id of an Interface Processor as a TTP node: the coordinates of that port; 0: it has none.
[[nodiscard]] std::uint32_t ttp_node(const DipSite& site);

/// Throws InputError, which names the route by its number, unless every route joins two Interface Processors of the
/// machine, has an area that is not empty, and finds a place in the table of its own.
void check_ethernet(std::span<const EthernetRoute> routes, std::span<const DipSite> sites);

/// Whether what Interface Processor `from` sends to (x, y) leaves over Ethernet.
[[nodiscard]] bool is_away(std::span<const EthernetRoute> routes, unsigned from, unsigned x, unsigned y);

}  // namespace dojo
