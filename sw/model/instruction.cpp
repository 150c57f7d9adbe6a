#include "model/instruction.hpp"

#include "dojo_hw.hpp"
#include "model/vector_instruction.hpp"

namespace dojo::model {
namespace {

constexpr std::uint32_t field(std::uint32_t bits, unsigned lsb, unsigned width) {
  return (bits >> lsb) & ((1u << width) - 1);
}

constexpr std::int32_t sign_extend(std::uint32_t value, unsigned width) {
  const unsigned shift = 32 - width;
  return static_cast<std::int32_t>(value << shift) >> shift;
}

constexpr std::int32_t immediate_i(std::uint32_t bits) {
  return static_cast<std::int32_t>(bits) >> 20;
}

constexpr std::int32_t immediate_s(std::uint32_t bits) {
  return sign_extend((field(bits, 25, 7) << 5) | field(bits, 7, 5), 12);
}

constexpr std::int32_t immediate_b(std::uint32_t bits) {
  return sign_extend(
      (field(bits, 31, 1) << 12) | (field(bits, 7, 1) << 11) | (field(bits, 25, 6) << 5) | (field(bits, 8, 4) << 1),
      13);
}

constexpr std::int32_t immediate_j(std::uint32_t bits) {
  return sign_extend(
      (field(bits, 31, 1) << 20) | (field(bits, 12, 8) << 12) | (field(bits, 20, 1) << 11) | (field(bits, 21, 10) << 1),
      21);
}

Op decode_op_immediate(std::uint32_t bits, Instruction& result) {
  const std::uint32_t funct6 = field(bits, 26, 6);
  switch (field(bits, 12, 3)) {
    case 0:
      return Op::addi;
    case 1:
      result.immediate &= 63;
      return funct6 == 0 ? Op::slli : Op::illegal;
    case 2:
      return Op::slti;
    case 3:
      return Op::sltiu;
    case 4:
      return Op::xori;
    case 5:
      result.immediate &= 63;
      return funct6 == 0 ? Op::srli : funct6 == 0x10 ? Op::srai : Op::illegal;
    case 6:
      return Op::ori;
    default:
      return Op::andi;
  }
}

Op decode_op_immediate_32(std::uint32_t bits, Instruction& result) {
  const std::uint32_t funct7 = field(bits, 25, 7);
  switch (field(bits, 12, 3)) {
    case 0:
      return Op::addiw;
    case 1:
      result.immediate &= 31;
      return funct7 == 0 ? Op::slliw : Op::illegal;
    case 5:
      result.immediate &= 31;
      return funct7 == 0 ? Op::srliw : funct7 == 0x20 ? Op::sraiw : Op::illegal;
    default:
      return Op::illegal;
  }
}

Op decode_op(std::uint32_t bits) {
  static constexpr Op base[8] = {Op::add, Op::sll, Op::slt, Op::sltu, Op::xor_, Op::srl, Op::or_, Op::and_};
  static constexpr Op multiply[8] = {Op::mul, Op::mulh, Op::mulhsu, Op::mulhu, Op::div, Op::divu, Op::rem, Op::remu};
  const std::uint32_t funct3 = field(bits, 12, 3);
  switch (field(bits, 25, 7)) {
    case 0x00:
      return base[funct3];
    case 0x01:
      return multiply[funct3];
    case 0x20:
      return funct3 == 0 ? Op::sub : funct3 == 5 ? Op::sra : Op::illegal;
    default:
      return Op::illegal;
  }
}

Op decode_op_32(std::uint32_t bits) {
  static constexpr Op base[8] = {Op::addw,    Op::sllw, Op::illegal, Op::illegal,
                                 Op::illegal, Op::srlw, Op::illegal, Op::illegal};
  static constexpr Op multiply[8] = {Op::mulw, Op::illegal, Op::illegal, Op::illegal,
                                     Op::divw, Op::divuw,   Op::remw,    Op::remuw};
  const std::uint32_t funct3 = field(bits, 12, 3);
  switch (field(bits, 25, 7)) {
    case 0x00:
      return base[funct3];
    case 0x01:
      return multiply[funct3];
    case 0x20:
      return funct3 == 0 ? Op::subw : funct3 == 5 ? Op::sraw : Op::illegal;
    default:
      return Op::illegal;
  }
}

Op decode_atomic(std::uint32_t bits) {
  const std::uint32_t funct3 = field(bits, 12, 3);
  if (funct3 != 2 && funct3 != 3) return Op::illegal;
  const bool wide = funct3 == 3;
  switch (field(bits, 27, 5)) {
    case 0x00:
      return wide ? Op::amoadd_d : Op::amoadd_w;
    case 0x01:
      return wide ? Op::amoswap_d : Op::amoswap_w;
    case 0x02:
      return field(bits, 20, 5) != 0 ? Op::illegal : wide ? Op::lr_d : Op::lr_w;
    case 0x03:
      return wide ? Op::sc_d : Op::sc_w;
    case 0x04:
      return wide ? Op::amoxor_d : Op::amoxor_w;
    case 0x08:
      return wide ? Op::amoor_d : Op::amoor_w;
    case 0x0c:
      return wide ? Op::amoand_d : Op::amoand_w;
    case 0x10:
      return wide ? Op::amomin_d : Op::amomin_w;
    case 0x14:
      return wide ? Op::amomax_d : Op::amomax_w;
    case 0x18:
      return wide ? Op::amominu_d : Op::amominu_w;
    case 0x1c:
      return wide ? Op::amomaxu_d : Op::amomaxu_w;
    default:
      return Op::illegal;
  }
}

Op decode_system(std::uint32_t bits) {
  switch (field(bits, 12, 3)) {
    case 0:
      switch (bits) {
        case 0x00000073:
          return Op::ecall;
        case 0x00100073:
          return Op::ebreak;
        case 0x30200073:
          return Op::mret;
        case 0x10500073:
          return Op::wfi;
        default:
          return Op::illegal;
      }
    case 1:
      return Op::csrrw;
    case 2:
      return Op::csrrs;
    case 3:
      return Op::csrrc;
    case 5:
      return Op::csrrwi;
    case 6:
      return Op::csrrsi;
    case 7:
      return Op::csrrci;
    default:
      return Op::illegal;
  }
}

Op decode_xdojo(std::uint32_t bits, Instruction& result) {
  const std::uint32_t funct7 = field(bits, 25, 7);
  const bool no_rd = field(bits, 7, 5) == 0;
  const auto unit = static_cast<hw::Unit>(funct7);
  result.immediate = static_cast<std::int32_t>(funct7);
  switch (field(bits, 12, 3)) {
    case hw::xdojo_issue_funct3:
      return no_rd && result.rs2 == 0 && (unit == hw::Unit::matrix || unit == hw::Unit::transfer) ? Op::dojo_issue
                                                                                                  : Op::illegal;
    case hw::xdojo_sem_wait_funct3:
      return no_rd && funct7 == hw::xdojo_sem_wait_funct7 ? Op::dojo_sem_wait : Op::illegal;
    default:
      return Op::illegal;
  }
}

/// The rounding mode of an instruction is one, or dynamic.
bool has_rounding(std::uint32_t bits) {
  const std::uint32_t rounding = field(bits, 12, 3);
  return rounding != 5 && rounding != 6;
}

Op decode_multiply_add(std::uint32_t bits) {
  static constexpr Op operations[4] = {Op::fmadd_s, Op::fmsub_s, Op::fnmsub_s, Op::fnmadd_s};
  return field(bits, 25, 2) == 0 && has_rounding(bits) ? operations[field(bits, 2, 2)] : Op::illegal;
}

Op decode_float(std::uint32_t bits) {
  static constexpr Op signs[8] = {Op::fsgnj_s, Op::fsgnjn_s, Op::fsgnjx_s, Op::illegal,
                                  Op::illegal, Op::illegal,  Op::illegal,  Op::illegal};
  static constexpr Op to_integer[4] = {Op::fcvt_w_s, Op::fcvt_wu_s, Op::fcvt_l_s, Op::fcvt_lu_s};
  static constexpr Op from_integer[4] = {Op::fcvt_s_w, Op::fcvt_s_wu, Op::fcvt_s_l, Op::fcvt_s_lu};
  const std::uint32_t funct3 = field(bits, 12, 3);
  const std::uint32_t rs2 = field(bits, 20, 5);
  const auto rounded = [&](Op op) { return has_rounding(bits) ? op : Op::illegal; };
  const auto only = [&](bool condition, Op op) { return condition ? op : Op::illegal; };
  switch (field(bits, 25, 7)) {
    case 0x00:
      return rounded(Op::fadd_s);
    case 0x04:
      return rounded(Op::fsub_s);
    case 0x08:
      return rounded(Op::fmul_s);
    case 0x0c:
      return rounded(Op::fdiv_s);
    case 0x10:
      return signs[funct3];
    case 0x14:
      return funct3 == 0 ? Op::fmin_s : only(funct3 == 1, Op::fmax_s);
    case 0x20:
      return rs2 == 6 ? rounded(Op::fcvt_s_bf16) : Op::illegal;
    case 0x22:
      return rs2 == 8 ? rounded(Op::fcvt_bf16_s) : Op::illegal;
    case 0x2c:
      return rs2 == 0 ? rounded(Op::fsqrt_s) : Op::illegal;
    case 0x50:
      return funct3 == 0 ? Op::fle_s : funct3 == 1 ? Op::flt_s : only(funct3 == 2, Op::feq_s);
    case 0x60:
      return rs2 < 4 ? rounded(to_integer[rs2]) : Op::illegal;
    case 0x68:
      return rs2 < 4 ? rounded(from_integer[rs2]) : Op::illegal;
    case 0x70:
      return rs2 != 0 ? Op::illegal : funct3 == 0 ? Op::fmv_x_w : only(funct3 == 1, Op::fclass_s);
    case 0x72:
      return only(rs2 == 0 && funct3 == 0, Op::fmv_x_h);
    case 0x78:
      return only(rs2 == 0 && funct3 == 0, Op::fmv_w_x);
    case 0x7a:
      return only(rs2 == 0 && funct3 == 0, Op::fmv_h_x);
    default:
      return Op::illegal;
  }
}

/// Loads and stores of f and vector registers.
Op decode_float_memory(std::uint32_t bits, Instruction& result, bool is_store) {
  const std::uint32_t funct3 = field(bits, 12, 3);
  if (funct3 == 1) return is_store ? Op::fsh : Op::flh;
  if (funct3 == 2) return is_store ? Op::fsw : Op::flw;
  VectorMemory memory;
  if (!decode_vector_memory(bits, memory)) return Op::illegal;
  result.immediate = pack(memory);
  return is_store ? Op::vector_store : Op::vector_load;
}

Op decode_vector(std::uint32_t bits, Instruction& result) {
  if (field(bits, 12, 3) != 7) {
    result.immediate = decode_vector_arithmetic(bits);
    return result.immediate < 0 ? Op::illegal : Op::vector_arithmetic;
  }
  if (field(bits, 31, 1) == 0) return Op::vsetvli;
  if (field(bits, 30, 1) == 1) return Op::vsetivli;
  return field(bits, 25, 5) == 0 ? Op::vsetvl : Op::illegal;
}

Op decode_vector_xdojo(std::uint32_t bits) {
  static_assert(hw::xdojo_vcf_narrow_funct6 == 0 && hw::xdojo_vcf_widen_funct6 == 0);
  if (field(bits, 26, 6) != 0) return Op::illegal;
  switch (field(bits, 12, 3)) {
    case hw::xdojo_vcf_narrow_funct3:
      return Op::vcf_narrow;
    case hw::xdojo_vcf_widen_funct3:
      return Op::vcf_widen;
    default:
      return Op::illegal;
  }
}

Op decode_accumulator(std::uint32_t bits) {
  static_assert(hw::xdojo_vacc_read_funct6 == 0 && hw::xdojo_vacc_write_funct6 == 0);
  if (field(bits, 26, 6) != 0 || field(bits, 20, 5) != 0) return Op::illegal;
  switch (field(bits, 12, 3)) {
    case hw::xdojo_vacc_read_funct3:
      return Op::vacc_read;
    case hw::xdojo_vacc_write_funct3:
      return Op::vacc_write;
    default:
      return Op::illegal;
  }
}

Op decode_32(std::uint32_t bits, Instruction& result) {
  static constexpr Op branches[8] = {Op::beq, Op::bne, Op::illegal, Op::illegal, Op::blt, Op::bge, Op::bltu, Op::bgeu};
  static constexpr Op loads[8] = {Op::lb, Op::lh, Op::lw, Op::ld, Op::lbu, Op::lhu, Op::lwu, Op::illegal};
  static constexpr Op stores[8] = {Op::sb, Op::sh, Op::sw, Op::sd, Op::illegal, Op::illegal, Op::illegal, Op::illegal};
  const std::uint32_t funct3 = field(bits, 12, 3);
  result.immediate = immediate_i(bits);
  switch (bits & 0x7f) {
    case 0x03:
      return loads[funct3];
    case 0x07:
      return decode_float_memory(bits, result, false);
    case hw::xdojo_opcode:
      return decode_xdojo(bits, result);
    case 0x0f:
      return funct3 == 0 ? Op::fence : funct3 == 1 ? Op::fence_i : Op::illegal;
    case 0x13:
      return decode_op_immediate(bits, result);
    case 0x17:
      result.immediate = static_cast<std::int32_t>(bits & 0xfffff000u);
      return Op::auipc;
    case 0x1b:
      return decode_op_immediate_32(bits, result);
    case 0x23:
      result.immediate = immediate_s(bits);
      return stores[funct3];
    case 0x27:
      result.immediate = immediate_s(bits);
      return decode_float_memory(bits, result, true);
    case hw::xdojo_vcf_narrow_opcode:
      return decode_vector_xdojo(bits);
    case 0x2f:
      result.immediate = 0;
      return decode_atomic(bits);
    case 0x33:
      return decode_op(bits);
    case 0x37:
      result.immediate = static_cast<std::int32_t>(bits & 0xfffff000u);
      return Op::lui;
    case 0x3b:
      return decode_op_32(bits);
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      return decode_multiply_add(bits);
    case 0x53:
      return decode_float(bits);
    case 0x57:
      return decode_vector(bits, result);
    case hw::xdojo_vacc_read_opcode:
      return decode_accumulator(bits);
    case 0x63:
      result.immediate = immediate_b(bits);
      return branches[funct3];
    case 0x67:
      return funct3 == 0 ? Op::jalr : Op::illegal;
    case 0x6f:
      result.immediate = immediate_j(bits);
      return Op::jal;
    case 0x73:
      result.immediate = static_cast<std::int32_t>(bits >> 20);
      return decode_system(bits);
    default:
      return Op::illegal;
  }
}

}  // namespace

Instruction decode(std::uint32_t bits) {
  Instruction result;
  const bool compressed = is_compressed(bits);
  const std::uint32_t full = compressed ? expand_compressed(static_cast<std::uint16_t>(bits)) : bits;
  result.bits = compressed ? bits & 0xffffu : bits;
  result.length = compressed ? 2 : 4;
  result.rs1 = static_cast<std::uint8_t>(field(full, 15, 5));
  result.rs2 = static_cast<std::uint8_t>(field(full, 20, 5));
  const auto rd = static_cast<std::uint8_t>(field(full, 7, 5));
  result.rd = rd == 0 ? discarded_register : rd;
  result.op = decode_32(full, result);
  return result;
}

}  // namespace dojo::model
