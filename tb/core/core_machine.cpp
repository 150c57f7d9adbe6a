#include "tb/core/core_machine.hpp"

#include <cstring>

#include "Vcore_bench.h"
#include "Vcore_bench___024root.h"
#include "common/ecc.hpp"
#include "verilated.h"

namespace dojo::tb {
namespace {

void mix(std::uint64_t& hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  hash ^= hash >> 29;
}

}  // namespace

CoreMachine::CoreMachine(const Options& options) : options_(options), random_(options.disturbance.seed) {
  context_ = std::make_unique<VerilatedContext>();
  context_->randReset(2);
  context_->randSeed(options.reset_seed);
  bench_ = std::make_unique<Vcore_bench>(context_.get());
  if (options.lockstep) checker_ = std::make_unique<model::LockstepChecker>(MeshSize{position.x + 1, position.y + 1});
  // The initial contents of the SRAM are random too; programs must not see them, but fetch may.
  std::memset(&bench_->rootp->core_bench__DOT__u_sram__DOT__u_array__DOT__memory[0], 0, hw::sram_size);
  std::memset(&bench_->rootp->core_bench__DOT__u_sram__DOT__u_array__DOT__check[0], 0, hw::sram_lines * 8);
  Vcore_bench& b = *bench_;
  b.x_i = position.x;
  b.y_i = position.y;
  b.cycle_i = 0;
  b.vr_valid_i = 0;
  b.vw_valid_i = 0;
  b.nw_valid_i = 0;
  // Writes of no bytes: the disturbance takes banks and ends reservations, but changes nothing.
  b.vw_be_i = 0;
  b.nw_be_i = 0;
  b.command_ready_i = 3;
  b.done_valid_i = 0;
  b.fault_valid_i = 0;
  b.net_valid_i = 0;
  b.net_mmio_valid_i = 0;
  b.host_valid_i = 0;
  b.irq_external_i = 0;
  b.remote_ready_i = 1;
  b.rst_ni = 0;
  for (unsigned i = 0; i < 3; ++i) clock();
  b.rst_ni = 1;
}

CoreMachine::~CoreMachine() {
  // A model leaves its context through the thread's current one, which may be another bench's.
  Verilated::threadContextp(context_.get());
  bench_.reset();
}

void CoreMachine::load(std::uint64_t address, std::span<const std::byte> bytes) {
  auto& root = *bench_->rootp;
  ecc_write(
      std::as_writable_bytes(std::span(&root.core_bench__DOT__u_sram__DOT__u_array__DOT__memory[0], hw::sram_lines)),
      std::span(&root.core_bench__DOT__u_sram__DOT__u_array__DOT__check[0], hw::sram_lines), address - hw::sram_base,
      bytes);
  if (checker_) checker_->node(position).write_memory(address, bytes);
}

std::span<const std::byte> CoreMachine::sram() const {
  const auto* memory =
      reinterpret_cast<const std::byte*>(&bench_->rootp->core_bench__DOT__u_sram__DOT__u_array__DOT__memory[0]);
  return {memory, hw::sram_size};
}

std::uint64_t CoreMachine::word(std::uint64_t address) const {
  std::uint64_t value = 0;
  std::memcpy(&value, sram().data() + (address - hw::sram_base), sizeof value);
  return value;
}

void CoreMachine::host_write(std::uint64_t address, std::uint64_t data) {
  if (pending_host_write_) step();
  pending_host_write_ = model::HostWriteEvent{position, static_cast<std::uint32_t>(address), data};
}

void CoreMachine::set_external_interrupt(unsigned hart, bool level) {
  const unsigned bit = 1u << hart;
  bench_->irq_external_i = static_cast<std::uint8_t>((bench_->irq_external_i & ~bit) | (level ? bit : 0));
  if (checker_) checker_->node(position).set_external_interrupt(hart, level);
}

void CoreMachine::drive_clients() {
  const Disturbance& d = options_.disturbance;
  Vcore_bench& b = *bench_;
  const auto happens = [&](double probability) {
    return probability > 0 && static_cast<double>(random_() >> 11) * 0x1p-53 < probability;
  };
  // A request that was not granted stays.
  for (unsigned port = 0; port < 2; ++port) {
    const unsigned bit = 1u << port;
    if ((b.vr_valid_i & bit) != 0) continue;
    if (happens(d.vector_reads)) {
      b.vr_valid_i = static_cast<std::uint8_t>(b.vr_valid_i | bit);
      const auto line = static_cast<std::uint32_t>(random_() % hw::sram_lines);
      const unsigned shift = 15 * port;
      b.vr_line_i = (b.vr_line_i & ~(0x7fffu << shift)) | (line << shift);
    }
  }
  if (d.write_lines != 0) {
    if (b.vw_valid_i == 0) {
      b.vw_valid_i = happens(d.vector_writes) ? 1 : 0;
      if (b.vw_valid_i != 0) b.vw_line_i = static_cast<std::uint16_t>(d.first_write_line + random_() % d.write_lines);
    }
    if (b.nw_valid_i == 0) {
      b.nw_valid_i = happens(d.network_writes) ? 1 : 0;
      if (b.nw_valid_i != 0) b.nw_line_i = static_cast<std::uint16_t>(d.first_write_line + random_() % d.write_lines);
    }
  }
  if (d.command_refusal > 0) {
    b.command_ready_i = 0;
    for (unsigned unit = 0; unit < 2; ++unit) {
      if (!happens(d.command_refusal)) b.command_ready_i = static_cast<std::uint8_t>(b.command_ready_i | (1u << unit));
    }
  }
  if (d.reports > 0) {
    b.done_valid_i = 0;
    b.fault_valid_i = 0;
    for (unsigned unit = 0; unit < 2; ++unit) {
      if (happens(d.reports)) b.done_valid_i = static_cast<std::uint8_t>(b.done_valid_i | (1u << unit));
      if (happens(d.reports)) b.fault_valid_i = static_cast<std::uint8_t>(b.fault_valid_i | (1u << unit));
      b.done_sem_i[unit] = random_() % hw::semaphores;
      b.fault_cause_i[unit] = 1;
      b.fault_address_i[unit] = static_cast<std::uint32_t>(random_());
    }
    b.net_valid_i = happens(d.reports) ? 1 : 0;
    b.net_id_i = random_() % hw::semaphores;
    b.net_amount_i = random_() % 4;
    b.net_mmio_valid_i = happens(d.reports) ? 1 : 0;
    b.net_mmio_address_i = static_cast<std::uint32_t>(hw::clint_msip_address(random_() % hw::harts));
    b.net_mmio_data_i = random_();
    b.net_mmio_size_i = 2;
  }
  if (d.remote_refusal > 0) b.remote_ready_i = happens(d.remote_refusal) ? 0 : 1;
}

void CoreMachine::clock() {
  bench_->clk_i = 1;
  bench_->eval();
  bench_->clk_i = 0;
  bench_->eval();
}

void CoreMachine::step() {
  Vcore_bench& b = *bench_;
  ++cycle_;
  const bool asleep = b.idle_o != 0 && !pending_host_write_ && cycle_ < b.wake_cycle_o;
  if (options_.skip_sleep && asleep) return;
  ++evaluated_;
  b.cycle_i = cycle_;
  b.host_valid_i = pending_host_write_ ? 1 : 0;
  if (pending_host_write_) {
    b.host_address_i = pending_host_write_->address;
    b.host_data_i = pending_host_write_->data;
    if (checker_) checker_->host_write(*pending_host_write_);
    pending_host_write_.reset();
  }
  drive_clients();
  if (before_edge) before_edge();
  // Inputs reach grants and commands combinationally in this bench, where the test stands for registers.
  b.eval();
  if (b.command_valid_o != 0) {
    const hw::Unit unit = (b.command_valid_o & 1) != 0 ? hw::Unit::matrix : hw::Unit::transfer;
    commands_.push_back({unit, b.command_address_o});
  }
  if (b.remote_valid_o != 0 && b.remote_ready_i != 0) {
    remote_stores_.push_back({b.remote_address_o, b.remote_data_o, b.remote_size_o});
  }
  // Grants of this cycle, before the edge changes the requests.
  const auto vr_grant = b.vr_grant_o;
  const auto vw_grant = b.vw_grant_o;
  const auto nw_grant = b.nw_grant_o;
  refusals_ += (b.vr_valid_i & ~vr_grant) != 0 ? 1 : 0;
  clock();
  b.vr_valid_i = static_cast<std::uint8_t>(b.vr_valid_i & ~vr_grant);
  b.vw_valid_i = static_cast<std::uint8_t>(b.vw_valid_i & ~vw_grant);
  b.nw_valid_i = static_cast<std::uint8_t>(b.nw_valid_i & ~nw_grant);
  observe();
}

void CoreMachine::observe() {
  const Vcore_bench& b = *bench_;
  if (b.late_valid_o != 0) {
    const model::LateWriteEvent event{.node = position,
                                      .hart = b.late_hart_o,
                                      .cycle = cycle_,
                                      .rd_we = b.late_we_o != 0,
                                      .rd = static_cast<std::uint8_t>(b.late_rd_o & 31),
                                      .rd_float = (b.late_rd_o & 32) != 0,
                                      .data = b.late_data_o,
                                      .atomic_stores = b.late_stored_valid_o != 0,
                                      .stored = b.late_stored_o};
    if (event.rd_we) mix(hash_, event.data);
    if (checker_) checker_->late_write(event);
  }
  observe_vectors();
  for (unsigned port = 0; port < 2; ++port) {
    if ((b.retire_valid_o >> port & 1) == 0) continue;
    const model::RetireEvent event{.node = position,
                                   .hart = b.retire_hart_o[port],
                                   .cycle = cycle_,
                                   .pc = b.retire_pc_o[port],
                                   .instruction = b.retire_insn_o[port],
                                   .rd_we = (b.retire_rd_we_o >> port & 1) != 0,
                                   .rd = static_cast<std::uint8_t>(b.retire_rd_o[port] & 31),
                                   .rd_data = b.retire_rd_data_o[port],
                                   .rd_float = (b.retire_rd_o[port] & 32) != 0,
                                   .rd_late = (b.retire_late_o >> port & 1) != 0,
                                   .memory = static_cast<model::MemoryEffect>(b.retire_mem_o[port]),
                                   .memory_size = b.retire_mem_size_o[port],
                                   .memory_address = b.retire_mem_addr_o[port],
                                   .memory_data = b.retire_mem_data_o[port],
                                   .trap = (b.retire_trap_o >> port & 1) != 0,
                                   .cause = b.retire_cause_o[port],
                                   .tval = b.retire_tval_o[port],
                                   .vector = port == 0 && b.retire_vector_o != 0,
                                   .vector_tag = b.retire_vector_tag_o};
    mix(hash_, cycle_);
    mix(hash_, event.pc);
    mix(hash_, event.hart);
    if (event.rd_we && !event.rd_late) mix(hash_, event.rd_data);
    if (on_retire) on_retire(event);
    if (checker_) checker_->retire(event);
  }
}

void CoreMachine::observe_vectors() {
  const Vcore_bench& b = *bench_;
  if (!checker_) return;
  for (unsigned port = 0; port < 3; ++port) {
    if ((b.vector_write_valid_o >> port & 1) == 0) continue;
    model::VectorWriteEvent event{.node = position,
                                  .hart = b.vector_write_hart_o[port],
                                  .cycle = cycle_,
                                  .tag = b.vector_write_tag_o[port],
                                  .reg = b.vector_write_register_o[port],
                                  .byte_enable = b.vector_write_enable_o[port]};
    std::memcpy(event.data.data(), b.vector_write_data_o[port].data(), event.data.size());
    checker_->vector_write(event);
  }
  for (unsigned pipe = 0; pipe < 4; ++pipe) {
    if ((b.vector_end_valid_o >> pipe & 1) == 0) continue;
    checker_->vector_done(
        {.node = position, .hart = b.vector_end_hart_o[pipe], .cycle = cycle_, .tag = b.vector_end_tag_o[pipe]});
  }
}

void CoreMachine::run(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles; ++i) step();
}

