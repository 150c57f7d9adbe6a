// dojo bench memory: nodes stream between an Interface Processor's DRAM and their SRAM through the mesh; every byte is
// checked.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr std::size_t chunk_bytes = 131072;  // of a descriptor
constexpr std::size_t chunks = 4;            // in a node's SRAM: a stream goes round them

/// First and last cycle of something.
struct Span {
  std::uint64_t first = sim::never;
  std::uint64_t last = 0;
  void add(std::uint64_t cycle) {
    first = std::min(first, cycle);
    last = std::max(last, cycle);
  }
  [[nodiscard]] std::uint64_t cycles() const { return last - first + 1; }
};

/// Sees the elements that nodes receive.
class Elements : public sim::NodeObserver {
 public:
  explicit Elements(Span& span) : span_(span) {}
  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override {
    if (node.packet_applied().valid) span_.add(cycle);
  }

 private:
  Span& span_;
};

/// Sees what comes to an Interface Processor.
class Arrivals : public sim::DipObserver {
 public:
  explicit Arrivals(Span& span) : span_(span) {}
  void arrived(Coordinates /*port*/, std::uint64_t cycle, const sim::FlitHeader& /*header*/,
               const sim::FlitPayload& /*payload*/) override {
    span_.add(cycle);
  }

 private:
  Span& span_;
};

/// The stream of one node: descriptors that follow each other through a range of the DRAM.
class Stream {
 public:
  Stream(Machine& machine, const Program& program, unsigned dip, unsigned port, unsigned depth, bool writes,
         std::size_t bytes, std::mt19937_64& random)
      : machine_(machine),
        program_(program),
        writes_(writes),
        node_(node_of(machine, dip, port, depth)),
        dram_(machine.allocate_dram(dip, bytes)),
        count_(bytes / chunk_bytes) {
    machine.load(program, {.origin = node_, .columns = 1, .rows = 1});
    sram_ = machine.allocate(node_, chunks * chunk_bytes);
    list_ = machine.allocate(node_, count_ * sizeof(hw::TransferDescriptor));
    contents_.resize((writes ? chunks * chunk_bytes : bytes) / sizeof contents_[0]);
    for (std::uint64_t& word : contents_) word = random();
    if (writes_) {
      sram_->write(contents_);
    } else {
      dram_.write(contents_);
    }
    std::vector<hw::TransferDescriptor> list(count_);
    for (std::size_t i = 0; i < count_; ++i) list[i] = describe(i, dram_.global_address(port));
    list_->write(list);
  }

  [[nodiscard]] Event launch() {
    return machine_.launch(program_, {.origin = node_, .columns = 1, .rows = 1}, {list_->address(), count_});
  }

  [[nodiscard]] bool correct() const {
    constexpr std::size_t words = chunk_bytes / sizeof(std::uint64_t);
    for (std::size_t i = 0; i < count_; ++i) {
      // Of what was read, the SRAM has the end.
      if (!writes_ && i + chunks < count_) continue;
      const auto found =
          writes_ ? dram_.read<std::uint64_t>(words, i * words) : sram_->read<std::uint64_t>(words, i % chunks * words);
      const auto expected = std::span(contents_).subspan((writes_ ? i % chunks : i) * words, words);
      if (!std::ranges::equal(found, expected)) return false;
    }
    return true;
  }

  [[nodiscard]] Coordinates node() const { return node_; }

 private:
  /// The node `depth` nodes inwards from the port's router.
  static Coordinates node_of(Machine& machine, unsigned dip, unsigned port, unsigned depth) {
    if (dip >= machine.dips().size()) {
      throw InputError(fmt::format("--dip {}: the machine has {} Interface Processors", dip, machine.dips().size()));
    }
    const auto& place = machine.dips()[dip].ports.at(port);
    if (!place) throw InputError(fmt::format("--nodes {}: Interface Processor {} has no port {}", port + 1, dip, port));
    Coordinates node = place->router;
    const bool along_row = place->address.y == node.y;
    const bool outwards =
        along_row ? place->address.x == machine.mesh().columns : place->address.y == machine.mesh().rows;
    (along_row ? node.x : node.y) += outwards ? 0 - depth : depth;
    if (!machine.backend().topology().is_alive(node)) {
      throw InputError(fmt::format("--depth {}: there is no live node so far from port {}", depth, port));
    }
    return node;
  }

  [[nodiscard]] hw::TransferDescriptor describe(std::size_t i, std::uint64_t global) const {
    const std::uint64_t remote = global + i * chunk_bytes;
    hw::TransferDescriptor d{};
    d.op = static_cast<std::uint32_t>(writes_ ? Op::push : Op::pull);
    d.sem_en = 1;
    d.lines = chunk_bytes / hw::line_bytes;
    d.local_address = static_cast<std::uint32_t>(sram_->address() + i % chunks * chunk_bytes);
    d.remote_address_low = static_cast<std::uint32_t>(remote);
    d.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
    d.next_en = i + 1 < count_ ? 1 : 0;
    d.next = static_cast<std::uint32_t>(list_->address() + (i + 1) * sizeof d);
    return d;
  }

