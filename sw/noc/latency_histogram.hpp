#pragma once
// How many packets took how many cycles.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace dojo::noc {

class LatencyHistogram {
 public:
  void add(std::uint64_t cycles) {
    if (cycles >= packets_.size()) packets_.resize(std::max(cycles + 1, 2 * std::uint64_t{packets_.size()}));
    ++packets_[cycles];
    ++count_;
    sum_ += cycles;
  }

  void add(const LatencyHistogram& other) {
    if (other.packets_.size() > packets_.size()) packets_.resize(other.packets_.size());
    for (std::size_t cycles = 0; cycles < other.packets_.size(); ++cycles) packets_[cycles] += other.packets_[cycles];
    count_ += other.count_;
    sum_ += other.sum_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  /// Mean number of cycles; 0 without packets.
  [[nodiscard]] double mean() const {
    return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }

  /// Fewest cycles within which `percent` (0 to 100) of the packets arrived (nearest rank); 0 without packets.
  [[nodiscard]] std::uint64_t percentile(double percent) const {
    const double rank = std::max(1.0, std::ceil(percent / 100.0 * static_cast<double>(count_)));
    std::uint64_t arrived = 0;
    for (std::uint64_t cycles = 0; cycles < packets_.size(); ++cycles) {
      arrived += packets_[cycles];
      if (static_cast<double>(arrived) >= rank) return cycles;
    }
    return 0;
  }

 private:
  std::vector<std::uint64_t> packets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace dojo::noc