bool CoreMachine::run_until(const std::function<bool()>& condition, std::uint64_t limit) {
  for (std::uint64_t i = 0; i < limit; ++i) {
    if (condition()) return true;
    step();
  }
  return condition();
}

bool CoreMachine::run_to_stop(std::uint64_t limit) {
  step();
  // A start needs two cycles to be seen in the state.
  for (unsigned i = 0; i < 4; ++i) step();
  const auto stopped = [this] {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      if (state(hart) != hw::HartState::stopped && state(hart) != hw::HartState::faulted) return false;
    }
    return bench_->idle_o != 0;
  };
  return run_until(stopped, limit);
}

hw::HartState CoreMachine::state(unsigned hart) const {
  return static_cast<hw::HartState>((bench_->hart_state_o >> (3 * hart)) & 7);
}

std::uint64_t CoreMachine::pc(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__pc_q[hart];
}

std::uint64_t CoreMachine::reg(unsigned hart, unsigned number) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_issue__DOT__registers_q[64 * hart + number];
}

void CoreMachine::set_reg(unsigned hart, unsigned number, std::uint64_t value) {
  bench_->rootp->core_bench__DOT__u_core__DOT__u_issue__DOT__registers_q[64 * hart + number] = value;
  if (checker_) checker_->node(position).hart(hart).set_reg(number, value);
}

