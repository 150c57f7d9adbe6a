#pragma once
// Where a machine's memory stands: Interface Processors (docs/dip.md) at its outer edges. All of it is our decision,
// but for what Tesla published: a tile's edge has five of them, of 32 GiB and 900 GB/s each.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/die.hpp"
#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo {

/// Bytes of an Interface Processor's DRAM.
inline constexpr std::uint64_t dip_bytes = std::uint64_t{hw::dip_channels} * hw::dip_channel_lines * hw::line_bytes;

/// Bytes of the memory of its host, from address 0 on; an access behind them is answered with an error.
inline constexpr std::uint64_t host_bytes = std::uint64_t{64} << 30;

/// A link between a router at an edge and an Interface Processor.
struct DipPort {
  Coordinates router;
  unsigned direction;   ///< from the router to the port
  Coordinates address;  ///< of the memory: those of a node just beyond the router; west_column in the west, north_row
                        ///< in the north
  friend bool operator==(const DipPort&, const DipPort&) = default;
};

/// An Interface Processor. Each of its ports reaches all of its memory.
struct DipSite {
  unsigned die;                                             ///< at whose edge it stands, as DieGrid numbers dies
  unsigned direction;                                       ///< from the die to it
  std::array<std::optional<DipPort>, hw::dip_ports> ports;  ///< none: the edge is too short, or the router is dead
};

/// Throws RunError unless there is an Interface Processor of that number and the bytes are in its memory.
void check_dram(std::size_t dips, unsigned dip, std::uint64_t address, std::size_t bytes);
/// The same for the memory of its host.
void check_host(std::size_t dips, unsigned dip, std::uint64_t address, std::size_t bytes);

/// All of a machine, one at each edge of a die behind which there is no other die: those in the west from north to
/// south, then those in the east likewise, then those in the north from west to east, then those in the south. Empty
/// when the machine has no memory. `topology` is the whole machine.
[[nodiscard]] std::vector<DipSite> dip_sites(const Topology& topology, const DieGrid& grid);

}  // namespace dojo
