#pragma once
// Where harts spend their time: samples of their PCs, with what they did in that cycle.

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "dojo_hw.hpp"
#include "sim/node_model.hpp"

namespace dojo::record {

/// What a hart does in a cycle. The last three stand in place of semaphore while the node's matrix unit has a
/// descriptor, vector in place of other.
enum class Cause : std::uint8_t {
  retired,
  fetch,
  memory,
  command,
  slot,
  other,
  semaphore,
  wfi,
  vector,
  matrix_step,
  matrix_operand,
  matrix_drain
};
inline constexpr unsigned causes = 12;
inline constexpr std::array<std::string_view, causes> cause_names{
    "retired",   "fetch", "memory", "command",     "slot",           "other",
    "semaphore", "wfi",   "vector", "matrix step", "matrix operand", "matrix drain"};
inline constexpr std::array<std::string_view, causes> cause_texts{
    "an instruction retired",
    "waited for an instruction line",
    "waited for a load, an atomic operation, multiply or divide, or for the SRAM port",
    "waited for room in a command queue",
    "was ready while other harts issued",
    "ran without an instruction that retired or a stall that is counted, such as behind a branch",
    "waited for a semaphore",
    "waited for an interrupt",
    "the same as other while the vector unit of the node had an instruction",
    "waited for a semaphore while the matrix unit made a step",
    "waited for a semaphore while the matrix unit waited for an operand",
    "waited for a semaphore while the matrix unit waited for an accumulator"};

/// Cycles between two samples; a prime, so that loops do not beat with it.
inline constexpr std::uint64_t sample_period = 31;

/// Samples of the harts of one node. What a hart does is told from what its counters gained in the sampled cycle, so
/// the node is looked at in the cycle before, too; while it sleeps nothing changes, and it is not looked at at all.
class StallProfile {
 public:
  using Samples = std::array<std::uint64_t, causes>;
  /// By program and PC: key().
  using ByPlace = std::unordered_map<std::uint64_t, Samples>;

  static std::uint64_t key(unsigned program, std::uint64_t pc) { return std::uint64_t{program} << pc_bits | pc; }
  static unsigned program_of(std::uint64_t key) { return static_cast<unsigned>(key >> pc_bits); }
  static std::uint64_t pc_of(std::uint64_t key) { return key & ((std::uint64_t{1} << pc_bits) - 1); }

  /// The node has been evaluated in this cycle.
  void after_cycle(const sim::NodeModel& node, std::uint64_t cycle) {
    if (cycle >= next_) take(node, cycle);
    if (cycle + 1 == next_ || *node.ports.idle != 0) look_at(node);
  }
  /// Samples up to a cycle, before which the node was evaluated for the last time.
  void catch_up(std::uint64_t cycle);
  /// From now on the harts run this program.
  void set_program(unsigned number) { program_ = number; }
  [[nodiscard]] const ByPlace& samples() const { return samples_; }

 private:
  static constexpr unsigned pc_bits = 48;
  struct HartLook {
    hw::HartState state = hw::HartState::stopped;
    std::uint64_t pc = 0;
    std::uint64_t instructions = 0;
    std::array<std::uint64_t, 4> stalls{};  ///< in the order of Cause, fetch first
  };
  static HartLook look(const sim::NodeModel& node, unsigned hart);
  /// Counters of the units: cycles of vector instructions, matrix steps, operand stalls, drain stalls.
  using UnitLook = std::array<std::uint64_t, 4>;
  static UnitLook look_at_units(const sim::NodeModel& node);
  void look_at(const sim::NodeModel& node);
  void take(const sim::NodeModel& node, std::uint64_t cycle);
  /// `cause` is why it ran or did not; one that waits for a semaphore does so for `wait`.
  void count(const HartLook& hart, Cause cause, Cause wait, std::uint64_t samples);

  std::array<HartLook, hw::harts> before_{};
  UnitLook units_before_{};
  std::uint64_t next_ = sample_period;
  unsigned program_ = 0;  ///< 0: not known
  ByPlace samples_;
};

}  // namespace dojo::record