void CoreMachine::corrupt_reg(unsigned hart, unsigned number, std::uint64_t mask) {
  bench_->rootp->core_bench__DOT__u_core__DOT__u_issue__DOT__registers_q[64 * hart + number] ^= mask;
}

std::uint64_t CoreMachine::mcause(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__mcause_q[hart];
}
std::uint64_t CoreMachine::mepc(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__mepc_q[hart];
}
std::uint64_t CoreMachine::mtval(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__mtval_q[hart];
}
std::uint64_t CoreMachine::instructions(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__instret_q[hart];
}
std::uint64_t CoreMachine::fetch_stalls(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__fetch_stalls_q[hart];
}
std::uint64_t CoreMachine::memory_stalls(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__memory_stalls_q[hart];
}
std::uint64_t CoreMachine::command_stalls(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__command_stalls_q[hart];
}
std::uint64_t CoreMachine::slot_stalls(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__slot_stalls_q[hart];
}
std::uint64_t CoreMachine::mispredictions(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_core__DOT__u_csr__DOT__mispredictions_q[hart];
}
std::uint32_t CoreMachine::exit_code(unsigned hart) const {
  return bench_->rootp->core_bench__DOT__u_control__DOT__exit_code_q[hart];
}
std::uint32_t CoreMachine::semaphore(unsigned id) const {
  return bench_->rootp->core_bench__DOT__u_semaphore__DOT__count_q[id];
}
std::uint64_t CoreMachine::fault_register() const {
  return bench_->rootp->core_bench__DOT__u_control__DOT__fault_q;
}

}  // namespace dojo::tb
