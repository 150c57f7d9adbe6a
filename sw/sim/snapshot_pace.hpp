#pragma once
// Wall time while a machine runs: when it is looked at, and how many snapshots it allows.

#include <chrono>
#include <cstdint>

namespace dojo::sim {

/// How many cycles to run until there is something to look at again: as many as take about a fiftieth of a second.
class TimeSlice {
 public:
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
  /// So many cycles took that long.
  void ran(std::uint64_t cycles, std::chrono::duration<double> time);

 private:
  std::uint64_t cycles_ = 1024;
};

/// When to make snapshots that together take a share of wall time, and none sooner than `least_wait` after the start or
/// the one before.
class SnapshotPace {
 public:
  using Clock = std::chrono::steady_clock;
  /// A share of 0: never.
  SnapshotPace(double share, std::chrono::duration<double> least_wait)
      : share_(share), least_wait_(std::chrono::duration_cast<Clock::duration>(least_wait)) {}

  /// `estimate` tells how long a snapshot would take, and is asked at most once.
  template <typename Estimate>
  [[nodiscard]] bool is_due(Estimate estimate) {
    if (share_ <= 0 || Clock::now() < next_) return false;
    if (!is_estimated_) {
      is_estimated_ = true;
      next_ = start_ + wait_after(estimate());
    }
    return Clock::now() >= next_;
  }
  /// One has been made.
  void took(std::chrono::duration<double> time) { next_ = Clock::now() + wait_after(time); }
  /// No more are made.
  void end() { share_ = 0; }

 private:
  [[nodiscard]] Clock::duration wait_after(std::chrono::duration<double> time) const;

  double share_;
  Clock::duration least_wait_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_ + least_wait_;
  bool is_estimated_ = false;
};

}  // namespace dojo::sim
