#pragma once
// One execution of a command: its machine, its waves and its results.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "cli/failure.hpp"
#include "cli/options.hpp"
#include "record/recorder.hpp"
#include "runtime/machine.hpp"

namespace dojo::cli {

/// What a run has that the options do not say. Empty functions do nothing.
struct Addition {
  std::function<void(MachineConfig& config)> configure = {};  ///< before a machine is made
  std::function<void(Machine& machine)> attach = {};          ///< when the session's machine has been made
  std::function<void(Machine& machine)> finish = {};          ///< when the command has ended, however it did
};

/// What a command works with. A session makes at most one machine.
class Session {
 public:
  Session(const Options& options, Addition addition, bool repeated)
      : options_(options), addition_(std::move(addition)), repeated_(repeated) {}

  [[nodiscard]] const Options& options() const { return options_; }
  /// The machine that the options describe, made at the first call.
  Machine& machine();
  /// The same, if there is one.
  [[nodiscard]] Machine* made_machine() const { return machine_.get(); }
  /// Whether say() writes.
  [[nodiscard]] bool talkative() const { return !repeated_ && options_.talkative(); }
  /// Writes text for people, unless only errors or only JSON are wanted.
  void say(const std::string& line) const;
  /// Writes what a simulated program prints: to standard output, or to standard error when that belongs to the JSON.
  void console(std::string_view text) const;
  /// Ends the traces of the machine, if there are any. Throws RunError when they could not be written whole.
  void finish_trace();
  /// What the command does cannot be done a second time.
  void forbid_repetition() { is_repeatable_ = false; }
  [[nodiscard]] bool is_repeatable() const { return is_repeatable_; }
  /// Configuration of the machine that the options describe.
  [[nodiscard]] MachineConfig machine_config() const;
  /// What --record asks for; null: nothing.
  [[nodiscard]] record::Recorder* run_recorder() { return run_recorder_.get(); }

 private:
  const Options& options_;
  Addition addition_;
  bool repeated_;
  bool is_repeatable_ = true;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<trace::Recorder> trace_;  ///< of the machine
  std::unique_ptr<record::Recorder> run_recorder_;
};

/// A command: works in the session, puts its results in `results` and returns the exit code.
using Command = std::function<int(Session& session, nlohmann::ordered_json& results)>;

/// Runs a command as the options say: waves while it runs, or, with on-fail, a second time when it has failed, with the
/// waves of the last cycles; then writes the results. Returns the exit code.
int execute(const Options& options, const Command& command);

/// Throws InputError when what --record asks for cannot be; makes its folder.
void check_record(const Options& options);
/// Runs a command again that has run before, without a word: from the newest snapshot in `snapshots` that is not behind
/// cycle `first`, or, when there is none, from the start. An empty path: there are none. Returns where the repetition
/// failed; nothing when it did not.
std::optional<Failure> repeat(const Options& options, const Command& command, const std::filesystem::path& snapshots,
                              std::uint64_t first, const Addition& addition);

/// Throws InputError, which names the option, when its file cannot be written; called before a long run. A file of
/// results that is there stays as it is.
void check_writable(const std::string& option, const std::string& file);

/// `{"cycles", "nodes", "wall_seconds", "node_cycles_per_second"}` of a run, `resumed_cycles` of which took no time.
void add_speed(nlohmann::ordered_json& results, std::uint64_t cycles, unsigned nodes, double wall_seconds,
               std::uint64_t resumed_cycles = 0);

}  // namespace dojo::cli
