#include "sim/snapshot_pace.hpp"

#include <algorithm>

namespace dojo::sim {

void TimeSlice::ran(std::uint64_t cycles, std::chrono::duration<double> time) {
  constexpr std::chrono::milliseconds shortest{10};
  constexpr std::chrono::milliseconds longest{40};
  constexpr std::uint64_t most = std::uint64_t{1} << 40;
  if (time > longest) {
    cycles_ = std::max<std::uint64_t>(1, cycles_ / 2);
  } else if (time < shortest && cycles >= cycles_) {
    cycles_ = std::min(most, cycles_ * 2);
  }
}

SnapshotPace::Clock::duration SnapshotPace::wait_after(std::chrono::duration<double> time) const {
  return std::max(least_wait_, std::chrono::duration_cast<Clock::duration>(time / share_));
}

}  // namespace dojo::sim
