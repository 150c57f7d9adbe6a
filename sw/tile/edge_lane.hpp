#pragma once
// The lanes between two dies in one direction: a delay line that flips bits and loses beats at given rates.

#include <cstdint>
#include <span>
#include <vector>

#include "tile/lane_errors.hpp"

namespace dojo::tile {

/// Carries a beat per cycle for `flight` cycles. The same options give the same errors in the same beats.
class EdgeLane {
 public:
  struct Options {
    /// Cycles from send() to arrived(); at least 1.
    unsigned flight = 1;
    /// Bits of a beat; the words of a beat hold 32 bits each, bit 0 first.
    unsigned bits = 32;
    /// Probability that a bit of a beat is flipped.
    double bit_error_rate = 0;
    /// Probability that a beat is lost.
    double drop_rate = 0;
    std::uint64_t seed = 1;
  };

  explicit EdgeLane(const Options& options);

  /// The beat that arrives in this cycle; empty: none.
  [[nodiscard]] std::span<const std::uint32_t> arrived() const;
  /// What is sent in this cycle (empty: nothing), and the end of the cycle. Throws dojo::RunError if `beat` has another
  /// length than its bits.
  void send(std::span<const std::uint32_t> beat);

  /// From now on every beat is lost, or as before.
  void cut(bool is_cut) { errors_.cut(is_cut); }

  /// Beats that are under way.
  [[nodiscard]] unsigned under_way() const { return under_way_; }
  [[nodiscard]] std::uint64_t flipped_bits() const { return errors_.flipped_bits(); }
  [[nodiscard]] std::uint64_t dropped_beats() const { return errors_.dropped_beats(); }

 private:
  Options options_;
  std::size_t words_;
  std::vector<std::uint32_t> beats_;  // flight places of words_
  std::vector<bool> valid_;
  std::size_t place_ = 0;
  LaneErrors errors_;
  unsigned under_way_ = 0;
};

}  // namespace dojo::tile
