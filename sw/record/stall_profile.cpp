#include "record/stall_profile.hpp"

namespace dojo::record {
namespace {

constexpr std::array stall_counters{hw::Counter::fetch_stalls, hw::Counter::memory_stalls, hw::Counter::command_stalls,
                                    hw::Counter::slot_stalls};
constexpr std::array unit_counters{hw::Counter::vector_busy_cycles, hw::Counter::matrix_steps,
                                   hw::Counter::matrix_operand_stalls, hw::Counter::matrix_drain_stalls};

}  // namespace

StallProfile::HartLook StallProfile::look(const sim::NodeModel& node, unsigned hart) {
  const HartStatus status = node.hart_status(hart);
  HartLook result{.state = status.state, .pc = status.pc, .instructions = node.instructions_retired(hart)};
  for (unsigned i = 0; i < stall_counters.size(); ++i) {
    result.stalls[i] = node.counter(static_cast<unsigned>(stall_counters[i]), hart);
  }
  return result;
}

StallProfile::UnitLook StallProfile::look_at_units(const sim::NodeModel& node) {
  UnitLook result{};
  for (unsigned i = 0; i < unit_counters.size(); ++i) {
    result[i] = node.counter(static_cast<unsigned>(unit_counters[i]), 0);
  }
  return result;
}

void StallProfile::look_at(const sim::NodeModel& node) {
  units_before_ = look_at_units(node);
  for (unsigned hart = 0; hart < hw::harts; ++hart) before_[hart] = look(node, hart);
}

void StallProfile::count(const HartLook& hart, Cause cause, Cause wait, std::uint64_t samples) {
  switch (hart.state) {
    case hw::HartState::stopped:
    case hw::HartState::faulted:
      return;
    case hw::HartState::semaphore:
      cause = wait;
      break;
    case hw::HartState::wfi:
      cause = Cause::wfi;
      break;
    case hw::HartState::running:
      break;
  }
  samples_[key(program_, hart.pc)][static_cast<unsigned>(cause)] += samples;
}

void StallProfile::catch_up(std::uint64_t cycle) {
  if (cycle <= next_) return;
  const std::uint64_t missed = (cycle - next_ + sample_period - 1) / sample_period;
  for (const HartLook& hart : before_) count(hart, Cause::other, Cause::semaphore, missed);
  next_ += missed * sample_period;
}

void StallProfile::take(const sim::NodeModel& node, std::uint64_t cycle) {
  catch_up(cycle);
  if (cycle != next_) return;
  const UnitLook units = look_at_units(node);
  const bool has_vector = units[0] != units_before_[0];
  Cause wait = Cause::semaphore;
  for (unsigned i = 1; i < units.size(); ++i) {
    if (units[i] != units_before_[i]) wait = static_cast<Cause>(static_cast<unsigned>(Cause::vector) + i);
  }
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const HartLook& before = before_[hart];
    const HartLook now = look(node, hart);
    Cause cause = has_vector ? Cause::vector : Cause::other;
    if (now.instructions != before.instructions) {
      cause = Cause::retired;
    } else {
      for (unsigned i = 0; i < now.stalls.size(); ++i) {
        if (now.stalls[i] != before.stalls[i]) cause = static_cast<Cause>(static_cast<unsigned>(Cause::fetch) + i);
      }
    }
    count(before, cause, wait, 1);
  }
  next_ += sample_period;
}

}  // namespace dojo::record
