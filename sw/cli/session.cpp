#include "cli/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <vector>

#include "cli/hang_events.hpp"
#include "cli/temporary_folder.hpp"
#include "common/error.hpp"

namespace dojo::cli {
namespace {

/// Cycles before a failure that --wave on-fail records.
constexpr std::uint64_t cycles_before_failure = 2000;
/// A run that hangs and has taken longer is not repeated unasked.
constexpr std::chrono::seconds longest_run_to_repeat{20};

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
  std::exception_ptr error;        ///< a RunError
  std::optional<Failure> failure;  ///< of the machine, if there was one
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

Attempt run_once(const Options& options, const Addition& addition, bool repeated, const Command& command) {
  Attempt attempt;
  Session session(options, addition, repeated);
  try {
    attempt.code = command(session, attempt.results);
  } catch (const RunError&) {
    attempt.error = std::current_exception();
  }
  if (addition.finish && session.made_machine() != nullptr) addition.finish(*session.made_machine());
  try {
    session.finish_trace();
  } catch (const RunError&) {
    if (!attempt.error) attempt.error = std::current_exception();
  }
  if (session.run_recorder() != nullptr) write_record(options, session, attempt);
  if (options.make_exchange()->ranks() == 1 && attempt.failed() && session.made_machine() != nullptr &&
      session.is_repeatable()) {
    attempt.failure = find_failure(*session.made_machine(), attempt.error);
  }
  return attempt;
}

/// What is recorded while a command runs; recordings that are complete are put in `files`.
sim::WaveConfig wave_config(const Options& options, const WaveRequest& request,
                            std::vector<std::filesystem::path>& files) {
  const bool is_range = request.when == WaveRequest::When::range;
  return {.first_cycle = is_range ? request.first : sim::never,
          .last_cycle = is_range ? request.last : sim::never,
          .file = options.wave_file,
          .node = options.wave_node(),
          .trigger = request.condition,
          .trigger_cycles = options.wave_cycles,
          .written = [&files](const std::filesystem::path& file) { files.push_back(file); }};
}

/// What is made on the way for a repetition with waves.
sim::SnapshotConfig snapshots_on_the_way(const std::filesystem::path& folder) {
  constexpr double share_of_time = 0.02;
  return {.folder = folder, .share = share_of_time, .reach = cycles_before_failure};
}

/// The cycle of the snapshot with which a repetition begins; none: it begins from the start.
std::optional<std::uint64_t> start_of_repetition(const std::filesystem::path& snapshots, std::uint64_t first) {
  return snapshots.empty() ? std::nullopt : sim::SnapshotFolder(snapshots, 0, 1).newest(first);
}

/// Records the last cycles before a failure, in a repetition that has `addition`, too.
void record_failure(const Options& options, const Command& command, const std::filesystem::path& snapshots,
                    const Failure& failure, Addition addition, std::vector<std::filesystem::path>& files) {
  const std::uint64_t first = failure.cycle - std::min(failure.cycle, cycles_before_failure - 1);
  sim::WaveConfig waves = wave_config(options, {}, files);
  waves.first_cycle = first;
  waves.last_cycle = failure.cycle;
  waves.subject = failure.subject;
  if (!waves.node) waves.node = failure.node;
  const std::uint64_t start = start_of_repetition(snapshots, first).value_or(0);
  std::fprintf(stderr, "%s\n",
               fmt::format("the run failed; cycle {} was its last. It is repeated from cycle {} on, and node {},{} "
                           "recorded from cycle {} on",
                           failure.cycle, start, waves.node.value_or(Coordinates{}).x,
                           waves.node.value_or(Coordinates{}).y, first)
                   .c_str());
  addition.configure = [&waves](MachineConfig& config) { config.waves = waves; };
  const std::optional<Failure> again = repeat(options, command, snapshots, first, addition);
  if (again && again->cycle == failure.cycle) return;
  std::fprintf(stderr, "the repetition did not fail in that cycle: the waves are of another run\n");
}

void name_viewer(const Options& options, const std::filesystem::path& fst) {
  const std::string line = fmt::format("gtkwave {} {}", fst.string(), sim::WaveFile::save_file_of(fst).string());
  std::fprintf(options.talkative() ? stdout : stderr, "%s\n", line.c_str());
}

void check_waves(const Options& options, const WaveRequest& request) {
  if (request.when == WaveRequest::When::off) return;
  const std::string option = request.when == WaveRequest::When::condition ? "--wave-on" : "--wave";
  if (options.backend != "rtl") {
    throw InputError(option + ": the model backend has no signals; waves need --backend rtl");
  }
  if (options.snapshots.any()) throw InputError(option + ": runs with snapshots have no waves");
  if (options.make_exchange()->ranks() > 1) {
    throw InputError(option + ": waves need all dies in one process, without mpirun");
  }
  check_writable("--wave-file", options.wave_file);
}

extern "C" void toggle_on_signal(int /*signal*/) {
  sim::toggle_waves();
}

}  // namespace

MachineConfig Session::machine_config() const {
  const DieGrid grid = options_.grid();
  MachineConfig config{.backend = options_.backend,
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
                       .waves = {},
                       .snapshots = options_.snapshots,
                       .make_exchange = options_.make_exchange};
  if (addition_.configure) addition_.configure(config);
  return config;
}

Machine& Session::machine() {
  if (machine_) return *machine_;
  machine_ = std::make_unique<Machine>(machine_config());
  if (addition_.attach) addition_.attach(*machine_);
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

std::optional<Failure> repeat(const Options& options, const Command& command, const std::filesystem::path& snapshots,
                              std::uint64_t first, const Addition& addition) {
  if (start_of_repetition(snapshots, first)) {
    Addition resuming = addition;
    resuming.configure = [&](MachineConfig& config) {
      config.snapshots = {.resume_from = snapshots, .resume_before = first};
      if (addition.configure) addition.configure(config);
    };
    try {
      return run_once(options, resuming, true, command).failure;
    } catch (const InputError&) {
      // Not a command that can be led through the same calls.
    }
  }
  return run_once(options, addition, true, command).failure;
}

namespace {

std::exception_ptr with_text(const std::exception_ptr& error, const std::string& text) {
  try {
    std::rethrow_exception(error);
  } catch (const RunError& run) {
    return std::make_exception_ptr(RunError(run.what() + text));
  }
}

/// Repeats a run that failed where that shows more: the waves of on-fail, and of a hang the last events of those who
/// wait for each other, which are told behind the error.
void after_failure(const Options& options, const Command& command, const std::filesystem::path& snapshots,
                   bool was_short, Attempt& attempt, std::vector<std::filesystem::path>& files) {
  const Failure& failure = *attempt.failure;
  const bool on_fail = options.wave().when == WaveRequest::When::on_fail;
  const bool hangs = attempt.error != nullptr && !failure.parties.empty() && !options.snapshots.any();
  const bool has_events = hangs && (on_fail || was_short);
  HangEvents events(failure.parties);
  Addition addition;
  if (has_events) events.join(addition);
  if (on_fail) {
    record_failure(options, command, snapshots, failure, addition, files);
  } else if (has_events) {
    repeat(options, command, snapshots, failure.cycle, addition);
  }
  if (!hangs) return;
  constexpr const char* too_long = "\n  a run with --wave on-fail tells the last events of those who wait, too";
  attempt.error = with_text(attempt.error, has_events ? events.text() : too_long);
}

}  // namespace

int execute(const Options& options, const Command& command) {
  const WaveRequest request = options.wave();
  check_waves(options, request);
  check_writable("--json", options.json);
  check_trace(options);
  check_record(options);
  const bool on_fail = request.when == WaveRequest::When::on_fail;
  const bool has_waves = options.backend == "rtl" && options.make_exchange()->ranks() == 1;
  std::vector<std::filesystem::path> files;
  std::optional<TemporaryFolder> snapshots;
  if (on_fail && !options.lockstep) snapshots.emplace();
  if (has_waves) std::signal(SIGUSR1, toggle_on_signal);

  const auto configure = [&](MachineConfig& config) {
    if (has_waves) config.waves = wave_config(options, request, files);
    if (snapshots) config.snapshots = snapshots_on_the_way(snapshots->path());
  };
  const auto start = std::chrono::steady_clock::now();
  Attempt attempt = run_once(options, {.configure = configure}, false, command);
  if (attempt.failure) {
    const bool is_short = std::chrono::steady_clock::now() - start < longest_run_to_repeat;
    after_failure(options, command, snapshots ? snapshots->path() : "", is_short, attempt, files);
  }
  if (request.when == WaveRequest::When::condition && files.empty()) {
    std::fprintf(stderr, "--wave-on %s: that did not happen; there are no waves\n", options.wave_on_text.c_str());
  }
  for (const std::filesystem::path& file : files) name_viewer(options, file);
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
