#pragma once
// Frames of a die-edge link as they are on the lanes, from their definition in docs/tile.md: what a bench reads and
// forges.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace dojo::tb {

constexpr unsigned edge_slot_bits = 624;
constexpr unsigned edge_code_bits = 11;
constexpr unsigned edge_lane_bits = edge_slot_bits + edge_code_bits;

/// A slot in bytes, bit 0 first, filled up with zeros as the CRC takes it.
using EdgeSlot = std::array<std::uint8_t, 80>;

/// The slot with number `slot` of a beat, its check bits left out.
EdgeSlot edge_slot(std::span<const std::uint32_t> beat, unsigned slot);
/// The check bits of that slot, as received.
unsigned edge_check(std::span<const std::uint32_t> beat, unsigned slot);
/// Puts a slot and its check bits into a beat.
void put_edge_slot(std::span<std::uint32_t> beat, unsigned slot, const EdgeSlot& value);
/// Check bits of a slot, bit by bit from the definition of the code.
unsigned edge_check_of(const EdgeSlot& value);

/// CRC-32 of a frame, by zlib, with the field of the CRC as 0.
std::uint32_t edge_crc(std::span<const std::vector<std::uint32_t>> beats, unsigned slots);

/// `bits` bits of a slot from bit `at`, and their change.
std::uint64_t edge_field(const EdgeSlot& slot, unsigned at, unsigned bits);
void set_edge_field(EdgeSlot& slot, unsigned at, unsigned bits, std::uint64_t value);

}  // namespace dojo::tb
