// Control and status registers of a hart.

#include "model/hart.hpp"
#include "model/node.hpp"

namespace dojo::model {
namespace {

constexpr std::uint64_t misa_value = (std::uint64_t{2} << 62) | 0x1125;  // RV64, A C F I M
constexpr std::uint64_t mstatus_mie_bit = 1u << 3;
constexpr std::uint64_t mstatus_mpie_bit = 1u << 7;
constexpr std::uint64_t mstatus_mpp_machine = 3u << 11;
constexpr unsigned vs_lsb = 9;
constexpr unsigned fs_lsb = 13;

}  // namespace

std::uint64_t Hart::mstatus() const {
  const bool is_dirty = mstatus_fs_ == state_dirty || mstatus_vs_ == state_dirty;
  return mstatus_mpp_machine | (mstatus_mie_ ? mstatus_mie_bit : 0) | (mstatus_mpie_ ? mstatus_mpie_bit : 0) |
         std::uint64_t{mstatus_fs_} << fs_lsb | std::uint64_t{mstatus_vs_} << vs_lsb |
         (is_dirty ? std::uint64_t{1} << 63 : 0);
}

bool Hart::read_float_csr(unsigned address, std::uint64_t& value) const {
  if (mstatus_fs_ == 0) return false;
  switch (address) {
    case hw::csr_fflags:
      value = fflags_;
      return true;
    case hw::csr_frm:
      value = frm_;
      return true;
    case hw::csr_fcsr:
      value = fflags_ | (unsigned{frm_} << 5);
      return true;
    default:
      return false;
  }
}

bool Hart::read_vector_csr(unsigned address, std::uint64_t& value) const {
  if (mstatus_vs_ == 0) return false;
  switch (address) {
    case hw::csr_vstart:
      value = vector_.start;
      return true;
    case hw::csr_vxsat:
      value = vector_.saturated ? 1 : 0;
      return true;
    case hw::csr_vxrm:
      value = vector_.rounding;
      return true;
    case hw::csr_vcsr:
      value = (vector_.saturated ? 1u : 0u) | (unsigned{vector_.rounding} << 1);
      return true;
    case hw::csr_xcfflags:
      value = vector_.cfloat_flags;
      return true;
    case hw::csr_xseed:
      value = vector_.seed;
      return true;
    case hw::csr_vl:
      value = vector_.length;
      return true;
    case hw::csr_vtype:
      value = vector_.type.encode();
      return true;
    case hw::csr_vlenb:
      value = vector_bytes;
      return true;
    default:
      return false;
  }
}

bool Hart::write_float_csr(unsigned address, std::uint64_t value) {
  switch (address) {
    case hw::csr_fflags:
      fflags_ = value & 0x1f;
      break;
    case hw::csr_frm:
      frm_ = value & 7;
      break;
    case hw::csr_fcsr:
      fflags_ = value & 0x1f;
      frm_ = value >> 5 & 7;
      break;
    default:
      return false;
  }
  mstatus_fs_ = state_dirty;
  return true;
}

bool Hart::write_vector_csr(unsigned address, std::uint64_t value) {
  switch (address) {
    case hw::csr_vstart:
      vector_.start = value & (max_elements - 1);
      break;
    case hw::csr_vxsat:
      vector_.saturated = (value & 1) != 0;
      break;
    case hw::csr_vxrm:
      vector_.rounding = value & 3;
      break;
    case hw::csr_vcsr:
      vector_.saturated = (value & 1) != 0;
      vector_.rounding = value >> 1 & 3;
      break;
    case hw::csr_xcfflags:
      vector_.cfloat_flags = value & 15;
      break;
    case hw::csr_xseed:
      vector_.seed = value;
      break;
    default:
      return false;
  }
  mstatus_vs_ = state_dirty;
  return true;
}

bool Hart::read_csr(unsigned address, std::uint64_t& value) const {
  if (read_float_csr(address, value) || read_vector_csr(address, value)) return true;
  if (address - hw::csr_pmpaddr0 < hw::pmp_entries) {
    value = pmp_.address(address - hw::csr_pmpaddr0);
    return true;
  }
  switch (address) {
    case hw::csr_pmpcfg0:
      value = pmp_.configuration(0);
      return true;
    case hw::csr_pmpcfg2:
      value = pmp_.configuration(8);
      return true;
    case hw::csr_cycle:
    case hw::csr_time:
    case hw::csr_mcycle:
      value = node_.hart_time(index_);
      return true;
    case hw::csr_instret:
    case hw::csr_minstret:
      value = retired_ + minstret_offset_;
      return true;
    case hw::csr_mvendorid:
    case hw::csr_marchid:
    case hw::csr_mimpid:
    case hw::csr_mconfigptr:
      value = 0;
      return true;
    case hw::csr_mhartid:
      value = index_;
      return true;
    case hw::csr_mstatus:
      value = mstatus();
      return true;
    case hw::csr_misa:
      value = misa_value;
      return true;
    case hw::csr_mie:
      value = mie_;
      return true;
    case hw::csr_mtvec:
      value = mtvec_;
      return true;
    case hw::csr_mscratch:
      value = mscratch_;
      return true;
    case hw::csr_mepc:
      value = mepc_;
      return true;
    case hw::csr_mcause:
      value = mcause_;
      return true;
    case hw::csr_mtval:
      value = mtval_;
      return true;
    case hw::csr_mip:
      value = node_.interrupts(index_);
      return true;
    case hw::csr_xnode:
      value = node_.position().x | (std::uint64_t{node_.position().y} << 16);
      return true;
    default:
      if (!is_counter(address)) return false;
      value = node_.counter(address - hw::csr_mhpmcounter3);
      return true;
  }
}

void Hart::write_csr(unsigned address, std::uint64_t value) {
  if (write_float_csr(address, value) || write_vector_csr(address, value)) return;
  if (address - hw::csr_pmpaddr0 < hw::pmp_entries) return pmp_.set_address(address - hw::csr_pmpaddr0, value);
  switch (address) {
    case hw::csr_pmpcfg0:
      pmp_.set_configuration(0, value);
      break;
    case hw::csr_pmpcfg2:
      pmp_.set_configuration(8, value);
      break;
    case hw::csr_mstatus:
      mstatus_fs_ = value >> fs_lsb & 3;
      mstatus_vs_ = value >> vs_lsb & 3;
      mstatus_mie_ = (value & mstatus_mie_bit) != 0;
      mstatus_mpie_ = (value & mstatus_mpie_bit) != 0;
      break;
    case hw::csr_mie:
      mie_ = value & (software_interrupt_bit | timer_interrupt_bit | external_interrupt_bit);
      break;
    case hw::csr_mtvec:
      mtvec_ = value & ~std::uint64_t{3};
      break;
    case hw::csr_mscratch:
      mscratch_ = value;
      break;
    case hw::csr_mepc:
      mepc_ = value & ~std::uint64_t{1};
      break;
    case hw::csr_mcause:
      mcause_ = value & (interrupt_bit | 0x3f);
      break;
    case hw::csr_mtval:
      mtval_ = value;
      break;
    case hw::csr_minstret:
      minstret_offset_ = value - (retired_ + 1);  // this instruction still counts in retired_
      break;
    default:
      break;  // writes of the others are ignored
  }
}

Hart::Next Hart::access_csr(const Instruction& instruction) {
  const auto address = static_cast<unsigned>(instruction.immediate);
  const bool is_immediate = instruction.op >= Op::csrrwi;
  const bool is_write = instruction.op == Op::csrrw || instruction.op == Op::csrrwi;
  const std::uint64_t operand = is_immediate ? instruction.rs1 : x_[instruction.rs1];
  const bool writes = is_write || instruction.rs1 != 0;
  const bool read_only = (address >> 10) == 3;
  std::uint64_t old_value = 0;
  if (!read_csr(address, old_value) || (writes && read_only)) {
    return raise(Cause::illegal_instruction, instruction.bits);
  }
  if (writes) {
    const bool is_set = instruction.op == Op::csrrs || instruction.op == Op::csrrsi;
    write_csr(address, is_write ? operand : is_set ? old_value | operand : old_value & ~operand);
  }
  x_[instruction.rd] = old_value;
  return Next::reconsider;
}

}  // namespace dojo::model
