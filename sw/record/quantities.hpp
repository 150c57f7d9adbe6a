#pragma once
// What is recorded of a node, in the order of its numbers in a record.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::record {

/// Cycles of a hart in a state, beside its counters.
inline constexpr std::array hart_states{hw::HartState::running, hw::HartState::semaphore, hw::HartState::wfi};
/// Kinds of flits on a link: the two classes of packets, and lines of trees.
inline constexpr std::array<std::string_view, 3> link_kinds{"request", "data", "tree"};
inline constexpr std::array<std::string_view, directions> direction_names{"north", "east", "south", "west"};

/// A number that is recorded of each node.
struct Quantity {
  std::string name;
  std::string_view scope;  ///< "node", "hart" or "link"
  unsigned index = 0;      ///< hart or direction
};

/// All of a node: counters of node scope, of each hart its instructions, counters and states, of each link its flits.
[[nodiscard]] inline std::vector<Quantity> quantities() {
  std::vector<Quantity> all;
  for (const auto& counter : hw::counter_table) {
    if (counter.scope == hw::CounterScope::node) all.push_back({std::string(counter.name), "node"});
  }
  all.push_back({"memory_flits", "node"});
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    all.push_back({"instructions", "hart", hart});
    for (const auto& counter : hw::counter_table) {
      if (counter.scope == hw::CounterScope::hart) all.push_back({std::string(counter.name), "hart", hart});
    }
    for (const hw::HartState state : hart_states) all.push_back({std::string(hw::to_string(state)), "hart", hart});
  }
  for (unsigned d = 0; d < directions; ++d) {
    for (const std::string_view kind : link_kinds) all.push_back({std::string(kind), "link", d});
  }
  return all;
}

}  // namespace dojo::record
