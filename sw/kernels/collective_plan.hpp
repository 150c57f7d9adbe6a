#pragma once
// Plans of collective operations: the steps of every hart that get one done, and their descriptors
// (docs/collective-kernels.md).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dojo_hw.hpp"
#include "kernels/collective_shape.hpp"
#include "runtime/rectangle.hpp"

namespace dojo {

/// Lines for a tree.
struct CollectiveGroup {
  unsigned tree = 0;
  hw::TreeMode mode = hw::TreeMode::multicast;
};

/// A message to another node, or to a tree, by the transfer engine.
struct CollectiveMessage {
  unsigned node = 0;
  std::optional<CollectiveGroup> group = {};  ///< in place of a node
  LineRange lines;                            ///< none: a signal
  /// They go to the receiver's slots for this hart, from line `slot` on; else to the same place.
  bool to_slots = false;
  std::size_t slot = 0;
  unsigned semaphore = 0;  ///< counts at the receiver
};

/// A collective_step_t without addresses.
struct CollectiveStep {
  unsigned semaphore = 0;
  std::uint32_t amount = 0;
  LineRange sum;
  std::size_t slot = 0;  ///< first summand: a line of this hart's slots; those that follow stand behind each other
  std::size_t slot_count = 0;
  bool adds_own = false;
  std::vector<CollectiveMessage> messages;
  unsigned channel = 0;  ///< of the transfer engine, for the messages
};

/// Where things are in every node.
struct CollectiveMemory {
  std::uint64_t data = 0;   ///< address of the lines
  std::uint64_t slots = 0;  ///< address of the slots of all harts
  std::uint64_t plan = 0;   ///< address of what image() returns
};

/// The steps of every hart of every node of the rectangle.
struct CollectivePlan {
  std::vector<std::array<std::vector<CollectiveStep>, hw::harts>> nodes;
  std::size_t slot_lines = 0;  ///< slots of each hart

  /// Harts 0 to harts() - 1 have steps; at least 1.
  [[nodiscard]] unsigned harts() const;
  /// Bytes of the largest image().
  [[nodiscard]] std::size_t image_bytes() const;
  /// What the program finds at args[0] on node `index` of the rectangle.
  [[nodiscard]] std::vector<std::byte> image(const Rectangle& rectangle, unsigned index,
                                             const CollectiveMemory& memory) const;
};

}  // namespace dojo
