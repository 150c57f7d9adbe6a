#pragma once
// The RTL under the debugger: observers at all nodes, snapshots to go back to.

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "debug/memory_view.hpp"
#include "debug/target.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::debug {

/// Results that are on their way though their instructions have retired.
struct InFlight {
  std::array<std::uint64_t, hw::harts> registers{};  ///< bit n: of x register n, from 32 on f registers
  std::array<std::uint16_t, hw::harts> tags{};       ///< bit n: vector instruction n
  std::array<std::uint16_t, hw::harts> ended{};      ///< bit n: vector instruction n has ended and will retire

  void after_cycle(const sim::NodeModel& node);
  [[nodiscard]] bool any(unsigned hart) const { return registers[hart] != 0 || tags[hart] != 0; }
};

/// Watches a node.
class NodeWatch : public sim::NodeObserver {
 public:
  NodeWatch(unsigned site, NodePoints::Read read) : points_(site, std::move(read)) {}

  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override;

  /// Lets the node alone run on until what is in flight has arrived, reads, and takes all that back.
  [[nodiscard]] HartRegisters registers(sim::NodeModel& node, unsigned hart) const;
  /// The registers after the next instruction of the hart, likewise; nothing: the node alone does not get there.
  [[nodiscard]] std::optional<HartRegisters> look_ahead(sim::NodeModel& node, unsigned hart) const;
  [[nodiscard]] NodePoints& points() { return points_; }
  /// Eight bytes that are not all zero when a condition has been met.
  [[nodiscard]] const std::byte* flag() const { return flag_.data(); }
  void take_hits(std::vector<Hit>& hits);
  void release() { is_active_ = false; }

  struct State {
    NodeProgress progress;
    InFlight in_flight;
  };
  [[nodiscard]] State state() const { return {.progress = points_.progress(), .in_flight = in_flight_}; }
  void set_state(const State& state);

 private:
  NodePoints points_;
  InFlight in_flight_;
  bool is_active_ = true;
  alignas(8) std::array<std::byte, 8> flag_{};
  std::vector<Hit> hits_;
};

class RtlTarget : public Target {
 public:
  /// All dies of the machine must be in this process, and nothing may have run.
  RtlTarget(sim::RtlMachine& machine, unsigned dies);
  ~RtlTarget() override { RtlTarget::release(); }

  [[nodiscard]] Backend& backend() override { return machine_; }
  [[nodiscard]] HartRegisters registers(HartNumber hart) override;
  [[nodiscard]] std::optional<HartRegisters> look_ahead(HartNumber hart) override;
  [[nodiscard]] std::uint64_t retired(HartNumber hart) const override;
  void arm(const Conditions& conditions) override;
  void disarm() override;
  StopReason run(std::uint64_t max_cycles) override;
  [[nodiscard]] std::vector<Hit> take_hits() override;
  [[nodiscard]] bool is_host_turn() const override;
  [[nodiscard]] bool sees_accesses() const override { return true; }
  [[nodiscard]] bool can_go_back() const override { return true; }
  void save(const std::filesystem::path& file) override;
  void restore(const std::filesystem::path& file) override;
  [[nodiscard]] std::string describe_links(unsigned site) override;
  void release() override;

 private:
  sim::RtlMachine& machine_;
  unsigned dies_;
  MemoryView memory_;
  std::vector<std::unique_ptr<NodeWatch>> watches_;  ///< of all sites; none at dead ones
  bool is_armed_ = false;
};

}  // namespace dojo::debug
