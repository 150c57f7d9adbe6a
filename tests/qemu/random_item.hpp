#pragma once
// Random instructions for programs that run under QEMU user emulation and on the golden model.

#include <cstdint>
#include <random>
#include <vector>

#include "model/hart.hpp"

namespace dojo::qemu {

// Registers that no instruction of an item changes.
inline constexpr std::uint32_t temporary = 30;     ///< but inside an item and at checkpoints
inline constexpr std::uint32_t dump_pointer = 31;  ///< next checkpoint

/// Tables of indices for indexed loads and stores at the end of the data area, one for each width of an index.
inline constexpr std::uint64_t index_table_bytes = 1024;
constexpr std::uint64_t index_table_offset(unsigned width) {
  return 0x7000 + width * index_table_bytes;
}

/// A few instructions that belong together, chosen for the configuration that `hart` is in now. They may trap.
std::vector<std::uint32_t> random_item(std::mt19937_64& random, const model::Hart& hart);

}  // namespace dojo::qemu
