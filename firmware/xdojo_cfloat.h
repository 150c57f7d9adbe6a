/* The conversions of Xdojo from C (docs/isa.md): the 64 values of a tile between CFloat8 and FP32 or BF16. */

#ifndef XDOJO_CFLOAT_H
#define XDOJO_CFLOAT_H

#include <riscv_vector.h>
#include <stdint.h>

#include "xdojo.h"

#define XDOJO_CFLOAT_VALUES 64

/* The assembler knows no vector operands of .insn: source and result are in v16 and v8, which it calls x16 and x8. */
#define XDOJO_CFLOAT(funct3, sew, lmul, result, source, control)                                \
  __asm__ volatile("vsetvli zero, %3, " sew ", " lmul ", ta, ma\n\t.insn r " XDOJO_STRING(      \
                       DOJO_VCF_NARROW_OPCODE) ", " XDOJO_STRING(funct3) ", 1, x8, %2, x16"     \
                   : "=vr"(result)                                                              \
                   : "vr"(source), "r"((uint64_t)(control)), "r"((uint64_t)XDOJO_CFLOAT_VALUES) \
                   : "vl", "vtype")

/* The operand of the conversions: bias 0 to 63, DOJO_CFLOAT_FORMAT_E4M3 or _E5M2; narrowing rounds to nearest-even, or
   stochastically by the bits of xseed. */
static inline uint32_t dojo_cfloat8_control(uint32_t format, uint32_t bias, int stochastic) {
  return bias | format << 8 | (stochastic ? UINT32_C(1) << 16 : 0);
}

/* Each converts 64 values. */
static inline vuint8m1_t dojo_cfloat8_from_fp32(vfloat32m4_t value, uint32_t control) {
  register vfloat32m4_t source __asm__("v16") = value;
  register vuint8m1_t result __asm__("v8");
  XDOJO_CFLOAT(DOJO_VCF_NARROW_FUNCT3, "e32", "m4", result, source, control);
  return result;
}

static inline vuint8m1_t dojo_cfloat8_from_bf16(vbfloat16m2_t value, uint32_t control) {
  register vbfloat16m2_t source __asm__("v16") = value;
  register vuint8m1_t result __asm__("v8");
  XDOJO_CFLOAT(DOJO_VCF_NARROW_FUNCT3, "e16", "m2", result, source, control);
  return result;
}

static inline vfloat32m4_t dojo_cfloat8_to_fp32(vuint8m1_t value, uint32_t control) {
  register vuint8m1_t source __asm__("v16") = value;
  register vfloat32m4_t result __asm__("v8");
  XDOJO_CFLOAT(DOJO_VCF_WIDEN_FUNCT3, "e32", "m4", result, source, control);
  return result;
}

/* What stochastic rounding draws from: the same seed gives the same bits. */
static inline void dojo_seed(uint64_t seed) {
  __asm__ volatile("csrw %0, %1" ::"i"(DOJO_CSR_XSEED), "r"(seed));
}

#endif
