// Scalar floating point of a hart: F and Zfbfmin.

#include "model/float32.hpp"
#include "model/hart.hpp"
#include "model/node.hpp"

namespace dojo::model {
namespace {

using float32::Flags;
using float32::Rounding;

constexpr std::uint32_t dynamic_rounding = 7;
constexpr std::uint32_t box = 0xffff0000u;

constexpr std::uint64_t sign_extend_word(std::uint32_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}

constexpr bool is_rounded(Op op) {
  return (op >= Op::fmadd_s && op <= Op::fcvt_bf16_s) || (op >= Op::fcvt_w_s && op <= Op::fcvt_lu_s);
}

}  // namespace

Hart::Next Hart::float_load(const Instruction& instruction) {
  const std::uint64_t address = x_[instruction.rs1] + static_cast<std::uint64_t>(std::int64_t{instruction.immediate});
  std::uint64_t value = 0;
  const Next next = read(address, memory_size(instruction.op), value);
  if (next != Next::advance) return next;
  f_[instruction.bits >> 7 & 31] = static_cast<std::uint32_t>(value) | (instruction.op == Op::flh ? box : 0);
  mstatus_fs_ = state_dirty;
  return next;
}

Hart::Next Hart::float_store(const Instruction& instruction) {
  const std::uint64_t address = x_[instruction.rs1] + static_cast<std::uint64_t>(std::int64_t{instruction.immediate});
  return write(address, memory_size(instruction.op), f_[instruction.rs2]);
}

std::uint32_t Hart::unboxed(unsigned number) const {
  return (f_[number] & box) == box ? f_[number] & ~box : float32::canonical_nan_bf16;
}

Hart::Next Hart::floating(const Instruction& instruction) {
  if (mstatus_fs_ == 0) return raise(Cause::illegal_instruction, instruction.bits);
  if (instruction.op <= Op::flw) return float_load(instruction);
  if (instruction.op <= Op::fsw) return float_store(instruction);
  std::uint32_t rounding = instruction.bits >> 12 & 7;
  if (is_rounded(instruction.op)) {
    if (rounding == dynamic_rounding) rounding = frm_;
    if (rounding > largest_rounding) return raise(Cause::illegal_instruction, instruction.bits);
  }
  compute_float(instruction, rounding);
  mstatus_fs_ = state_dirty;
  return Next::advance;
}

void Hart::compute_float(const Instruction& instruction, std::uint32_t rounding_mode) {
  const auto rounding = static_cast<Rounding>(rounding_mode);
  const std::uint32_t a = f_[instruction.rs1];
  const std::uint32_t b = f_[instruction.rs2];
  const std::uint32_t c = f_[instruction.bits >> 27];
  const std::uint64_t integer = x_[instruction.rs1];
  std::uint32_t& fd = f_[instruction.bits >> 7 & 31];
  std::uint64_t& rd = x_[instruction.rd];
  constexpr std::uint32_t sign = float32::sign_bit;
  Flags flags = 0;
  switch (instruction.op) {
    case Op::fmadd_s:
      fd = float32::fma(a, b, c, rounding, flags);
      break;
    case Op::fmsub_s:
      fd = float32::fma(a, b, c ^ sign, rounding, flags);
      break;
    case Op::fnmsub_s:
      fd = float32::fma(a ^ sign, b, c, rounding, flags);
      break;
    case Op::fnmadd_s:
      fd = float32::fma(a ^ sign, b, c ^ sign, rounding, flags);
      break;
    case Op::fadd_s:
      fd = float32::add(a, b, rounding, flags);
      break;
    case Op::fsub_s:
      fd = float32::sub(a, b, rounding, flags);
      break;
    case Op::fmul_s:
      fd = float32::mul(a, b, rounding, flags);
      break;
    case Op::fdiv_s:
      fd = float32::div(a, b, rounding, flags);
      break;
    case Op::fsqrt_s:
      fd = float32::sqrt(a, rounding, flags);
      break;
    case Op::fcvt_s_w:
      fd = float32::from_integer(static_cast<std::int32_t>(integer), rounding, flags);
      break;
    case Op::fcvt_s_wu:
      fd = float32::from_integer(static_cast<std::uint32_t>(integer), rounding, flags);
      break;
    case Op::fcvt_s_l:
      fd = float32::from_integer(static_cast<std::int64_t>(integer), rounding, flags);
      break;
    case Op::fcvt_s_lu:
      fd = float32::from_integer(integer, rounding, flags);
      break;
    case Op::fcvt_s_bf16:
      fd = float32::from_bf16(static_cast<std::uint16_t>(unboxed(instruction.rs1)), flags);
      break;
    case Op::fcvt_bf16_s:
      fd = float32::to_bf16(a, rounding, flags) | box;
      break;
    case Op::fsgnj_s:
      fd = float32::sign_inject(a, b);
      break;
    case Op::fsgnjn_s:
      fd = float32::sign_inject_negated(a, b);
      break;
    case Op::fsgnjx_s:
      fd = float32::sign_inject_xor(a, b);
      break;
    case Op::fmin_s:
      fd = float32::min(a, b, flags);
      break;
    case Op::fmax_s:
      fd = float32::max(a, b, flags);
      break;
    case Op::fmv_w_x:
      fd = static_cast<std::uint32_t>(integer);
      break;
    case Op::fmv_h_x:
      fd = static_cast<std::uint32_t>(integer & 0xffff) | box;
      break;
    case Op::fcvt_w_s:
      rd = sign_extend_word(static_cast<std::uint32_t>(float32::to_integer<std::int32_t>(a, rounding, flags)));
      break;
    case Op::fcvt_wu_s:
      rd = sign_extend_word(float32::to_integer<std::uint32_t>(a, rounding, flags));
      break;
    case Op::fcvt_l_s:
      rd = static_cast<std::uint64_t>(float32::to_integer<std::int64_t>(a, rounding, flags));
      break;
    case Op::fcvt_lu_s:
      rd = float32::to_integer<std::uint64_t>(a, rounding, flags);
      break;
    case Op::feq_s:
      rd = float32::eq(a, b, flags) ? 1 : 0;
      break;
    case Op::flt_s:
      rd = float32::lt(a, b, flags) ? 1 : 0;
      break;
    case Op::fle_s:
      rd = float32::le(a, b, flags) ? 1 : 0;
      break;
    case Op::fclass_s:
      rd = float32::classify(a);
      break;
    case Op::fmv_x_w:
      rd = sign_extend_word(a);
      break;
    default:  // fmv.x.h
      rd = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int16_t>(a)});
      break;
  }
  fflags_ = static_cast<std::uint8_t>(fflags_ | flags);
}

}  // namespace dojo::model
