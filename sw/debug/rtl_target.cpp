#include "debug/rtl_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/excursion.hpp"

namespace dojo::debug {
namespace {

/// Cycles in which everything in flight arrives: more than a long vector instruction with its waits takes.
constexpr unsigned longest_flight = 20000;
/// In which an instruction that needs nothing from outside the node retires.
constexpr unsigned longest_instruction = 2000;
constexpr unsigned float_registers = 32;  ///< numbers of f registers begin here
constexpr std::array<std::string_view, directions> direction_names{"north", "east", "south", "west"};

HartAccess access_of(const sim::Retirement& retired) {
  constexpr unsigned load = 1;
  constexpr unsigned store = 2;
  return {.address = retired.memory_address,
          .size = std::uint64_t{1} << retired.memory_size,
          .reads = retired.memory != store,
          .writes = retired.memory != load};
}

void merge(const sim::VectorWrite& write, HartRegisters& registers) {
  for (unsigned i = 0; i < write.data.size(); ++i) {
    if ((write.byte_enable >> i & 1) != 0) registers.v[write.destination][i] = write.data[i];
  }
}

/// The registers of a hart with what is in flight, which arrives while the node runs on.
HartRegisters settled(sim::NodeModel& node, sim::Excursion& excursion, const InFlight& in_flight, unsigned hart) {
  HartRegisters result = node.registers(hart);
  std::uint64_t registers = in_flight.registers[hart];
  std::uint16_t tags = in_flight.tags[hart];
  for (unsigned i = 0; i < longest_flight && (registers != 0 || tags != 0); ++i) {
    excursion.run();
    // A register has at most one result on its way, so that the first one is that of the instruction before the PC.
    const sim::LateResult late = node.late_result();
    if (late.valid && late.writes_register && late.hart == hart && (registers >> late.destination & 1) != 0) {
      registers &= ~(std::uint64_t{1} << late.destination);
      if (late.destination < float_registers) {
        result.x[late.destination] = late.data;
      } else {
        result.f[late.destination - float_registers] = static_cast<std::uint32_t>(late.data);
      }
    }
    for (unsigned port = 0; port < sim::vector_write_ports; ++port) {
      const sim::VectorWrite write = node.vector_write(port);
      if (write.valid && write.hart == hart && (tags >> write.tag & 1) != 0) merge(write, result);
    }
    for (unsigned pipe = 0; pipe < sim::vector_pipes; ++pipe) {
      const sim::VectorEnd end = node.vector_end(pipe);
      if (end.valid && end.hart == hart) tags &= static_cast<std::uint16_t>(~(1u << end.tag));
    }
  }
  return result;
}

}  // namespace

void InFlight::after_cycle(const sim::NodeModel& node) {
  const auto bit = [](unsigned tag) { return static_cast<std::uint16_t>(1u << tag); };
  // The order is that of docs/node.md, "Retirement".
  if (const sim::LateResult late = node.late_result(); late.valid && late.writes_register) {
    registers[late.hart] &= ~(std::uint64_t{1} << late.destination);
  }
  for (unsigned port = 0; port < sim::retire_ports; ++port) {
    const sim::Retirement retired = node.retirement(port);
    if (!retired.valid) continue;
    if (retired.late && retired.writes_register) registers[retired.hart] |= std::uint64_t{1} << retired.destination;
    if (!retired.vector) continue;
    // One that had to end before it could retire, or trap, leaves nothing behind.
    if ((ended[retired.hart] & bit(retired.vector_tag)) != 0) {
      ended[retired.hart] &= static_cast<std::uint16_t>(~bit(retired.vector_tag));
    } else {
      tags[retired.hart] |= bit(retired.vector_tag);
    }
  }
  for (unsigned pipe = 0; pipe < sim::vector_pipes; ++pipe) {
    const sim::VectorEnd end = node.vector_end(pipe);
    if (!end.valid) continue;
    if (end.synchronous) {
      ended[end.hart] |= bit(end.tag);
    } else {
      tags[end.hart] &= static_cast<std::uint16_t>(~bit(end.tag));
    }
  }
}

void NodeWatch::after_cycle(sim::NodeModel& node, std::uint64_t /*cycle*/) {
  if (!is_active_) return;
  in_flight_.after_cycle(node);
  std::array<HartCycle, hw::harts> harts;
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const HartStatus status = node.hart_status(hart);
    harts[hart].pc = status.pc;
    harts[hart].state = status.state;
  }
  for (unsigned port = 0; port < sim::retire_ports; ++port) {
    const sim::Retirement retired = node.retirement(port);
    if (!retired.valid) continue;
    harts[retired.hart].retired = true;
    if (retired.memory != 0 && !retired.trap) harts[retired.hart].access = access_of(retired);
  }
  points_.after_cycle(harts, hits_);
  if (!hits_.empty()) flag_[0] = std::byte{1};
}

HartRegisters NodeWatch::registers(sim::NodeModel& node, unsigned hart) const {
  if (!in_flight_.any(hart)) return node.registers(hart);
  std::vector<std::byte> before;
  sim::Excursion excursion(node, before);
  return settled(node, excursion, in_flight_, hart);
}

