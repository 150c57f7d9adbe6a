#pragma once
// A hash over all that crosses the links of a mesh, to prove that two simulations of it agree cycle by cycle.

#include <cstdint>

namespace dojo::sim {

/// Finaliser of splitmix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

/// Hash of a flit that leaves node number `node` (y * columns + x) through `direction` in `cycle`; of a line of a tree
/// with the direction plus 4.
/// The hash of a run is the sum over its flits and credits, so that it does not depend on the order of evaluation.
inline std::uint64_t flit_hash(std::uint64_t cycle, unsigned node, unsigned direction, const std::uint32_t* header,
                               const std::uint32_t* payload) {
  std::uint64_t hash = mix(mix(cycle) ^ (std::uint64_t{node} << 8 | direction));
  for (unsigned i = 0; i < 3; ++i) hash = mix(hash ^ header[i]);
  for (unsigned i = 0; i < 16; ++i) hash = mix(hash ^ payload[i]);
  return hash;
}

/// Hash of the credits (`credit_o`, not zero) that node number `node` returns in `cycle`.
inline std::uint64_t credit_hash(std::uint64_t cycle, unsigned node, std::uint8_t credits) {
  return mix(mix(cycle) ^ (std::uint64_t{node} << 16 | 0x8000u | credits));
}

/// The same for credits of trees (`tree_credit_o`, not zero).
inline std::uint64_t tree_credit_hash(std::uint64_t cycle, unsigned node, std::uint16_t credits) {
  return mix(mix(cycle) ^ (std::uint64_t{node} << 18 | 0x10000u | credits));
}

/// Hash of the tokens (a byte of `token_o`, not zero) that leave node number `node` through `direction` in `cycle`.
inline std::uint64_t token_hash(std::uint64_t cycle, unsigned node, unsigned direction, std::uint8_t tokens) {
  return mix(mix(cycle) ^ (std::uint64_t{node} << 18 | 0x20000u | direction << 8 | tokens));
}

}  // namespace dojo::sim
