#pragma once
// Random numbers as functions of a seed and a counter, so that nothing depends on who asks first, on threads or on the
// C library. Our decision; the mixing function is that of SplitMix64 (Steele, Lea, Flood, "Fast splittable
// pseudorandom number generators").

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace dojo::network {

/// All bits of `value` stirred.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

/// A stream of random numbers, all of which can be had in any order.
class RandomStream {
 public:
  /// The stream of this seed and purpose, such as the name of a tensor.
  RandomStream(std::uint64_t seed, std::string_view purpose);
  /// A stream of its own for each `index`, such as a step.
  [[nodiscard]] RandomStream at(std::uint64_t index) const { return RandomStream(mix(key_ + golden * (index + 1))); }
  /// 64 random bits.
  [[nodiscard]] std::uint64_t bits(std::uint64_t counter) const { return mix(key_ ^ mix(golden * (counter + 1))); }
  /// Uniform in [0, 1), a multiple of 2^-24.
  [[nodiscard]] float uniform(std::uint64_t counter) const {
    return static_cast<float>(bits(counter) >> 40) * 0x1p-24f;
  }
  /// Nearly normal, mean 0 and variance 1: the sum of twelve uniform numbers less 6. No function of the C library is in
  /// it, so it gives the same bits everywhere.
  [[nodiscard]] float normal(std::uint64_t counter) const;

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;
  explicit RandomStream(std::uint64_t key) : key_(key) {}
  std::uint64_t key_;
};

/// A permutation of 0 .. count - 1.
[[nodiscard]] std::vector<std::uint32_t> permutation(const RandomStream& random, std::size_t count);

}  // namespace dojo::network
