#include "model/model_machine.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "common/die.hpp"
#include "common/error.hpp"

namespace dojo::model {
namespace {

constexpr std::uint64_t quantum = 8192;  // time of a node between two deliveries of packets

Topology checked(Topology topology) {
  const MeshSize mesh = topology.mesh();
  if (mesh.columns == 0 || mesh.rows == 0 || mesh.columns > mesh_limit || mesh.rows > mesh_limit) {
    throw InputError(fmt::format("a mesh of {}x{} nodes: both must be in 1..{}", mesh.columns, mesh.rows, mesh_limit));
  }
  return topology;
}

}  // namespace

ModelMachine::ModelMachine(Topology topology, unsigned threads, std::vector<DipSite> dips,
                           std::vector<EthernetRoute> ethernet)
    : topology_(checked(std::move(topology))),
      dips_(std::move(dips), std::move(ethernet)),
      pool_(std::max(threads, 1u)) {
  nodes_.reserve(topology_.sites());
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    nodes_.push_back(std::make_unique<Node>(topology_.place(site)));
  }
}

Node& ModelMachine::at(Coordinates position) {
  if (!topology_.is_inside(position)) {
    throw RunError(
        fmt::format("node ({},{}) is outside the {}x{} mesh", position.x, position.y, mesh().columns, mesh().rows));
  }
  if (!topology_.is_alive(position)) throw RunError(fmt::format("node ({},{}) is dead", position.x, position.y));
  return *nodes_[topology_.number(position)];
}

void ModelMachine::read_memory(Coordinates node, std::uint64_t address, std::span<std::byte> bytes) {
  at(node).read_memory(address, bytes);
}

void ModelMachine::write_memory(Coordinates node, std::uint64_t address, std::span<const std::byte> bytes) {
  at(node).write_memory(address, bytes);
}

void ModelMachine::read_dram(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) {
  check_dram(dips().size(), dip, address, bytes.size());
  dips_[dip].read_memory(address, bytes);
}

void ModelMachine::write_dram(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) {
  check_dram(dips().size(), dip, address, bytes.size());
  dips_[dip].write_memory(address, bytes);
}

DipErrors ModelMachine::dip_errors(unsigned dip) {
  check_dram(dips().size(), dip, 0, 0);
  return dips_.errors(dip);
}

void ModelMachine::read_host(unsigned dip, std::uint64_t address, std::span<std::byte> bytes) {
  check_host(dips().size(), dip, address, bytes.size());
  dips_.lists(dip).host().read(address, bytes);
}

void ModelMachine::write_host(unsigned dip, std::uint64_t address, std::span<const std::byte> bytes) {
  check_host(dips().size(), dip, address, bytes.size());
  dips_.lists(dip).host().write(address, bytes);
}

void ModelMachine::write_dip_register(unsigned dip, std::uint64_t address, std::uint64_t data) {
  check_dram(dips().size(), dip, 0, 0);
  dips_.host(dip).write_register(address, data);
}

std::uint32_t ModelMachine::dip_semaphore(unsigned dip, unsigned id) {
  check_dram(dips().size(), dip, 0, 0);
  return dips_[dip].semaphore(id);
}

DipWaits ModelMachine::dip_waits(unsigned dip) {
  check_dram(dips().size(), dip, 0, 0);
  return dips_.waits(dip);
}

void ModelMachine::watch_host(unsigned dip, std::optional<std::uint64_t> address) {
  check_host(dips().size(), dip, address.value_or(0), address ? sizeof(std::uint64_t) : 0);
  host_watches_.erase(dip);
  if (address) host_watches_[dip] = *address;
}

void ModelMachine::write_register(Coordinates node, std::uint32_t address, std::uint64_t data) {
  at(node).write_register(address, data);
}

HartStatus ModelMachine::hart_status(Coordinates node, unsigned hart) {
  return at(node).hart(hart).status();
}

std::optional<UnitFault> ModelMachine::unit_fault(Coordinates node) {
  return at(node).unit_fault();
}

NodeErrors ModelMachine::errors(Coordinates node) {
  const Guard& guard = at(node).guard();
  return {.ecc = guard.ecc_error(), .access = guard.access_error(), .remote = guard.remote_error()};
}

std::uint32_t ModelMachine::semaphore(Coordinates node, unsigned id) {
  return at(node).semaphore(id);
}

std::uint64_t ModelMachine::counter(Coordinates node, unsigned index) {
  return at(node).counter(index);
}

std::uint64_t ModelMachine::instructions_retired(Coordinates node) {
  std::uint64_t result = 0;
  for (unsigned hart = 0; hart < hw::harts; ++hart) result += at(node).hart(hart).retired();
  return result;
}

