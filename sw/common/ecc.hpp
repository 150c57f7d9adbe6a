#pragma once
// The SECDED code of an SRAM word, as rtl/node/ecc_pkg.sv defines it (our decision; docs/node.md).

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dojo_hw.hpp"

namespace dojo {

/// The 8 check bits of a 64-bit word.
constexpr std::uint8_t ecc_check_bits(std::uint64_t word) {
  std::uint64_t w = word;
  w ^= (w >> 1) & 0x5555555555555555u;
  w ^= (w >> 2) & 0x3333333333333333u;
  w ^= (w >> 4) & 0x0f0f0f0f0f0f0f0fu;
  w ^= (w >> 8) & 0x00ff00ff00ff00ffu;
  w ^= (w >> 16) & 0x0000ffff0000ffffu;
  w ^= w >> 32;
  const std::uint64_t index = (w >> 1 & 0x03) | (w >> 2 & 0x04) | (w >> 5 & 0x08) | (w >> 12 & 0x10) | (w >> 27 & 0x20);
  std::uint64_t odd = index ^ index >> 3;
  odd ^= odd >> 1 ^ odd >> 2;
  const std::uint64_t check = index | (odd & 1) << 6 | (w & 1) << 7;
  return static_cast<std::uint8_t>(check ^ ((word & 1) != 0 ? 0xff : 0));
}

/// What a syndrome, recomputed check bits against stored ones, says.
struct EccVerdict {
  bool corrected = false;      ///< one bit of the word or of its check bits was wrong
  bool uncorrectable = false;  ///< two, or an odd number that no single error explains
  std::uint64_t flip = 0;      ///< data bit to be flipped
};

constexpr EccVerdict ecc_verdict(unsigned syndrome) {
  const bool odd = std::popcount(syndrome) % 2 != 0;
  const bool on_data = odd && (((syndrome & 0x80) != 0 && (syndrome & 0x3f) != 0) || syndrome == 0x7f);
  const bool on_check = std::popcount(syndrome) == 1;
  return {.corrected = on_data || on_check,
          .uncorrectable = syndrome != 0 && !on_data && !on_check,
          .flip = on_data ? std::uint64_t{1} << ((syndrome & 0x80) != 0 ? syndrome & 0x3f : 0) : 0};
}

/// Check bits of the eight words of a line, word w in byte w.
inline std::uint64_t ecc_line_check(std::span<const std::byte, hw::line_bytes> line) {
  std::uint64_t result = 0;
  for (unsigned w = 0; w < hw::line_bytes / 8; ++w) {
    std::uint64_t word = 0;
    std::memcpy(&word, line.data() + 8 * w, sizeof word);
    result |= std::uint64_t{ecc_check_bits(word)} << (8 * w);
  }
  return result;
}

/// Writes bytes at `offset` of an SRAM whose cells are visible, and the check bits of the lines that they touch.
inline void ecc_write(std::span<std::byte> sram, std::span<std::uint64_t> check, std::size_t offset,
                      std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  std::memcpy(sram.data() + offset, bytes.data(), bytes.size());
  for (std::size_t line = offset / hw::line_bytes; line <= (offset + bytes.size() - 1) / hw::line_bytes; ++line) {
    check[line] =
        ecc_line_check(std::span<const std::byte, hw::line_bytes>(sram.subspan(line * hw::line_bytes, hw::line_bytes)));
  }
}

}  // namespace dojo
