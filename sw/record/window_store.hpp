#pragma once
// A run of any length in few windows of equal length.

#include <cstdint>
#include <utility>
#include <vector>

namespace dojo::record {

/// What counters stood at, at the ends of windows. When there are too many windows, two neighbours become one and the
/// interval doubles, so that at most `most` and, in a long run, at least half as many are left.
class WindowStore {
 public:
  using Totals = std::vector<std::uint64_t>;

  WindowStore(std::uint64_t interval, unsigned most) : interval_(interval), most_(most) {}

  /// Cycles of a window; the last one of a run may be shorter.
  [[nodiscard]] std::uint64_t interval() const { return interval_; }
  /// The cycle at whose beginning the next window ends.
  [[nodiscard]] std::uint64_t next_end() const { return (ends_.size() + 1) * interval_; }

  /// What the counters stand at in cycle next_end().
  void add(Totals totals) {
    ends_.push_back(std::move(totals));
    if (ends_.size() < most_) return;
    std::vector<Totals> kept;
    for (std::size_t i = 1; i < ends_.size(); i += 2) kept.push_back(std::move(ends_[i]));
    ends_ = std::move(kept);
    interval_ *= 2;
  }
  /// The run has ended between two ends of windows.
  void add_rest(Totals totals) { ends_.push_back(std::move(totals)); }

  [[nodiscard]] const std::vector<Totals>& ends() const { return ends_; }

 private:
  std::uint64_t interval_;
  unsigned most_;  ///< even
  std::vector<Totals> ends_;
};

}  // namespace dojo::record
