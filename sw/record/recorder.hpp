#pragma once
// Records what an RTL machine does, for `dojo report` (docs/report.md).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "record/latency.hpp"
#include "record/node_recorder.hpp"
#include "record/window_store.hpp"
#include "runtime/machine.hpp"
#include "runtime/program.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::record {

/// Version of the format.
inline constexpr unsigned format = 1;
/// Name of the file in a record's folder.
inline constexpr const char* file_name = "run.json";

/// A step of a training run.
struct TrainingStep {
  std::uint64_t step = 0;
  double loss = 0;  ///< of the step's batch
  std::uint64_t cycle = 0;
};

/// Watches a machine from its first cycle on. All nodes are in this process; cycles are those of a run without it.
class Recorder : public sim::Sampler {
 public:
  /// `machine`, which has not run yet, must outlive the recorder. Throws InputError unless it is RTL.
  explicit Recorder(Machine& machine);
  ~Recorder() override;

  [[nodiscard]] std::uint64_t next_cycle() const override;
  void sample(std::uint64_t cycle) override;
  void add_training_step(const TrainingStep& step) { training_.push_back(step); }

  /// What has been recorded. Called once, after the last run.
  [[nodiscard]] nlohmann::ordered_json finish();

  /// Windows of a run of so many nodes, at most: an even number, fewer where there are many nodes.
  static unsigned most_windows(unsigned nodes);

 private:
  void take_log();
  [[nodiscard]] WindowStore::Totals totals(std::uint64_t cycle);
  [[nodiscard]] std::string packed_numbers() const;
  [[nodiscard]] nlohmann::ordered_json machine_json() const;
  [[nodiscard]] nlohmann::ordered_json latency_json() const;

  Machine& machine_;
  sim::RtlMachine& rtl_;
  std::vector<unsigned> sites_;  ///< of the live nodes
  std::vector<std::unique_ptr<NodeRecorder>> nodes_;
  std::vector<Program> programs_;  ///< number 1 is the first
  WindowStore windows_;
  std::uint64_t log_period_;
  std::uint64_t next_log_;
  LatencyMatcher latency_;
  std::vector<TrainingStep> training_;
};

/// Writes the record of a run into a folder, which is there: what the recorder gives, with `run` before it. Throws
/// RunError when that fails.
void write(const std::filesystem::path& folder, const nlohmann::ordered_json& record,
           const nlohmann::ordered_json& run);

}  // namespace dojo::record
