// dojo bench transfer: copies between two nodes by the transfer engine, checked byte by byte.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "common/die.hpp"
#include "common/error.hpp"
#include "kernels/transfer.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr std::array copies{Op::push, Op::push_strided, Op::push_gather, Op::push_scatter,
                            Op::pull, Op::pull_strided, Op::pull_gather, Op::pull_scatter};

/// Watches a node for its dojo.issue and for the first and the last element that is written to its memory.
class Watch : public sim::NodeObserver {
 public:
  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override {
    for (unsigned port = 0; port < sim::retire_ports; ++port) {
      const sim::Retirement retired = node.retirement(port);
      if (retired.valid && !retired.trap && is_issue(retired.instruction)) issue_ = cycle;
    }
    if (!node.packet_applied().valid) return;
    if (written_++ == 0) first_ = cycle;
    last_ = cycle;
  }
  void restart() { issue_ = first_ = last_ = written_ = 0; }

  [[nodiscard]] std::uint64_t issue() const { return issue_; }
  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t last() const { return last_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  static bool is_issue(std::uint32_t instruction) {
    return (instruction & 0x7f) == hw::xdojo_opcode && (instruction >> 12 & 7) == hw::xdojo_issue_funct3;
  }

  std::uint64_t issue_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t written_ = 0;
};

/// Cycles of a copy; of two that run at once those of the slower one.
struct Timing {
  std::uint64_t cycles = 0;        ///< from dojo.issue until the last element is in memory
  std::uint64_t first_cycles = 0;  ///< the same for the first element
};

/// The observers of a machine's nodes; none on the golden model, which has no cycles.
class Watches {
 public:
  explicit Watches(Machine& machine) {
    auto* rtl = dynamic_cast<sim::RtlMachine*>(&machine.backend());
    if (rtl == nullptr) return;
    if (rtl->engine().ranks() > 1) throw InputError("bench transfer: needs all dies in one process, without mpirun");
    const Rectangle all = machine.all();
    for (unsigned i = 0; i < all.nodes(); ++i) {
      watches_.push_back(std::make_unique<Watch>());
      rtl->observe(all.node(i), *watches_.back());
    }
  }
  [[nodiscard]] bool any() const { return !watches_.empty(); }
  void restart() {
    for (const auto& watch : watches_) watch->restart();
  }
  /// What was seen since the restart; every node that was written to belongs to a copy.
  [[nodiscard]] std::optional<Timing> timing() const {
    if (watches_.empty()) return std::nullopt;
    std::uint64_t issue = sim::never;
    for (const auto& watch : watches_) {
      if (watch->issue() != 0) issue = std::min(issue, watch->issue());
    }
    Timing timing;
    for (const auto& watch : watches_) {
      if (watch->written() == 0) continue;
      timing.cycles = std::max(timing.cycles, watch->last() - issue);
      timing.first_cycles = std::max(timing.first_cycles, watch->first() - issue);
    }
    return timing;
  }

 private:
  std::vector<std::unique_ptr<Watch>> watches_;
};

/// A node as many hops from node (0,0): as far east as the mesh reaches, then south.
Coordinates node_at(Machine& machine, unsigned distance) {
  const MeshSize mesh = machine.mesh();
  const unsigned x = std::min(distance, mesh.columns - 1);
  const Coordinates node{.x = x, .y = distance - x};
  if (node.y >= mesh.rows) {
    throw InputError(
        fmt::format("--distance {}: a mesh of {}x{} has no nodes so far apart", distance, mesh.columns, mesh.rows));
  }
  for (const Coordinates end : {Coordinates{}, node}) {
    if (!machine.backend().topology().is_alive(end)) {
      throw InputError(fmt::format("--distance {}: node ({},{}) is dead", distance, end.x, end.y));
    }
  }
  return node;
}

/// A copy that was made.
struct Copied {
  TransferShape shape;
  unsigned distance = 0;
  bool correct = false;
  std::uint64_t run_cycles = 0;  ///< from the launch until all harts have stopped
  std::optional<Timing> timing;  ///< none on the golden model
  std::uint64_t sram_conflicts = 0;

