#include "tile/lane_errors.hpp"

#include <sstream>

namespace dojo::tile {

LaneErrors::LaneErrors(const Options& options) : options_(options), random_(options.seed) {
  until_error_ = bits_until_error();
}

std::uint64_t LaneErrors::bits_until_error() {
  if (options_.bit_error_rate <= 0) return std::numeric_limits<std::uint64_t>::max();
  return std::geometric_distribution<std::uint64_t>(options_.bit_error_rate)(random_);
}

std::string LaneErrors::state() const {
  std::ostringstream text;
  text << until_error_ << ' ' << cut_ << ' ' << flipped_bits_ << ' ' << dropped_beats_ << ' ' << random_;
  return text.str();
}

void LaneErrors::set_state(const std::string& state) {
  std::istringstream text(state);
  text >> until_error_ >> cut_ >> flipped_bits_ >> dropped_beats_ >> random_;
}

bool LaneErrors::pass(std::span<std::uint32_t> beat) {
  for (; until_error_ < options_.bits; until_error_ += 1 + bits_until_error()) {
    beat[until_error_ / 32] ^= 1U << (until_error_ % 32);
    ++flipped_bits_;
  }
  if (options_.bit_error_rate > 0) until_error_ -= options_.bits;
  const bool lost = cut_ || (options_.drop_rate > 0 && std::bernoulli_distribution(options_.drop_rate)(random_));
  if (lost) ++dropped_beats_;
  return !lost;
}

}  // namespace dojo::tile
