#include "network/random.hpp"

#include <cmath>
#include <numeric>
#include <utility>

namespace dojo::network {

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose) : key_(mix(seed + golden)) {
  for (const char character : purpose) key_ = mix(key_ ^ static_cast<unsigned char>(character)) + golden;
}

float RandomStream::normal(std::uint64_t counter) const {
  constexpr std::uint64_t terms = 12;
  constexpr std::int64_t mean = std::int64_t{terms / 2} << 32;
  std::int64_t sum = 0;
  for (std::uint64_t term = 0; term < terms / 2; ++term) {
    const std::uint64_t two = bits(counter * (terms / 2) + term);
    sum += static_cast<std::int64_t>(two >> 32) + static_cast<std::int64_t>(two & 0xffffffffu);
  }
  return static_cast<float>(std::ldexp(static_cast<double>(sum - mean), -32));
}

std::vector<std::uint32_t> permutation(const RandomStream& random, std::size_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.bits(i) % i]);
  return order;
}

}  // namespace dojo::network
