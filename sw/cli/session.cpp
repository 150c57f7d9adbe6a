#include "cli/session.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/error.hpp"

namespace dojo::cli {
namespace {

/// Cycles before a failure that --wave on-fail records.
constexpr std::uint64_t cycles_before_failure = 2000;

void write_results(const std::string& file, const nlohmann::ordered_json& results) {
  if (file.empty()) return;
  const std::string text = results.dump(2) + "\n";
  if (file == "-") {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return;
  }
  std::ofstream stream(file);
  stream << text;
  stream.close();
  if (!stream) throw RunError(fmt::format("--json {}: the results could not be written", file));
}

/// How a command ended.
struct Attempt {
  int code = 0;
  std::exception_ptr error;  ///< a RunError
  std::optional<std::uint64_t> cycles;
  nlohmann::ordered_json results;
  [[nodiscard]] bool failed() const { return error != nullptr || code != 0; }
};

void write_record(const Options& options, Session& session, const Attempt& attempt) {
  nlohmann::ordered_json run;
  run["command"] = options.command_line;
  run["exit_code"] = attempt.error ? static_cast<int>(ExitCode::failed) : attempt.code;
  if (attempt.error) {
    try {
      std::rethrow_exception(attempt.error);
    } catch (const RunError& error) {
      run["error"] = error.what();
    }
  }
  run["options"] = {{"backend", options.backend}, {"threads", options.threads}, {"seed", options.seed}};
  run["results"] = attempt.results;
  record::write(options.record, session.run_recorder()->finish(), run);
}

Attempt run_once(const Options& options, const std::optional<sim::WaveConfig>& waves, bool repeated,
                 const Command& command) {
  Attempt attempt;
  Session session(options, waves, repeated);
  try {
    attempt.code = command(session, attempt.results);
  } catch (const RunError&) {
    attempt.error = std::current_exception();
  }
  try {
    session.finish_trace();
  } catch (const RunError&) {
    if (!attempt.error) attempt.error = std::current_exception();
  }
  attempt.cycles = session.cycles();
  if (session.run_recorder() != nullptr) write_record(options, session, attempt);
  return attempt;
}

sim::WaveConfig wave_config(const Options& options, std::uint64_t first, std::uint64_t last) {
  return {.first_cycle = first, .last_cycle = last, .file = options.wave_file, .node = options.wave_node()};
}

void name_viewer(const Options& options) {
  const std::string line =
      fmt::format("gtkwave {} {}", options.wave_file, sim::WaveFile::save_file_of(options.wave_file).string());
  std::fprintf(options.talkative() ? stdout : stderr, "%s\n", line.c_str());
}

}  // namespace

MachineConfig Session::machine_config() const {
  const DieGrid grid = options_.grid();
  return {.backend = options_.backend,
          .mesh = grid.die,
          .dies = grid.dies,
          .errors = options_.errors(),
          .faults = options_.faults(),
          .memory = grid.memory,
          .ethernet = options_.ethernet(),
          .routes = {},
          .threads = options_.threads,
          .seed = options_.seed,
          .max_cycles = options_.max_cycles,
          .hang_cycles = options_.hang_cycles,
          .lockstep = options_.lockstep,
          .waves = waves_,
          .snapshots = options_.snapshots,
          .make_exchange = options_.make_exchange};
}

Machine& Session::machine() {
  if (machine_) return *machine_;
  machine_ = std::make_unique<Machine>(machine_config());
  if (!repeated_) trace_ = make_recorder(options_, *machine_);
  if (!options_.record.empty() && !repeated_) run_recorder_ = std::make_unique<record::Recorder>(*machine_);
  return *machine_;
}

void Session::finish_trace() {
  if (trace_) trace_->finish();
}

void Session::say(const std::string& line) const {
  if (talkative()) std::fprintf(stdout, "%s\n", line.c_str());
}

void Session::console(std::string_view text) const {
  if (repeated_ || text.empty()) return;
  std::FILE* stream = options_.json == "-" ? stderr : stdout;
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

std::optional<std::uint64_t> Session::cycles() const {
  if (!machine_) return std::nullopt;
  return machine_->cycles();
}

void check_writable(const std::string& option, const std::string& file) {
  if (file.empty() || file == "-") return;
  const bool existed = std::filesystem::exists(file);
  const bool writable = std::ofstream(file, std::ios::app).good();
  if (!writable) throw InputError(fmt::format("{} {}: the file cannot be written", option, file));
  if (!existed) std::filesystem::remove(file);
}

void check_record(const Options& options) {
  if (options.record.empty()) return;
  const auto refuse = [&](const char* why) { throw InputError(fmt::format("--record {}: {}", options.record, why)); };
  if (options.backend != "rtl") refuse("the model backend has no cycles; recording needs --backend rtl");
  if (!options.snapshots.resume_from.empty()) refuse("a resumed run has no beginning to be recorded");
  if (options.make_exchange()->ranks() > 1) refuse("recording needs all dies in one process, without mpirun");
  std::error_code error;
  std::filesystem::create_directories(options.record, error);
  if (error) refuse("the folder cannot be made");
  check_writable("--record", (std::filesystem::path(options.record) / record::file_name).string());
}

int execute(const Options& options, const Command& command) {
  const WaveRequest wave = options.wave();
  if (wave.when != WaveRequest::When::off && options.backend != "rtl") {
    throw InputError("--wave: the model backend has no signals; waves need --backend rtl");
  }
  if (wave.when != WaveRequest::When::off && options.snapshots.any()) {
    throw InputError("--wave: runs with snapshots have no waves");
  }
  check_writable("--json", options.json);
  check_trace(options);
  check_record(options);
  std::optional<sim::WaveConfig> waves;
  if (wave.when == WaveRequest::When::range) waves = wave_config(options, wave.first, wave.last);

  Attempt attempt = run_once(options, waves, false, command);
  if (wave.when == WaveRequest::When::on_fail && attempt.failed() && attempt.cycles) {
    const std::uint64_t last = *attempt.cycles;
    const std::uint64_t first = last > cycles_before_failure ? last - cycles_before_failure : 0;
    std::fprintf(stderr, "the run failed in cycle %s; it is repeated to record the cycles from %s on\n",
                 std::to_string(last).c_str(), std::to_string(first).c_str());
    run_once(options, wave_config(options, first, last), true, command);
  }
  if (wave.when == WaveRequest::When::range || (wave.when == WaveRequest::When::on_fail && attempt.failed())) {
    name_viewer(options);
  }
  if (attempt.error) std::rethrow_exception(attempt.error);
  if (options.is_first_rank) write_results(options.json, attempt.results);
  return attempt.code;
}

void add_speed(nlohmann::ordered_json& results, std::uint64_t cycles, unsigned nodes, double wall_seconds,
               std::uint64_t resumed_cycles) {
  results["cycles"] = cycles;
  results["nodes"] = nodes;
  results["wall_seconds"] = wall_seconds;
  results["node_cycles_per_second"] =
      wall_seconds > 0 ? static_cast<double>(cycles - resumed_cycles) * static_cast<double>(nodes) / wall_seconds : 0.0;
}

}  // namespace dojo::cli
