#include "trace/node_recorder.hpp"

#include <span>

#include "firmware/phase.h"

namespace dojo::trace {
namespace {

Retired event_of(const sim::Retirement& retired, bool has_ended) {
  return {.pc = retired.pc,
          .value = retired.trap ? retired.trap_value : retired.destination_data,
          .address = retired.memory_address,
          .data = retired.trap ? retired.cause : retired.memory_data,
          .instruction = retired.instruction,
          .destination = static_cast<std::uint8_t>(retired.destination),
          .memory = retired.trap ? MemoryEffect::none : static_cast<MemoryEffect>(retired.memory),
          .memory_size = static_cast<std::uint8_t>(retired.memory_size),
          .vector_tag = static_cast<std::uint8_t>(retired.vector_tag),
          .writes = retired.writes_register,
          .late = retired.late,
          .trap = retired.trap,
          .vector = retired.vector,
          .has_ended = has_ended};
}

/// Immediate of an instruction `slti x0, ...`; none: it is another one.
std::optional<unsigned> hint_of(std::uint32_t instruction) {
  constexpr std::uint32_t all_but_source = 0x7fff;
  constexpr std::uint32_t slti_to_zero = 0x2013;
  if ((instruction & all_but_source) != slti_to_zero) return std::nullopt;
  return instruction >> 20;
}

}  // namespace

void NodeRecorder::begin(std::uint64_t cycle) {
  causes_.emplace(*node_);
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    harts_[hart] = {.cause = Cause::stopped};
    set_activity(hart, causes_->waiting(hart), cycle);
  }
  units_.reopen(cycle, events_);
  sample_ = {.start = cycle / sample_cycles * sample_cycles};
}

void NodeRecorder::finish(std::uint64_t cycle) {
  if (is_wanted()) sample(cycle);
  causes_.reset();
}

void NodeRecorder::host_write(std::uint32_t address, std::uint64_t data) {
  units_.host_write(address, data);
  host_write_ = {.address = address, .data = data};
}

void NodeRecorder::after_cycle(sim::NodeModel& node, std::uint64_t cycle) {
  if (is_wanted()) {
    if (cycle >= sample_.start + sample_cycles) sample(cycle);
    if (host_write_) events_.put(cycle, *host_write_);
    note_harts(node, cycle);
  }
  host_write_.reset();
  activity_ = node.activity();
  note_packets(node, *activity_, cycle);
  units_.after_cycle(node, *activity_, cycle, is_wanted() ? &events_ : nullptr);
  if (!is_wanted()) return;
  sample_.matrix_steps += units_.steps();
  // What a hart that doesn't run does in the next cycles is known, even if the node is not evaluated then.
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const Cause waiting = causes_->waiting(hart);
    if (waiting != Cause::other) set_activity(hart, waiting, cycle + 1);
  }
}

void NodeRecorder::note_packets(const sim::NodeModel& node, const sim::NodeActivity& activity, std::uint64_t cycle) {
  const auto arrived = [&](const sim::NetworkEvent& event) {
    if (!event.valid) return;
    ++sample_.flits_received;
    events_.put(cycle, PacketArrived{.header = hw::PacketHeader::decode(event.header)});
  };
  arrived(node.packet_applied());
  arrived(node.read_accepted());
  if (activity.injected) {
    ++sample_.flits_sent;
    events_.put(cycle, PacketSent{.header = *activity.injected, .to_tree = false});
  }
  if (activity.line) {
    ++sample_.flits_sent;
    events_.put(cycle, PacketSent{.header = *activity.line, .to_tree = true});
  }
}

