#pragma once
// Memory of gigabytes of which only what has been written takes room, and is known.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "model/zeroed_pages.hpp"

namespace dojo::tile {

/// Zero until written. Addresses of accesses lie in it.
class SparseMemory {
 public:
  /// Contents are kept, and saved, in blocks of this size.
  static constexpr std::uint64_t block_bytes = std::uint64_t{1} << 20;

  explicit SparseMemory(std::uint64_t bytes) : pages_(bytes), written_((bytes + block_bytes - 1) / block_bytes) {}

  [[nodiscard]] std::uint64_t bytes() const { return written_.size() * block_bytes; }
  /// The memory at an address, to be read.
  [[nodiscard]] const std::uint8_t* at(std::uint64_t address) const {
    return static_cast<const std::uint8_t*>(pages_.data()) + address;
  }
  /// The same to be written, in the block of the address.
  [[nodiscard]] std::uint8_t* to_write(std::uint64_t address) {
    written_[address / block_bytes] = 1;
    return static_cast<std::uint8_t*>(pages_.data()) + address;
  }
  void read(std::uint64_t address, std::span<std::byte> bytes) const {
    std::memcpy(bytes.data(), at(address), bytes.size());
  }
  void write(std::uint64_t address, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    std::memcpy(to_write(address), bytes.data(), bytes.size());
    for (std::uint64_t block = address / block_bytes; block <= (address + bytes.size() - 1) / block_bytes; ++block) {
      written_[block] = 1;
    }
  }

  /// Numbers of the blocks that have been written, ascending.
  [[nodiscard]] std::vector<std::uint64_t> written_blocks() const {
    std::vector<std::uint64_t> blocks;
    for (std::uint64_t block = 0; block < written_.size(); ++block) {
      if (written_[block] != 0) blocks.push_back(block);
    }
    return blocks;
  }
  [[nodiscard]] std::span<const std::byte> block(std::uint64_t number) const {
    return {reinterpret_cast<const std::byte*>(at(number * block_bytes)), block_bytes};
  }
  /// Fills a block that has not been written. Parts of nothing but zeros take no room.
  void fill(std::uint64_t number, std::span<const std::byte, block_bytes> bytes) {
    constexpr std::size_t part_bytes = 4096;
    std::uint8_t* const to = to_write(number * block_bytes);
    for (std::size_t first = 0; first < block_bytes; first += part_bytes) {
      const std::span<const std::byte> part = bytes.subspan(first, part_bytes);
      if (std::ranges::any_of(part, [](std::byte byte) { return byte != std::byte{0}; })) {
        std::memcpy(to + first, part.data(), part_bytes);
      }
    }
  }

 private:
  model::ZeroedPages pages_;
  std::vector<std::uint8_t> written_;  ///< by block
};

}  // namespace dojo::tile
