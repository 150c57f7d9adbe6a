#pragma once
// What the debugger needs of a machine beyond what a Backend offers.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/backend.hpp"
#include "common/hart_registers.hpp"
#include "debug/points.hpp"

namespace dojo::debug {

/// A machine of which every cycle is watched. Watching does not change what the machine does.
class Target {
 public:
  Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual ~Target() = default;

  [[nodiscard]] virtual Backend& backend() = 0;
  /// Between two instructions of the hart.
  [[nodiscard]] virtual HartRegisters registers(HartNumber hart) = 0;
  /// What they will be after the hart's next instruction, while the machine stays where it is; nothing: not to be had.
  [[nodiscard]] virtual std::optional<HartRegisters> look_ahead(HartNumber /*hart*/) { return std::nullopt; }
  /// Instructions and traps of the hart that the target has seen.
  [[nodiscard]] virtual std::uint64_t retired(HartNumber hart) const = 0;

  /// What stops the machine from now on. `conditions` must live until the next call of arm or disarm.
  virtual void arm(const Conditions& conditions) = 0;
  virtual void disarm() = 0;
  /// Runs as Backend::run does; a condition that is met ends the run, too, at the end of its cycle, with any reason.
  virtual StopReason run(std::uint64_t max_cycles) = 0;
  /// The conditions that the last cycle has met.
  [[nodiscard]] virtual std::vector<Hit> take_hits() = 0;
  /// Lets one hart execute an instruction while all else stands still; false: that cannot be.
  [[nodiscard]] virtual bool step_alone(HartNumber /*hart*/) { return false; }
  /// Whether the host may look at the machine in this cycle; machines of several dies let it do so at windows only.
  [[nodiscard]] virtual bool is_host_turn() const { return true; }
  /// Whether watchpoints see loads of harts, and stores of what was there before.
  [[nodiscard]] virtual bool sees_accesses() const = 0;

  /// Whether the target can be saved. Then save() writes all of it to a file, and restore() goes back to it.
  [[nodiscard]] virtual bool can_go_back() const { return false; }
  virtual void save(const std::filesystem::path& /*file*/) {}
  virtual void restore(const std::filesystem::path& /*file*/) {}

  /// What the links of a node carry in this cycle, in lines for people.
  [[nodiscard]] virtual std::string describe_links(unsigned site) = 0;
  /// Releases the machine: it is watched no more.
  virtual void release() = 0;
};

}  // namespace dojo::debug
