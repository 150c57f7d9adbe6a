#include "model/disassembler_extensions.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "model/disassembler.hpp"
#include "model/vector_instruction.hpp"

namespace dojo::model {
namespace {

constexpr std::string_view float_mnemonics[] = {
    "flh",         "flw",      "fsh",       "fsw",      "fmadd.s",  "fmsub.s",   "fnmsub.s", "fnmadd.s",  "fadd.s",
    "fsub.s",      "fmul.s",   "fdiv.s",    "fsqrt.s",  "fcvt.s.w", "fcvt.s.wu", "fcvt.s.l", "fcvt.s.lu", "fcvt.s.bf16",
    "fcvt.bf16.s", "fsgnj.s",  "fsgnjn.s",  "fsgnjx.s", "fmin.s",   "fmax.s",    "fmv.w.x",  "fmv.h.x",   "fcvt.w.s",
    "fcvt.wu.s",   "fcvt.l.s", "fcvt.lu.s", "feq.s",    "flt.s",    "fle.s",     "fclass.s", "fmv.x.w",   "fmv.x.h"};
static_assert(std::size(float_mnemonics) == static_cast<unsigned>(Op::fmv_x_h) - static_cast<unsigned>(Op::flh) + 1);

std::string x_name(unsigned number) {
  return std::string(register_name(number));
}
std::string f_name(unsigned number) {
  return std::string(float_register_name(number));
}
std::string v_name(unsigned number) {
  return fmt::format("v{}", number);
}

std::string float_text(const Instruction& i) {
  const std::string_view name = float_mnemonics[static_cast<unsigned>(i.op) - static_cast<unsigned>(Op::flh)];
  const unsigned rd = i.bits >> 7 & 31;
  if (between(i.op, Op::flh, Op::flw)) return fmt::format("{} {},{}({})", name, f_name(rd), i.immediate, x_name(i.rs1));
  if (between(i.op, Op::fsh, Op::fsw)) {
    return fmt::format("{} {},{}({})", name, f_name(i.rs2), i.immediate, x_name(i.rs1));
  }
  const bool from_x = between(i.op, Op::fcvt_s_w, Op::fcvt_s_lu) || i.op == Op::fmv_w_x || i.op == Op::fmv_h_x;
  std::string text = fmt::format("{} {},{}", name, between(i.op, Op::fcvt_w_s, Op::fmv_x_h) ? x_name(rd) : f_name(rd),
                                 from_x ? x_name(i.rs1) : f_name(i.rs1));
  const bool two = between(i.op, Op::fmadd_s, Op::fdiv_s) || between(i.op, Op::fsgnj_s, Op::fmax_s) ||
                   between(i.op, Op::feq_s, Op::fle_s);
  if (two) text += fmt::format(",{}", f_name(i.rs2));
  if (between(i.op, Op::fmadd_s, Op::fnmadd_s)) text += fmt::format(",{}", f_name(i.bits >> 27));
  static constexpr std::array<std::string_view, 8> modes{",rne", ",rtz", ",rdn", ",rup", ",rmm", "", "", ""};
  const bool rounded = between(i.op, Op::fmadd_s, Op::fcvt_bf16_s) || between(i.op, Op::fcvt_w_s, Op::fcvt_lu_s);
  if (rounded) text += modes[i.bits >> 12 & 7];
  return text;
}

/// e32,m1,ta,ma; also of types that are not supported.
std::string type_text(unsigned value) {
  static constexpr std::array<std::string_view, 8> multiples{"m1", "m2", "m4", "m8", "", "mf8", "mf4", "mf2"};
  const std::string_view multiple = multiples[value & 7];
  const unsigned width = value >> 3 & 7;
  if (value >> 8 != 0 || multiple.empty() || width > 3) return fmt::format("{}", value);
  return fmt::format("e{},{},{},{}", 8u << width, multiple, (value >> 6 & 1) != 0 ? "ta" : "tu",
                     (value >> 7 & 1) != 0 ? "ma" : "mu");
}

std::string_view mask_text(std::uint32_t bits) {
  return is_masked(bits) ? ",v0.t" : "";
}

std::string memory_text(const Instruction& i) {
  const VectorMemory memory = unpack(i.immediate);
  const unsigned width = 8u << memory.width;
  const char letter = memory.is_store ? 's' : 'l';
  const std::string segments = memory.fields > 1 ? fmt::format("seg{}", memory.fields) : "";
  const std::string base = fmt::format("{},({})", v_name(vd_of(i.bits)), x_name(i.rs1));
  switch (memory.kind) {
    case VectorMemoryKind::unit:
      return fmt::format("v{}{}e{}.v {}{}", letter, segments, width, base, mask_text(i.bits));
    case VectorMemoryKind::fault_first:
      return fmt::format("v{}{}e{}ff.v {}{}", letter, segments, width, base, mask_text(i.bits));
    case VectorMemoryKind::strided:
      return fmt::format("v{}s{}e{}.v {},{}{}", letter, segments, width, base, x_name(i.rs2), mask_text(i.bits));
    case VectorMemoryKind::indexed:
      return fmt::format("v{}{}x{}ei{}.v {},{}{}", letter, memory.ordered ? 'o' : 'u', segments, width, base,
                         v_name(i.rs2), mask_text(i.bits));
    case VectorMemoryKind::mask:
      return fmt::format("v{}m.v {}", letter, base);
    case VectorMemoryKind::whole:
      if (memory.is_store) return fmt::format("vs{}r.v {}", memory.fields, base);
      return fmt::format("vl{}re{}.v {}", memory.fields, width, base);
  }
  return {};
}

/// Operand 1 of an arithmetic instruction.
std::string operand_1(const VectorEntry& entry, const Instruction& i) {
  constexpr std::uint8_t floating_category = 2;
  switch (vector_form(i.bits)) {
    case form_vector:
      return v_name(i.rs1);
    case form_scalar:
      return entry.category == floating_category ? f_name(i.rs1) : x_name(i.rs1);
    default:
      return fmt::format("{}",
                         entry.unsigned_immediate ? static_cast<int>(i.rs1) : (static_cast<int>(i.rs1) ^ 16) - 16);
  }
}

/// ".vv" and the like.
std::string suffix(const VectorEntry& entry, std::uint32_t bits) {
  constexpr std::uint8_t floating_category = 2;
  const char second = vector_form(bits) == form_vector      ? 'v'
                      : vector_form(bits) == form_immediate ? 'i'
                      : entry.category == floating_category ? 'f'
                                                            : 'x';
  switch (entry.shape) {
    case Shape::reduce:
    case Shape::widen_reduce:
      return ".vs";
    case Shape::mask_logical:
      return ".mm";
    case Shape::compress:
      return ".vm";
    case Shape::broadcast:
      return fmt::format(".{}", second);
    case Shape::widen_wide:
    case Shape::narrow:
      return fmt::format(".w{}", second);
    case Shape::carry:
    case Shape::carry_out:
      return fmt::format(".v{}{}", second, is_masked(bits) ? "m" : "");
    default:
      return fmt::format(".v{}", second);
  }
}

std::string arithmetic_text(const Instruction& i) {
  const VectorEntry& entry = vector_table()[static_cast<std::size_t>(i.immediate)];
  const std::string vd = v_name(vd_of(i.bits));
  const std::string vs2 = v_name(i.rs2);
  switch (entry.shape) {
    case Shape::to_scalar:
      return fmt::format("{} {},{}", entry.name,
                         entry.op == VectorOp::vfmv_f_s ? f_name(vd_of(i.bits)) : x_name(vd_of(i.bits)), vs2);
    case Shape::mask_to_x:
      return fmt::format("{} {},{}{}", entry.name, x_name(vd_of(i.bits)), vs2, mask_text(i.bits));
    case Shape::from_scalar:
      return fmt::format("{} {},{}", entry.name, vd, operand_1(entry, i));
    case Shape::index:
      return fmt::format("{} {}{}", entry.name, vd, mask_text(i.bits));
    case Shape::unary:
    case Shape::widen_unary:
    case Shape::narrow_unary:
    case Shape::extend_2:
    case Shape::extend_4:
    case Shape::mask_set:
    case Shape::iota:
      return fmt::format("{} {},{}{}", entry.name, vd, vs2, mask_text(i.bits));
    case Shape::move_whole:
      return fmt::format("vmv{}r.v {},{}", i.rs1 + 1, vd, vs2);
    case Shape::broadcast:
      return fmt::format("{}{} {},{}", entry.name, suffix(entry, i.bits), vd, operand_1(entry, i));
    case Shape::accumulate:
    case Shape::widen_accumulate:
      return fmt::format("{}{} {},{},{}{}", entry.name, suffix(entry, i.bits), vd, operand_1(entry, i), vs2,
                         mask_text(i.bits));
    case Shape::carry:
    case Shape::carry_out:
      return fmt::format("{}{} {},{},{}{}", entry.name, suffix(entry, i.bits), vd, vs2, operand_1(entry, i),
                         is_masked(i.bits) ? ",v0" : "");
    default:
      return fmt::format("{}{} {},{},{}{}", entry.name, suffix(entry, i.bits), vd, vs2, operand_1(entry, i),
                         mask_text(i.bits));
  }
}

}  // namespace

std::string extension_text(const Instruction& i) {
  const std::string rd = x_name(i.rd == discarded_register ? 0 : i.rd);
  switch (i.op) {
    case Op::vsetvli:
      return fmt::format("vsetvli {},{},{}", rd, x_name(i.rs1), type_text(i.bits >> 20 & 0x7ff));
    case Op::vsetivli:
      return fmt::format("vsetivli {},{},{}", rd, i.rs1, type_text(i.bits >> 20 & 0x3ff));
    case Op::vsetvl:
      return fmt::format("vsetvl {},{},{}", rd, x_name(i.rs1), x_name(i.rs2));
    case Op::vector_arithmetic:
      return arithmetic_text(i);
    case Op::vector_load:
    case Op::vector_store:
      return memory_text(i);
    case Op::vcf_narrow:
    case Op::vcf_widen:
      return fmt::format("dojo.vcf.{} {},{},{}{}", i.op == Op::vcf_narrow ? "narrow" : "widen", v_name(vd_of(i.bits)),
                         v_name(i.rs2), x_name(i.rs1), mask_text(i.bits));
    case Op::vacc_read:
    case Op::vacc_write:
      return fmt::format("dojo.vacc.{} {},({}){}", i.op == Op::vacc_read ? "read" : "write", v_name(vd_of(i.bits)),
                         x_name(i.rs1), mask_text(i.bits));
    default:
      return float_text(i);
  }
}

}  // namespace dojo::model
