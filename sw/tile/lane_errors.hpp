#pragma once
// What goes wrong on the lanes between two dies: bits that flip and beats that are lost, at given rates.

#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>

namespace dojo::tile {

/// The errors of the lanes in one direction. The same options give the same errors in the same beats, whatever time
/// passes between them.
class LaneErrors {
 public:
  struct Options {
    /// Bits of a beat; the words of a beat hold 32 bits each, bit 0 first.
    unsigned bits = 32;
    /// Probability that a bit of a beat is flipped.
    double bit_error_rate = 0;
    /// Probability that a beat is lost.
    double drop_rate = 0;
    std::uint64_t seed = 1;
  };

  explicit LaneErrors(const Options& options);

  /// Flips bits of the next beat; false: it is lost.
  bool pass(std::span<std::uint32_t> beat);

  /// From now on every beat is lost, or as before.
  void cut(bool is_cut) { cut_ = is_cut; }

  /// What it goes on from, as text; set_state() of other errors with the same options takes it.
  [[nodiscard]] std::string state() const;
  void set_state(const std::string& state);

  [[nodiscard]] std::uint64_t flipped_bits() const { return flipped_bits_; }
  [[nodiscard]] std::uint64_t dropped_beats() const { return dropped_beats_; }

 private:
  [[nodiscard]] std::uint64_t bits_until_error();

  Options options_;
  std::mt19937_64 random_;
  std::uint64_t until_error_ = std::numeric_limits<std::uint64_t>::max();  // good bits before the next wrong one
  bool cut_ = false;
  std::uint64_t flipped_bits_ = 0;
  std::uint64_t dropped_beats_ = 0;
};

}  // namespace dojo::tile
