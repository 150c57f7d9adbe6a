#include "tb/vector/vector_machine.hpp"

#include <cstring>
#include <stdexcept>

#include "Vvector_bench.h"
#include "Vvector_bench___024root.h"
#include "model/vector_execute.hpp"
#include "model/vector_instruction.hpp"

namespace dojo::tb {

namespace {

unsigned bank_of(unsigned line) {
  return (line ^ (line >> 4) ^ (line >> 8) ^ (line >> 12)) & 15U;
}

int signed_lmul(unsigned lmul) {
  return lmul < 4 ? static_cast<int>(lmul) : static_cast<int>(lmul) - 8;
}

unsigned log2_bytes(unsigned funct3) {
  return funct3 == 0 ? 0 : funct3 == 5 ? 1 : 2;
}

}  // namespace

std::uint32_t encode(const MemoryEncoding& fields) {
  return (fields.nf - 1) << 29 | fields.mop << 26 | (fields.masked ? 0U : 1U) << 25 | fields.rs2 << 20 | 10U << 15 |
         fields.width << 12 | fields.vd << 7 | (fields.store ? 0x27U : 0x07U);
}

VectorEnd VectorReference::execute_memory(const VectorInstruction& instruction) {
  const std::uint32_t insn = instruction.insn;
  const bool store = (insn & 0x20) != 0;
  const unsigned encoded = log2_bytes(insn >> 12 & 7);
  const unsigned mop = insn >> 26 & 3;
  const unsigned vs2 = insn >> 20 & 31;
  const unsigned vd = insn >> 7 & 31;
  const bool indexed = (mop & 1) != 0;
  const bool whole = mop == 0 && vs2 == 8;
  const bool mask = mop == 0 && vs2 == 11;
  const bool first_fault = mop == 0 && vs2 == 16;
  const bool masked = (insn >> 25 & 1) == 0;
  const unsigned nf = (whole || mask) ? 1 : (insn >> 29) + 1;
  const unsigned width = indexed ? instruction.sew : encoded;
  const unsigned size = 1U << width;
  const int lmul = signed_lmul(instruction.lmul);
  const int emul = indexed ? lmul : lmul + static_cast<int>(encoded) - static_cast<int>(instruction.sew);
  const unsigned group = emul > 0 ? 1U << emul : 1U;
  const unsigned count = whole ? ((insn >> 29) + 1) * 64 / size : mask ? (instruction.vl + 7) / 8 : instruction.vl;
  VectorFile& file = registers_[instruction.hart];

  for (unsigned i = instruction.vstart; i < count; ++i) {
    if (masked && (static_cast<unsigned>(file[0][i / 8]) >> (i % 8) & 1) == 0) continue;
    std::uint64_t address = instruction.rs1;
    if (indexed) {
      std::uint32_t index = 0;
      std::memcpy(&index, &file[vs2 + (i << encoded) / 64][(i << encoded) % 64], std::size_t{1} << encoded);
      address += index;
    } else {
      address += i * (mop == 2 ? instruction.rs2 : std::uint64_t{nf} * size);
    }
    for (unsigned f = 0; f < nf; ++f, address += size) {
      unsigned cause = 0;
      const auto& refused = refused_[instruction.hart];
      if (address % size != 0) {
        cause = store ? 6 : 4;
      } else if (address < hw::sram_base || address >= hw::sram_base + hw::sram_size ||
                 (refused && address + size > refused->from && address < refused->to)) {
        cause = store ? 7 : 5;
      }
      if (cause != 0) {
        if (first_fault && i > 0) return {.vl = i};
        return {.trap = true, .cause = cause, .tval = address, .vstart = i};
      }
      std::byte* place = &file[vd + f * group + i * size / 64][i * size % 64];
      std::byte* cell = memory_.data() + (address - hw::sram_base);
      std::memcpy(store ? cell : place, store ? place : cell, size);
    }
  }
  return {};
}

VectorEnd VectorReference::execute_arithmetic(const VectorInstruction& instruction) {
  model::VectorState state;
  state.type = {.sew = instruction.sew, .lmul = signed_lmul(instruction.lmul), .ill = false};
  state.length = instruction.vl;
  state.start = instruction.vstart;
  state.rounding = static_cast<std::uint8_t>(instruction.vxrm);
  std::memcpy(state.bytes.data(), registers_[instruction.hart].data(), state.bytes.size());
  model::VectorOperands operands{.bits = instruction.insn, .scalar = instruction.rs1, .rounding_mode = instruction.frm};
  const auto& entry =
      model::vector_table()[static_cast<std::size_t>(model::decode_vector_arithmetic(instruction.insn))];
  if (entry.op == model::VectorOp::vfwmaccbf16) {
    operands.scalar = (instruction.rs1 >> 16 & 0xffff) == 0xffff ? instruction.rs1 & 0xffff : 0x7fc0;
  }
  model::execute_vector_arithmetic(entry, state, operands);
  std::memcpy(registers_[instruction.hart].data(), state.bytes.data(), state.bytes.size());
  flags_[instruction.hart] |= unsigned{operands.float_flags} | (state.saturated ? 32U : 0U);
  if (entry.shape == model::Shape::to_scalar || entry.shape == model::Shape::mask_to_x)
    return {.result = operands.result};
  return {};
}

VectorEnd VectorReference::execute(const VectorInstruction& instruction) {
  const unsigned opcode = instruction.insn & 0x7f;
  return opcode == 0x07 || opcode == 0x27 ? execute_memory(instruction) : execute_arithmetic(instruction);
}

VectorMachine::VectorMachine(const Options& options)
    : memory_(hw::sram_size), refusal_(options.refusal), random_(options.seed) {
  context_.randReset(2);
  context_.randSeed(options.reset_seed);
  unit_ = std::make_unique<Vvector_bench>(&context_);
  unit_->valid_i = 0;
  unit_->vr_grant_i = 0;
  unit_->vw_grant_i = 0;
  unit_->pmp_enforced_i = 0;
  unit_->rst_ni = 0;
  for (int n = 0; n < 3; ++n) {
    unit_->clk_i = 0;
    unit_->eval();
    unit_->clk_i = 1;
    unit_->eval();
  }
  unit_->rst_ni = 1;
}

VectorMachine::~VectorMachine() {
  // A model leaves its context through the thread's current one, which may be another bench's.
  Verilated::threadContextp(&context_);
  unit_.reset();
}

VectorRegister VectorMachine::read_register(unsigned hart, unsigned number) const {
  VectorRegister value;
  std::memcpy(value.data(),
              &unit_->rootp->vector_bench__DOT__u_vector__DOT__u_registers__DOT__registers_q[hart * 32 + number], 64);
  return value;
}

void VectorMachine::write_register(unsigned hart, unsigned number, const VectorRegister& value) {
  std::memcpy(&unit_->rootp->vector_bench__DOT__u_vector__DOT__u_registers__DOT__registers_q[hart * 32 + number],
              value.data(), 64);
}

void VectorMachine::protect(unsigned harts, RefusedRange range) {
  unit_->pmp_enforced_i = static_cast<std::uint8_t>(harts);
  unit_->refused_from_i = range.from;
  unit_->refused_to_i = range.to;
}

void VectorMachine::set(const VectorInstruction& instruction) {
  unit_->hart_i = static_cast<std::uint8_t>(instruction.hart);
  unit_->insn_i = instruction.insn;
  unit_->rs1_i = instruction.rs1;
  unit_->rs2_i = instruction.rs2;
  unit_->sew_i = static_cast<std::uint8_t>(instruction.sew);
  unit_->lmul_i = static_cast<std::uint8_t>(instruction.lmul);
  unit_->vl_i = static_cast<std::uint16_t>(instruction.vl);
  unit_->vstart_i = static_cast<std::uint16_t>(instruction.vstart);
  unit_->frm_i = static_cast<std::uint8_t>(instruction.frm);
  unit_->vxrm_i = static_cast<std::uint8_t>(instruction.vxrm);
  unit_->vill_i = 0;
}

VectorMachine::Decoded VectorMachine::decode(const VectorInstruction& instruction, bool vill) {
  set(instruction);
  unit_->vill_i = vill ? 1 : 0;
  unit_->valid_i = 0;
  unit_->clk_i = 0;
  unit_->eval();
  return {.legal = unit_->legal_o != 0,
          .synchronous = unit_->synchronous_o != 0,
          .store = unit_->class_o == 1,
          .reads = unit_->reads_o,
          .writes = unit_->writes_o};
}

bool VectorMachine::offer(const VectorInstruction& instruction) {
  set(instruction);
  unit_->valid_i = 1;
  const bool taken = unit_->ready_o != 0;
  cycle();
  unit_->valid_i = 0;
  return taken;
}

void VectorMachine::idle_cycle() {
  unit_->valid_i = 0;
  cycle();
}

void VectorMachine::drain() {
  unit_->valid_i = 0;
  for (int n = 0; n < 20000; ++n) {
    cycle();
    if (unit_->busy_o == 0 && unit_->idle_o != 0) return;
  }
  throw std::runtime_error("the vector unit does not come to rest");
}

unsigned VectorMachine::busy() const {
  return unit_->busy_o;
}

std::optional<VectorEnd> VectorMachine::take_end(unsigned hart) {
  return std::exchange(ends_[hart], std::nullopt);
}

void VectorMachine::cycle() {
  unit_->vr_grant_i = 0;
  unit_->vw_grant_i = 0;
  unit_->clk_i = 0;
  unit_->eval();
  // One access per bank; the write first, then read ports 0 and 1.
  const bool valid[3] = {unit_->vw_valid_o != 0, (unit_->vr_valid_o & 1) != 0, (unit_->vr_valid_o & 2) != 0};
  const unsigned lines[3] = {unit_->vw_line_o, unit_->vr_line_o[0], unit_->vr_line_o[1]};
  bool grant[3];
  unsigned taken = 0;
  for (unsigned p = 0; p < 3; ++p) {
    const unsigned bit = 1U << bank_of(lines[p]);
    grant[p] =
        valid[p] && (taken & bit) == 0 && !(refusal_ > 0 && std::uniform_real_distribution<>()(random_) < refusal_);
    if (grant[p]) taken |= bit;
    if (grant[p] && lines[p] >= hw::sram_lines) throw std::out_of_range("request outside the SRAM");
  }
  unit_->vw_grant_i = grant[0];
  unit_->vr_grant_i = static_cast<std::uint8_t>((grant[1] ? 1U : 0U) | (grant[2] ? 2U : 0U));
  unit_->eval();
  std::array<VectorRegister, 2> data;
  for (unsigned p = 0; p < 2; ++p) {
    if (grant[p + 1]) std::memcpy(data[p].data(), memory_.data() + std::size_t{lines[p + 1]} * 64, 64);
  }
  if (grant[0]) {
    VectorRegister written;
    std::memcpy(written.data(), &unit_->vw_data_o, 64);
    for (unsigned b = 0; b < 64; ++b) {
      if ((unit_->vw_be_o >> b & 1) != 0) memory_[std::size_t{lines[0]} * 64 + b] = written[b];
    }
  }
  unit_->clk_i = 1;
  unit_->eval();
  for (unsigned p = 0; p < 2; ++p) {
    if (grant[p + 1]) std::memcpy(&unit_->vr_data_i[p * 16], data[p].data(), 64);
  }
  reads_ += (grant[1] ? 1U : 0U) + (grant[2] ? 1U : 0U);
  writes_ += grant[0] ? 1 : 0;
  ++cycle_;
  if (unit_->done_valid_o != 0)
    flags_[unit_->done_hart_o] |= unit_->done_fflags_o | (unit_->done_vxsat_o != 0 ? 32U : 0U);
  if (unit_->done_valid_o != 0 && unit_->done_synchronous_o != 0) {
    VectorEnd end;
    if (unit_->done_trap_o != 0) {
      end = {.trap = true, .cause = unit_->done_cause_o, .tval = unit_->done_tval_o, .vstart = unit_->done_vstart_o};
    }
    if (unit_->done_result_valid_o != 0) end.result = unit_->done_result_o;
    if (unit_->done_vl_valid_o != 0) end.vl = unit_->done_vl_o;
    auto& place = ends_[unit_->done_hart_o];
    if (place) throw std::runtime_error("two ends for one synchronous instruction");
    place = end;
  }
}

}  // namespace dojo::tb
