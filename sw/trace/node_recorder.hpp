#pragma once
// Makes the events of one node.

#include <array>
#include <cstdint>
#include <optional>

#include "sim/mesh_engine.hpp"
#include "trace/event_buffer.hpp"
#include "trace/hart_causes.hpp"
#include "trace/unit_recorder.hpp"

namespace dojo::trace {

/// Packets are noted from the first cycle on, as they may arrive when the rest is wanted; all else from begin() on.
class NodeRecorder : public sim::NodeObserver {
 public:
  /// Cycles that a Sample counts, from a multiple of them on.
  static constexpr std::uint64_t sample_cycles = 128;

  NodeRecorder(sim::NodeModel& node, unsigned site) : node_(&node), units_(node), events_(site) {}

  /// Events are wanted from `cycle` on, which has not been evaluated.
  void begin(std::uint64_t cycle);
  /// No event of `cycle` or later is wanted: writes what has been counted.
  void finish(std::uint64_t cycle);
  [[nodiscard]] EventBuffer& events() { return events_; }

  void host_write(std::uint32_t address, std::uint64_t data) override;
  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override;
  void node_replaced(sim::NodeModel& node) override { node_ = &node; }

 private:
  void note_packets(const sim::NodeModel& node, const sim::NodeActivity& activity, std::uint64_t cycle);
  void note_harts(const sim::NodeModel& node, std::uint64_t cycle);
  void note_retirement(const sim::NodeModel& node, const sim::Retirement& retired, std::uint64_t cycle);
  void note_phase(const sim::NodeModel& node, const sim::Retirement& retired, std::uint64_t cycle);
  void set_activity(unsigned hart, Cause cause, std::uint64_t cycle);
  void sample(std::uint64_t cycle);
  [[nodiscard]] bool is_wanted() const { return causes_.has_value(); }

  sim::NodeModel* node_;
  UnitRecorder units_;
  EventBuffer events_;
  std::optional<HartCauses> causes_;
  std::optional<sim::NodeActivity> activity_;
  std::optional<HostWrite> host_write_;  ///< of the cycle that is evaluated
  std::array<HartActivity, hw::harts> harts_{};
  std::array<unsigned, hw::harts> phases_{};      ///< that have begun and not ended
  std::array<std::uint16_t, hw::harts> ended_{};  ///< bit n: vector instruction n has ended and will retire
  Sample sample_{};
  bool last_sample_empty_ = true;
};

}  // namespace dojo::trace
