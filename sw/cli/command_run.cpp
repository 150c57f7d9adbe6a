// dojo run ELF: an ordinary bare-metal program on the nodes of a machine.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "debug/connection.hpp"
#include "debug/debugger.hpp"
#include "debug/model_target.hpp"
#include "debug/rtl_target.hpp"
#include "debug/server.hpp"
#include "runtime/diagnosis.hpp"
#include "runtime/htif.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {
namespace {

/// Passes on whole lines, so that the consoles of several nodes do not mix inside a line. A program that goes back and
/// prints the same again prints it once.
class LineConsole {
 public:
  explicit LineConsole(const Session& session) : session_(session) {}
  ~LineConsole() { flush(); }
  LineConsole(const LineConsole&) = delete;
  LineConsole& operator=(const LineConsole&) = delete;
  void write(std::string_view text) {
    const std::uint64_t shown = std::min<std::uint64_t>(shown_ - position_, text.size());
    position_ += text.size();
    shown_ = std::max(shown_, position_);
    line_ += text.substr(shown);
    const std::size_t end = line_.rfind('\n');
    if (end == std::string::npos) return;
    session_.console(std::string_view(line_).substr(0, end + 1));
    line_.erase(0, end + 1);
  }
  void flush() {
    session_.console(line_);
    line_.clear();
  }
  /// Characters that the program has printed.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  void go_back(std::uint64_t position) { position_ = position; }
  void forget_future() {
    line_.resize(line_.size() - std::min<std::size_t>(line_.size(), shown_ - position_));
    shown_ = position_;
  }

 private:
  const Session& session_;
  std::string line_;
  std::uint64_t position_ = 0;
  std::uint64_t shown_ = 0;  ///< the furthest position
};

/// The program on one node: its HTIF, if it has one, and the code with which it has ended.
struct NodeRun {
  Coordinates node;
  std::unique_ptr<LineConsole> console;
  std::optional<Htif> htif;
  std::optional<std::uint64_t> exit_code;
};

class ProgramRun : public debug::HostSide {
 public:
  ProgramRun(Session& session, const Program& program, unsigned harts)
      : backend_(session.machine().backend()), program_(program), harts_(harts) {
    Machine& machine = session.machine();
    const Rectangle all = machine.all();
    machine.load(program, all);
    const auto tohost = program.symbol("tohost");
    for (unsigned i = 0; i < all.nodes(); ++i) {
      NodeRun& run = nodes_.emplace_back();
      run.node = all.node(i);
      run.console = std::make_unique<LineConsole>(session);
      if (tohost) {
        LineConsole& console = *run.console;
        run.htif.emplace(backend_, run.node, *tohost, program.symbol("fromhost"),
                         [&console](std::string_view text) { console.write(text); });
      }
    }
    if (model::LockstepChecker* checker = lockstep()) exempt_htif(*checker);
    machine.launch(program, all, {}, harts);
  }

  /// The checker of a run with --lockstep, else null.
  [[nodiscard]] model::LockstepChecker* lockstep() {
    auto* rtl = dynamic_cast<sim::RtlMachine*>(&backend_);
    return rtl == nullptr ? nullptr : rtl->lockstep();
  }

  /// Runs until the program has ended on all nodes.
  void run(std::uint64_t max_cycles) {
    const std::uint64_t start = backend_.cycles();
    while (!ended()) {
      const std::uint64_t used = backend_.cycles() - start;
      const StopReason reason = used >= max_cycles ? StopReason::max_cycles : backend_.run(max_cycles - used);
      switch (reason) {
        case StopReason::watched:
        case StopReason::all_stopped:
          serve(reason);
          break;
        case StopReason::faulted:
        case StopReason::no_progress:
        case StopReason::max_cycles:
          throw_stop(reason, describe(reason));
      }
    }
    for (const NodeRun& run : nodes_) run.console->flush();
  }

  void serve(StopReason reason) override {
    if (reason == StopReason::all_stopped) {
      take_exit_codes();
    } else {
      serve_htif();
    }
  }

  [[nodiscard]] bool ended() const override {
    return std::ranges::all_of(nodes_, [](const NodeRun& run) { return run.exit_code.has_value(); });
  }

  /// The first exit code that is not 0, in the order of the nodes.
  [[nodiscard]] std::uint64_t exit_code() const override {
    for (const NodeRun& run : nodes_) {
      if (run.exit_code.value_or(0) != 0) return *run.exit_code;
    }
    return 0;
  }

  [[nodiscard]] std::string describe(StopReason reason) override {
    return fmt::format("{}: {}", program_.name(),
                       describe_stop(backend_, reason, [this](std::uint64_t pc) { return program_.place(pc); }));
  }

  [[nodiscard]] std::string symbolize(std::uint64_t pc) const override { return program_.symbolize(pc); }

