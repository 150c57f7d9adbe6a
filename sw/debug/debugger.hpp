#pragma once
// Lets a machine run forwards and backwards until something that the debugger wants to see happens.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "debug/host_side.hpp"
#include "debug/points.hpp"
#include "debug/target.hpp"

namespace dojo::debug {

/// Why the machine stands still.
struct Stop {
  enum class Reason {
    breakpoint,
    watchpoint,
    step,
    interrupt,
    begin,   ///< as far back as it goes
    ended,   ///< the program, on all nodes
    failed,  ///< as `text` says
  };
  Reason reason = Reason::interrupt;
  HartNumber hart = 0;
  Watchpoint watchpoint = {};
  StopReason failure = StopReason::faulted;
  std::string text = {};
};

/// The whole machine has one clock: whenever it runs, all harts run. It goes back by going to a snapshot and running
/// again up to the place, which is exact, since a machine does the same again.
class Debugger {
 public:
  /// Answers whether the machine is to stop now.
  using Interrupted = std::function<bool()>;

  /// Cycles from `max_cycles` on are a failure.
  Debugger(Target& target, HostSide& host, std::uint64_t max_cycles, Interrupted interrupted);
  ~Debugger();
  Debugger(const Debugger&) = delete;
  Debugger& operator=(const Debugger&) = delete;

  /// Lets the harts start that have been launched.
  Stop start();
  /// Runs until a condition is met. Throws what the machine throws. What others have met while one hart passed
  /// something alone is told the next time; the machine goes back to where it was, if it can.
  Stop run(const Conditions& conditions);
  /// Breakpoints are for harts of one node only; nothing: for all.
  void stop_only_at(std::optional<unsigned> site) { only_ = site; }
  [[nodiscard]] std::optional<unsigned> stops_only_at() const { return only_; }
  /// Whether the next two work.
  [[nodiscard]] bool can_go_back() const { return target_.can_go_back(); }
  /// Goes back until the hart has retired an instruction less. `is_alone`: so that it passes a breakpoint; run_back
  /// then goes on from where the machine was before.
  Stop step_back(HartNumber hart, bool is_alone);
  /// Goes back to the last place before this one where a condition was met; to the cycle before bytes changed. What
  /// several harts met in one cycle is told one after the other.
  Stop run_back(const Conditions& conditions);

  /// To be called after something of the machine was changed from outside: what went before is another run.
  void changed();
  [[nodiscard]] HartRegisters registers(HartNumber hart);
  [[nodiscard]] Target& target() { return target_; }
  [[nodiscard]] HostSide& host() { return host_; }

 private:
  struct Checkpoint {
    std::uint64_t cycle;
    std::filesystem::path file;
    std::vector<std::uint64_t> retired;  ///< of all harts
    std::vector<std::byte> host;
  };

  /// Runs up to a cycle; nothing: it came.
  std::optional<Stop> run_to(std::uint64_t cycle, bool is_replay);
  [[nodiscard]] Stop failure(StopReason reason);
  [[nodiscard]] std::optional<Stop> pending_stop(const Conditions& conditions);
  Stop run_armed(const Conditions& conditions);
  Stop run_alone(const Conditions& conditions);
  /// The last checkpoint up to a cycle, if there is one.
  [[nodiscard]] const Checkpoint* last_up_to(std::uint64_t cycle) const;
  [[nodiscard]] std::uint64_t cycles() { return target_.backend().cycles(); }
  [[nodiscard]] std::uint64_t next_chunk(std::uint64_t cycle);
  void save();
  void thin_out();
  void go_to(const Checkpoint& checkpoint);
  Stop begin(HartNumber hart);

  Target& target_;
  HostSide& host_;
  std::uint64_t max_cycles_;
  Interrupted interrupted_;
  std::filesystem::path folder_;
  std::vector<Checkpoint> checkpoints_;  ///< in the order of their cycles
  std::uint64_t distance_;               ///< cycles between them
  unsigned files_ = 0;
  Hit told_{};                ///< the last one
  std::vector<Hit> pending_;  ///< met in the same cycle as one that has been told
  struct Missed {
    std::uint64_t cycle;
    Hit hit;
  };
  std::optional<unsigned> only_;
  std::optional<HartNumber> ahead_;           ///< that has been shown as it will be an instruction later
  std::vector<Hit> behind_;                   ///< met in the cycle to which the machine went back, and not told yet
  std::optional<std::uint64_t> passed_back_;  ///< the cycle from which a hart went back alone
  std::vector<Missed> missed_;                ///< met by others while one hart passed alone
  std::uint64_t chunk_ = 1;
  std::optional<std::pair<HartNumber, HartRegisters>> read_;  ///< the last registers asked for
};

}  // namespace dojo::debug
