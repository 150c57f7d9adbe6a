#pragma once
// One packet of the network: a header and 64 bytes of payload, in the form in which the benches handle it.

#include <array>
#include <cstdint>

#include "dojo_hw.hpp"

namespace dojo::noc {

/// A single-flit packet.
struct Packet {
  hw::PacketHeader header;
  std::array<std::uint32_t, hw::line_bytes / 4> data{};

  bool operator==(const Packet&) const = default;
};

/// Copies a packed value of Verilator's wide type, or an element of a packed array of such values, into an array.
template <std::size_t Words, typename Wide>
std::array<std::uint32_t, Words> words_of(const Wide& wide, std::size_t element = 0) {
  std::array<std::uint32_t, Words> words;
  for (std::size_t i = 0; i < Words; ++i) words[i] = wide[element * Words + i];
  return words;
}

/// Drives a wide port of a Verilated model, or an element of one that is a packed array.
template <typename Wide, std::size_t Words>
void assign_words(Wide& wide, const std::array<std::uint32_t, Words>& words, std::size_t element = 0) {
  for (std::size_t i = 0; i < Words; ++i) wide[element * Words + i] = words[i];
}

}  // namespace dojo::noc
