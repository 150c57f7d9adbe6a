#pragma once
// The waveform of one node, as an FST file with a GTKWave save file beside it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "common/backend.hpp"
#include "sim/wave_groups.hpp"
#include "sim/wave_trigger.hpp"

class VerilatedFstC;

namespace dojo::sim {

/// What is recorded.
struct WaveConfig {
  std::uint64_t first_cycle = 0;  ///< never: only when a signal of the operating system or the trigger asks for it
  std::uint64_t last_cycle = ~std::uint64_t{0};
  std::filesystem::path file = "dojo.fst";
  std::optional<Coordinates> node = {};  ///< the node that is recorded; none: the first live one
  std::optional<WaveTrigger> trigger = {};
  std::uint64_t trigger_cycles = 2000;  ///< from the cycle on in which it is met
  WaveSubject subject = {};             ///< what the save file shows first
  /// Called for each FST that is complete.
  std::function<void(const std::filesystem::path& file)> written = {};
};

/// An FST file that a traced node writes while it is evaluated.
///
/// Cycle c lies from c ns to c + 1 ns: inputs change at its start, registers in its middle. While the node sleeps its
/// clock stands still. The save file is written when the wave file is finished.
class WaveFile {
 public:
  /// Nothing is written before the first recorded cycle.
  explicit WaveFile(const WaveConfig& config);
  ~WaveFile();
  WaveFile(const WaveFile&) = delete;
  WaveFile& operator=(const WaveFile&) = delete;

  /// Verilator's writer, to which a model is attached before the first dump.
  [[nodiscard]] VerilatedFstC& writer() { return *writer_; }
  [[nodiscard]] bool records(std::uint64_t cycle) const {
    return cycle >= config_.first_cycle && cycle <= config_.last_cycle;
  }
  /// Whether all is recorded when `cycle` begins.
  [[nodiscard]] bool is_complete(std::uint64_t cycle) const { return !is_waiting() && cycle > config_.last_cycle; }
  /// Whether it is not known yet when it begins.
  [[nodiscard]] bool is_waiting() const { return config_.first_cycle == never; }
  /// Records from the second half of `cycle` on, which has been evaluated, so many cycles.
  void begin(std::uint64_t cycle, std::uint64_t cycles);
  /// Records the state of the attached model in the first (clock low) or second (clock high) half of a cycle.
  void dump(std::uint64_t cycle, bool clock_high);
  /// Called before the model changes in `cycle`: a node that has slept since the first recorded cycle, or up to the
  /// last one, shows its state from there, or up to there.
  void before_change(std::uint64_t cycle) {
    if (!open_ && cycle > config_.first_cycle && records(cycle)) dump(config_.first_cycle, false);
    if (is_complete(cycle)) end_at(config_.last_cycle);
  }
  /// For the save file: the node's first fault, and what its harts have executed.
  void note_fault(std::uint64_t cycle);
  void note_instruction(std::uint64_t pc, std::uint32_t instruction);

  /// Completes the FST, up to what was recorded of the cycles before `end`, and writes the save file; the model must
  /// still live. A failure is printed: the run itself is good.
  void finish(std::uint64_t end, const CodeNames& names) noexcept;

  /// FILE.gtkw for FILE.fst.
  [[nodiscard]] static std::filesystem::path save_file_of(const std::filesystem::path& fst);

 private:
  /// Shows the present state up to the end of `cycle`, and nothing behind it.
  void end_at(std::uint64_t cycle);

  WaveConfig config_;
  std::unique_ptr<VerilatedFstC> writer_;
  std::map<std::uint64_t, std::uint32_t> instructions_;  ///< by address
  std::optional<std::uint64_t> fault_cycle_;
  std::uint64_t last_dump_ = 0;
  bool open_ = false;
  bool ended_ = false;
  bool finished_ = false;
};

}  // namespace dojo::sim
