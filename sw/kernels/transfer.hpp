#pragma once
// Copies between the memories of two nodes, each by one descriptor of the transfer engine.
//
//   dojo::Machine machine({.backend = "rtl", .mesh = {2, 1}});
//   dojo::Transfer copy(machine, {0, 0}, {1, 0}, {.op = hw::DescriptorOpTransfer::push_gather, .bytes = 4096});
//   copy.launch();
//   copy.wait();
//   bool good = copy.correct();

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "runtime/machine.hpp"

namespace dojo {

/// What is copied. The destination is dense but for scatters. Strided copies take the left half of every row of a
/// row-major matrix; gathers and scatters go through all elements of their table in random order.
struct TransferShape {
  hw::DescriptorOpTransfer op = hw::DescriptorOpTransfer::push;
  std::size_t bytes = 0;
  std::size_t element_bytes = hw::line_bytes;  ///< 8, 16, 32 or 64; push and pull: 64
  std::size_t row_elements = 16;               ///< strided: elements of half a row; one row, if there are fewer
  std::size_t skew_lines = 0;                  ///< by which the destination begins behind a multiple of 16 lines
  bool both_ways = false;                      ///< the other node does the same at the same time

  [[nodiscard]] std::size_t elements() const { return bytes / element_bytes; }
};

/// One copy from a node to another one or inside a node, or two, one each way.
class Transfer {
 public:
  /// Loads the program transfer on both nodes, takes memory there and fills it with random bytes. `here` issues the
  /// descriptor. Throws InputError for what is no copy, for sizes that are not whole elements and rows, and when it
  /// does not fit the nodes.
  Transfer(Machine& machine, Coordinates here, Coordinates there, const TransferShape& shape, std::uint64_t seed);

  /// Starts the copy.
  void launch();
  /// Runs the machine until it is done and the nodes that issue or receive know it. Throws RunError like Event::wait.
  void wait();
  /// Cycles from the launch to the end of wait().
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
  /// Whether every byte at both nodes is what it has to be, those around the copied ones included.
  [[nodiscard]] bool correct() const;

 private:
  /// A node and what it has of the copy.
  struct Side {
    Coordinates node;
    bool issues = false;
    bool sends = false;
    bool receives = false;
    /// Offsets in the contents, which begin at a multiple of 16 lines as each part of them does, and their end.
    std::size_t source = 0;
    std::size_t destination = 0;
    std::size_t indices = 0;
    std::size_t descriptor = 0;
    std::size_t end = 0;
    std::optional<Buffer> memory = {};
    std::vector<std::byte> contents = {};  ///< before the copy
    /// Where the contents begin in the memory, and their address.
    [[nodiscard]] std::size_t first() const;
    [[nodiscard]] std::uint64_t address() const { return memory.value().address() + first(); }
  };

  void check() const;
  /// A side with its memory, its contents random.
  [[nodiscard]] Side make_side(Side side, std::mt19937_64& generator);
  void write(Side& side, const Side& other);
  [[nodiscard]] hw::TransferDescriptor describe(const Side& side, const Side& other) const;
  [[nodiscard]] std::size_t source_bytes() const;
  [[nodiscard]] std::size_t source_offset(std::size_t element) const;
  [[nodiscard]] std::size_t destination_offset(std::size_t element) const;

  Machine& machine_;
  TransferShape shape_;
  Program program_;
  std::vector<std::uint32_t> order_;  ///< index of each element of a gather or scatter
  std::vector<Side> sides_;           ///< `here` first; one inside a node
  std::vector<Event> events_;
  std::uint64_t cycles_ = 0;
};

}  // namespace dojo
