#pragma once
// How long flits are in the network: from the local link of the source's router to that of the destination's.

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace dojo::record {

/// How many flits took how many cycles: exact below 32 cycles, above in sixteenths of a power of two.
class LatencyBuckets {
 public:
  void add(std::uint64_t cycles) {
    ++flits_[first_of_bucket(cycles)];
    ++count_;
    sum_ += cycles;
  }
  /// Flits of each bucket, by its fewest cycles.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& flits() const { return flits_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

  static std::uint64_t first_of_bucket(std::uint64_t cycles) {
    constexpr int exact_bits = 5;
    const int drop = std::bit_width(cycles) - exact_bits;
    return drop <= 0 ? cycles : cycles >> drop << drop;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> flits_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

/// A flit on a local link in a cycle.
struct PassingFlit {
  std::uint64_t cycle;
  std::uint64_t way;  ///< source, destination and class: flits of a way stay in order
};

/// Joins what leaves a local link to what arrives at another.
class LatencyMatcher {
 public:
  static constexpr unsigned classes = 2;

  static std::uint64_t way(unsigned source, unsigned destination, unsigned cls) {
    return (std::uint64_t{source} << 32 | destination) * classes + cls;
  }

  /// Of one way in order of time.
  void sent(const PassingFlit& flit) { under_way_[flit.way].cycles.push_back(flit.cycle); }
  /// After all that was sent before it. One that nobody has sent, as memory's flits, is ignored.
  void received(const PassingFlit& flit) {
    const auto found = under_way_.find(flit.way);
    if (found == under_way_.end()) return;
    Queue& queue = found->second;
    if (queue.first == queue.cycles.size()) return;
    buckets_[flit.way % classes].add(flit.cycle - queue.cycles[queue.first++]);
    if (queue.first < queue.cycles.size()) return;
    queue.cycles.clear();
    queue.first = 0;
  }
  [[nodiscard]] const LatencyBuckets& of_class(unsigned cls) const { return buckets_[cls]; }

 private:
  struct Queue {
    std::vector<std::uint64_t> cycles;
    std::size_t first = 0;
  };
  std::unordered_map<std::uint64_t, Queue> under_way_;
  std::array<LatencyBuckets, classes> buckets_;
};

}  // namespace dojo::record
