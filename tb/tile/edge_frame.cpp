#include "tb/tile/edge_frame.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>

namespace dojo::tb {

namespace {

bool bit_of(std::span<const std::uint32_t> words, unsigned at) {
  return ((words[at / 32] >> (at % 32)) & 1U) != 0;
}

void set_bit(std::span<std::uint32_t> words, unsigned at, bool value) {
  words[at / 32] = (words[at / 32] & ~(1U << (at % 32))) | (value ? 1U << (at % 32) : 0);
}

}  // namespace

EdgeSlot edge_slot(std::span<const std::uint32_t> beat, unsigned slot) {
  EdgeSlot value{};
  for (unsigned i = 0; i < edge_slot_bits; ++i) {
    if (bit_of(beat, slot * edge_lane_bits + i)) value.at(i / 8) |= static_cast<std::uint8_t>(1U << (i % 8));
  }
  return value;
}

unsigned edge_check(std::span<const std::uint32_t> beat, unsigned slot) {
  unsigned check = 0;
  for (unsigned i = 0; i < edge_code_bits; ++i) {
    if (bit_of(beat, slot * edge_lane_bits + edge_slot_bits + i)) check |= 1U << i;
  }
  return check;
}

unsigned edge_check_of(const EdgeSlot& value) {
  // Numbers of four bits with two ones or more, in order; 15 is not needed.
  constexpr std::array<unsigned, 10> word_code{3, 5, 6, 7, 9, 10, 11, 12, 13, 14};
  unsigned check = 0;
  unsigned ones = 0;
  for (unsigned i = 0; i < edge_slot_bits; ++i) {
    if (((value.at(i / 8) >> (i % 8)) & 1U) == 0) continue;
    check ^= word_code.at(i / 64) << 6 | (i % 64);
    ++ones;
  }
  return check | ((ones + static_cast<unsigned>(std::popcount(check))) & 1U) << 10;
}

void put_edge_slot(std::span<std::uint32_t> beat, unsigned slot, const EdgeSlot& value) {
  const unsigned check = edge_check_of(value);
  for (unsigned i = 0; i < edge_slot_bits; ++i) {
    set_bit(beat, slot * edge_lane_bits + i, ((value.at(i / 8) >> (i % 8)) & 1U) != 0);
  }
  for (unsigned i = 0; i < edge_code_bits; ++i) {
    set_bit(beat, slot * edge_lane_bits + edge_slot_bits + i, ((check >> i) & 1U) != 0);
  }
}

std::uint32_t edge_crc(std::span<const std::vector<std::uint32_t>> beats, unsigned slots) {
  uLong crc = crc32(0, nullptr, 0);
  for (unsigned s = 0; s < slots; ++s) {
    for (std::size_t b = 0; b < beats.size(); ++b) {
      EdgeSlot slot = edge_slot(beats[b], s);
      if (s == slots - 1 && b == beats.size() - 1) std::fill_n(slot.begin(), 4, std::uint8_t{0});
      crc = crc32(crc, slot.data(), static_cast<uInt>(slot.size()));
    }
  }
  return static_cast<std::uint32_t>(crc);
}

std::uint64_t edge_field(const EdgeSlot& slot, unsigned at, unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bits; ++i) value |= std::uint64_t{(slot.at((at + i) / 8) >> ((at + i) % 8)) & 1U} << i;
  return value;
}

void set_edge_field(EdgeSlot& slot, unsigned at, unsigned bits, std::uint64_t value) {
  for (unsigned i = 0; i < bits; ++i) {
    const auto mask = static_cast<std::uint8_t>(1U << ((at + i) % 8));
    std::uint8_t& byte = slot.at((at + i) / 8);
    byte = static_cast<std::uint8_t>(((value >> i) & 1U) != 0 ? byte | mask : byte & ~mask);
  }
}

}  // namespace dojo::tb
