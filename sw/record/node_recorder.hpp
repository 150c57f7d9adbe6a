#pragma once
// What one node does, watched in every cycle in which it is evaluated.

#include <array>
#include <cstdint>
#include <vector>

#include "record/latency.hpp"
#include "record/quantities.hpp"
#include "record/stall_profile.hpp"
#include "sim/mesh_engine.hpp"

namespace dojo::record {

/// Reads ports and counters only: the node does the same as without it.
class NodeRecorder : public sim::NodeObserver {
 public:
  /// The node at `site` of a machine; bit d of `memory` is set where an Interface Processor stands in direction d.
  NodeRecorder(sim::NodeModel& node, const Topology& machine, unsigned site, unsigned memory)
      : node_(&node), machine_(machine), site_(site), memory_(memory) {}

  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override {
    const sim::NodePorts& ports = node.ports;
    if (*ports.hart_state != states_) change_states(cycle + 1);
    if ((*ports.flit_valid_out | *ports.tree_valid_out) != 0) count_flits();
    if ((*ports.flit_valid_in & memory_) != 0) count_memory_flits();
    const sim::LocalFlits local = node.local_flits();
    if (local.to_router != nullptr || local.from_router != nullptr) log_flits(local, cycle);
    profile_.after_cycle(node, cycle);
  }
  void node_replaced(sim::NodeModel& node) override { node_ = &node; }

  /// The numbers of quantities() up to the beginning of a cycle, behind which nothing has been evaluated.
  void add_totals(std::uint64_t cycle, std::vector<std::uint64_t>& totals);

  /// Flits on the local link since clear_log().
  [[nodiscard]] const std::vector<PassingFlit>& sent() const { return sent_; }
  [[nodiscard]] const std::vector<PassingFlit>& received() const { return received_; }
  void clear_log() {
    sent_.clear();
    received_.clear();
  }
  [[nodiscard]] StallProfile& profile() { return profile_; }

 private:
  /// The cycles before `cycle` were spent in the states that were seen last.
  void change_states(std::uint64_t cycle);
  void count_flits();
  void count_memory_flits();
  void log_flits(const sim::LocalFlits& local, std::uint64_t cycle);
  [[nodiscard]] unsigned site_of(unsigned x, unsigned y) const;

  sim::NodeModel* node_;
  const Topology& machine_;
  unsigned site_;
  unsigned memory_;
  std::uint16_t states_ = 0;
  std::uint64_t states_since_ = 0;
  std::array<std::array<std::uint64_t, hart_states.size()>, hw::harts> state_cycles_{};
  std::array<std::array<std::uint64_t, link_kinds.size()>, directions> flits_{};
  std::uint64_t memory_flits_ = 0;
  std::vector<PassingFlit> sent_;
  std::vector<PassingFlit> received_;
  StallProfile profile_;
};

}  // namespace dojo::record
