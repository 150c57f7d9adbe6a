// dojo bench scalar: instructions per cycle of one to four harts that run a mix of integer work.

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "cli/commands.hpp"
#include "common/error.hpp"
#include "firmware/kernels/scalar_mix.h"
#include "kernels/firmware.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {
namespace {

/// Kinds of the instructions that retire.
class InstructionMix : public sim::NodeObserver {
 public:
  void after_cycle(sim::NodeModel& node, std::uint64_t /*cycle*/) override {
    for (unsigned port = 0; port < sim::retire_ports; ++port) {
      const sim::Retirement retired = node.retirement(port);
      if (!retired.valid || retired.trap) continue;
      ++all_;
      loads_ += retired.memory == 1 ? 1 : 0;
      stores_ += retired.memory == 2 ? 1 : 0;
      branches_ += is_branch(retired.instruction) ? 1 : 0;
    }
  }
  [[nodiscard]] double loads() const { return share(loads_); }
  [[nodiscard]] double stores() const { return share(stores_); }
  [[nodiscard]] double branches() const { return share(branches_); }

 private:
  static bool is_branch(std::uint32_t instruction) {
    constexpr std::uint32_t branch_opcode = 0x63;
    constexpr std::uint32_t compressed_mask = 0xc003;
    constexpr std::uint32_t compressed_branches = 0xc001;  // c.beqz, c.bnez
    return (instruction & 3) == 3 ? (instruction & 0x7f) == branch_opcode
                                  : (instruction & compressed_mask) == compressed_branches;
  }
  [[nodiscard]] double share(std::uint64_t count) const {
    return all_ == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(all_);
  }

  std::uint64_t all_ = 0;
  std::uint64_t loads_ = 0;
  std::uint64_t stores_ = 0;
  std::uint64_t branches_ = 0;
};

constexpr std::array stall_counters{hw::Counter::fetch_stalls, hw::Counter::memory_stalls, hw::Counter::slot_stalls,
                                    hw::Counter::mispredictions};

struct Counts {
  std::uint64_t instructions;
  std::array<std::uint64_t, stall_counters.size()> stalls;
};

Counts count(Machine& machine) {
  Counts counts{.instructions = machine.backend().instructions_retired({}), .stalls = {}};
  for (std::size_t i = 0; i < stall_counters.size(); ++i) {
    counts.stalls[i] = machine.counter(stall_counters[i], machine.all());
  }
  return counts;
}

}  // namespace

int bench_scalar(Session& session, const ScalarArguments& arguments, nlohmann::ordered_json& results) {
  if (session.options().grid().machine().nodes() != 1) throw InputError("bench scalar: runs on one node");
  Machine& machine = session.machine();
  auto* rtl = dynamic_cast<sim::RtlMachine*>(&machine.backend());
  InstructionMix mix;
  if (rtl != nullptr) rtl->observe({}, mix);

  const auto work = std::make_unique<scalar_work>();
  const std::uint64_t expected = scalar_mix(work.get(), arguments.rounds);
  const Program program = load_firmware("scalar");
  machine.load(program, machine.all());
  Buffer output = machine.allocate({}, hw::harts * sizeof(std::uint64_t));

  session.say(fmt::format("{} rounds of lists, matrices, text and checksums on each hart", arguments.rounds));
  results["rounds"] = arguments.rounds;
  results["harts"] = nlohmann::ordered_json::array();
  for (unsigned harts = 1; harts <= hw::harts; ++harts) {
    const Counts before = count(machine);
    Event event = machine.launch(program, machine.all(), {arguments.rounds, output.address()}, harts);
    event.wait();
    const Counts after = count(machine);
    const std::vector<std::uint64_t> values = output.read<std::uint64_t>(hw::harts);
    for (unsigned hart = 0; hart < harts; ++hart) {
      if (values[hart] == expected) continue;
      throw RunError(fmt::format("bench scalar: hart {} of {} computed {:#x} instead of {:#x}", hart, harts,
                                 values[hart], expected));
    }
    if (rtl == nullptr) continue;  // the model has no timing
    const auto cycles = static_cast<double>(event.cycles());
    nlohmann::ordered_json entry;
    entry["harts"] = harts;
    entry["cycles"] = event.cycles();
    entry["instructions"] = after.instructions - before.instructions;
    entry["instructions_per_cycle"] = static_cast<double>(after.instructions - before.instructions) / cycles;
    std::string text = fmt::format("  {} hart{}: {:.3f} instructions per cycle;", harts, harts == 1 ? " " : "s",
                                   entry["instructions_per_cycle"].get<double>());
    for (std::size_t i = 0; i < stall_counters.size(); ++i) {
      const std::string name(hw::counter_table[static_cast<unsigned>(stall_counters[i])].name);
      entry[name] = after.stalls[i] - before.stalls[i];
      text +=
          fmt::format(" {} {:.3f}", name, static_cast<double>(after.stalls[i] - before.stalls[i]) / (cycles * harts));
    }
    session.say(text + " per hart and cycle");
    results["harts"].push_back(entry);
  }
  if (rtl != nullptr) {
    results["loads"] = mix.loads();
    results["stores"] = mix.stores();
    results["branches"] = mix.branches();
    session.say(fmt::format("  of the instructions {:.1f} % are loads, {:.1f} % stores, {:.1f} % branches",
                            100 * mix.loads(), 100 * mix.stores(), 100 * mix.branches()));
  }
  results["correct"] = true;
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
