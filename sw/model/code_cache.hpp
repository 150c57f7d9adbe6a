#pragma once
// The decoded instructions of a node, one entry per half-word of the SRAM, filled on demand.

#include <bitset>
#include <cstdint>

#include "dojo_hw.hpp"
#include "model/instruction.hpp"
#include "model/zeroed_pages.hpp"

namespace dojo::model {

class CodeCache {
 public:
  explicit CodeCache(const std::uint8_t* sram);

  /// Entry of the instruction at `offset` bytes (even) into the SRAM; the entry at hw::sram_size is a fetch fault,
  /// so that running past the end needs no test. Entries may be undecoded.
  [[nodiscard]] Instruction* entries() { return static_cast<Instruction*>(pages_.data()); }

  /// Decodes the instruction at `offset` from what the SRAM holds now.
  void fill(std::uint64_t offset);

  /// Whether instructions out of these bytes (at least one) may have been decoded.
  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t bytes) const;

  /// Forgets everything, as fence.i asks.
  void invalidate();

 private:
  static constexpr std::uint64_t block_bytes = 4096;
  const std::uint8_t* sram_;
  ZeroedPages pages_;
  std::bitset<hw::sram_size / block_bytes + 1> used_;  // blocks from which something has been decoded
};

}  // namespace dojo::model
