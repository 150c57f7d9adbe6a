#pragma once
// Operands of floating-point tests: the corners of binary32, and random numbers of every kind.

#include <array>
#include <cstdint>
#include <random>

namespace dojo::tb {

/// Both signs of: zero, the ends of subnormal and normal numbers, ones, integers' ends, infinity, NaN of both kinds.
inline constexpr auto float_corners = [] {
  constexpr std::array<std::uint32_t, 40> magnitudes{
      0x00000000u, 0x00000001u, 0x00000002u, 0x00000003u, 0x00400000u, 0x007ffffeu, 0x007fffffu, 0x00800000u,
      0x00800001u, 0x00ffffffu, 0x01000000u, 0x0c000000u, 0x1f800000u, 0x20000000u, 0x33800000u, 0x33800001u,
      0x34000000u, 0x3effffffu, 0x3f000000u, 0x3f000001u, 0x3f7fffffu, 0x3f800000u, 0x3f800001u, 0x3fc00000u,
      0x40000000u, 0x40400000u, 0x46fffe00u, 0x4affffffu, 0x4b000001u, 0x4effffffu, 0x4f000000u, 0x4f7fffffu,
      0x5f000000u, 0x7effffffu, 0x7f000000u, 0x7f7fffffu, 0x7f800000u, 0x7f800001u, 0x7fbfffffu, 0x7fc12345u};
  std::array<std::uint32_t, 2 * magnitudes.size()> both{};
  for (std::size_t n = 0; n < magnitudes.size(); ++n) {
    both[2 * n] = magnitudes[n];
    both[2 * n + 1] = magnitudes[n] | 0x80000000u;
  }
  return both;
}();

/// Multiply-adds whose result, to nearest-even, is subnormal, zero or only in between beyond the range.
struct FmaCase {
  float a, b, c;
  std::uint32_t result;
};
inline constexpr std::array<FmaCase, 18> fma_cases{{
    {0x1p-75F, 0x1p-75F, 0.0F, 0u},                   // half of the smallest number: a tie, to even
    {0x1p-75F, 0x1.000002p-75F, 0.0F, 1u},            // with one bit more, far below
    {0x1p-75F, -0x1.000002p-75F, 0.0F, 0x80000001u},  //
    // (2**46 + 1) * 2**-196: a tie but for a bit that no 64-bit window of the result's place holds
    {8392705.0F * 0x1p-98F, 8384513.0F * 0x1p-98F, 0.0F, 1u},
    {8392705.0F * 0x1p-98F, -8384513.0F * 0x1p-98F, 0.0F, 0x80000001u},
    {0x1.8p-75F, 0x1p-74F, 0.0F, 2u},                 // 1.5 of the smallest: a tie, to even
    {0x1.8p-75F, 0x1.fffffep-75F, 0.0F, 1u},          // just below it
    {0x1.8p-75F, 0x1.000002p-74F, 0.0F, 2u},          // just above it
    {0x1p-100F, 0x1p-100F, 0x1p-149F, 1u},            // far below a subnormal
    {-0x1p-100F, 0x1p-100F, 0x1p-149F, 1u},           //
    {0x1.fffffep-64F, 0x1p-63F, 0.0F, 0x00800000u},   // rounds up to the smallest normal number
    {0x1p-149F, 0x1p-149F, -0.0F, 0u},                // underflows, and keeps the sign of the sum
    {-0x1p-149F, 0x1p-149F, 0.0F, 0x80000000u},       //
    {-0.0F, 1.0F, -0.0F, 0x80000000u},                // zeros
    {-0.0F, 1.0F, 0.0F, 0u},                          //
    {1.0F, 1.0F, -1.0F, 0u},                          // an exact zero
    {0x1p-149F, 0x1p127F, -0x1p-22F, 0u},             // a subnormal operand, exactly cancelled
    {0x1p127F, 2.0F, -0x1.fffffep127F, 0x73800000u},  // beyond the largest number in between only
}};

/// A number of a random kind: any bits, any exponent with a short or long run of ones or zeros, near another exponent,
/// subnormal, or a corner.
template <class Random>
std::uint32_t random_float(Random& random) {
  const std::uint64_t r = random();
  const auto bits = static_cast<std::uint32_t>(r);
  const auto kind = r >> 32 & 15;
  const auto extra = static_cast<std::uint32_t>(r >> 36);
  const auto with_field = [&](std::uint32_t field) { return (bits & 0x807fffffu) | field << 23; };
  if (kind < 5) return bits;
  if (kind < 8) return with_field(100 + extra % 56);                              // around one
  if (kind < 9) return with_field(extra % 3);                                     // around the smallest
  if (kind < 10) return with_field(253 + extra % 3);                              // around the largest
  if (kind < 11) return (bits & 0x80000000u) | (bits & 0x7fffffu) >> extra % 23;  // subnormal
  if (kind < 13) return bits & ~((1u << extra % 24) - 1);                         // few significant bits
  if (kind < 14) return bits | ((1u << extra % 24) - 1);                          // ends in ones
  return float_corners[extra % float_corners.size()];
}

}  // namespace dojo::tb
