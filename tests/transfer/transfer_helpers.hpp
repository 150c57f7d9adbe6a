#pragma once
// Descriptors and memory contents for the tests of the transfer engine.

#include <cstdint>

#include "tb/noc/transfer_mesh.hpp"

namespace dojo::tb {

/// Address of an SRAM line inside its node.
constexpr std::uint32_t address_of(unsigned line) {
  return static_cast<std::uint32_t>(hw::sram_base) + line * hw::line_bytes;
}

/// Bytes of an Interface Processor's memory, and a global address in one.
inline constexpr std::uint64_t memory_bytes = std::uint64_t{hw::dip_channels} * hw::dip_channel_lines * hw::line_bytes;
constexpr std::uint64_t memory_address(unsigned x, unsigned y, std::uint64_t offset) {
  return hw::GlobalAddress{.is_global = true,
                           .kind = true,
                           .y = static_cast<std::uint16_t>(y),
                           .x = static_cast<std::uint16_t>(x),
                           .offset = offset}
      .encode();
}

inline void set_remote(hw::TransferDescriptor& descriptor, std::uint64_t address) {
  descriptor.remote_address_low = static_cast<std::uint32_t>(address);
  descriptor.remote_address_high = static_cast<std::uint32_t>(address >> 32);
}

/// First line of the descriptors in tests that place them by hand.
inline constexpr unsigned first_descriptor = 20000;

/// A mesh for random tests.
struct RandomMesh {
  unsigned columns;
  unsigned rows;
  double refusal;
  std::uint64_t seed;
  [[nodiscard]] TransferMesh::Options options() const {
    return {.columns = columns, .rows = rows, .reset_seed = static_cast<int>(seed), .refusal = refusal, .seed = seed};
  }
};

/// Where a copy starts and ends; `here` belongs to the node that issues the descriptor.
struct Copy {
  unsigned here;  ///< line in the issuing node
  unsigned remote_x;
  unsigned remote_y;
  unsigned there;  ///< line in the remote node
  unsigned lines;
};

inline hw::TransferDescriptor transfer(hw::DescriptorOpTransfer op, const Copy& copy) {
  const std::uint64_t remote = hw::global_address(copy.remote_x, copy.remote_y, address_of(copy.there));
  hw::TransferDescriptor descriptor{};
  descriptor.op = static_cast<std::uint32_t>(op);
  descriptor.lines = copy.lines;
  descriptor.local_address = address_of(copy.here);
  descriptor.remote_address_low = static_cast<std::uint32_t>(remote);
  descriptor.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
  return descriptor;
}

inline hw::TransferDescriptor push(const Copy& copy) {
  return transfer(hw::DescriptorOpTransfer::push, copy);
}
inline hw::TransferDescriptor pull(const Copy& copy) {
  return transfer(hw::DescriptorOpTransfer::pull, copy);
}

inline hw::TransferDescriptor with_sem(hw::TransferDescriptor descriptor, unsigned semaphore) {
  descriptor.sem_en = 1;
  descriptor.sem = semaphore;
  return descriptor;
}

inline hw::TransferDescriptor with_remote_sem(hw::TransferDescriptor descriptor, unsigned semaphore) {
  descriptor.remote_sem_en = 1;
  descriptor.remote_sem = semaphore;
  return descriptor;
}

/// Contents that name node, line and word.
inline Line pattern(unsigned node, unsigned line) {
  Line words{};
  for (unsigned i = 0; i < words.size(); ++i) words[i] = (node << 28) ^ (line << 8) ^ (i * 0x01000193U);
  return words;
}

/// Fills the whole memory of every node with its pattern.
inline void fill(TransferMesh& mesh) {
  for (unsigned node = 0; node < mesh.nodes(); ++node) {
    for (unsigned line = 0; line < hw::sram_lines; ++line) mesh[node].memory[line] = pattern(node, line);
  }
}

/// Gives two nodes side by side routing tables by which node (2,0) lies in the east, but behind node (1,0) is nothing.
inline void lead_astray(TransferMesh& mesh) {
  // A byte for each column: 1 is east, 3 west, 4 the node itself, 7 nowhere.
  mesh.write_register(0, hw::control_route_table_address(0), 0x77777777'77111144);
  mesh.write_register(1, hw::control_route_table_address(0), 0x77777777'77774433);
  const std::uint64_t window = std::uint64_t{1} << 63 | std::uint64_t{1} << 32;  // columns 0 and 1 of row 0
  for (unsigned node = 0; node < 2; ++node) mesh.write_register(node, hw::control_route_window_address(), window);
}

}  // namespace dojo::tb
