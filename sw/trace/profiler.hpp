#pragma once
// Counts where the cycles of harts go.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/rtl_machine.hpp"
#include "trace/call_stack.hpp"
#include "trace/hart_causes.hpp"

namespace dojo::trace {

/// Cycles by cause, the first running_causes of them.
using CauseCycles = std::array<std::uint64_t, running_causes>;

/// An instruction under a call stack.
struct ProfilePlace {
  unsigned stack = CallTree::root;
  std::uint64_t pc = 0;
  friend bool operator==(const ProfilePlace&, const ProfilePlace&) = default;
};
struct ProfilePlaceHash {
  std::size_t operator()(const ProfilePlace& place) const {
    return (place.pc ^ std::uint64_t{place.stack} << 32) * 0x9e3779b97f4a7c15 >> 8;
  }
};

/// The harts of one node. Each cycle from a hart's start to its end is counted once: one in which it waits at the
/// instruction that retires next, one in wfi at the wfi.
class NodeProfiler : public sim::NodeObserver {
 public:
  struct Hart {
    explicit Hart(CallTree& tree) : calls(tree) {}
    CallStack calls;
    std::unordered_map<ProfilePlace, CauseCycles, ProfilePlaceHash> cycles;
    CauseCycles waited{};  ///< since the last instruction
    ProfilePlace last{};   ///< that instruction
    bool active = false;   ///< it has been started and has not ended
  };

  NodeProfiler(sim::NodeModel& node, std::uint64_t cycle);

  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override;
  void node_replaced(sim::NodeModel& node) override { node_ = &node; }
  /// No cycle from `cycle` on is counted.
  void finish(std::uint64_t cycle);
  [[nodiscard]] const std::vector<Hart>& harts() const { return harts_; }
  [[nodiscard]] const CallTree& calls() const { return *tree_; }

 private:
  void count(unsigned hart, Cause cause, std::uint64_t cycles);
  /// Those in which the node was not evaluated.
  void count_sleep(std::uint64_t cycle);

  sim::NodeModel* node_;
  std::unique_ptr<CallTree> tree_;
  std::vector<Hart> harts_;
  HartCauses causes_;
  std::uint64_t next_;  ///< first cycle that has not been counted
};

/// Observes all live nodes of a machine of one process while it lives.
class Profiler {
 public:
  explicit Profiler(sim::RtlMachine& machine);
  ~Profiler();
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;

  struct Node {
    Coordinates place;
    std::unique_ptr<NodeProfiler> profiler;
  };
  /// After the last run.
  void finish();
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

 private:
  sim::RtlMachine& machine_;
  std::vector<Node> nodes_;
};

}  // namespace dojo::trace
