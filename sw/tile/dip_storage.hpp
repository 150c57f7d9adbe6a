#pragma once
// The cells of an Interface Processor's DRAM: 32 GiB of host memory that takes room only where it has been written.

#include <cstdint>
#include <cstring>

#include "dojo_hw.hpp"
#include "tile/sparse_memory.hpp"

namespace dojo::tile {

/// Lines of all channels, in the order of the Interface Processor's addresses (docs/dip.md). Zero until written.
class DipStorage {
 public:
  static constexpr std::uint64_t bytes = std::uint64_t{hw::dip_channels} * hw::dip_channel_lines * hw::line_bytes;

  DipStorage() : memory_(bytes) {}

  /// Address, in bytes, of line `line` of a channel. Neighbouring lines are of different channels, and so are most
  /// lines that are a power of two apart.
  static std::uint64_t address_of(unsigned channel, std::uint64_t line) {
    const std::uint64_t low = (channel ^ line ^ (line >> 3U) ^ (line >> 6U)) % hw::dip_channels;
    return (line * hw::dip_channels + low) * hw::line_bytes;
  }

  /// By address.
  [[nodiscard]] SparseMemory& memory() { return memory_; }
  [[nodiscard]] const SparseMemory& memory() const { return memory_; }

  /// Copies a line into the words of a port.
  template <typename Word>
  void read(unsigned channel, std::uint64_t line, Word* data) const {
    std::memcpy(data, memory_.at(address_of(channel, line)), hw::line_bytes);
  }
  /// Writes the bytes of a line whose strobe is set.
  template <typename Word>
  void write(unsigned channel, std::uint64_t line, const Word* data, std::uint64_t strobes) {
    std::uint8_t* to = memory_.to_write(address_of(channel, line));
    if (strobes == ~std::uint64_t{0}) {
      std::memcpy(to, data, hw::line_bytes);
      return;
    }
    const auto* from = reinterpret_cast<const std::uint8_t*>(data);
    for (unsigned byte = 0; byte < hw::line_bytes; ++byte) {
      if (((strobes >> byte) & 1U) != 0) to[byte] = from[byte];
    }
  }

 private:
  SparseMemory memory_;
};

}  // namespace dojo::tile
