#pragma once
// Golden model of an Interface Processor: what it does with packets of the mesh, without time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "dojo_hw.hpp"
#include "noc/packet.hpp"

namespace dojo::model {

/// A port's place in the mesh, as nodes see it.
struct PortPlace {
  unsigned x = 0;
  unsigned y = 0;
};

/// What a port sends because of a packet.
struct PortAnswer {
  /// Elements of a READ in their order; instead of the first one outside of the memory, and of those behind it, a
  /// report.
  std::vector<noc::Packet> elements;
  /// The report of a packet that was refused whole: at most one. The port may lose it if too many wait.
  std::vector<noc::Packet> reports;
};

/// Memory is zero until it is written. docs/dip.md
class InterfaceProcessor {
 public:
  using Line = std::array<std::uint32_t, hw::line_bytes / 4>;
  static constexpr std::uint64_t bytes = std::uint64_t{hw::dip_channels} * hw::dip_channel_lines * hw::line_bytes;

  /// What the packet, which comes at `port`, does at once, and what is sent because of it.
  PortAnswer apply(const noc::Packet& packet, PortPlace port);

  /// Copies bytes out of or into the memory, in which all of them lie.
  void read_memory(std::uint64_t address, std::span<std::byte> bytes) const;
  void write_memory(std::uint64_t address, std::span<const std::byte> bytes);

  /// Adds to a semaphore, modulo 2**32.
  void increment(unsigned semaphore, std::uint32_t amount) { semaphores_.at(semaphore) += amount; }

  /// The elements of a READ, as `port` sends them; the last one is a report if it is not in the memory.
  [[nodiscard]] std::vector<noc::Packet> read(const noc::Packet& packet, PortPlace port) const;

  [[nodiscard]] Line line(std::uint64_t number) const;
  [[nodiscard]] std::uint32_t semaphore(unsigned number) const { return semaphores_.at(number); }
  /// Every line that was ever written, by its number.
  [[nodiscard]] const std::unordered_map<std::uint64_t, Line>& contents() const { return contents_; }
  /// Packets that were refused whole, and reports that came.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::uint64_t reported() const { return reported_; }

 private:
  void write(const noc::Packet& packet);

  std::unordered_map<std::uint64_t, Line> contents_;
  std::array<std::uint32_t, hw::semaphores> semaphores_{};
  std::uint64_t refused_ = 0;
  std::uint64_t reported_ = 0;
};

}  // namespace dojo::model