  Machine& machine_;
  const Program& program_;
  bool writes_;
  Coordinates node_;
  DramBuffer dram_;
  std::size_t count_;  // descriptors
  std::optional<Buffer> sram_;
  std::optional<Buffer> list_;
  std::vector<std::uint64_t> contents_;
};

/// What several nodes did at once.
struct Streamed {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
  bool correct = true;
  std::uint64_t frames = 0;                  ///< over Ethernet
  std::uint64_t run_cycles = 0;              ///< from the launch until all has stopped
  std::optional<std::uint64_t> cycles = {};  ///< from the first line to the last; none on the golden model and on ranks
  [[nodiscard]] double bytes_per_cycle() const { return static_cast<double>(bytes) / static_cast<double>(*cycles); }
};

Streamed stream(Machine& machine, const MemoryArguments& arguments, std::size_t nodes, std::mt19937_64& random) {
  const Program program = load_firmware("transfer");
  const bool writes = arguments.direction == "write";
  Span span;
  Elements elements(span);
  Arrivals arrivals(span);
  auto* const all = dynamic_cast<sim::RtlMachine*>(&machine.backend());
  auto* rtl = all;
  if (rtl != nullptr && rtl->engine().ranks() > 1) rtl = nullptr;
  std::vector<std::unique_ptr<Stream>> streams;
  for (std::size_t i = 0; i < nodes; ++i) {
    streams.push_back(std::make_unique<Stream>(machine, program, arguments.dip, static_cast<unsigned>(i),
                                               arguments.depth, writes, arguments.bytes, random));
    if (rtl != nullptr && !writes) rtl->observe(streams.back()->node(), elements);
  }
  if (rtl != nullptr && writes) rtl->engine().dip(arguments.dip)->observe(arrivals);
  Streamed result{.nodes = nodes, .bytes = nodes * arguments.bytes};
  const std::uint64_t start = machine.cycles();
  std::vector<Event> events;
  events.reserve(nodes);
  for (const auto& each : streams) events.push_back(each->launch());
  for (Event& event : events) event.wait();
  if (rtl != nullptr && !writes) {
    for (const auto& each : streams) rtl->ignore(each->node(), elements);
  }
  result.run_cycles = machine.cycles() - start;
  for (const auto& each : streams) result.correct = result.correct && each->correct();
  if (rtl != nullptr) result.cycles = span.cycles();
  if (all != nullptr) result.frames = all->engine().ethernet_frames();
  return result;
}

}  // namespace

int bench_memory(Session& session, const MemoryArguments& arguments, nlohmann::ordered_json& results) {
  if (arguments.bytes % chunk_bytes != 0) {
    throw InputError(fmt::format("--bytes {}: not a multiple of {}", arguments.bytes, chunk_bytes));
  }
  std::vector<Streamed> done;
  const auto start = std::chrono::steady_clock::now();
  std::mt19937_64 random(session.options().seed);
  std::uint64_t cycles = 0;
  for (const std::uint64_t nodes : numbers_of("--nodes", arguments.nodes, 1, hw::dip_ports)) {
    // A machine of its own, so that observers and memory begin anew.
    Machine machine(session.machine_config());
    done.push_back(stream(machine, arguments, nodes, random));
    cycles += machine.cycles();
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const MachineConfig config = session.machine_config();
  constexpr double memory_rate = static_cast<double>(hw::dip_channels * hw::line_bytes * hw::dip_rate_share) /
                                 static_cast<double>(hw::dip_rate_period);
  session.say(fmt::format("nodes of {}x{} {} Interface Processor {} of its {:.0f} bytes per cycle",
                          config.grid().machine().columns, config.grid().machine().rows,
                          arguments.direction == "write" ? "write to" : "read from", arguments.dip, memory_rate));
  session.say(fmt::format("{:>5} {:>10} {:>8} {:>11} {:>10} {:>9}  result", "nodes", "bytes", "cycles", "bytes/cycle",
                          "of memory", "of links"));
  bool correct = true;
  for (const Streamed& one : done) {
    correct = correct && one.correct;
    const double rate = one.cycles ? one.bytes_per_cycle() : 0.0;
    const std::string figures =
        one.cycles ? fmt::format("{:>8} {:>11.2f} {:>10.3f} {:>9.3f}", *one.cycles, rate, rate / memory_rate,
                                 rate / static_cast<double>(one.nodes * hw::line_bytes))
                   : fmt::format("{:>8} {:>11} {:>10} {:>9}", "-", "-", "-", "-");
    session.say(fmt::format("{:>5} {:>10} {}  {}", one.nodes, one.bytes, figures, one.correct ? "correct" : "WRONG"));
    nlohmann::ordered_json json{
        {"nodes", one.nodes}, {"bytes", one.bytes}, {"correct", one.correct}, {"run_cycles", one.run_cycles}};
    if (!config.ethernet.empty()) json["ethernet_frames"] = one.frames;
    if (one.cycles) {
      json["cycles"] = *one.cycles;
      json["bytes_per_cycle"] = rate;
      json["memory_share"] = rate / memory_rate;
    }
    results["streams"].push_back(json);
  }
  add_speed(results, cycles, config.grid().machine().nodes(), wall.count());
  results["correct"] = correct;
  if (!correct) throw RunError("bench memory: a stream's result is wrong");
  return static_cast<int>(ExitCode::done);
}

}  // namespace dojo::cli
