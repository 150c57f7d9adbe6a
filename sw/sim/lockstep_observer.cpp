#include "sim/lockstep_observer.hpp"

namespace dojo::sim {
namespace {

constexpr unsigned float_registers = 32;  ///< numbers of f registers begin here

/// A name of the synchronous instruction of a hart that no other instruction has, even after its end.
constexpr unsigned synchronous_tag(unsigned hart) {
  constexpr unsigned tags = 16;
  return tags + hart;
}

}  // namespace

unsigned LockstepObserver::retired_tag(const Retirement& retired) {
  std::optional<unsigned>& ended = ended_[retired.hart];
  if (ended != retired.vector_tag) return retired.vector_tag;
  ended.reset();
  return synchronous_tag(retired.hart);
}

void LockstepObserver::host_write(std::uint32_t address, std::uint64_t data) {
  checker_.host_write({.node = node_, .address = address, .data = data});
}

model::PacketEvent LockstepObserver::packet(const NetworkEvent& event, std::uint64_t cycle) const {
  return {.node = node_,
          .cycle = cycle,
          .packet = {.header = hw::PacketHeader::decode(event.header), .data = event.payload}};
}

void LockstepDipObserver::arrived(Coordinates port, std::uint64_t cycle, const FlitHeader& header,
                                  const FlitPayload& payload) {
  model::PacketEvent event{
      .node = port, .cycle = cycle, .packet = {.header = hw::PacketHeader::decode(header), .data = payload}};
  event.packet.header.age = 0;  // what routers keep
  if (event.packet.header.cls == hw::PacketClass::data) {
    checker_.write(event);
  } else {
    checker_.read_request(event);
  }
}

void LockstepObserver::after_cycle(NodeModel& node, std::uint64_t cycle) {
  if (const NetworkEvent applied = node.packet_applied(); applied.valid) checker_.write(packet(applied, cycle));
  if (const NetworkEvent accepted = node.read_accepted(); accepted.valid)
    checker_.read_request(packet(accepted, cycle));
  if (const LateResult late = node.late_result(); late.valid) {
    checker_.late_write({.node = node_,
                         .hart = late.hart,
                         .cycle = cycle,
                         .rd_we = late.writes_register,
                         .rd = static_cast<std::uint8_t>(late.destination % float_registers),
                         .rd_float = late.destination >= float_registers,
                         .data = late.data,
                         .atomic_stores = late.stores,
                         .stored = late.stored});
  }
  for (unsigned port = 0; port < retire_ports; ++port) {
    const Retirement retired = node.retirement(port);
    if (!retired.valid) continue;
    checker_.retire({.node = node_,
                     .hart = retired.hart,
                     .cycle = cycle,
                     .pc = retired.pc,
                     .instruction = retired.instruction,
                     .rd_we = retired.writes_register,
                     .rd = static_cast<std::uint8_t>(retired.destination % float_registers),
                     .rd_data = retired.destination_data,
                     .rd_float = retired.destination >= float_registers,
                     .rd_late = retired.late,
                     .memory = static_cast<model::MemoryEffect>(retired.memory),
                     .memory_size = static_cast<std::uint8_t>(retired.memory_size),
                     .memory_address = retired.memory_address,
                     .memory_data = retired.memory_data,
                     .trap = retired.trap,
                     .cause = retired.cause,
                     .tval = retired.trap_value,
                     .vector = retired.vector,
                     .vector_tag = retired.vector ? retired_tag(retired) : 0});
  }
  for (unsigned port = 0; port < vector_write_ports; ++port) {
    const VectorWrite write = node.vector_write(port);
    if (!write.valid) continue;
    checker_.vector_write({.node = node_,
                           .hart = write.hart,
                           .cycle = cycle,
                           .tag = write.synchronous ? synchronous_tag(write.hart) : write.tag,
                           .reg = write.destination,
                           .data = write.data,
                           .byte_enable = write.byte_enable});
  }
  for (unsigned pipe = 0; pipe < vector_pipes; ++pipe) {
    const VectorEnd end = node.vector_end(pipe);
    if (!end.valid) continue;
    if (end.synchronous) ended_[end.hart] = end.tag;
    checker_.vector_done({.node = node_,
                          .hart = end.hart,
                          .cycle = cycle,
                          .tag = end.synchronous ? synchronous_tag(end.hart) : end.tag});
  }
}

}  // namespace dojo::sim
