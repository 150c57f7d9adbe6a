#pragma once
// What the benches of the matrix unit share: how long its steps took, and the report.

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "kernels/measurement.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {

/// Watches all nodes of a machine for the first and the last cycle in which their matrix units made a step.
class StepSpans {
 public:
  explicit StepSpans(Machine& machine);
  StepSpans(const StepSpans&) = delete;
  StepSpans& operator=(const StepSpans&) = delete;
  ~StepSpans();

  /// Whether there are cycles to watch: the golden model has none.
  [[nodiscard]] bool any() const { return !spans_.empty(); }
  /// Cycles from the first to the last step, both included, over all nodes.
  [[nodiscard]] std::uint64_t cycles() const;

 private:
  class Span;
  sim::RtlMachine* rtl_;  ///< null: the golden model
  std::vector<std::unique_ptr<Span>> spans_;
};

/// Adds the figures of a measurement of `macs` multiply-accumulate operations to the results and says them, under
/// `title`. Throws RunError if the result was wrong.
void report(const Session& session, nlohmann::ordered_json& results, Machine& machine, const StepSpans& spans,
            const MatrixMeasurement& measured, double macs, const std::string& title);

}  // namespace dojo::cli
