// dojo bench gemm: one matrix product, checked bit by bit.

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "cli/commands.hpp"
#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "kernels/gemm.hpp"
#include "kernels/tiles.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {
namespace {

constexpr double macs_per_cycle = 256.0;

/// The first and the last cycle in which a node's matrix unit made a step.
class StepSpan : public sim::NodeObserver {
 public:
  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override {
    const std::uint64_t now = node.counter(static_cast<unsigned>(hw::Counter::matrix_steps), 0);
    if (now == steps_) return;
    if (steps_ == 0) first_ = cycle;
    last_ = cycle;
    steps_ = now;
  }
  /// Cycles from the first to the last step, both included.
  [[nodiscard]] std::uint64_t cycles() const { return steps_ == 0 ? 0 : last_ - first_ + 1; }

 private:
  std::uint64_t steps_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

/// Throws InputError unless the operands and the result of the node with most rows fit its memory.
void check_size(const GemmShape& shape, unsigned nodes) {
  const Program program = load_firmware("gemm");
  const std::uint64_t available = program.heap_end() - program.heap_start();
  const std::size_t rows = (tiles_for(shape.m) + nodes - 1) / nodes;
  const std::size_t columns = tiles_for(shape.n);
  const std::size_t depth = tiles_for(shape.k);
  const std::uint64_t needed = (rows * depth + depth * columns) * tile_bytes_bf16 + rows * columns * tile_bytes_fp32;
  if (needed > available) {
    throw InputError(fmt::format("{}x{} by {}x{} on {} node{} needs {} bytes in a node, which has {} for it", shape.m,
                                 shape.k, shape.k, shape.n, nodes, nodes == 1 ? "" : "s", needed, available));
  }
}

void print_counters(const Session& session, Machine& machine) {
  const Rectangle all = machine.all();
  session.say("  counter                         sum over the nodes");
  for (unsigned i = 0; i < hw::counters; ++i) {
    session.say(
        fmt::format("  {:<24} {:>25}", hw::counter_table[i].name, machine.counter(static_cast<hw::Counter>(i), all)));
  }
}

}  // namespace

int bench_gemm(Session& session, const GemmArguments& arguments, nlohmann::ordered_json& results) {
  if (arguments.format != "bf16") {
    throw InputError(fmt::format("--format {}: not supported in this build, bf16 is", arguments.format));
  }
  const GemmShape shape{.m = arguments.m, .n = arguments.n, .k = arguments.k};
  check_size(shape, session.options().mesh().nodes());
  Machine& machine = session.machine();
  const Rectangle all = machine.all();
  std::vector<std::unique_ptr<StepSpan>> spans;
  if (auto* rtl = dynamic_cast<sim::RtlMachine*>(&machine.backend())) {
    for (unsigned i = 0; i < all.nodes(); ++i) {
      spans.push_back(std::make_unique<StepSpan>());
      rtl->observe(all.node(i), *spans.back());
    }
  }

  const GemmMeasurement measured = measure_gemm(machine, all, shape, session.options().seed);

  const double macs = static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
  add_speed(results, measured.cycles, all.nodes(), measured.wall_seconds);
  results["m"] = shape.m;
  results["n"] = shape.n;
  results["k"] = shape.k;
  results["format"] = arguments.format;
  results["correct"] = measured.correct;
  session.say(fmt::format("C[{}x{}] = A[{}x{}] * B[{}x{}], bf16, on {} {} node{}", shape.m, shape.n, shape.m, shape.k,
                          shape.k, shape.n, all.nodes(), machine.backend().name(), all.nodes() == 1 ? "" : "s"));
  session.say(fmt::format("  result                  {}", measured.correct ? "correct, every bit" : "WRONG"));
  if (!spans.empty()) {
    std::uint64_t steady = 0;
    for (const auto& span : spans) steady += span->cycles();
    const double utilization = macs / (macs_per_cycle * static_cast<double>(measured.cycles) * all.nodes());
    const double utilization_steady = steady == 0 ? 0.0 : macs / (macs_per_cycle * static_cast<double>(steady));
    results["mac_utilization"] = utilization;
    results["mac_utilization_steady"] = utilization_steady;
    results["counters"] = nlohmann::ordered_json::object();
    for (unsigned i = 0; i < hw::counters; ++i) {
      results["counters"][std::string(hw::counter_table[i].name)] = machine.counter(static_cast<hw::Counter>(i), all);
    }
    session.say(fmt::format("  cycles                  {}", measured.cycles));
    session.say(fmt::format("  mac_utilization         {:.4f} of {} MACs per cycle", utilization,
                            macs_per_cycle * all.nodes()));
    session.say(
        fmt::format("  mac_utilization_steady  {:.4f} between the first and the last matrix step", utilization_steady));
    session.say(fmt::format("  node cycles per second  {:.0f}", results["node_cycles_per_second"].get<double>()));
    print_counters(session, machine);
  }
  if (!measured.correct) throw RunError("bench gemm: the result differs from the golden model's");
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
