#pragma once
// Straight-line programs of random instructions that run both as Linux programs under QEMU and on the golden model.
//
// A program is a list of items; each is a few instructions that stay together. While a program is made, the model
// executes it, so that only instructions that do not trap get in. Checkpoints store all registers.

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/node.hpp"

namespace dojo::qemu {

// Where things are, in the SRAM of the model and in the address space of the Linux process.
inline constexpr std::uint64_t code_address = hw::sram_base;
inline constexpr std::uint64_t code_bytes = 0x10000;
inline constexpr std::uint64_t data_address = code_address + code_bytes;
inline constexpr std::uint64_t data_bytes = 0x8000;
inline constexpr std::uint64_t dump_address = data_address + data_bytes;
inline constexpr std::uint64_t dump_bytes = 0x20000;
inline constexpr std::uint64_t image_bytes = code_bytes + data_bytes + dump_bytes;

/// What one checkpoint stores: x1..x29, f0..f31, CSRs, vector registers.
inline constexpr std::uint64_t checkpoint_bytes = 512 + 2048;
inline constexpr unsigned items_per_checkpoint = 6;

using Item = std::vector<std::uint32_t>;

/// A program that has run on the model.
struct Execution {
  bool ran = false;                      ///< no instruction trapped
  std::vector<std::byte> image;          ///< code and data before it starts
  std::vector<std::byte> result;         ///< data and dumps after it
  std::vector<std::size_t> checkpoints;  ///< for each, the number of items executed before it
};

/// Makes a program of `count` items from a seed.
std::vector<Item> make_items(std::uint64_t seed, unsigned count);

/// Runs a program on the model. `seed` gives the initial registers and data.
Execution execute(std::uint64_t seed, std::span<const Item> items);

/// Disassembly of items, one instruction a line.
std::string listing(std::span<const Item> items);

/// Where two results differ, in words: checkpoint, register, values; empty if they do not.
std::string difference(const Execution& model, std::span<const std::byte> other);

}  // namespace dojo::qemu
