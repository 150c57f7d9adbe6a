#pragma once
// Feeds what an RTL node does to the golden model's lockstep checker.

#include "common/backend.hpp"
#include "model/lockstep.hpp"
#include "sim/mesh_engine.hpp"

namespace dojo::sim {

/// Watches one node. All nodes of a machine share a checker, so a machine with observers runs on one thread.
class LockstepObserver : public NodeObserver {
 public:
  LockstepObserver(model::LockstepChecker& checker, Coordinates node) : checker_(checker), node_(node) {}

  void host_write(std::uint32_t address, std::uint64_t data) override;
  void after_cycle(NodeModel& node, std::uint64_t cycle) override;

 private:
  [[nodiscard]] model::PacketEvent packet(const NetworkEvent& event, std::uint64_t cycle) const;

  model::LockstepChecker& checker_;
  Coordinates node_;
};

}  // namespace dojo::sim
