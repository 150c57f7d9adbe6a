#pragma once
// Feeds what RTL nodes and Interface Processors do to the golden model's lockstep checker.

#include <array>
#include <optional>

#include "common/backend.hpp"
#include "model/lockstep.hpp"
#include "sim/dip_end.hpp"
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

  /// The checker's name of an instruction that went to the vector unit.
  unsigned retired_tag(const Retirement& retired);

  model::LockstepChecker& checker_;
  Coordinates node_;
  /// Tag of each hart's synchronous vector instruction that has ended and not retired.
  std::array<std::optional<unsigned>, hw::harts> ended_;
};

/// Watches all Interface Processors.
class LockstepDipObserver : public DipObserver {
 public:
  explicit LockstepDipObserver(model::LockstepChecker& checker) : checker_(checker) {}
  void arrived(Coordinates port, std::uint64_t cycle, const FlitHeader& header, const FlitPayload& payload) override;

 private:
  model::LockstepChecker& checker_;
};

}  // namespace dojo::sim
