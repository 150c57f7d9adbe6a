#include "model/vector_instruction.hpp"

#include <array>

namespace dojo::model {
namespace {

constexpr std::uint8_t opi = 0;
constexpr std::uint8_t opm = 1;
constexpr std::uint8_t opf = 2;
constexpr std::uint8_t v = form_vector;
constexpr std::uint8_t x = form_scalar;
constexpr std::uint8_t vx = form_vector | form_scalar;
constexpr std::uint8_t xi = form_scalar | form_immediate;
constexpr std::uint8_t vxi = form_vector | form_scalar | form_immediate;
constexpr std::uint8_t i = form_immediate;
constexpr std::uint8_t any_sew = 7;
constexpr std::uint8_t sew_16 = 2;
constexpr std::uint8_t sew_32 = 4;
constexpr std::uint8_t not_sew_32 = 3;
constexpr std::uint8_t not_sew_8 = 6;

using enum VectorOp;
using enum Shape;

constexpr VectorEntry integer(VectorOp op, std::string_view name, std::uint8_t funct6, std::uint8_t forms,
                              Shape shape = single, std::uint8_t sews = any_sew) {
  return {.op = op, .name = name, .category = opi, .funct6 = funct6, .forms = forms, .shape = shape, .sews = sews};
}

/// With an unsigned immediate.
constexpr VectorEntry shift(VectorOp op, std::string_view name, std::uint8_t funct6, std::uint8_t forms,
                            Shape shape = single, std::uint8_t sews = any_sew) {
  VectorEntry entry = integer(op, name, funct6, forms, shape, sews);
  entry.unsigned_immediate = true;
  return entry;
}

constexpr VectorEntry multiply(VectorOp op, std::string_view name, std::uint8_t funct6, std::uint8_t forms,
                               Shape shape = single, std::uint8_t sews = any_sew) {
  VectorEntry entry = integer(op, name, funct6, forms, shape, sews);
  entry.category = opm;
  return entry;
}

constexpr VectorEntry floating(VectorOp op, std::string_view name, std::uint8_t funct6, std::uint8_t forms,
                               Shape shape = single, std::uint8_t sews = sew_32) {
  VectorEntry entry = integer(op, name, funct6, forms, shape, sews);
  entry.category = opf;
  return entry;
}

constexpr VectorEntry from_zero(VectorEntry entry) {
  entry.start_zero = true;
  return entry;
}
constexpr VectorEntry only(VmRule vm, VectorEntry entry) {
  entry.vm = vm;
  return entry;
}
constexpr VectorEntry select(std::int8_t selector, VectorEntry entry) {
  entry.selector = selector;
  return entry;
}

/// Entries of one category and funct6 stand together.
constexpr std::array table{
    integer(vadd, "vadd", 0x00, vxi),
    integer(vsub, "vsub", 0x02, vx),
    integer(vrsub, "vrsub", 0x03, xi),
    integer(vminu, "vminu", 0x04, vx),
    integer(vmin, "vmin", 0x05, vx),
    integer(vmaxu, "vmaxu", 0x06, vx),
    integer(vmax, "vmax", 0x07, vx),
    integer(vand, "vand", 0x09, vxi),
    integer(vor, "vor", 0x0a, vxi),
    integer(vxor, "vxor", 0x0b, vxi),
    shift(vrgather, "vrgather", 0x0c, vxi, gather),
    shift(vslideup, "vslideup", 0x0e, xi, slide_up),
    integer(vrgatherei16, "vrgatherei16", 0x0e, v, gather_16),
    shift(vslidedown, "vslidedown", 0x0f, xi),
    only(VmRule::zero, integer(vadc, "vadc", 0x10, vxi, carry)),
    integer(vmadc, "vmadc", 0x11, vxi, carry_out),
    only(VmRule::zero, integer(vsbc, "vsbc", 0x12, vx, carry)),
    integer(vmsbc, "vmsbc", 0x13, vx, carry_out),
    only(VmRule::zero, integer(vmerge, "vmerge", 0x17, vxi, carry)),
    only(VmRule::one, integer(vmv_v, "vmv.v", 0x17, vxi, broadcast)),
    integer(vmseq, "vmseq", 0x18, vxi, compare),
    integer(vmsne, "vmsne", 0x19, vxi, compare),
    integer(vmsltu, "vmsltu", 0x1a, vx, compare),
    integer(vmslt, "vmslt", 0x1b, vx, compare),
    integer(vmsleu, "vmsleu", 0x1c, vxi, compare),
    integer(vmsle, "vmsle", 0x1d, vxi, compare),
    integer(vmsgtu, "vmsgtu", 0x1e, xi, compare),
    integer(vmsgt, "vmsgt", 0x1f, xi, compare),
    integer(vsaddu, "vsaddu", 0x20, vxi),
    integer(vsadd, "vsadd", 0x21, vxi),
    integer(vssubu, "vssubu", 0x22, vx),
    integer(vssub, "vssub", 0x23, vx),
    shift(vsll, "vsll", 0x25, vxi),
    integer(vsmul, "vsmul", 0x27, vx),
    only(VmRule::one, integer(vmv_r, "vmv", 0x27, i, move_whole)),
    shift(vsrl, "vsrl", 0x28, vxi),
    shift(vsra, "vsra", 0x29, vxi),
    shift(vssrl, "vssrl", 0x2a, vxi),
    shift(vssra, "vssra", 0x2b, vxi),
    shift(vnsrl, "vnsrl", 0x2c, vxi, narrow, not_sew_32),
    shift(vnsra, "vnsra", 0x2d, vxi, narrow, not_sew_32),
    shift(vnclipu, "vnclipu", 0x2e, vxi, narrow, not_sew_32),
    shift(vnclip, "vnclip", 0x2f, vxi, narrow, not_sew_32),
    from_zero(integer(vwredsumu, "vwredsumu", 0x30, v, widen_reduce, not_sew_32)),
    from_zero(integer(vwredsum, "vwredsum", 0x31, v, widen_reduce, not_sew_32)),

    from_zero(multiply(vredsum, "vredsum", 0x00, v, reduce)),
    from_zero(multiply(vredand, "vredand", 0x01, v, reduce)),
    from_zero(multiply(vredor, "vredor", 0x02, v, reduce)),
    from_zero(multiply(vredxor, "vredxor", 0x03, v, reduce)),
    from_zero(multiply(vredminu, "vredminu", 0x04, v, reduce)),
    from_zero(multiply(vredmin, "vredmin", 0x05, v, reduce)),
    from_zero(multiply(vredmaxu, "vredmaxu", 0x06, v, reduce)),
    from_zero(multiply(vredmax, "vredmax", 0x07, v, reduce)),
    multiply(vaaddu, "vaaddu", 0x08, vx),
    multiply(vaadd, "vaadd", 0x09, vx),
    multiply(vasubu, "vasubu", 0x0a, vx),
    multiply(vasub, "vasub", 0x0b, vx),
    multiply(vslide1up, "vslide1up", 0x0e, x, slide_up),
    multiply(vslide1down, "vslide1down", 0x0f, x),
    only(VmRule::one, select(0, multiply(vmv_x_s, "vmv.x.s", 0x10, v, to_scalar))),
    only(VmRule::one, select(0, multiply(vmv_s_x, "vmv.s.x", 0x10, x, from_scalar))),
    from_zero(select(16, multiply(vcpop, "vcpop.m", 0x10, v, mask_to_x))),
    from_zero(select(17, multiply(vfirst, "vfirst.m", 0x10, v, mask_to_x))),
    select(4, multiply(vzext, "vzext.vf4", 0x12, v, extend_4, sew_32)),
    select(5, multiply(vsext, "vsext.vf4", 0x12, v, extend_4, sew_32)),
    select(6, multiply(vzext, "vzext.vf2", 0x12, v, extend_2, not_sew_8)),
    select(7, multiply(vsext, "vsext.vf2", 0x12, v, extend_2, not_sew_8)),
    from_zero(select(1, multiply(vmsbf, "vmsbf.m", 0x14, v, mask_set))),
    from_zero(select(2, multiply(vmsof, "vmsof.m", 0x14, v, mask_set))),
    from_zero(select(3, multiply(vmsif, "vmsif.m", 0x14, v, mask_set))),
    from_zero(select(16, multiply(viota, "viota.m", 0x14, v, iota))),
    select(17, multiply(vid, "vid.v", 0x14, v, index)),
    only(VmRule::one, from_zero(multiply(vcompress, "vcompress", 0x17, v, compress))),
    only(VmRule::one, multiply(vmandn, "vmandn", 0x18, v, mask_logical)),
    only(VmRule::one, multiply(vmand, "vmand", 0x19, v, mask_logical)),
    only(VmRule::one, multiply(vmor, "vmor", 0x1a, v, mask_logical)),
    only(VmRule::one, multiply(vmxor, "vmxor", 0x1b, v, mask_logical)),
    only(VmRule::one, multiply(vmorn, "vmorn", 0x1c, v, mask_logical)),
    only(VmRule::one, multiply(vmnand, "vmnand", 0x1d, v, mask_logical)),
    only(VmRule::one, multiply(vmnor, "vmnor", 0x1e, v, mask_logical)),
    only(VmRule::one, multiply(vmxnor, "vmxnor", 0x1f, v, mask_logical)),
    multiply(vdivu, "vdivu", 0x20, vx),
    multiply(vdiv, "vdiv", 0x21, vx),
    multiply(vremu, "vremu", 0x22, vx),
    multiply(vrem, "vrem", 0x23, vx),
    multiply(vmulhu, "vmulhu", 0x24, vx),
    multiply(vmul, "vmul", 0x25, vx),
    multiply(vmulhsu, "vmulhsu", 0x26, vx),
    multiply(vmulh, "vmulh", 0x27, vx),
    multiply(vmadd, "vmadd", 0x29, vx, accumulate),
    multiply(vnmsub, "vnmsub", 0x2b, vx, accumulate),
    multiply(vmacc, "vmacc", 0x2d, vx, accumulate),
    multiply(vnmsac, "vnmsac", 0x2f, vx, accumulate),
    multiply(vwaddu, "vwaddu", 0x30, vx, widen, not_sew_32),
    multiply(vwadd, "vwadd", 0x31, vx, widen, not_sew_32),
    multiply(vwsubu, "vwsubu", 0x32, vx, widen, not_sew_32),
    multiply(vwsub, "vwsub", 0x33, vx, widen, not_sew_32),
    multiply(vwaddu_w, "vwaddu", 0x34, vx, widen_wide, not_sew_32),
    multiply(vwadd_w, "vwadd", 0x35, vx, widen_wide, not_sew_32),
    multiply(vwsubu_w, "vwsubu", 0x36, vx, widen_wide, not_sew_32),
    multiply(vwsub_w, "vwsub", 0x37, vx, widen_wide, not_sew_32),
    multiply(vwmulu, "vwmulu", 0x38, vx, widen, not_sew_32),
    multiply(vwmulsu, "vwmulsu", 0x3a, vx, widen, not_sew_32),
    multiply(vwmul, "vwmul", 0x3b, vx, widen, not_sew_32),
    multiply(vwmaccu, "vwmaccu", 0x3c, vx, widen_accumulate, not_sew_32),
    multiply(vwmacc, "vwmacc", 0x3d, vx, widen_accumulate, not_sew_32),
    multiply(vwmaccus, "vwmaccus", 0x3e, x, widen_accumulate, not_sew_32),
    multiply(vwmaccsu, "vwmaccsu", 0x3f, vx, widen_accumulate, not_sew_32),

    floating(vfadd, "vfadd", 0x00, vx),
    from_zero(floating(vfredusum, "vfredusum", 0x01, v, reduce)),
    floating(vfsub, "vfsub", 0x02, vx),
    from_zero(floating(vfredosum, "vfredosum", 0x03, v, reduce)),
    floating(vfmin, "vfmin", 0x04, vx),
    from_zero(floating(vfredmin, "vfredmin", 0x05, v, reduce)),
    floating(vfmax, "vfmax", 0x06, vx),
    from_zero(floating(vfredmax, "vfredmax", 0x07, v, reduce)),
    floating(vfsgnj, "vfsgnj", 0x08, vx),
    floating(vfsgnjn, "vfsgnjn", 0x09, vx),
    floating(vfsgnjx, "vfsgnjx", 0x0a, vx),
    floating(vfslide1up, "vfslide1up", 0x0e, x, slide_up),
    floating(vfslide1down, "vfslide1down", 0x0f, x),
    only(VmRule::one, select(0, floating(vfmv_f_s, "vfmv.f.s", 0x10, v, to_scalar))),
    only(VmRule::one, select(0, floating(vfmv_s_f, "vfmv.s.f", 0x10, x, from_scalar))),
    select(0, floating(vfcvt_xu_f, "vfcvt.xu.f.v", 0x12, v, unary)),
    select(1, floating(vfcvt_x_f, "vfcvt.x.f.v", 0x12, v, unary)),
    select(2, floating(vfcvt_f_xu, "vfcvt.f.xu.v", 0x12, v, unary)),
    select(3, floating(vfcvt_f_x, "vfcvt.f.x.v", 0x12, v, unary)),
    select(6, floating(vfcvt_rtz_xu_f, "vfcvt.rtz.xu.f.v", 0x12, v, unary)),
    select(7, floating(vfcvt_rtz_x_f, "vfcvt.rtz.x.f.v", 0x12, v, unary)),
    select(10, floating(vfwcvt_f_xu, "vfwcvt.f.xu.v", 0x12, v, widen_unary, sew_16)),
    select(11, floating(vfwcvt_f_x, "vfwcvt.f.x.v", 0x12, v, widen_unary, sew_16)),
    select(13, floating(vfwcvtbf16, "vfwcvtbf16.f.f.v", 0x12, v, widen_unary, sew_16)),
    select(16, floating(vfncvt_xu_f, "vfncvt.xu.f.w", 0x12, v, narrow_unary, sew_16)),
    select(17, floating(vfncvt_x_f, "vfncvt.x.f.w", 0x12, v, narrow_unary, sew_16)),
    select(22, floating(vfncvt_rtz_xu_f, "vfncvt.rtz.xu.f.w", 0x12, v, narrow_unary, sew_16)),
    select(23, floating(vfncvt_rtz_x_f, "vfncvt.rtz.x.f.w", 0x12, v, narrow_unary, sew_16)),
    select(29, floating(vfncvtbf16, "vfncvtbf16.f.f.w", 0x12, v, narrow_unary, sew_16)),
    select(0, floating(vfsqrt, "vfsqrt.v", 0x13, v, unary)),
    select(4, floating(vfrsqrt7, "vfrsqrt7.v", 0x13, v, unary)),
    select(5, floating(vfrec7, "vfrec7.v", 0x13, v, unary)),
    select(16, floating(vfclass, "vfclass.v", 0x13, v, unary)),
    only(VmRule::zero, floating(vfmerge, "vfmerge", 0x17, x, carry)),
    only(VmRule::one, floating(vfmv_v, "vfmv.v", 0x17, x, broadcast)),
    floating(vmfeq, "vmfeq", 0x18, vx, compare),
    floating(vmfle, "vmfle", 0x19, vx, compare),
    floating(vmflt, "vmflt", 0x1b, vx, compare),
    floating(vmfne, "vmfne", 0x1c, vx, compare),
    floating(vmfgt, "vmfgt", 0x1d, x, compare),
    floating(vmfge, "vmfge", 0x1f, x, compare),
    floating(vfdiv, "vfdiv", 0x20, vx),
    floating(vfrdiv, "vfrdiv", 0x21, x),
    floating(vfmul, "vfmul", 0x24, vx),
    floating(vfrsub, "vfrsub", 0x27, x),
    floating(vfmadd, "vfmadd", 0x28, vx, accumulate),
    floating(vfnmadd, "vfnmadd", 0x29, vx, accumulate),
    floating(vfmsub, "vfmsub", 0x2a, vx, accumulate),
    floating(vfnmsub, "vfnmsub", 0x2b, vx, accumulate),
    floating(vfmacc, "vfmacc", 0x2c, vx, accumulate),
    floating(vfnmacc, "vfnmacc", 0x2d, vx, accumulate),
    floating(vfmsac, "vfmsac", 0x2e, vx, accumulate),
    floating(vfnmsac, "vfnmsac", 0x2f, vx, accumulate),
    floating(vfwmaccbf16, "vfwmaccbf16", 0x3b, vx, widen_accumulate, sew_16),
};

/// Entries of one category and funct6.
struct Range {
  std::uint8_t first = 0;
  std::uint8_t end = 0;
};

constexpr auto ranges = [] {
  std::array<std::array<Range, 64>, 3> result{};
  for (std::size_t at = 0; at < table.size(); ++at) {
    Range& range = result[table[at].category][table[at].funct6];
    if (range.end == 0) range.first = static_cast<std::uint8_t>(at);
    range.end = static_cast<std::uint8_t>(at + 1);
  }
  return result;
}();
static_assert(table.size() < 256);

bool matches(const VectorEntry& entry, std::uint32_t bits) {
  const VectorForm form = vector_form(bits);
  if ((entry.forms & form) == 0) return false;
  if (entry.vm != VmRule::any && (entry.vm == VmRule::zero) != is_masked(bits)) return false;
  const unsigned selector = form == form_vector ? vs1_of(bits) : vs2_of(bits);
  if (entry.selector >= 0 && selector != static_cast<unsigned>(entry.selector)) return false;
  switch (entry.shape) {
    case broadcast:
    case index:
      return vs2_of(bits) == 0;
    case carry:
      return vd_of(bits) != 0;
    case move_whole: {
      const unsigned last = vs1_of(bits);
      return (last == 0 || last == 1 || last == 3 || last == 7) && ((vd_of(bits) | vs2_of(bits)) & last) == 0;
    }
    default:
      return true;
  }
}

}  // namespace

std::span<const VectorEntry> vector_table() {
  return table;
}

VectorForm vector_form(std::uint32_t bits) {
  const unsigned funct3 = bits >> 12 & 7;
  return funct3 == 3 ? form_immediate : funct3 < 3 ? form_vector : form_scalar;
}

int decode_vector_arithmetic(std::uint32_t bits) {
  // OPIVV OPFVV OPMVV OPIVI OPIVX OPFVF OPMVX
  static constexpr std::uint8_t categories[7] = {opi, opf, opm, opi, opi, opf, opm};
  const unsigned funct3 = bits >> 12 & 7;
  if (funct3 == 7) return -1;
  const Range range = ranges[categories[funct3]][bits >> 26];
  for (unsigned at = range.first; at < range.end; ++at) {
    if (matches(table[at], bits)) return static_cast<int>(at);
  }
  return -1;
}

bool decode_vector_memory(std::uint32_t bits, VectorMemory& memory) {
  const unsigned width = bits >> 12 & 7;
  const unsigned mode = bits >> 26 & 3;
  const unsigned unit_mode = vs2_of(bits);
  const bool extended = (bits >> 28 & 1) != 0;
  if (extended || (width != 0 && width != 5 && width != 6)) return false;
  memory.is_store = (bits & 0x7f) == 0x27;
  memory.width = static_cast<std::uint8_t>(width == 0 ? 0 : width - 4);
  memory.fields = static_cast<std::uint8_t>((bits >> 29) + 1);
  memory.ordered = mode == 3;
  switch (mode) {
    case 0:
      break;
    case 2:
      memory.kind = VectorMemoryKind::strided;
      return true;
    default:
      memory.kind = VectorMemoryKind::indexed;
      return true;
  }
  switch (unit_mode) {
    case 0:
      memory.kind = VectorMemoryKind::unit;
      return true;
    case 8: {
      memory.kind = VectorMemoryKind::whole;
      const unsigned last = memory.fields - 1u;
      const bool whole_count = last == 0 || last == 1 || last == 3 || last == 7;
      return !is_masked(bits) && whole_count && (vd_of(bits) & last) == 0 && !(memory.is_store && width != 0);
    }
    case 11:
      memory.kind = VectorMemoryKind::mask;
      return !is_masked(bits) && width == 0 && memory.fields == 1;
    case 16:
      memory.kind = VectorMemoryKind::fault_first;
      return !memory.is_store;
    default:
      return false;
  }
}

}  // namespace dojo::model