std::optional<HartRegisters> NodeWatch::look_ahead(sim::NodeModel& node, unsigned hart) const {
  std::vector<std::byte> before;
  sim::Excursion excursion(node, before);
  InFlight in_flight = in_flight_;
  for (unsigned i = 0; i < longest_instruction; ++i) {
    excursion.run();
    in_flight.after_cycle(node);
    for (unsigned port = 0; port < sim::retire_ports; ++port) {
      const sim::Retirement retired = node.retirement(port);
      if (retired.valid && retired.hart == hart) return settled(node, excursion, in_flight, hart);
    }
  }
  return std::nullopt;
}

void NodeWatch::take_hits(std::vector<Hit>& hits) {
  flag_[0] = {};
  hits.insert(hits.end(), hits_.begin(), hits_.end());
  hits_.clear();
}

void NodeWatch::set_state(const State& state) {
  points_.set_progress(state.progress);
  in_flight_ = state.in_flight;
  flag_[0] = {};
  hits_.clear();
}

RtlTarget::RtlTarget(sim::RtlMachine& machine, unsigned dies) : machine_(machine), dies_(dies), memory_(machine) {
  const Topology& topology = machine_.topology();
  watches_.resize(topology.sites());
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!topology.is_alive(site)) continue;
    const auto read = [this, site](std::uint64_t local, std::span<std::byte> bytes) {
      memory_.read({.site = site, .local = local}, bytes);
    };
    watches_[site] = std::make_unique<NodeWatch>(site, read);
    machine_.engine().observe(site, *watches_[site]);
    machine_.engine().watch(site, watches_[site]->flag());
  }
}

HartRegisters RtlTarget::registers(HartNumber hart) {
  const unsigned site = site_of(hart);
  return watches_[site]->registers(machine_.engine().node(site), local_of(hart));
}

std::optional<HartRegisters> RtlTarget::look_ahead(HartNumber hart) {
  const unsigned site = site_of(hart);
  return watches_[site]->look_ahead(machine_.engine().node(site), local_of(hart));
}

std::uint64_t RtlTarget::retired(HartNumber hart) const {
  return watches_[site_of(hart)]->points().progress().retired[local_of(hart)];
}

void RtlTarget::arm(const Conditions& conditions) {
  is_armed_ = true;
  for (const auto& watch : watches_) {
    if (watch) watch->points().arm(conditions);
  }
}

void RtlTarget::disarm() {
  is_armed_ = false;
  for (const auto& watch : watches_) {
    if (watch) watch->points().disarm();
  }
}

StopReason RtlTarget::run(std::uint64_t max_cycles) {
  if (!is_armed_ || dies_ == 1) return machine_.run(max_cycles);
  // Several dies look at words that are watched at the end of a window only.
  for (std::uint64_t cycle = 0; cycle < max_cycles; ++cycle) {
    const StopReason reason = machine_.run(1);
    if (reason != StopReason::max_cycles) return reason;
  }
  return StopReason::max_cycles;
}

std::vector<Hit> RtlTarget::take_hits() {
  std::vector<Hit> hits;
  for (const auto& watch : watches_) {
    if (watch) watch->take_hits(hits);
  }
  return hits;
}

bool RtlTarget::is_host_turn() const {
  return dies_ == 1 || machine_.cycles() % hw::edge_flight == 0;
}

void RtlTarget::save(const std::filesystem::path& file) {
  sim::SnapshotWriter snapshot(file);
  machine_.engine().save(snapshot);
  for (const auto& watch : watches_) {
    if (watch) snapshot.put(watch->state());
  }
  snapshot.commit();
}

void RtlTarget::restore(const std::filesystem::path& file) {
  sim::SnapshotReader snapshot(file);
  machine_.engine().restore(snapshot);
  for (const auto& watch : watches_) {
    if (watch) watch->set_state(snapshot.get<NodeWatch::State>());
  }
  snapshot.finish();
}

std::string RtlTarget::describe_links(unsigned site) {
  const Topology& topology = machine_.topology();
  const sim::NodePorts& ports = machine_.engine().node(site).ports;
  std::string text;
  for (unsigned d = 0; d < directions; ++d) {
    text += fmt::format("{:5} ", direction_names[d]);
    const std::optional<unsigned> neighbour = topology.neighbour(site, d);
    if (neighbour) {
      const Coordinates there = topology.place(*neighbour);
      text += fmt::format("to ({},{}): ", there.x, there.y);
    } else {
      text += "no live neighbour: ";
    }
    const bool is_line = (*ports.tree_valid_out >> d & 1) != 0;
    if ((*ports.flit_valid_out >> d & 1) == 0 && !is_line) {
      text += "nothing\n";
      continue;
    }
    std::array<std::uint32_t, sim::header_words> packed;
    std::copy_n(ports.flit_header_out[d], packed.size(), packed.begin());
    const hw::PacketHeader header = hw::PacketHeader::decode(packed);
    text += fmt::format("{} of class {}, ({},{}) to ({},{}), address {:#x}\n", hw::to_string(header.op),
                        hw::to_string(header.cls), header.src_x, header.src_y, header.dst_x, header.dst_y, header.addr);
  }
  return text;
}

void RtlTarget::release() {
  for (const auto& watch : watches_) {
    if (watch) watch->release();
  }
}

}  // namespace dojo::debug
