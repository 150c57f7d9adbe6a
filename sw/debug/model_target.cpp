#include "debug/model_target.hpp"

#include <algorithm>
#include <cstring>

namespace dojo::debug {

ModelTarget::ModelTarget(model::ModelMachine& machine) : machine_(machine), memory_(machine) {
  const unsigned sites = machine_.topology().sites();
  retired_.resize(std::size_t{sites} * hw::harts);
  for (unsigned site = 0; site < sites; ++site) {
    points_.emplace_back(site, [this, site](std::uint64_t local, std::span<std::byte> bytes) {
      memory_.read({.site = site, .local = local}, bytes);
    });
  }
}

HartRegisters ModelTarget::registers(HartNumber hart) {
  const model::Hart& model = machine_.node(machine_.topology().place(site_of(hart))).hart(local_of(hart));
  HartRegisters result;
  result.pc = model.pc();
  for (unsigned i = 0; i < result.x.size(); ++i) {
    result.x[i] = model.reg(i);
    result.f[i] = model.float_reg(i);
    std::memcpy(result.v[i].data(), model.vector().reg(i), result.v[i].size());
  }
  for (std::size_t i = 0; i < result.csr.size(); ++i) {
    std::uint64_t value = 0;
    if (model.read_csr(hw::csr_table[i].address, value)) result.csr[i] = value;
  }
  return result;
}

std::uint64_t ModelTarget::retired(HartNumber hart) const {
  return points_[site_of(hart)].progress().retired[local_of(hart)];
}

void ModelTarget::arm(const Conditions& conditions) {
  is_armed_ = true;
  for (NodePoints& points : points_) points.arm(conditions);
}

void ModelTarget::disarm() {
  is_armed_ = false;
  for (NodePoints& points : points_) points.disarm();
}

StopReason ModelTarget::run(std::uint64_t max_cycles) {
  if (!is_armed_) return machine_.run(max_cycles);
  const std::uint64_t start = machine_.cycles();
  StopReason reason = StopReason::max_cycles;
  while (reason == StopReason::max_cycles && hits_.empty() && machine_.cycles() - start < max_cycles) {
    reason = machine_.run(1);
    for (unsigned site = 0; site < points_.size(); ++site) {
      if (machine_.topology().is_alive(site)) look(site);
    }
  }
  return reason;
}

bool ModelTarget::step_alone(HartNumber hart) {
  model::Hart& model = machine_.node(machine_.topology().place(site_of(hart))).hart(local_of(hart));
  if (!model.runnable() || model.run(1) == 0) return false;
  model.reset_slice_position();
  look(site_of(hart));
  hits_.clear();
  return true;
}

void ModelTarget::look(unsigned site) {
  const model::Node& node = machine_.node(machine_.topology().place(site));
  const NodeProgress& before = points_[site].progress();
  std::array<HartCycle, hw::harts> harts;
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const model::Hart& model = node.hart(hart);
    std::uint64_t& retired = retired_[site * hw::harts + hart];
    // A trap moves the PC and does not count.
    harts[hart] = {.pc = model.pc(),
                   .state = model.state(),
                   .retired = model.retired() != retired || model.pc() != before.pc[hart]};
    retired = model.retired();
  }
  points_[site].after_cycle(harts, hits_);
}

std::string ModelTarget::describe_links(unsigned /*site*/) {
  return "the model has no links: packets arrive at once\n";
}

}  // namespace dojo::debug
