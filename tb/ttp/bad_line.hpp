#pragma once
// One direction of an Ethernet line between two stations that loses, repeats, reorders and corrupts frames.

#include <cstdint>
#include <map>
#include <random>

#include "tb/ttp/station.hpp"

namespace dojo::tb {

/// Shares of all frames, and times in cycles.
struct LineFaults {
  double drop = 0;
  double repeat = 0;
  double reorder = 0;  ///< frames that are up to `late` cycles late
  double corrupt = 0;  ///< frames of which one to three bits flip
  unsigned late = 2000;
  unsigned latency = 200;
};

/// Adds the FCS, does what `faults` says, checks the FCS.
class BadLine {
 public:
  BadLine(const LineFaults& faults, std::uint64_t seed) : faults_(faults), random_(seed) {}

  void put(Bytes frame, std::uint64_t now);
  /// Hands over the frames that are due.
  void step(std::uint64_t now, Station& to);
  [[nodiscard]] bool is_empty() const { return due_.empty(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  bool happens(double share) { return share > 0 && std::uniform_real_distribution<>(0, 1)(random_) < share; }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  LineFaults faults_;
  std::mt19937_64 random_;
  std::multimap<std::uint64_t, Bytes> due_;
  std::uint64_t bytes_ = 0;    // that were put, without FCS
  std::uint64_t dropped_ = 0;  // frames
};

}  // namespace dojo::tb
