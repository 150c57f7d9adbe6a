#pragma once
// The waveform of one node, as an FST file with a GTKWave save file beside it.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/backend.hpp"

class VerilatedFstC;

namespace dojo::sim {

/// What is recorded.
struct WaveConfig {
  std::uint64_t first_cycle = 0;
  std::uint64_t last_cycle = ~std::uint64_t{0};
  std::filesystem::path file = "dojo.fst";
  Coordinates node = {};  ///< the node that is recorded
};

/// An FST file that a traced node writes while it is evaluated.
///
/// Cycle c lies from c ns to c + 1 ns: inputs change at its start, registers in its middle. While the node sleeps its
/// clock stands still. The save file is written when the wave file is finished.
class WaveFile {
 public:
  /// Throws InputError when the file cannot be written.
  explicit WaveFile(const WaveConfig& config);
  ~WaveFile();
  WaveFile(const WaveFile&) = delete;
  WaveFile& operator=(const WaveFile&) = delete;

  /// Verilator's writer, to which a model is attached before the first dump.
  [[nodiscard]] VerilatedFstC& writer() { return *writer_; }
  [[nodiscard]] bool records(std::uint64_t cycle) const {
    return cycle >= config_.first_cycle && cycle <= config_.last_cycle;
  }
  /// Records the state of the attached model in the first (clock low) or second (clock high) half of a cycle.
  void dump(std::uint64_t cycle, bool clock_high);
  /// Called before the model changes in `cycle`: a node that has slept since the first recorded cycle shows its state
  /// from there.
  void before_change(std::uint64_t cycle) {
    if (!open_ && cycle > config_.first_cycle && records(cycle)) dump(config_.first_cycle, false);
  }
  /// Completes the FST and writes the save file; the model must still live. A failure is printed: the run itself is
  /// good.
  void finish() noexcept;

  /// FILE.gtkw for FILE.fst.
  [[nodiscard]] static std::filesystem::path save_file_of(const std::filesystem::path& fst);

 private:
  WaveConfig config_;
  std::unique_ptr<VerilatedFstC> writer_;
  bool open_ = false;
  bool finished_ = false;
};

}  // namespace dojo::sim
