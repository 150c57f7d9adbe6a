#pragma once
// Which channels of a message class wait for which others, without a cycle.

#include <array>
#include <cstdint>
#include <vector>

#include "common/topology.hpp"

namespace dojo::routing {

/// The channel-dependency graph of Dally and Seitz while it grows. Channel 4 * node + direction leaves that node; a
/// packet that holds a slot behind one channel waits for the next one of its way. Channels are kept in an order in
/// which each stands before those that it waits for (Pearce and Kelly, "A dynamic topological sort algorithm for
/// directed acyclic graphs", 2006).
class DependencyGraph {
 public:
  /// `order`: all channels, in any order. Dependencies on channels that come later in it are the cheapest to add.
  DependencyGraph(const Topology& topology, const std::vector<unsigned>& order);

  /// Adds the dependency of `channel` on the channel that leaves its far end in `direction`, unless it would close a
  /// cycle. Returns whether it is there now.
  bool add(unsigned channel, unsigned direction);
  [[nodiscard]] bool contains(unsigned channel, unsigned direction) const {
    return state_[channel][direction] == State::present;
  }

 private:
  /// A dependency that closes a cycle closes one for ever, since none is removed.
  enum class State : std::uint8_t { absent, present, forbidden };
  /// Collects what `from` waits for, directly and indirectly, up to the place of `to`; false when `to` is among it.
  [[nodiscard]] bool collect_after(unsigned from, unsigned to);
  /// Collects what waits for `to`, directly and indirectly, down to the place of `from`.
  void collect_before(unsigned from, unsigned to);
  /// Puts what was collected in order again.
  void reorder();

  const Topology& topology_;
  std::vector<std::array<State, directions>> state_;
  std::vector<unsigned> far_end_;  ///< of each channel
  std::vector<unsigned> place_;    ///< of each channel in the order
  std::vector<bool> seen_;
  std::vector<unsigned> after_, before_;
};

}  // namespace dojo::routing
