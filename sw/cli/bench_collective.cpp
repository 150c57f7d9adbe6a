// dojo bench collective: one collective operation of FP32 lines, checked on every node bit by bit.

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "cli/commands.hpp"
#include "common/error.hpp"
#include "kernels/collective.hpp"
#include "kernels/measurement.hpp"

namespace dojo::cli {
namespace {

/// Counters that say where the cycles went.
constexpr std::array counters{hw::Counter::flits_sent,
                              hw::Counter::flits_received,
                              hw::Counter::sram_conflicts,
                              hw::Counter::vector_busy_cycles,
                              hw::Counter::vector_sram_stalls,
                              hw::Counter::vector_memory_stalls,
                              hw::Counter::vector_register_stalls,
                              hw::Counter::fetch_stalls,
                              hw::Counter::memory_stalls,
                              hw::Counter::command_stalls,
                              hw::Counter::slot_stalls};

CollectiveKind kind_of(const std::string& name) {
  for (const CollectiveKind kind : collective_kinds) {
    if (to_string(kind) == name) return kind;
  }
  throw InputError(fmt::format("--kind {}: unknown", name));
}

std::optional<CollectiveForm> form_of(const std::string& name) {
  for (const CollectiveForm form : collective_forms) {
    if (to_string(form) == name) return form;
  }
  return std::nullopt;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

int bench_collective(Session& session, const CollectiveArguments& arguments, nlohmann::ordered_json& results) {
  std::size_t lines = arguments.lines;
  if (arguments.bytes) {
    if (*arguments.bytes % hw::line_bytes != 0) {
      throw InputError(
          fmt::format("--bytes {}: not a multiple of a line of {} bytes", *arguments.bytes, hw::line_bytes));
    }
    lines = *arguments.bytes / hw::line_bytes;
  }
  const CollectiveShape shape{.kind = kind_of(arguments.kind), .lines = lines, .root = arguments.root};
  Machine& machine = session.machine();
  const Rectangle all = machine.all();
  Collective collective(machine, all, shape, form_of(arguments.form));
  std::mt19937_64 generator(session.options().seed);
  std::vector<std::vector<float>> inputs;
  for (unsigned i = 0; i < all.nodes(); ++i) {
    inputs.push_back(random_numbers(lines * Collective::lanes, generator));
    collective.write(i, inputs.back());
  }
  std::array<std::uint64_t, counters.size()> before{};
  for (std::size_t i = 0; i < counters.size(); ++i) before[i] = machine.counter(counters[i], all);
  const auto start = std::chrono::steady_clock::now();
  collective.launch();
  collective.wait();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;

  const std::vector<std::vector<float>> expected = collective.reference(inputs);
  std::vector<unsigned> wrong;
  for (unsigned i = 0; i < all.nodes(); ++i) {
    if (!same(collective.read(i), expected[i])) wrong.push_back(i);
  }
  const std::uint64_t bound = collective.bound();
  const std::uint64_t cycles = collective.cycles();
  add_speed(results, cycles, all.nodes(), wall.count());
  results["kind"] = arguments.kind;
  results["form"] = to_string(collective.form());
  results["lines"] = lines;
  results["bytes"] = lines * hw::line_bytes;
  results["correct"] = wrong.empty();
  session.say(fmt::format("{} of {} lines ({} bytes) on {} {} node{}", arguments.kind, lines, lines * hw::line_bytes,
                          all.nodes(), machine.backend().name(), all.nodes() == 1 ? "" : "s"));
  session.say(fmt::format("  form                    {}", to_string(collective.form())));
  session.say(
      fmt::format("  result                  {}", wrong.empty() ? "correct, every bit of every node" : "WRONG"));
  if (machine.backend().name() == "rtl") {
    const double share = bound == 0 ? 0.0 : static_cast<double>(cycles) / static_cast<double>(bound);
    results["bound_cycles"] = bound;
    results["cycles_to_bound"] = share;
    results["counters"] = nlohmann::ordered_json::object();
    session.say(fmt::format("  cycles                  {}", cycles));
    session.say(fmt::format("  bound_cycles            {}", bound));
    session.say(fmt::format("  cycles_to_bound         {:.3f}", share));
    session.say(fmt::format("  node cycles per second  {:.0f}", results["node_cycles_per_second"].get<double>()));
    session.say("  counter                         sum over the nodes   per node and cycle");
    for (std::size_t i = 0; i < counters.size(); ++i) {
      const std::string name(hw::counter_table[static_cast<unsigned>(counters[i])].name);
      const std::uint64_t count = machine.counter(counters[i], all) - before[i];
      results["counters"][name] = count;
      session.say(fmt::format("  {:<24} {:>25} {:>20.3f}", name, count,
                              static_cast<double>(count) / static_cast<double>(cycles * all.nodes())));
    }
  }
  if (!wrong.empty()) {
    const Coordinates node = all.node(wrong.front());
    throw RunError(fmt::format("bench collective: wrong on {} of {} nodes, the first is ({},{})", wrong.size(),
                               all.nodes(), node.x, node.y));
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
