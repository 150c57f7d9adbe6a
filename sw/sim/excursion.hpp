#pragma once
// Lets one node run alone for a while, and takes all that back.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/node_model.hpp"

namespace dojo::sim {

/// While it lives the node may be evaluated alone, with nothing from outside; at its end the node is as it was before.
class Excursion {
 public:
  /// `before` takes the state to go back to; whoever makes many excursions gives the same one.
  Excursion(NodeModel& node, std::vector<std::byte>& before) : node_(node), cycle_(*node.ports.cycle), before_(before) {
    node_.get_state(before_);
    node_.set_recorded(false);
    quieten();
  }
  ~Excursion() {
    node_.set_state(before_);
    node_.set_recorded(true);
    *node_.ports.cycle = cycle_;
  }
  Excursion(const Excursion&) = delete;
  Excursion& operator=(const Excursion&) = delete;

  /// Nothing comes from outside.
  void quieten() {
    const NodePorts& ports = node_.ports;
    *ports.flit_valid_in = 0;
    *ports.credit_in = 0;
    *ports.tree_valid_in = 0;
    *ports.tree_credit_in = 0;
    std::fill_n(ports.token_in, directions, std::uint8_t{0});
    *ports.host_valid = 0;
  }
  /// A clock cycle with the inputs that stand at the ports.
  void run() {
    ++*node_.ports.cycle;
    node_.evaluate();
  }

 private:
  NodeModel& node_;
  std::uint64_t cycle_;
  std::vector<std::byte>& before_;
};

}  // namespace dojo::sim
