#pragma once
// The memory of a machine as its nodes see it, at addresses inside a node and at global ones.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/backend.hpp"

namespace dojo::debug {

/// A place in a node's memory map.
struct MemoryPlace {
  unsigned site = 0;
  std::uint64_t local = 0;
};

/// SRAM, and the counts of semaphores, of every node.
class MemoryView {
 public:
  explicit MemoryView(Backend& backend) : backend_(backend) {}

  /// What an address means to a hart of the node `site`: inside that node, or, with bit 63, inside the one that it
  /// names. Nothing: there is no such node.
  [[nodiscard]] std::optional<MemoryPlace> place_of(unsigned site, std::uint64_t address) const;
  /// Whether all bytes are in the SRAM, or all in the semaphores.
  [[nodiscard]] static bool is_readable(std::uint64_t local, std::uint64_t size);
  /// `bytes` must be readable.
  void read(const MemoryPlace& place, std::span<std::byte> bytes) const;
  /// Writes to the SRAM at once; 8 bytes to a semaphore as a store of a hart would, in the next cycle: they are added.
  /// False when neither is possible.
  [[nodiscard]] bool write(const MemoryPlace& place, std::span<const std::byte> bytes) const;

 private:
  Backend& backend_;
};

}  // namespace dojo::debug
