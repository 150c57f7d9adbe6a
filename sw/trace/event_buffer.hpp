#pragma once
// Events of one node that have not been gathered.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "trace/event.hpp"

namespace dojo::trace {

/// In the order of cycles. The thread that evaluates the node writes; between two runs anybody may read.
class EventBuffer {
 public:
  explicit EventBuffer(unsigned node) : node_(node) {}

  [[nodiscard]] unsigned node() const { return node_; }
  void put(std::uint64_t cycle, Payload payload, unsigned hart = 0) {
    events_.push_back({.cycle = cycle, .node = node_, .hart = static_cast<std::uint8_t>(hart), .payload = payload});
  }
  /// Moves the events before cycle `end` behind those of `to`.
  void take(std::uint64_t end, std::vector<Event>& to) {
    const auto last = std::ranges::lower_bound(events_, end, {}, &Event::cycle);
    to.insert(to.end(), events_.begin(), last);
    events_.erase(events_.begin(), last);
  }

  void clear() { events_.clear(); }

 private:
  unsigned node_;
  std::vector<Event> events_;
};

}  // namespace dojo::trace
