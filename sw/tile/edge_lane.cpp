#include "tile/edge_lane.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"

namespace dojo::tile {

EdgeLane::EdgeLane(const Options& options)
    : options_(options),
      words_((options.bits + 31) / 32),
      errors_({.bits = options.bits,
               .bit_error_rate = options.bit_error_rate,
               .drop_rate = options.drop_rate,
               .seed = options.seed}) {
  if (options.flight == 0) throw RunError("a beat is on the lanes for at least one cycle");
  beats_.resize(options.flight * words_);
  valid_.resize(options.flight);
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
    if (errors_.pass(stored)) {
      valid_[place_] = true;
      ++under_way_;
    }
  }
  place_ = (place_ + 1) % valid_.size();
}

}  // namespace dojo::tile