void NodeRecorder::note_harts(const sim::NodeModel& node, std::uint64_t cycle) {
  if (const sim::LateResult late = node.late_result(); late.valid) {
    events_.put(cycle,
                LateValue{.value = late.data,
                          .stored = late.stored,
                          .destination = static_cast<std::uint8_t>(late.destination),
                          .writes = late.writes_register,
                          .stores = late.stores},
                late.hart);
  }
  std::array<sim::Retirement, sim::retire_ports> retirements;
  unsigned retired = 0;
  for (unsigned port = 0; port < sim::retire_ports; ++port) {
    retirements[port] = node.retirement(port);
    if (retirements[port].valid) retired |= 1u << retirements[port].hart;
  }
  const std::array<Cause, hw::harts> causes = causes_->advance(node, retired);
  for (unsigned hart = 0; hart < hw::harts; ++hart) set_activity(hart, causes[hart], cycle);
  for (const sim::Retirement& retirement : retirements) {
    if (retirement.valid) note_retirement(node, retirement, cycle);
  }
  for (unsigned port = 0; port < sim::vector_write_ports; ++port) {
    const sim::VectorWrite write = node.vector_write(port);
    if (!write.valid) continue;
    events_.put(cycle,
                VectorValue{.data = write.data,
                            .byte_enable = write.byte_enable,
                            .destination = static_cast<std::uint8_t>(write.destination),
                            .tag = static_cast<std::uint8_t>(write.tag),
                            .synchronous = write.synchronous},
                write.hart);
  }
  for (unsigned pipe = 0; pipe < sim::vector_pipes; ++pipe) {
    const sim::VectorEnd end = node.vector_end(pipe);
    if (!end.valid) continue;
    if (end.synchronous) {
      ended_[end.hart] |= static_cast<std::uint16_t>(1u << end.tag);
    } else {
      events_.put(cycle, VectorEnd{.tag = static_cast<std::uint8_t>(end.tag)}, end.hart);
    }
  }
}

void NodeRecorder::note_retirement(const sim::NodeModel& node, const sim::Retirement& retired, std::uint64_t cycle) {
  ++sample_.instructions;
  const auto bit = static_cast<std::uint16_t>(1u << retired.vector_tag);
  const bool has_ended = retired.vector && (ended_[retired.hart] & bit) != 0;
  if (has_ended) ended_[retired.hart] &= static_cast<std::uint16_t>(~bit);
  if (!retired.trap) note_phase(node, retired, cycle);
  events_.put(cycle, event_of(retired, has_ended), retired.hart);
  if (static_cast<MemoryEffect>(retired.memory) == MemoryEffect::store && !retired.trap)
    units_.register_write(retired.memory_address, retired.memory_data);
  if (!retired.trap && hint_of(retired.instruction) == unsigned{DOJO_PHASE_END} && phases_[retired.hart] != 0) {
    --phases_[retired.hart];
    events_.put(cycle, PhaseEnd{}, retired.hart);
  }
}

/// A phase that begins does so before the instruction that says it.
void NodeRecorder::note_phase(const sim::NodeModel& node, const sim::Retirement& retired, std::uint64_t cycle) {
  if (hint_of(retired.instruction) != unsigned{DOJO_PHASE_BEGIN}) return;
  PhaseBegin begin{};
  constexpr unsigned registers = 32;
  const unsigned source = retired.instruction >> 15 & (registers - 1);
  const std::uint64_t offset = node.registers(retired.hart).x[source] - hw::sram_base;
  const std::span<std::byte> sram = node_->sram();
  for (unsigned i = 0; i < PhaseBegin::longest_name && offset + i < sram.size(); ++i) {
    const auto letter = static_cast<char>(sram[offset + i]);
    if (letter == 0) break;
    begin.name[i] = letter >= ' ' && letter <= '~' ? letter : '?';
  }
  ++phases_[retired.hart];
  events_.put(cycle, begin, retired.hart);
}

void NodeRecorder::set_activity(unsigned hart, Cause cause, std::uint64_t cycle) {
  HartActivity now{.cause = cause};
  if (cause == harts_[hart].cause && cause != Cause::semaphore) return;
  if (cause == Cause::semaphore) {
    const HartStatus status = node_->hart_status(hart);
    now.semaphore = static_cast<std::uint8_t>(status.semaphore);
    now.amount = status.semaphore_amount;
    const HartActivity& before = harts_[hart];
    if (before.cause == cause && before.semaphore == now.semaphore && before.amount == now.amount) return;
  }
  harts_[hart] = now;
  events_.put(cycle, now, hart);
}

/// Writes what has been counted before `cycle`, and that nothing was after that.
void NodeRecorder::sample(std::uint64_t cycle) {
  const auto is_empty = [](const Sample& sample) {
    return (sample.instructions | sample.matrix_steps | sample.flits_sent | sample.flits_received) == 0;
  };
  if (!is_empty(sample_) || !last_sample_empty_) events_.put(cycle, sample_);
  last_sample_empty_ = is_empty(sample_);
  const std::uint64_t start = cycle / sample_cycles * sample_cycles;
  if (!last_sample_empty_ && start > sample_.start + sample_cycles) {
    events_.put(cycle, Sample{.start = sample_.start + sample_cycles});
    last_sample_empty_ = true;
  }
  sample_ = {.start = start};
}

}  // namespace dojo::trace