  [[nodiscard]] double bytes_per_cycle() const {
    return static_cast<double>(shape.bytes) / static_cast<double>(timing->cycles);
  }
  [[nodiscard]] double lines_per_cycle() const {
    return static_cast<double>(shape.elements()) / static_cast<double>(timing->cycles);
  }
  /// Without the time until the first line.
  [[nodiscard]] double steady() const {
    const std::uint64_t cycles = timing->cycles - timing->first_cycles;
    return cycles == 0 ? 1.0 : static_cast<double>(shape.elements() - 1) / static_cast<double>(cycles);
  }
  [[nodiscard]] double bound_share() const { return bytes_per_cycle() / hw::line_bytes; }
};

Copied copy(Session& session, Watches& watches, const TransferShape& shape, unsigned distance) {
  Machine& machine = session.machine();
  Transfer transfer(machine, {}, node_at(machine, distance), shape, session.options().seed);
  const std::uint64_t conflicts = machine.counter(hw::Counter::sram_conflicts, machine.all());
  watches.restart();
  transfer.launch();
  transfer.wait();
  return {.shape = shape,
          .distance = distance,
          .correct = transfer.correct(),
          .run_cycles = transfer.cycles(),
          .timing = watches.timing(),
          .sram_conflicts = machine.counter(hw::Counter::sram_conflicts, machine.all()) - conflicts};
}

nlohmann::ordered_json json_of(const Copied& copied) {
  const TransferShape& shape = copied.shape;
  nlohmann::ordered_json json{{"kind", hw::to_string(shape.op)}, {"bytes", shape.bytes},
                              {"elements", shape.elements()},    {"element_bytes", shape.element_bytes},
                              {"distance", copied.distance},     {"both_ways", shape.both_ways},
                              {"skew_lines", shape.skew_lines},  {"correct", copied.correct}};
  if (!copied.timing) return json;
  json["cycles"] = copied.timing->cycles;
  json["first_line_cycles"] = copied.timing->first_cycles;
  json["bytes_per_cycle"] = copied.bytes_per_cycle();
  json["lines_per_cycle"] = copied.lines_per_cycle();
  json["lines_per_cycle_steady"] = copied.steady();
  json["bound_share"] = copied.bound_share();
  json["sram_conflicts"] = copied.sram_conflicts;
  return json;
}

std::string head_of_table(bool timed) {
  const std::string head = fmt::format("{:<13} {:>8} {:>8} {:>4}", "kind", "bytes", "elements", "hops");
  if (!timed) return head + "  result";
  return fmt::format("{} {:>8} {:>10} {:>11} {:>11} {:>7} {:>8} {:>9}  result", head, "cycles", "first line",
                     "bytes/cycle", "lines/cycle", "steady", "of bound", "conflicts");
}

std::string row_of_table(const Copied& copied) {
  const TransferShape& shape = copied.shape;
  std::string row =
      fmt::format("{:<13} {:>8} {:>8} {:>4}", hw::to_string(shape.op), shape.bytes, shape.elements(), copied.distance);
  if (copied.timing) {
    row += fmt::format(" {:>8} {:>10} {:>11.2f} {:>11.4f} {:>7.4f} {:>8.4f} {:>9}", copied.timing->cycles,
                       copied.timing->first_cycles, copied.bytes_per_cycle(), copied.lines_per_cycle(), copied.steady(),
                       copied.bound_share(), copied.sram_conflicts);
  }
  return row + (copied.correct ? "  correct" : "  WRONG");
}

/// The copies that are asked for, each with its distance.
std::vector<std::pair<TransferShape, unsigned>> copies_of(const TransferArguments& arguments) {
  const std::vector<std::uint64_t> all_bytes = arguments.all_bytes();
  const std::vector<std::uint64_t> all_distances = arguments.all_distances();
  std::vector<std::pair<TransferShape, unsigned>> result;
  for (const Op op : copies) {
    if (arguments.kind != "all" && arguments.kind != hw::to_string(op)) continue;
    const bool has_lines = arguments.kind == "all" && (op == Op::push || op == Op::pull);
    for (const std::uint64_t bytes : all_bytes) {
      const TransferShape shape{.op = op,
                                .bytes = bytes,
                                .element_bytes = has_lines ? hw::line_bytes : arguments.element,
                                .row_elements = arguments.row,
                                .skew_lines = arguments.skew,
                                .both_ways = arguments.both_ways};
      for (const std::uint64_t distance : all_distances) {
        result.emplace_back(shape, static_cast<unsigned>(distance));
      }
    }
  }
  if (result.empty()) throw InputError(fmt::format("--kind {}: there is no such copy", arguments.kind));
  return result;
}

}  // namespace

std::vector<std::uint64_t> TransferArguments::all_bytes() const {
  return numbers_of("--bytes", bytes, 1, std::numeric_limits<std::uint32_t>::max());
}

std::vector<std::uint64_t> TransferArguments::all_distances() const {
  return numbers_of("--distance", distances, 0, 2 * std::uint64_t{mesh_limit});
}

int bench_transfer(Session& session, const TransferArguments& arguments, nlohmann::ordered_json& results) {
  const std::vector<std::pair<TransferShape, unsigned>> wanted = copies_of(arguments);
  Machine& machine = session.machine();
  Watches watches(machine);
  const auto start = std::chrono::steady_clock::now();
  std::vector<Copied> done;
  done.reserve(wanted.size());
  for (const auto& [shape, distance] : wanted) done.push_back(copy(session, watches, shape, distance));
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;

  std::uint64_t cycles = 0;
  const Copied* wrong = nullptr;
  session.say(
      fmt::format("copies between two of {}x{} {} nodes{}; cycles from dojo.issue until the last line is in "
                  "memory, bound: 64 bytes per cycle",
                  machine.mesh().columns, machine.mesh().rows, machine.backend().name(),
                  arguments.both_ways ? ", both ways at once, of the slower way" : ""));
  session.say(head_of_table(watches.any()));
  for (const Copied& copied : done) {
    cycles += copied.timing ? copied.timing->cycles : copied.run_cycles;
    if (!copied.correct && wrong == nullptr) wrong = &copied;
    session.say(row_of_table(copied));
  }
  add_speed(results, cycles, machine.all().nodes(), wall.count());
  if (done.size() == 1) {
    results.update(json_of(done.front()));
  } else {
    results["correct"] = wrong == nullptr;
    for (const Copied& copied : done) results["transfers"].push_back(json_of(copied));
  }
  if (wrong != nullptr) {
    throw RunError(fmt::format("bench transfer: {} of {} bytes over {} hops: the result is wrong",
                               hw::to_string(wrong->shape.op), wrong->shape.bytes, wrong->distance));
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
