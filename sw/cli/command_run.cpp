// dojo run ELF: an ordinary bare-metal program on the nodes of a machine.

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "runtime/diagnosis.hpp"
#include "runtime/htif.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {
namespace {

/// Passes on whole lines, so that the consoles of several nodes do not mix inside a line.
class LineConsole {
 public:
  explicit LineConsole(const Session& session) : session_(session) {}
  ~LineConsole() { flush(); }
  LineConsole(const LineConsole&) = delete;
  LineConsole& operator=(const LineConsole&) = delete;
  void write(std::string_view text) {
    line_ += text;
    const std::size_t end = line_.rfind('\n');
    if (end == std::string::npos) return;
    session_.console(std::string_view(line_).substr(0, end + 1));
    line_.erase(0, end + 1);
  }
  void flush() {
    session_.console(line_);
    line_.clear();
  }

 private:
  const Session& session_;
  std::string line_;
};

/// The program on one node: its HTIF, if it has one, and the code with which it has ended.
struct NodeRun {
  Coordinates node;
  std::unique_ptr<LineConsole> console;
  std::optional<Htif> htif;
  std::optional<std::uint64_t> exit_code;
};

class ProgramRun {
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
          serve();
          break;
        case StopReason::all_stopped:
          take_exit_codes();
          break;
        case StopReason::faulted:
        case StopReason::no_progress:
        case StopReason::max_cycles:
          throw RunError(fmt::format(
              "{}: {}", program_.name(),
              describe_stop(backend_, reason, [this](std::uint64_t pc) { return program_.symbolize(pc); })));
      }
    }
    for (const NodeRun& run : nodes_) run.console->flush();
  }

  /// The first exit code that is not 0, in the order of the nodes.
  [[nodiscard]] std::uint64_t exit_code() const {
    for (const NodeRun& run : nodes_) {
      if (run.exit_code.value_or(0) != 0) return *run.exit_code;
    }
    return 0;
  }

 private:
  /// The host writes these words while harts poll them.
  void exempt_htif(model::LockstepChecker& checker) {
    for (const char* name : {"tohost", "fromhost"}) {
      const auto address = program_.symbol(name);
      if (!address) continue;
      for (const NodeRun& run : nodes_) checker.exempt(run.node, *address, sizeof(std::uint64_t));
    }
  }

  [[nodiscard]] bool ended() const {
    for (const NodeRun& run : nodes_) {
      if (!run.exit_code) return false;
    }
    return true;
  }

  void serve() {
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

}  // namespace

int run_program(Session& session, const RunArguments& arguments, nlohmann::ordered_json& results) {
  const Program program = Program::from_elf(arguments.elf);
  ProgramRun run(session, program, arguments.harts);
  const auto start = std::chrono::steady_clock::now();
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
