#pragma once
// What waits in a node, in plain structs: lists, barriers, lines of trees, packets of the router.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "dojo_hw.hpp"

namespace dojo::sim {

inline constexpr unsigned list_channels = 4;   ///< of a node's transfer engine
inline constexpr unsigned router_inputs = 5;   ///< and outputs: north, east, south, west, local
inline constexpr unsigned packet_classes = 2;  ///< request, data
inline constexpr unsigned local_port = 4;      ///< of a router

/// A descriptor of a list, and where it is.
struct ListedDescriptor {
  std::uint32_t address = 0;
  hw::TransferDescriptor descriptor{};
};

/// A channel of the transfer engine.
struct ChannelQueue {
  bool is_parked = false;                     ///< a `wait` waits
  unsigned semaphore = 0;                     ///< for this one
  std::uint32_t amount = 0;                   ///< of which it takes so much
  bool is_active = false;                     ///< elements of a descriptor are yet to be sent
  std::optional<ListedDescriptor> held = {};  ///< the descriptor that follows, fetched ahead
  std::optional<std::uint32_t> next = {};     ///< address of the one behind it in the same list
  std::vector<std::uint32_t> lists = {};      ///< addresses of the lists that follow
  std::vector<std::uint32_t> begun = {};      ///< addresses of lists that have been taken up, the last one first

  [[nodiscard]] bool is_empty() const { return !is_parked && !is_active && !held && !next && lists.empty(); }
};

/// The node's part in a tree, and what of its barrier is here.
struct TreeState {
  hw::Tree tree{};
  std::array<unsigned, 4> tokens{};  ///< from the children in each direction, not yet used
  unsigned arrivals = 0;             ///< of this node, not yet used
  bool is_awaiting = false;          ///< its token has gone up, and the one down has not come
};

/// A line on a tree in the collective unit.
struct TreeLine {
  hw::PacketHeader header{};
  std::optional<unsigned> from = {};  ///< the direction from which it came; none: of this node, or a sum
  bool is_sum = false;                ///< of lines that have come
  std::uint8_t missing = 0;           ///< of a sum, bit d: the line of the child in direction d
};

/// A flit in the router.
struct QueuedFlit {
  hw::PacketHeader header{};
  unsigned output = 0;
};

/// A node's queues.
struct NodeQueues {
  std::array<ChannelQueue, list_channels> channels{};
  bool serves_reads = false;            ///< elements of another node's READ are yet to be sent
  std::uint32_t matrix_descriptor = 0;  ///< address of that which the matrix unit has taken last; 0: none
  std::array<TreeState, hw::trees> trees{};
  std::vector<TreeLine> lines;
  std::vector<hw::PacketHeader> reads;   ///< READs that wait for the transfer engine
  std::vector<hw::PacketHeader> writes;  ///< WRITEs that wait for their place in the node
  /// By input and class, first come first; and the free places that the router knows behind each output, by class.
  std::array<std::array<std::vector<QueuedFlit>, packet_classes>, router_inputs> flits{};
  std::array<std::array<unsigned, packet_classes>, router_inputs> credits{};
};

}  // namespace dojo::sim
