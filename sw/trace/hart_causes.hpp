#pragma once
// What each hart of a node does in each cycle: exactly one Cause.

#include <array>
#include <cstdint>

#include "sim/node_model.hpp"
#include "trace/event.hpp"

namespace dojo::trace {

/// Tells from retirements, states and stall counters. Most stalls are counted where instructions are issued, one cycle
/// before nothing retires for it: so a cycle in which nothing retires is due to the stall of the cycle before, else to
/// its own. Of several the one that comes latest on the way of an instruction counts: a command queue, memory, a slot,
/// the instruction line.
class HartCauses {
 public:
  /// Begins with what the node is now.
  explicit HartCauses(const sim::NodeModel& node);

  /// The causes of the cycle that was evaluated last; `retired` has bit h set when hart h retired in it.
  [[nodiscard]] std::array<Cause, hw::harts> advance(const sim::NodeModel& node, unsigned retired);
  /// What a hart does from the next cycle on, until the node is evaluated again; `other` if it runs.
  [[nodiscard]] Cause waiting(unsigned hart) const;

 private:
  static constexpr unsigned stall_causes = 4;
  using Counts = std::array<std::array<std::uint64_t, stall_causes>, hw::harts>;

  void take_counts(const sim::NodeModel& node, unsigned hart);

  std::array<hw::HartState, hw::harts> states_{};
  Counts counts_{};
  std::array<Cause, hw::harts> stalls_{};  ///< of the last cycle; other: none
};

}  // namespace dojo::trace
