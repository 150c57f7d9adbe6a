// dojo bench sim: the speed of the simulator itself.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "common/error.hpp"
#include "kernels/gemm.hpp"

namespace dojo::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Cycles and the wall time that they took.
struct Speed {
  std::uint64_t cycles = 0;
  double seconds = 0.0;
  [[nodiscard]] double seconds_per_cycle() const { return cycles == 0 ? 0.0 : seconds / static_cast<double>(cycles); }
};

/// What all repetitions took, and the fastest of them.
struct Measurement {
  Speed all;
  Speed best;
};

/// Repeats `run`, which returns the simulated cycles, until `seconds` have passed, at least five times.
template <typename Run>
Measurement repeat(double seconds, Run run) {
  constexpr unsigned least_repetitions = 5;
  Measurement result;
  for (unsigned i = 0; i < least_repetitions || result.all.seconds < seconds; ++i) {
    const auto start = Clock::now();
    Speed now;
    now.cycles = run();
    now.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    result.all.cycles += now.cycles;
    result.all.seconds += now.seconds;
    if (i == 0 || now.seconds_per_cycle() < result.best.seconds_per_cycle()) result.best = now;
  }
  return result;
}

/// Every node of a rectangle in the north-west corner, or of the whole machine, multiplies matrices of 128x128, again
/// and again; the others sleep.
Measurement measure_busy(const MachineConfig& config, const std::optional<MeshSize>& corner, double seconds) {
  constexpr std::size_t edge = 128;
  Machine machine(config);
  const Rectangle busy = corner ? machine.live({.columns = corner->columns, .rows = corner->rows}) : machine.all();
  const GemmShape shape{.m = edge * busy.nodes(), .n = edge, .k = edge};
  Gemm product(machine, busy, shape);
  product.write(std::vector<float>(shape.m * shape.k, 1.0f), std::vector<float>(shape.k * shape.n, 0.5f));
  return repeat(seconds, [&] {
    product.launch();
    product.wait();
    return product.cycles();
  });
}

/// One hart of the first node spins, so that time passes; all else sleeps.
Measurement measure_asleep(const MachineConfig& config, double seconds) {
  constexpr std::array<std::uint32_t, 1> endless_loop{0x0000006f};  // j .
  constexpr std::uint64_t chunk = 20000;
  Machine machine(config);
  const Coordinates spinner = machine.all().node(0);
  machine.backend().write_memory(spinner, hw::sram_base, std::as_bytes(std::span(endless_loop)));
  machine.backend().write_register(spinner, static_cast<std::uint32_t>(hw::control_hart_start_address(0)),
                                   hw::sram_base);
  return repeat(seconds, [&] {
    const std::uint64_t start = machine.cycles();
    machine.backend().run(chunk);
    return machine.cycles() - start;
  });
}

/// Seconds that a sleeping node costs per cycle: what a machine with sleeping nodes takes longer than one without.
double sleeping_cost(MachineConfig config, double seconds) {
  config.waves.reset();
  config.threads = 1;
  config.faults = {};
  config.dies = {};
  config.memory = false;
  config.make_exchange = sim::make_local_exchange;
  config.errors = {};
  constexpr MeshSize large{.columns = 16, .rows = 16};
  if (config.mesh.nodes() < large.nodes()) config.mesh = large;
  const unsigned sleepers = config.mesh.nodes() - 1;
  const double with = measure_asleep(config, seconds).best.seconds_per_cycle();
  config.mesh = {.columns = 1, .rows = 1};
  const double without = measure_asleep(config, seconds).best.seconds_per_cycle();
  return std::max(0.0, with - without) / sleepers;
}

}  // namespace

int bench_sim(Session& session, const SimArguments& arguments, nlohmann::ordered_json& results) {
  const MachineConfig config = session.machine_config();
  const bool busy = arguments.activity == "busy";
  // Ranks repeat as often as each other, whatever their clocks say.
  const double seconds = config.make_exchange()->ranks() > 1 ? 0.0 : arguments.seconds;
  std::optional<MeshSize> corner;
  if (!arguments.busy_text.empty()) corner = size_of("--busy", arguments.busy_text);
  const Measurement measured = busy ? measure_busy(config, corner, seconds) : measure_asleep(config, seconds);
  const unsigned nodes = Topology(config.grid().machine(), config.faults).live_nodes();
  add_speed(results, measured.all.cycles, nodes, measured.all.seconds);
  const double best = measured.best.seconds_per_cycle() / nodes;
  results["cycles_per_second_best"] = 1.0 / measured.best.seconds_per_cycle();
  results["node_cycles_per_second_best"] = 1.0 / best;
  results["activity"] = arguments.activity;
  results["threads"] = config.threads;
  session.say(fmt::format("{} node{}, {}: {:.0f} node-cycles per second, best repetition {:.0f}", nodes,
                          nodes == 1 ? "" : "s", arguments.activity, results["node_cycles_per_second"].get<double>(),
                          1.0 / best));
  session.say(fmt::format("{:.0f} machine cycles per second in the best repetition",
                          results["cycles_per_second_best"].get<double>()));
  if (config.backend != "rtl" || corner) return static_cast<int>(ExitCode::done);

  constexpr double nanoseconds = 1e9;
  const double asleep = sleeping_cost(config, arguments.seconds);
  results["sleeping_node_nanoseconds_per_cycle"] = asleep * nanoseconds;
  session.say(fmt::format("a sleeping node costs {:.2f} ns per cycle", asleep * nanoseconds));
  if (busy) {
    results["sleeping_to_busy"] = asleep / best;
    session.say(
        fmt::format("a busy one {:.0f} ns: {:.0f} times as much", best * nanoseconds, best / std::max(asleep, 1e-12)));
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
