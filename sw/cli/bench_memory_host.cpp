// dojo bench memory --direction host: an Interface Processor's host copies to DRAM and from there at the same time;
// every byte is checked.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "common/error.hpp"
#include "runtime/machine.hpp"

namespace dojo::cli {
namespace {

constexpr std::size_t copy_bytes = 16384;  // of an entry of the submission ring

/// One way of the copies, or both.
struct Way {
  std::string_view name;
  bool to_dram;
  bool from_dram;
};

std::vector<std::uint64_t> random_words(std::size_t bytes, std::mt19937_64& random) {
  std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t));
  for (std::uint64_t& word : words) word = random();
  return words;
}

struct Copied {
  std::uint64_t cycles = 0;  ///< from the first entry of the ring to the last completion
  bool correct = true;
};

Copied copy(Machine& machine, const MemoryArguments& arguments, const Way& way, std::mt19937_64& random) {
  const std::size_t bytes = arguments.bytes;
  HostQueue& host = machine.host(arguments.dip);
  const std::vector<std::uint64_t> there = random_words(way.to_dram ? bytes : 0, random);
  const std::vector<std::uint64_t> back = random_words(way.from_dram ? bytes : 0, random);
  HostBuffer source = machine.allocate_host(arguments.dip, bytes);
  HostBuffer target = machine.allocate_host(arguments.dip, bytes);
  DramBuffer written = machine.allocate_dram(arguments.dip, bytes);
  DramBuffer read = machine.allocate_dram(arguments.dip, bytes);
  source.write(there);
  read.write(back);
  const std::uint64_t start = machine.cycles();
  std::vector<Submission> copies;
  for (std::size_t at = 0; at < bytes; at += copy_bytes) {
    const HostCopy part{.bytes = copy_bytes, .from = at, .to = at};
    if (way.to_dram) copies.push_back(host.copy(source, written, part));
    if (way.from_dram) copies.push_back(host.copy(read, target, part));
  }
  for (Submission& each : copies) each.wait();
  return {
      .cycles = machine.cycles() - start,
      .correct = written.read<std::uint64_t>(there.size()) == there && target.read<std::uint64_t>(back.size()) == back};
}

}  // namespace

int bench_memory_host(Session& session, const MemoryArguments& arguments, nlohmann::ordered_json& results) {
  constexpr std::size_t most = std::size_t{HostQueue::limit} / 2 * copy_bytes;
  if (arguments.bytes % copy_bytes != 0 || arguments.bytes > most) {
    throw InputError(fmt::format("--bytes {}: not a multiple of {}, up to {}", arguments.bytes, copy_bytes, most));
  }
  const auto start = std::chrono::steady_clock::now();
  Machine machine(session.machine_config());
  if (arguments.dip >= machine.dips().size()) {
    throw InputError(
        fmt::format("--dip {}: the machine has {} Interface Processors", arguments.dip, machine.dips().size()));
  }
  std::mt19937_64 random(session.options().seed);
  session.say(fmt::format("the host of Interface Processor {}, {} bytes each way in copies of {}", arguments.dip,
                          arguments.bytes, copy_bytes));
  session.say(fmt::format("{:>14} {:>8} {:>20}  result", "copies", "cycles", "bytes/cycle each way"));
  bool correct = true;
  for (const Way& way : {Way{"to DRAM", true, false}, Way{"from DRAM", false, true}, Way{"both", true, true}}) {
    const Copied copied = copy(machine, arguments, way, random);
    correct = correct && copied.correct;
    nlohmann::ordered_json json{
        {"copies", way.name}, {"bytes", arguments.bytes}, {"correct", copied.correct}, {"run_cycles", copied.cycles}};
    // The model has no time.
    const bool is_timed = machine.backend().name() == "rtl";
    const double rate = is_timed ? static_cast<double>(arguments.bytes) / static_cast<double>(copied.cycles) : 0.0;
    if (is_timed) json["bytes_per_cycle"] = rate;
    session.say(fmt::format("{:>14} {:>8} {:>20}  {}", way.name, copied.cycles,
                            is_timed ? fmt::format("{:.2f}", rate) : "-", copied.correct ? "correct" : "WRONG"));
    results["copies"].push_back(json);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  add_speed(results, machine.cycles(), machine.mesh().nodes(), wall.count());
  results["correct"] = correct;
  if (!correct) throw RunError("bench memory: what was copied is wrong");
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