void ModelMachine::watch_tohost(Coordinates node, std::uint64_t address) {
  std::array<std::byte, 8> word;
  at(node).read_memory(address, word);  // the address must be in the SRAM
  at(node).watch(address);
  watches_.push_back({topology_.number(node), address});
}

bool ModelMachine::faulted() const {
  return dips_.has_failed() || std::ranges::any_of(nodes_, [](const auto& node) { return node->faulted(); });
}

bool ModelMachine::anybody_waits() const {
  if (dips_.has_waits()) return true;
  for (const auto& node : nodes_) {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      const hw::HartState state = node->hart(hart).state();
      if (state == hw::HartState::wfi || state == hw::HartState::semaphore) return true;
    }
  }
  return false;
}

bool ModelMachine::tohost_written() const {
  return std::any_of(watches_.begin(), watches_.end(), [this](const Watch& watch) {
    std::uint64_t value = 0;
    std::memcpy(&value, nodes_[watch.node]->sram().data() + (watch.address - hw::sram_base), sizeof value);
    return value != 0;
  });
}

bool ModelMachine::watched_host_written() {
  return std::ranges::any_of(host_watches_, [this](const auto& watch) {
    std::uint64_t value = 0;
    read_host(watch.first, watch.second, std::as_writable_bytes(std::span(&value, 1)));
    return value != 0;
  });
}

void ModelMachine::find_runnable() {
  runnable_.clear();
  for (const auto& node : nodes_) {
    node->set_time(cycles_);
    if (node->runnable()) runnable_.push_back(node.get());
  }
}

void ModelMachine::deliver(Node& sender, const Packet& packet) {
  if (is_for_tree(packet.header)) {
    collectives_.send(sender, packet);
    return;
  }
  const Coordinates target{packet.header.dst_x, packet.header.dst_y};
  if (topology_.is_alive(target)) {
    nodes_[topology_.number(target)]->deliver(packet);
  } else if (dips_.port_at(target)) {
    for (const Packet& answer : dips_.deliver(packet)) deliver_from_dip(answer);
  } else {
    sender.not_sent(packet, hw::AccessKind::unreachable);
  }
}

void ModelMachine::deliver_from_dip(const Packet& packet) {
  const Coordinates target{packet.header.dst_x, packet.header.dst_y};
  if (topology_.is_alive(target)) {
    nodes_[topology_.number(target)]->deliver(packet);
  } else if (dips_.port_at(target)) {
    for (const Packet& answer : dips_.deliver(packet)) deliver_from_dip(answer);
  }
}

void ModelMachine::exchange() {
  for (bool moved = true; moved;) {
    moved = false;
    for (const Packet& packet : dips_.run()) {
      moved = true;
      deliver_from_dip(packet);
    }
    for (const auto& sender : nodes_) {
      if (sender->outbox().empty() && sender->arrivals().empty()) continue;
      moved = true;
      packets_.clear();
      packets_.swap(sender->outbox());
      for (const Packet& packet : packets_) deliver(*sender, packet);
      arrivals_.clear();
      arrivals_.swap(sender->arrivals());
      for (const unsigned tree : arrivals_) collectives_.arrive(*sender, tree);
    }
  }
}

StopReason ModelMachine::run(std::uint64_t max_cycles) {
  const std::uint64_t limit = max_cycles > never - cycles_ ? never : cycles_ + max_cycles;
  if (max_cycles != 0) exchange();  // what the hosts of Interface Processors have asked for
  for (;;) {
    if (tohost_written()) return StopReason::watched;
    if (faulted()) return StopReason::faulted;
    if (watched_host_written()) return StopReason::watched;
    find_runnable();
    if (runnable_.empty()) {
      std::uint64_t wake = never;
      for (const auto& node : nodes_) wake = std::min(wake, node->wake_time());
      if (wake == never) return anybody_waits() ? StopReason::no_progress : StopReason::all_stopped;
      if (wake >= limit) {
        cycles_ = limit;
        return StopReason::max_cycles;
      }
      cycles_ = wake;
      continue;
    }
    if (cycles_ >= limit) return StopReason::max_cycles;
    const std::uint64_t time = std::min(quantum, limit - cycles_);
    passed_.assign(runnable_.size(), 0);
    pool_.run(runnable_.size(), [&](std::size_t index) { passed_[index] = runnable_[index]->run(time); });
    cycles_ += *std::max_element(passed_.begin(), passed_.end());
    exchange();
  }
}

}  // namespace dojo::model
