#include "cli/matrix_bench.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace dojo::cli {
namespace {

constexpr double macs_per_cycle = 256.0;

}  // namespace

class StepSpans::Span : public sim::NodeObserver {
 public:
  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override {
    const std::uint64_t now = node.counter(static_cast<unsigned>(hw::Counter::matrix_steps), 0);
    if (now == steps_) return;
    if (steps_ == 0) first_ = cycle;
    last_ = cycle;
    steps_ = now;
  }
  [[nodiscard]] std::uint64_t cycles() const { return steps_ == 0 ? 0 : last_ - first_ + 1; }

 private:
  std::uint64_t steps_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

StepSpans::StepSpans(Machine& machine) : rtl_(dynamic_cast<sim::RtlMachine*>(&machine.backend())) {
  if (rtl_ == nullptr) return;
  const Rectangle all = machine.all();
  for (unsigned i = 0; i < all.nodes(); ++i) {
    spans_.push_back(std::make_unique<Span>());
    rtl_->observe(all.node(i), *spans_.back());
  }
}

StepSpans::~StepSpans() = default;

std::uint64_t StepSpans::cycles() const {
  std::uint64_t sum = 0;
  for (const auto& span : spans_) sum += span->cycles();
  return rtl_ == nullptr ? sum : rtl_->engine().sum(sum);
}

void report(const Session& session, nlohmann::ordered_json& results, Machine& machine, const StepSpans& spans,
            const MatrixMeasurement& measured, double macs, const std::string& title) {
  const Rectangle all = machine.all();
  results["correct"] = measured.correct;
  session.say(
      fmt::format("{}, on {} {} node{}", title, all.nodes(), machine.backend().name(), all.nodes() == 1 ? "" : "s"));
  session.say(fmt::format("  result                  {}", measured.correct ? "correct, every bit" : "WRONG"));
  if (spans.any()) {
    const std::uint64_t steady = spans.cycles();
    const double utilization = macs / (macs_per_cycle * static_cast<double>(measured.cycles) * all.nodes());
    const double utilization_steady = steady == 0 ? 0.0 : macs / (macs_per_cycle * static_cast<double>(steady));
    results["mac_utilization"] = utilization;
    results["mac_utilization_steady"] = utilization_steady;
    results["counters"] = nlohmann::ordered_json::object();
    session.say(fmt::format("  cycles                  {}", measured.cycles));
    session.say(fmt::format("  mac_utilization         {:.4f} of {} MACs per cycle", utilization,
                            macs_per_cycle * all.nodes()));
    session.say(
        fmt::format("  mac_utilization_steady  {:.4f} between the first and the last matrix step", utilization_steady));
    session.say(fmt::format("  node cycles per second  {:.0f}", results["node_cycles_per_second"].get<double>()));
    session.say("  counter                         sum over the nodes");
    for (unsigned i = 0; i < hw::counters; ++i) {
      const std::uint64_t count = machine.counter(static_cast<hw::Counter>(i), all);
      results["counters"][std::string(hw::counter_table[i].name)] = count;
      session.say(fmt::format("  {:<24} {:>25}", hw::counter_table[i].name, count));
    }
  }
  if (!measured.correct) throw RunError("bench: the result differs from the golden model's");
}

}  // namespace dojo::cli
