#include "trace/last_events.hpp"

#include <fmt/format.h>

#include "model/disassembler.hpp"

namespace dojo::trace {
namespace {

std::string line_of(const Event& event) {
  std::string line = fmt::format("cycle {}: ", event.cycle);
  if (is_of_hart(event.payload)) line += fmt::format("hart {} ", event.hart);
  line += fmt::format("{} {}", kind_of(event.payload), describe(event.payload));
  if (const auto* const retired = std::get_if<Retired>(&event.payload)) {
    line += fmt::format(" ({})", model::disassemble(retired->instruction, retired->pc));
  }
  return line;
}

}  // namespace

class LastEvents::Ring : public sim::NodeObserver {
 public:
  Ring(sim::NodeModel& node, Coordinates place, std::uint64_t cycle, std::size_t count)
      : place_(place), count_(count), recorder_(node, 0) {
    recorder_.begin(cycle);
  }

  void host_write(std::uint32_t address, std::uint64_t data) override { recorder_.host_write(address, data); }
  void after_cycle(sim::NodeModel& node, std::uint64_t cycle) override {
    recorder_.after_cycle(node, cycle);
    new_.clear();
    recorder_.events().take(sim::never, new_);
    for (const Event& event : new_) {
      // Counts say nothing of what is waited for.
      if (!std::holds_alternative<Sample>(event.payload)) last_.push_back(event);
      if (last_.size() > count_) last_.pop_front();
    }
  }

  void node_replaced(sim::NodeModel& node) override { recorder_.node_replaced(node); }

  [[nodiscard]] Coordinates place() const { return place_; }
  [[nodiscard]] const std::deque<Event>& last() const { return last_; }

 private:
  Coordinates place_;
  std::size_t count_;
  NodeRecorder recorder_;
  std::vector<Event> new_;
  std::deque<Event> last_;
};

LastEvents::LastEvents(sim::RtlMachine& machine, std::span<const Coordinates> nodes, std::size_t count)
    : machine_(machine) {
  for (const Coordinates place : nodes) {
    sim::NodeModel& node = machine.engine().node(machine.topology().number(place));
    rings_.push_back(std::make_unique<Ring>(node, place, machine.cycles(), count));
    machine.observe(place, *rings_.back());
  }
}

LastEvents::~LastEvents() {
  for (const auto& ring : rings_) machine_.ignore(ring->place(), *ring);
}

std::vector<std::string> LastEvents::lines(Coordinates node) const {
  std::vector<std::string> result;
  for (const auto& ring : rings_) {
    if (ring->place() != node) continue;
    for (const Event& event : ring->last()) result.push_back(line_of(event));
  }
  return result;
}

}  // namespace dojo::trace
