// dojo bench noc: latency and throughput of a mesh of RTL routers under synthetic traffic.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "cli/commands.hpp"
#include "cli/gnuplot.hpp"
#include "cli/noc_report.hpp"
#include "common/error.hpp"
#include "sim/host_memory.hpp"

namespace dojo::cli {
namespace {

std::vector<noc::Pattern> patterns_of(const std::string& name) {
  if (name == "all") return {noc::standard_patterns.begin(), noc::standard_patterns.end()};
  const auto pattern = noc::pattern_of(name);
  if (!pattern) throw InputError(fmt::format("--pattern {}: there is no such pattern", name));
  return {*pattern};
}

Traffic traffic_of(const std::string& name, noc::Pattern first) {
  const bool edge = first == noc::Pattern::edge;
  if (edge && !name.empty() && name != "request") {
    throw InputError(
        fmt::format("--class {}: only requests can leave at an edge; data, which go X first, would leave "
                    "in the wrong row",
                    name));
  }
  if (name == "mixed") return Traffic::mixed;
  return edge || name == "request" ? Traffic::request : Traffic::data;
}

double data_share(Traffic traffic) {
  switch (traffic) {
    case Traffic::data:
      return 1.0;
    case Traffic::mixed:
      return 0.5;
    case Traffic::request:
      return 0.0;
  }
  return 0.0;
}

void check(MeshSize mesh, const std::vector<noc::Pattern>& patterns, unsigned threads, const NocArguments& arguments) {
  // Each thread measures on a mesh of its own.
  sim::check_mesh(mesh, threads * noc::RouterMesh::bytes_per_node());
  for (const noc::Pattern pattern : patterns) noc::check_pattern(pattern, mesh);
  check_writable("--csv", arguments.csv);
  check_writable("--svg", arguments.svg);
  if (arguments.svg.empty()) return;
  if (arguments.load) throw InputError("--svg: curves need more than one load; leave out --load");
  check_gnuplot();
}

/// One load in place of a sweep.
noc::Sweep measure_load(MeshSize mesh, const noc::TrafficOptions& options, WorkerPool& pool) {
  noc::Sweep sweep;
  noc::TrafficResult result;
  pool.run(2, [&](std::size_t task) {
    (task == 0 ? result : sweep.zero_load) =
        task == 0 ? noc::measure_traffic(mesh, options) : noc::measure_zero_load(mesh, options);
  });
  if (result.all.packets == 0) {
    throw InputError(
        fmt::format("--load {}: no packet of the window of {} cycles arrived; more cycles or more load "
                    "are needed",
                    options.load, options.window));
  }
  sweep.points.push_back({options.load, result});
  sweep.cycles = result.cycles + sweep.zero_load.cycles;
  return sweep;
}

void write_file(const std::string& option, const std::string& file, const std::string& text) {
  std::ofstream stream(file);
  stream << text;
  stream.close();
  if (!stream) throw RunError(fmt::format("{} {}: the file could not be written", option, file));
}

}  // namespace

int bench_noc(Session& session, const NocArguments& arguments, nlohmann::ordered_json& results) {
  const Options& common = session.options();
  if (common.backend != "rtl") throw InputError("bench noc: measures the RTL's routers; the model has none");
  if (const Faults faults = common.faults(); !faults.nodes.empty() || !faults.links.empty()) {
    throw InputError("bench noc: measures whole meshes only, without --dead-links and with --dead none after --die");
  }
  const auto [dies, mesh, memory] = common.grid();
  if (dies.nodes() != 1 || memory) throw InputError("bench noc: measures one mesh, without --dies and --memory");
  const unsigned threads = common.threads != 0 ? common.threads : std::max(1U, std::thread::hardware_concurrency());
  const std::vector<noc::Pattern> patterns = patterns_of(arguments.pattern);
  const Traffic traffic = traffic_of(arguments.traffic, patterns.front());
  check(mesh, patterns, threads, arguments);
  noc::TrafficOptions options{.data_share = data_share(traffic),
                              .seed = common.seed,
                              .warm_up = arguments.warm_up,
                              .window = arguments.window,
                              .drain = arguments.drain};
  if (arguments.load) options.load = *arguments.load;

  const auto start = std::chrono::steady_clock::now();
  WorkerPool pool(threads);
  std::vector<PatternSweep> sweeps;
  std::uint64_t cycles = 0;
  for (const noc::Pattern pattern : patterns) {
    options.pattern = pattern;
    noc::Sweep sweep = arguments.load ? measure_load(mesh, options, pool) : noc::measure_sweep(mesh, options, pool);
    cycles += sweep.cycles;
    sweeps.push_back({pattern, traffic, std::move(sweep)});
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;

  results["mesh"] = fmt::format("{}x{}", mesh.columns, mesh.rows);
  results["class"] = name_of(traffic);
  results["seed"] = options.seed;
  results["warm_up"] = options.warm_up;
  results["window"] = options.window;
  results["drain"] = options.drain;
  for (const PatternSweep& sweep : sweeps) {
    nlohmann::ordered_json json{{"pattern", noc::name_of(sweep.pattern)}};
    arguments.load ? add_load(json, sweep) : add_sweep(json, sweep);
    if (arguments.pattern == "all") {
      results["patterns"].push_back(std::move(json));
    } else {
      results.update(json);
    }
  }
  add_speed(results, cycles, mesh.nodes(), wall.count());

  const std::string title =
      fmt::format("{}x{} mesh, {}", mesh.columns, mesh.rows,
                  traffic == Traffic::mixed ? "half requests, half data" : fmt::format("class {}", name_of(traffic)));
  session.say(title + "; flits per node and cycle, latencies in cycles");
  if (!arguments.load) session.say("\n" + sweep_table(sweeps));
  if (arguments.load || sweeps.size() == 1) session.say(point_table(sweeps));
  if (!arguments.csv.empty()) write_file("--csv", arguments.csv, sweep_csv(sweeps));
  if (!arguments.svg.empty()) run_gnuplot(sweep_plot(sweeps, title, arguments.svg));
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
