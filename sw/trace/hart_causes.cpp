#include "trace/hart_causes.hpp"

namespace dojo::trace {
namespace {

struct StallCounter {
  hw::Counter counter;
  Cause cause;
};
/// In the order in which they go before each other.
constexpr std::array<StallCounter, 4> stall_counters{{{hw::Counter::command_stalls, Cause::command},
                                                      {hw::Counter::memory_stalls, Cause::memory},
                                                      {hw::Counter::slot_stalls, Cause::slot},
                                                      {hw::Counter::fetch_stalls, Cause::fetch}}};

hw::HartState state_of(const sim::NodeModel& node, unsigned hart) {
  constexpr unsigned bits = 3;
  return static_cast<hw::HartState>(*node.ports.hart_state >> (bits * hart) & 7);
}

Cause cause_of(hw::HartState state) {
  switch (state) {
    case hw::HartState::stopped:
      return Cause::stopped;
    case hw::HartState::wfi:
      return Cause::wfi;
    case hw::HartState::semaphore:
      return Cause::semaphore;
    case hw::HartState::faulted:
      return Cause::faulted;
    case hw::HartState::running:
      break;
  }
  return Cause::other;
}

}  // namespace

HartCauses::HartCauses(const sim::NodeModel& node) {
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    states_[hart] = state_of(node, hart);
    stalls_[hart] = Cause::other;
    take_counts(node, hart);
  }
}

std::array<Cause, hw::harts> HartCauses::advance(const sim::NodeModel& node, unsigned retired) {
  std::array<Cause, hw::harts> causes{};
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    causes[hart] = waiting(hart);
    Cause stall = Cause::other;
    if (states_[hart] == hw::HartState::running) {
      for (unsigned i = stall_counters.size(); i-- > 0;) {
        const std::uint64_t count = node.counter(static_cast<unsigned>(stall_counters[i].counter), hart);
        if (count != counts_[hart][i]) stall = stall_counters[i].cause;
        counts_[hart][i] = count;
      }
      causes[hart] = stalls_[hart] != Cause::other ? stalls_[hart] : stall;
      if ((retired >> hart & 1) != 0) causes[hart] = Cause::retired;
    }
    stalls_[hart] = stall;
    const hw::HartState before = states_[hart];
    states_[hart] = state_of(node, hart);
    if (states_[hart] == hw::HartState::running && before != states_[hart]) take_counts(node, hart);
  }
  return causes;
}

void HartCauses::take_counts(const sim::NodeModel& node, unsigned hart) {
  for (unsigned i = 0; i < stall_counters.size(); ++i) {
    counts_[hart][i] = node.counter(static_cast<unsigned>(stall_counters[i].counter), hart);
  }
}

Cause HartCauses::waiting(unsigned hart) const {
  return cause_of(states_[hart]);
}

}  // namespace dojo::trace
