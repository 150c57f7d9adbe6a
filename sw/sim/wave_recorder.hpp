#pragma once
// Recording of one node of a running machine: when it begins and ends.

#include <cstdint>
#include <memory>

#include "sim/die_array.hpp"
#include "sim/wave_file.hpp"

namespace dojo::sim {

/// Begins a recording in all machines that can have one, or ends it. May be called by a signal handler.
void toggle_waves() noexcept;

/// Lets a node be one of the class that writes waves while it is recorded: the state moves from one to the other
/// between two cycles, so that nothing is slower before and after, and cycles are the same.
class WaveRecorder {
 public:
  /// `config` names the node. `in_windows`: the host of the machine looks at multiples of edge_flight only. Throws
  /// InputError when the file cannot be written.
  WaveRecorder(const WaveConfig& config, DieArray& engine, unsigned site, bool in_windows);
  ~WaveRecorder();
  WaveRecorder(const WaveRecorder&) = delete;
  WaveRecorder& operator=(const WaveRecorder&) = delete;

  /// What the program on a node is called by; that of the recorded node counts.
  void name_code(Coordinates node, const CodeNames& names);
  /// Called between two runs of the engine.
  void at(std::uint64_t cycle);
  /// The cycle in which at() must be called; never: there is none.
  [[nodiscard]] std::uint64_t next_cycle() const;
  /// Completes what is recorded, while the engine lives.
  void finish() noexcept;

 private:
  void start(const WaveConfig& config);
  void stop();
  void note_harts();
  [[nodiscard]] std::uint64_t start_of_range() const;

  WaveConfig config_;
  DieArray& engine_;
  unsigned site_;
  bool in_windows_;
  CodeNames names_;
  std::unique_ptr<WaveFile> file_;
  std::unique_ptr<NodeModel> plain_;  ///< the node, while another one stands in its place
  std::unique_ptr<TriggerWatch> trigger_;
  bool range_is_ahead_;
  bool trigger_is_ahead_;
  unsigned toggles_;
  unsigned recordings_ = 0;
};

}  // namespace dojo::sim
