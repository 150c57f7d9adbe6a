#include "tile/edge_lane.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"

namespace dojo::tile {

EdgeLane::EdgeLane(const Options& options)
    : options_(options), words_((options.bits + 31) / 32), random_(options.seed) {
  if (options.flight == 0) throw RunError("a beat is on the lanes for at least one cycle");
  beats_.resize(options.flight * words_);
  valid_.resize(options.flight);
  until_error_ = bits_until_error();
}

std::uint64_t EdgeLane::bits_until_error() {
  if (options_.bit_error_rate <= 0) return std::numeric_limits<std::uint64_t>::max();
  return std::geometric_distribution<std::uint64_t>(options_.bit_error_rate)(random_);
}

std::span<const std::uint32_t> EdgeLane::arrived() const {
  if (!valid_[place_]) return {};
  return std::span(beats_).subspan(place_ * words_, words_);
}

void EdgeLane::send(std::span<const std::uint32_t> beat) {
  if (valid_[place_]) --under_way_;
  valid_[place_] = false;
  if (!beat.empty()) {
    if (beat.size() != words_) throw RunError(fmt::format("a beat of {} words on lanes of {}", beat.size(), words_));
    const auto stored = std::span(beats_).subspan(place_ * words_, words_);
    std::ranges::copy(beat, stored.begin());
    for (; until_error_ < options_.bits; until_error_ += 1 + bits_until_error()) {
      stored[until_error_ / 32] ^= 1U << (until_error_ % 32);
      ++flipped_bits_;
    }
    if (options_.bit_error_rate > 0) until_error_ -= options_.bits;
    const bool dropped = cut_ || (options_.drop_rate > 0 && std::bernoulli_distribution(options_.drop_rate)(random_));
    if (dropped) {
      ++dropped_beats_;
    } else {
      valid_[place_] = true;
      ++under_way_;
    }
  }
  place_ = (place_ + 1) % valid_.size();
}

}  // namespace dojo::tile
