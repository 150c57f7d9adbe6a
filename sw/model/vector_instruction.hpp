#pragma once
// Vector instructions of Zve32f, Zvfbfmin, Zvfbfwma and Xdojo after decoding: what depends on the bits alone.

#include <cstdint>
#include <span>
#include <string_view>

namespace dojo::model {

/// Arithmetic operation. The names are those of the assembler without suffix.
enum class VectorOp : std::uint8_t {
  // clang-format off
  vadd, vsub, vrsub, vminu, vmin, vmaxu, vmax, vand, vor, vxor, vsll, vsrl, vsra,
  vadc, vmadc, vsbc, vmsbc, vmerge, vmv_v,
  vmseq, vmsne, vmsltu, vmslt, vmsleu, vmsle, vmsgtu, vmsgt,
  vsaddu, vsadd, vssubu, vssub, vaaddu, vaadd, vasubu, vasub, vsmul, vssrl, vssra,
  vnsrl, vnsra, vnclipu, vnclip,
  vdivu, vdiv, vremu, vrem, vmulhu, vmul, vmulhsu, vmulh, vmadd, vnmsub, vmacc, vnmsac,
  vwaddu, vwadd, vwsubu, vwsub, vwaddu_w, vwadd_w, vwsubu_w, vwsub_w,
  vwmulu, vwmulsu, vwmul, vwmaccu, vwmacc, vwmaccus, vwmaccsu,
  vzext, vsext,
  vredsum, vredand, vredor, vredxor, vredminu, vredmin, vredmaxu, vredmax, vwredsumu, vwredsum,
  vmandn, vmand, vmor, vmxor, vmorn, vmnand, vmnor, vmxnor,
  vcpop, vfirst, vmsbf, vmsof, vmsif, viota, vid,
  vmv_x_s, vmv_s_x, vfmv_f_s, vfmv_s_f,
  vslideup, vslidedown, vslide1up, vslide1down, vrgather, vrgatherei16, vcompress, vmv_r,
  vfadd, vfsub, vfrsub, vfmul, vfdiv, vfrdiv, vfsqrt, vfrsqrt7, vfrec7, vfclass,
  vfmin, vfmax, vfsgnj, vfsgnjn, vfsgnjx, vfmerge, vfmv_v, vfslide1up, vfslide1down,
  vmfeq, vmfle, vmflt, vmfne, vmfgt, vmfge,
  vfmadd, vfnmadd, vfmsub, vfnmsub, vfmacc, vfnmacc, vfmsac, vfnmsac, vfwmaccbf16,
  vfredusum, vfredosum, vfredmin, vfredmax,
  vfcvt_xu_f, vfcvt_x_f, vfcvt_f_xu, vfcvt_f_x, vfcvt_rtz_xu_f, vfcvt_rtz_x_f,
  vfwcvt_f_xu, vfwcvt_f_x, vfncvt_xu_f, vfncvt_x_f, vfncvt_rtz_xu_f, vfncvt_rtz_x_f,
  vfwcvtbf16, vfncvtbf16
  // clang-format on
};

/// What an arithmetic instruction reads and writes, in widths relative to SEW.
enum class Shape : std::uint8_t {
  single,            ///< vd, vs2, vs1
  unary,             ///< vd, vs2
  accumulate,        ///< vd is a source, too
  broadcast,         ///< vd, vs1: vmv.v.*
  widen,             ///< vd 2*SEW
  widen_unary,       ///< vd 2*SEW, vs2
  widen_accumulate,  ///< vd 2*SEW, a source, too
  widen_wide,        ///< vd and vs2 2*SEW
  narrow,            ///< vs2 2*SEW
  narrow_unary,      ///< vs2 2*SEW, no vs1
  extend_2,          ///< vs2 SEW/2
  extend_4,          ///< vs2 SEW/4
  compare,           ///< vd is a mask
  carry,             ///< v0 is a source of carries (vadc, vmerge): vm = 0
  carry_out,         ///< vd is a mask; v0 a source of carries if vm = 0
  reduce,            ///< vd and vs1 are elements
  widen_reduce,      ///< vd and vs1 are elements of 2*SEW
  mask_logical,      ///< vd, vs2, vs1 are masks
  mask_set,          ///< vd and vs2 are masks that do not overlap
  mask_to_x,         ///< vs2 is a mask, rd an x register
  iota,              ///< vs2 is a mask that does not overlap vd
  index,             ///< vd only
  to_scalar,         ///< vs2 is an element, rd an x or f register
  from_scalar,       ///< vd is an element
  slide_up,          ///< vd, vs2, which do not overlap
  gather,            ///< vd overlaps neither vs2 nor vs1
  gather_16,         ///< the same with vs1 of EEW 16
  compress,          ///< vs1 is a mask; vd overlaps neither
  move_whole         ///< vmv<nr>r.v
};

/// funct3 of the instruction, by its letters.
enum VectorForm : std::uint8_t { form_vector = 1, form_scalar = 2, form_immediate = 4 };

/// Which values vm may have.
enum class VmRule : std::uint8_t { any, zero, one };

/// One arithmetic operation under one funct6.
struct VectorEntry {
  VectorOp op;
  std::string_view name;  ///< without suffix
  std::uint8_t category;  ///< 0: OPI, 1: OPM, 2: OPF
  std::uint8_t funct6;
  std::uint8_t forms;  ///< of VectorForm
  Shape shape;
  VmRule vm = VmRule::any;
  std::int8_t selector = -1;  ///< required value of vs1 (form V), vs2 (forms X, I); -1: an operand
  std::uint8_t sews = 7;      ///< bit s: legal with SEW 8 << s
  bool unsigned_immediate = false;
  bool start_zero = false;  ///< illegal unless vstart is 0
};

[[nodiscard]] std::span<const VectorEntry> vector_table();

/// Index into vector_table() of an OP-V instruction that is not vset*, or -1 if it is reserved whatever vtype is.
[[nodiscard]] int decode_vector_arithmetic(std::uint32_t bits);

/// Form of an OP-V instruction.
[[nodiscard]] VectorForm vector_form(std::uint32_t bits);

/// Kinds of vector loads and stores.
enum class VectorMemoryKind : std::uint8_t { unit, strided, indexed, whole, mask, fault_first };

/// A vector load or store.
struct VectorMemory {
  VectorMemoryKind kind{};
  bool ordered = false;  ///< of indexed
  bool is_store = false;
  std::uint8_t width = 0;   ///< log2 of the bytes of the encoded EEW: of the data, or of the index
  std::uint8_t fields = 1;  ///< segments: fields; whole registers: registers
};

/// In one number, and back.
[[nodiscard]] constexpr std::int32_t pack(const VectorMemory& memory) {
  return static_cast<std::int32_t>(static_cast<unsigned>(memory.kind) | unsigned{memory.ordered} << 3 |
                                   unsigned{memory.is_store} << 4 | unsigned{memory.width} << 5 |
                                   unsigned{memory.fields} << 8);
}
[[nodiscard]] constexpr VectorMemory unpack(std::int32_t packed) {
  const auto value = static_cast<unsigned>(packed);
  return {.kind = static_cast<VectorMemoryKind>(value & 7),
          .ordered = (value >> 3 & 1) != 0,
          .is_store = (value >> 4 & 1) != 0,
          .width = static_cast<std::uint8_t>(value >> 5 & 3),
          .fields = static_cast<std::uint8_t>(value >> 8)};
}

/// False if the encoding is reserved whatever vtype is (`memory` is then unspecified).
[[nodiscard]] bool decode_vector_memory(std::uint32_t bits, VectorMemory& memory);

/// Fields of every vector instruction.
[[nodiscard]] constexpr unsigned vd_of(std::uint32_t bits) {
  return bits >> 7 & 31;
}
[[nodiscard]] constexpr unsigned vs1_of(std::uint32_t bits) {
  return bits >> 15 & 31;
}
[[nodiscard]] constexpr unsigned vs2_of(std::uint32_t bits) {
  return bits >> 20 & 31;
}
[[nodiscard]] constexpr bool is_masked(std::uint32_t bits) {
  return (bits >> 25 & 1) == 0;
}

}  // namespace dojo::model
