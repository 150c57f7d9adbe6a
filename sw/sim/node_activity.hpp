#pragma once
// What goes on in a node beside its harts: commands, descriptors, packets, semaphores, barriers.
//
// Some of it is said by registers that pulse: they tell what the last evaluated cycle did. Some is a handshake between
// registers: it tells what the coming cycle does, in which the node is awake (tests/trace/node_activity_test.cpp has
// the cycles of a known program).

#include <array>
#include <cstdint>
#include <optional>

#include "dojo_hw.hpp"

namespace dojo::sim {

/// Channels of the transfer engine; behind them is the service of READs.
inline constexpr unsigned transfer_channels = hw::control_list_fault_count;

/// The address of a descriptor that a hart gives to a unit.
struct UnitCommand {
  hw::Unit unit = hw::Unit::matrix;
  unsigned hart = 0;
  std::uint32_t address = 0;
};

/// Something is added to a semaphore.
struct SemaphoreIncrement {
  unsigned semaphore = 0;
  std::uint32_t amount = 0;
};

/// The descriptor that the matrix unit looks at.
struct MatrixOffer {
  std::uint32_t address = 0;
  bool taken = false;  ///< the last of its macro-tiles goes, or it is refused
};

/// A descriptor that the transfer engine takes up.
struct TransferStart {
  unsigned channel = 0;
  unsigned hart = 0;
  std::uint32_t address = 0;
  bool bad = false;  ///< the address is refused, or the line is uncorrectable: the descriptor has no meaning
  hw::TransferDescriptor descriptor{};
};

struct NodeActivity {
  // What the last evaluated cycle did.
  std::optional<UnitCommand> command = {};   ///< dojo.issue
  std::optional<unsigned> matrix_done = {};  ///< semaphore of a matrix descriptor that has ended
  std::optional<unsigned> transfer_done = {};
  std::optional<SemaphoreIncrement> network_increment = {};
  std::array<std::optional<unsigned>, 3> arrivals = {};  ///< trees at whose barriers core, network or host arrives
  std::optional<hw::PacketHeader> injected = {};         ///< a packet that is given to the router
  std::optional<hw::PacketHeader> line = {};             ///< a packet that is given to a tree
  // What is true of the coming cycle.
  std::optional<MatrixOffer> matrix = {};
  std::optional<TransferStart> transfer = {};
  std::uint8_t active_streams = 0;  ///< bit c: elements of channel c are left; bit transfer_channels: of a READ
  std::array<std::optional<SemaphoreIncrement>, transfer_channels> waits = {};  ///< what lists wait for
  std::optional<SemaphoreIncrement> release = {};                               ///< a barrier has released the node
};

}  // namespace dojo::sim
