#pragma once
// Instructions of RV64IMAFC_Zicsr_Zifencei, Zve32f, Zfbfmin, Zvfbfmin, Zvfbfwma and Xdojo after decoding.

#include <cstdint>

namespace dojo::model {

/// Operation of a decoded instruction. Compressed instructions decode to the operation that they stand for.
enum class Op : std::uint8_t {
  undecoded,    ///< nothing decoded yet (the empty entry of a decoded-instruction cache)
  fetch_fault,  ///< the instruction leaves the SRAM; immediate: offset of the missing half-word
  illegal,      ///< reserved or unsupported encoding
  lui,
  auipc,
  jal,
  jalr,
  beq,
  bne,
  blt,
  bge,
  bltu,
  bgeu,
  lb,
  lh,
  lw,
  ld,
  lbu,
  lhu,
  lwu,
  sb,
  sh,
  sw,
  sd,
  addi,
  slti,
  sltiu,
  xori,
  ori,
  andi,
  slli,
  srli,
  srai,
  addiw,
  slliw,
  srliw,
  sraiw,
  add,
  sub,
  sll,
  slt,
  sltu,
  xor_,
  srl,
  sra,
  or_,
  and_,
  addw,
  subw,
  sllw,
  srlw,
  sraw,
  mul,
  mulh,
  mulhsu,
  mulhu,
  div,
  divu,
  rem,
  remu,
  mulw,
  divw,
  divuw,
  remw,
  remuw,
  lr_w,
  sc_w,
  amoswap_w,
  amoadd_w,
  amoxor_w,
  amoand_w,
  amoor_w,
  amomin_w,
  amomax_w,
  amominu_w,
  amomaxu_w,
  lr_d,
  sc_d,
  amoswap_d,
  amoadd_d,
  amoxor_d,
  amoand_d,
  amoor_d,
  amomin_d,
  amomax_d,
  amominu_d,
  amomaxu_d,
  fence,
  fence_i,
  ecall,
  ebreak,
  mret,
  wfi,
  csrrw,
  csrrs,
  csrrc,
  csrrwi,
  csrrsi,
  csrrci,
  dojo_issue,
  dojo_sem_wait,
  flh,
  flw,
  fsh,
  fsw,
  fmadd_s,
  fmsub_s,
  fnmsub_s,
  fnmadd_s,
  fadd_s,
  fsub_s,
  fmul_s,
  fdiv_s,
  fsqrt_s,
  fcvt_s_w,
  fcvt_s_wu,
  fcvt_s_l,
  fcvt_s_lu,
  fcvt_s_bf16,
  fcvt_bf16_s,
  fsgnj_s,
  fsgnjn_s,
  fsgnjx_s,
  fmin_s,
  fmax_s,
  fmv_w_x,
  fmv_h_x,
  fcvt_w_s,
  fcvt_wu_s,
  fcvt_l_s,
  fcvt_lu_s,
  feq_s,
  flt_s,
  fle_s,
  fclass_s,
  fmv_x_w,
  fmv_x_h,
  vsetvli,
  vsetivli,
  vsetvl,
  vector_arithmetic,  ///< immediate: index into vector_table()
  vector_load,        ///< immediate: pack(VectorMemory)
  vector_store,       ///< likewise
  vcf_narrow,
  vcf_widen,
  vacc_read,
  vacc_write
};

/// Register number that writes of x0 go to, so that x0 stays zero without a test.
inline constexpr std::uint8_t discarded_register = 32;

/// A decoded instruction. All zero is Op::undecoded.
struct Instruction {
  Op op{};
  std::uint8_t rd{};   ///< 1..31, or discarded_register
  std::uint8_t rs1{};  ///< register, or the 5-bit immediate of csrr*i
  std::uint8_t rs2{};
  std::int32_t immediate{};  ///< sign-extended; CSR address; unit of dojo.issue; what Op says of vector instructions
  std::uint32_t bits{};      ///< as fetched; compressed: the low 16 bits
  std::uint8_t length{};     ///< 2 or 4
};
static_assert(sizeof(Instruction) == 16);

/// Whether an operation is one of `first` to `last`, in the order of Op.
[[nodiscard]] constexpr bool between(Op op, Op first, Op last) {
  return op >= first && op <= last;
}

/// Whether the operation writes an f register.
[[nodiscard]] constexpr bool writes_float(Op op) {
  return op == Op::flh || op == Op::flw || between(op, Op::fmadd_s, Op::fmv_h_x);
}

/// Decodes the instruction in the low 16 bits of `bits` (compressed) or in all 32; never fails: reserved encodings give
/// Op::illegal.
[[nodiscard]] Instruction decode(std::uint32_t bits);

/// Whether an encoding whose low 16 bits are `low` is compressed.
[[nodiscard]] constexpr bool is_compressed(std::uint32_t low) {
  return (low & 3u) != 3u;
}

/// The 32-bit instruction that a compressed one stands for; 0 (itself illegal) for a reserved encoding.
[[nodiscard]] std::uint32_t expand_compressed(std::uint16_t bits);

}  // namespace dojo::model
