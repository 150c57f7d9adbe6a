#pragma once
// One direction of an Ethernet line between two stations that loses, repeats, reorders and corrupts frames.

#include <cstdint>
#include <functional>
#include <map>
#include <random>

#include "ttp/station.hpp"

namespace dojo::ttp {

/// Shares of all frames, and times in cycles.
struct LineFaults {
  double drop = 0;
  double repeat = 0;
  double reorder = 0;  ///< frames that are up to `late` cycles late
  double corrupt = 0;  ///< frames of which one to three bits flip
  unsigned late = 2000;
  unsigned latency = 200;
};

/// What a line has done to its frames.
struct LineCounts {
  std::uint64_t frames = 0;  ///< that were put on it
  std::uint64_t bytes = 0;   ///< of them, without FCS
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t late = 0;       ///< repetitions included
  std::uint64_t corrupted = 0;  ///< repetitions included
};

/// Adds the FCS, does what `faults` says, checks the FCS.
class BadLine {
 public:
  BadLine(const LineFaults& faults, std::uint64_t seed) : faults_(faults), random_(seed) {}

  /// Takes a frame without FCS; `bad`: its FCS was wrong.
  using Receiver = std::function<void(Bytes frame, bool bad)>;

  void put(Bytes frame, std::uint64_t now);
  /// Hands over the frames that are due.
  void step(std::uint64_t now, const Receiver& to);
  [[nodiscard]] bool is_empty() const { return due_.empty(); }
  [[nodiscard]] const LineCounts& counts() const { return counts_; }

 private:
  bool happens(double share) { return share > 0 && std::uniform_real_distribution<>(0, 1)(random_) < share; }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  LineFaults faults_;
  std::mt19937_64 random_;
  std::multimap<std::uint64_t, Bytes> due_;
  LineCounts counts_;
};

}  // namespace dojo::ttp
