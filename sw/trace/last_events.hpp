#pragma once
// The last events of a few nodes, for the explanation of a run that hangs.

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/rtl_machine.hpp"
#include "trace/node_recorder.hpp"

namespace dojo::trace {

/// Observes nodes while it lives.
class LastEvents {
 public:
  /// Keeps `count` events of each node. The machine outlives the object.
  LastEvents(sim::RtlMachine& machine, std::span<const Coordinates> nodes, std::size_t count = 32);
  ~LastEvents();
  LastEvents(const LastEvents&) = delete;
  LastEvents& operator=(const LastEvents&) = delete;

  /// A line for each event of a node, the oldest first: cycle, hart where it is one of a hart, what happened. Empty for
  /// a node that is not observed.
  [[nodiscard]] std::vector<std::string> lines(Coordinates node) const;

 private:
  class Ring;
  sim::RtlMachine& machine_;
  std::vector<std::unique_ptr<Ring>> rings_;
};

}  // namespace dojo::trace
