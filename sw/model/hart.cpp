#include "model/hart.hpp"

#include "model/node.hpp"
#include "model/vector_instruction.hpp"

namespace dojo::model {
namespace {

/// CSRs whose value depends on when they are read.
constexpr bool is_timing_dependent(unsigned address) {
  return address == hw::csr_cycle || address == hw::csr_time || address == hw::csr_mcycle || address == hw::csr_mip ||
         is_counter(address);
}

/// Registers in memory whose value depends on when they are read.
constexpr bool is_timing_dependent_register(std::uint64_t address) {
  return address == hw::clint_mtime_address() || address == hw::control_fault_address() ||
         (address - hw::control_hart_status_address() <
          std::uint64_t{hw::control_hart_status_count} * hw::control_hart_status_stride) ||
         address - hw::semaphore_base < hw::semaphore_size;
}

constexpr bool is_csr_access(Op op) {
  return op >= Op::csrrw && op <= Op::csrrci;
}

constexpr bool is_vector(Op op) {
  return op >= Op::vector_arithmetic && op <= Op::vacc_write;
}

/// Whether the operation may write an x register.
bool writes_integer(const Instruction& instruction) {
  const Op op = instruction.op;
  if (op == Op::vector_arithmetic) {
    const VectorEntry& entry = vector_table()[static_cast<std::size_t>(instruction.immediate)];
    return entry.op == VectorOp::vcpop || entry.op == VectorOp::vfirst || entry.op == VectorOp::vmv_x_s;
  }
  return (op >= Op::lui && op <= Op::jalr) || (op >= Op::lb && op <= Op::lwu) ||
         (op >= Op::addi && op <= Op::amomaxu_d) || is_csr_access(op) || (op >= Op::fcvt_w_s && op <= Op::vsetvl);
}

bool writes_float(const Instruction& instruction) {
  if (instruction.op != Op::vector_arithmetic) return writes_float(instruction.op);
  return vector_table()[static_cast<std::size_t>(instruction.immediate)].op == VectorOp::vfmv_f_s;
}

constexpr std::uint64_t zero_extend(std::uint64_t value, unsigned size) {
  return size == 3 ? value : value & ((std::uint64_t{1} << (8u << size)) - 1);
}

}  // namespace

unsigned memory_size(Op op) {
  switch (op) {
    case Op::lb:
    case Op::lbu:
    case Op::sb:
      return 0;
    case Op::lh:
    case Op::lhu:
    case Op::sh:
    case Op::flh:
    case Op::fsh:
      return 1;
    case Op::lw:
    case Op::lwu:
    case Op::sw:
    case Op::flw:
    case Op::fsw:
      return 2;
    default:
      return op >= Op::lr_w && op <= Op::amomaxu_w ? 2 : 3;
  }
}

MemoryEffect memory_effect(Op op) {
  if (op >= Op::lb && op <= Op::lwu) return MemoryEffect::load;
  if (op >= Op::sb && op <= Op::sd) return MemoryEffect::store;
  if (op == Op::flh || op == Op::flw) return MemoryEffect::load;
  if (op == Op::fsh || op == Op::fsw) return MemoryEffect::store;
  if (op == Op::lr_w || op == Op::lr_d) return MemoryEffect::load;
  if (op >= Op::lr_w && op <= Op::amomaxu_d) return MemoryEffect::atomic;
  return MemoryEffect::none;
}

void Hart::start(std::uint64_t pc) {
  if (state_ != hw::HartState::stopped && state_ != hw::HartState::faulted) return;
  pc_ = pc & ~std::uint64_t{1};
  state_ = hw::HartState::running;
  reserved_ = false;
  node_.code().invalidate();
}

void Hart::stop(std::uint32_t exit_code) {
  exit_code_ = exit_code;
  state_ = hw::HartState::stopped;
}

void Hart::semaphore_changed(unsigned id, std::uint32_t count) {
  if (state_ == hw::HartState::semaphore && waited_semaphore_ == id && count >= waited_amount_) {
    state_ = hw::HartState::running;
  }
}

std::uint64_t Hart::pending_interrupts() const {
  return node_.interrupts(index_) & mie_;
}

bool Hart::runnable() const {
  switch (state_) {
    case hw::HartState::running:
      return true;
    case hw::HartState::wfi:
      return pending_interrupts() != 0;
    case hw::HartState::semaphore:
      return mstatus_mie_ && pending_interrupts() != 0;
    default:
      return false;
  }
}

std::uint64_t Hart::wake_time() const {
  const bool waits = state_ == hw::HartState::wfi || (state_ == hw::HartState::semaphore && mstatus_mie_);
  return waits && (mie_ & timer_interrupt_bit) != 0 ? node_.timer_compare(index_) : never;
}

HartStatus Hart::status() const {
  HartStatus result;
  result.state = state_;
  result.exit_code = exit_code_;
  result.pc = pc_;
  result.mcause = mcause_;
  result.mepc = mepc_;
  result.mtval = mtval_;
  if (state_ == hw::HartState::semaphore) {
    result.semaphore = waited_semaphore_;
    result.semaphore_amount = waited_amount_;
  }
  return result;
}

void Hart::trap(Cause cause, std::uint64_t tval) {
  ++traps_;
  mepc_ = pc_;
  mcause_ = static_cast<std::uint64_t>(cause);
  mtval_ = tval;
  mstatus_mpie_ = mstatus_mie_;
  mstatus_mie_ = false;
  if (mtvec_ == 0) {
    state_ = hw::HartState::faulted;
  } else {
    state_ = hw::HartState::running;
    pc_ = mtvec_;
  }
}

std::uint64_t Hart::run(std::uint64_t budget) {
  slice_position_ = 0;
  while (slice_position_ < budget && runnable()) {
    const std::uint64_t pending = pending_interrupts();
    if (pending != 0) {
      state_ = hw::HartState::running;
      if (mstatus_mie_) {
        trap((pending & external_interrupt_bit) != 0   ? Cause::external_interrupt
             : (pending & software_interrupt_bit) != 0 ? Cause::software_interrupt
                                                       : Cause::timer_interrupt,
             0);
        ++slice_position_;
        continue;
      }
    }
    std::uint64_t part = budget - slice_position_;
    if (mstatus_mie_ && (mie_ & timer_interrupt_bit) != 0) {
      const std::uint64_t now = node_.hart_time(index_);
      const std::uint64_t compare = node_.timer_compare(index_);
      if (compare > now && compare - now < part) part = compare - now;
    }
    execute(part);
  }
  return slice_position_;
}

StepResult Hart::step() {
  StepResult result;
  result.pc = pc_;
  Instruction instruction;
  instruction.op = Op::fetch_fault;
  const std::uint64_t offset = pc_ - hw::sram_base;
  if (offset < hw::sram_size) {
    if (node_.code().entries()[offset / 2].op == Op::undecoded) node_.code().fill(offset);
    instruction = node_.code().entries()[offset / 2];
  }
  result.instruction = instruction.bits;
  const MemoryEffect effect = memory_effect(instruction.op);
  const bool has_offset = (instruction.op >= Op::lb && instruction.op <= Op::sd) ||
                          (instruction.op >= Op::flh && instruction.op <= Op::fsw);
  const std::uint64_t address =
      x_[instruction.rs1] + (has_offset ? static_cast<std::uint64_t>(std::int64_t{instruction.immediate}) : 0);
  const bool stores_float = instruction.op == Op::fsh || instruction.op == Op::fsw;
  const std::uint64_t stored = stores_float ? f_[instruction.rs2] : x_[instruction.rs2];
  const std::uint64_t traps_before = traps_;
  state_ = hw::HartState::running;
  slice_position_ = 0;
  vector_written_ = 0;
  execute(1);

  result.vector = is_vector(instruction.op);
  result.vector_written = vector_written_;
  if (traps_ != traps_before) {
    result.trapped = true;
    result.cause = mcause_;
    result.tval = mtval_;
    return result;
  }
  result.waits = state_ == hw::HartState::semaphore;
  if (writes_float(instruction)) {
    result.writes_rd = true;
    result.rd_float = true;
    result.rd = static_cast<std::uint8_t>(instruction.bits >> 7 & 31);
    result.rd_data = f_[result.rd];
  } else if (writes_integer(instruction) && instruction.rd != discarded_register) {
    result.writes_rd = true;
    result.rd = instruction.rd;
    result.rd_data = x_[instruction.rd];
  }
  if (effect != MemoryEffect::none) {
    result.memory = effect;
    result.memory_size = static_cast<std::uint8_t>(memory_size(instruction.op));
    result.memory_address = address;
    if (effect == MemoryEffect::store) {
      result.memory_data = zero_extend(stored, result.memory_size);
    } else if (effect == MemoryEffect::atomic) {
      const std::uint64_t* word =
          reinterpret_cast<const std::uint64_t*>(node_.sram_bytes() + ((address - hw::sram_base) & ~std::uint64_t{7}));
      result.memory_data = zero_extend(*word >> (8 * (address & 7)), result.memory_size);
    }
    const bool is_sc = instruction.op == Op::sc_w || instruction.op == Op::sc_d;
    if (is_sc && store_conditional_failed_) result.memory = MemoryEffect::none;
  }
  result.timing_dependent = (is_csr_access(instruction.op) && is_timing_dependent(instruction.immediate)) ||
                            (effect == MemoryEffect::load && is_timing_dependent_register(address));
  return result;
}

Hart::Next Hart::system(const Instruction& instruction) {
  switch (instruction.op) {
    case Op::ecall:
      return raise(Cause::environment_call, 0);
    case Op::ebreak:
      return raise(Cause::breakpoint, pc_);
    case Op::mret:
      mstatus_mie_ = mstatus_mpie_;
      mstatus_mpie_ = true;
      pc_ = mepc_;
      return Next::jumped;
    case Op::wfi:
      if (pending_interrupts() == 0) state_ = hw::HartState::wfi;
      return Next::reconsider;
    case Op::fence_i:
      node_.code().invalidate();
      return Next::reconsider;
    case Op::dojo_issue:
      execute_descriptor(node_, static_cast<hw::Unit>(instruction.immediate),
                         static_cast<std::uint32_t>(x_[instruction.rs1]), index_);
      return Next::reconsider;
    case Op::dojo_sem_wait: {
      const auto id = static_cast<unsigned>(x_[instruction.rs1] % hw::semaphores);
      const auto amount = static_cast<std::uint32_t>(x_[instruction.rs2]);
      if (node_.take_semaphore(id, amount)) return Next::reconsider;
      waited_semaphore_ = id;
      waited_amount_ = amount;
      state_ = hw::HartState::semaphore;
      return Next::wait;
    }
    default:
      return access_csr(instruction);
  }
}

}  // namespace dojo::model
