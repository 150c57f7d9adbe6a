#include "trace/profiler.hpp"

namespace dojo::trace {

NodeProfiler::NodeProfiler(sim::NodeModel& node, std::uint64_t cycle)
    : node_(&node), tree_(std::make_unique<CallTree>()), causes_(node), next_(cycle) {
  for (unsigned hart = 0; hart < hw::harts; ++hart) harts_.emplace_back(*tree_);
}

void NodeProfiler::count(unsigned number, Cause cause, std::uint64_t cycles) {
  Hart& hart = harts_[number];
  const bool active = static_cast<unsigned>(cause) < running_causes;
  if (active && !hart.active) hart.calls.clear();
  hart.active = active;
  if (!active) return;
  CauseCycles& to = cause == Cause::wfi ? hart.cycles[hart.last] : hart.waited;
  to[static_cast<unsigned>(cause)] += cycles;
}

void NodeProfiler::count_sleep(std::uint64_t cycle) {
  if (cycle <= next_) return;
  for (unsigned hart = 0; hart < hw::harts; ++hart) count(hart, causes_.waiting(hart), cycle - next_);
  next_ = cycle;
}

void NodeProfiler::after_cycle(sim::NodeModel& node, std::uint64_t cycle) {
  count_sleep(cycle);
  std::array<sim::Retirement, sim::retire_ports> retirements;
  unsigned retired = 0;
  for (unsigned port = 0; port < sim::retire_ports; ++port) {
    retirements[port] = node.retirement(port);
    if (retirements[port].valid) retired |= 1u << retirements[port].hart;
  }
  const std::array<Cause, hw::harts> causes = causes_.advance(node, retired);
  for (unsigned hart = 0; hart < hw::harts; ++hart) count(hart, causes[hart], 1);
  for (const sim::Retirement& retirement : retirements) {
    if (!retirement.valid) continue;
    Hart& hart = harts_[retirement.hart];
    hart.last = {.stack = hart.calls.at(retirement.pc), .pc = retirement.pc};
    CauseCycles& cycles = hart.cycles[hart.last];
    for (unsigned cause = 0; cause < running_causes; ++cause) cycles[cause] += hart.waited[cause];
    hart.waited = {};
    hart.calls.retire(retirement);
  }
  next_ = cycle + 1;
}

void NodeProfiler::finish(std::uint64_t cycle) {
  count_sleep(cycle);
  for (unsigned number = 0; number < hw::harts; ++number) {
    Hart& hart = harts_[number];
    if (hart.waited == CauseCycles{}) continue;
    // It has not retired the instruction at which it stands, or stopped before that.
    const std::uint64_t pc = hart.active ? node_->hart_status(number).pc : hart.last.pc;
    const ProfilePlace place{.stack = hart.active ? hart.calls.at(pc) : hart.last.stack, .pc = pc};
    CauseCycles& cycles = hart.cycles[place];
    for (unsigned cause = 0; cause < running_causes; ++cause) cycles[cause] += hart.waited[cause];
    hart.waited = {};
  }
}

Profiler::Profiler(sim::RtlMachine& machine) : machine_(machine) {
  const Topology& topology = machine.topology();
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site)) continue;
    nodes_.push_back({.place = topology.place(site),
                      .profiler = std::make_unique<NodeProfiler>(machine.engine().node(site), machine.cycles())});
    machine.observe(nodes_.back().place, *nodes_.back().profiler);
  }
}

Profiler::~Profiler() {
  for (const Node& node : nodes_) machine_.ignore(node.place, *node.profiler);
}

void Profiler::finish() {
  for (const Node& node : nodes_) node.profiler->finish(machine_.cycles());
}

}  // namespace dojo::trace