  [[nodiscard]] std::vector<std::byte> state() const override {
    std::vector<std::byte> bytes;
    for (const NodeRun& run : nodes_) {
      const NodeState state{.position = run.console->position(), .exit_code = run.exit_code};
      const auto part = std::as_bytes(std::span(&state, 1));
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
  }

  void set_state(std::span<const std::byte> bytes) override {
    for (NodeRun& run : nodes_) {
      NodeState state;
      std::memcpy(&state, bytes.data(), sizeof state);
      bytes = bytes.subspan(sizeof state);
      run.console->go_back(state.position);
      run.exit_code = state.exit_code;
    }
  }

  void forget_future() override {
    for (const NodeRun& run : nodes_) run.console->forget_future();
  }

 private:
  /// What is to be known to go back.
  struct NodeState {
    std::uint64_t position = 0;  ///< of the console
    std::optional<std::uint64_t> exit_code = {};
  };

  /// The host writes these words while harts poll them.
  void exempt_htif(model::LockstepChecker& checker) {
    for (const char* name : {"tohost", "fromhost"}) {
      const auto address = program_.symbol(name);
      if (!address) continue;
      for (const NodeRun& run : nodes_) checker.exempt(run.node, *address, sizeof(std::uint64_t));
    }
  }

  void serve_htif() {
    for (NodeRun& run : nodes_) {
      if (!run.htif) continue;
      const std::optional<std::uint64_t> code = run.htif->serve();
      if (!code || run.exit_code) continue;
      run.exit_code = *code;
      for (unsigned hart = 0; hart < harts_; ++hart) {
        backend_.write_register(run.node, static_cast<std::uint32_t>(hw::control_hart_stop_address(hart)), *code);
      }
    }
  }

  void take_exit_codes() {
    for (NodeRun& run : nodes_) {
      if (run.exit_code) continue;
      run.exit_code = 0;
      for (unsigned hart = 0; hart < harts_ && *run.exit_code == 0; ++hart) {
        run.exit_code = backend_.hart_status(run.node, hart).exit_code;
      }
    }
  }

  Backend& backend_;
  Program program_;
  unsigned harts_;
  std::vector<NodeRun> nodes_;
};

/// A process can end with 0 to 255 only, and a code that is not 0 must not become 0.
int process_exit_code(std::uint64_t code) {
  const auto low = static_cast<int>(code & 0xff);
  return code != 0 && low == 0 ? 255 : low;
}

/// Refuses what cannot be together with a debugger.
void check_gdb(const Options& options) {
  const auto refuse = [](const char* what) { throw InputError(fmt::format("--gdb: {}", what)); };
  if (options.make_exchange()->ranks() > 1) refuse("the debugger needs all dies in one process, without mpirun");
  if (options.lockstep) refuse("runs with a debugger are not compared with the golden model");
  if (options.wave().when != WaveRequest::When::off) refuse("runs with a debugger have no waves");
  if (!options.trace.files.empty()) refuse("runs with a debugger have no traces");
  if (!options.record.empty()) refuse("runs with a debugger are not recorded");
  if (options.snapshots.any()) refuse("runs with a debugger have snapshots of their own");
}

std::unique_ptr<debug::Target> make_target(Session& session) {
  Backend& backend = session.machine().backend();
  if (auto* const rtl = dynamic_cast<sim::RtlMachine*>(&backend)) {
    return std::make_unique<debug::RtlTarget>(*rtl, session.machine().grid().dies.nodes());
  }
  return std::make_unique<debug::ModelTarget>(dynamic_cast<model::ModelMachine&>(backend));
}

/// Runs the program as a debugger says, until it leaves.
void run_debugged(Session& session, ProgramRun& run, const debug::Listener& listener, debug::Target& target) {
  session.say(fmt::format("waiting for gdb: target remote localhost:{}", listener.port()));
  std::fflush(stdout);
  debug::Connection connection(listener.accept());
  const std::uint64_t limit = session.options().max_cycles;
  debug::Debugger debugger(target, run, limit, [&connection] { return connection.is_interrupted(); });
  debug::Server server(debugger, connection);
  const debug::Farewell farewell = server.serve(debugger.start());
  target.release();
  if (farewell == debug::Farewell::killed) throw RunError("the debugger has ended the run");
}

}  // namespace

int run_program(Session& session, const RunArguments& arguments, nlohmann::ordered_json& results) {
  const Program program = Program::from_elf(arguments.elf);
  std::optional<debug::Listener> listener;
  if (arguments.gdb) {
    check_gdb(session.options());
    session.forbid_repetition();
    listener.emplace(*arguments.gdb);
  }
  ProgramRun run(session, program, arguments.harts);
  const std::unique_ptr<debug::Target> target = listener ? make_target(session) : nullptr;
  const auto start = std::chrono::steady_clock::now();
  if (listener) run_debugged(session, run, *listener, *target);
  run.run(session.options().max_cycles);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;

  Machine& machine = session.machine();
  std::uint64_t instructions = 0;
  for (unsigned i = 0; i < machine.all().nodes(); ++i) {
    instructions += machine.backend().instructions_retired(machine.all().node(i));
  }
  add_speed(results, machine.cycles(), machine.all().nodes(), wall.count(), machine.backend().resumed_cycles());
  results["instructions"] = instructions;
  results["exit_code"] = run.exit_code();
  session.say(fmt::format("{}: exit code {} after {} cycles, {} instructions", program.name(), run.exit_code(),
                          machine.cycles(), instructions));
  if (const model::LockstepChecker* checker = run.lockstep()) {
    results["instructions_compared"] = checker->compared();
    session.say(fmt::format("{} retirements compared with the golden model", checker->compared()));
  }
  return process_exit_code(run.exit_code());
}

}  // namespace dojo::cli
