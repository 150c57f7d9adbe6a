/* Tensors in CFloat8 for the matrix unit: conversion with nearest or stochastic rounding, and the choice of the
   exponent bias. A CFloat8 tile is a line of 64 bytes in the order of the BF16 tile, so descriptors of products and
   convolutions take it with strides of half the size (quantize_operands). */

#ifndef DOJO_KERNELS_QUANTIZE_H
#define DOJO_KERNELS_QUANTIZE_H

#include "kernels/gemm.h"
#include "kernels/quantize_bias.h"
#include "kernels/tile_values.h"
#include "xdojo_cfloat.h"

#define TILE_BYTES_CFLOAT8 64

/* d = x in CFloat8; what is too large becomes the largest number. FP32 in; `control`: dojo_cfloat8_control. Rounded
   once: 2^-4 (1-4-3) or 2^-3 (1-5-2) of a normal value to nearest, twice that stochastically, where the mean over seeds
   is x. */
static inline void quantize_fp32(uint32_t tiles, uint32_t control, const float* restrict x, uint8_t* restrict d) {
  for (; tiles != 0; --tiles, x += TILE_VALUES, d += TILE_VALUES) {
    __riscv_vse8_v_u8m1(d, dojo_cfloat8_from_fp32(__riscv_vle32_v_f32m4(x, TILE_VALUES), control), TILE_VALUES);
  }
}

/* The same of a tile in registers, as tile number `tile`. */
static inline void tile_store_cfloat8(uint8_t* to, uint64_t tile, uint32_t control, tile_f32_t value) {
  typedef vfloat32m4_t group_t __attribute__((riscv_rvv_vector_bits(4 * __riscv_v_fixed_vlen)));
  group_t group;
  __builtin_memcpy(&group, &value, sizeof(group));
  __riscv_vse8_v_u8m1(to + tile * TILE_VALUES, dojo_cfloat8_from_fp32(group, control), TILE_VALUES);
}

/* The same of BF16. */
static inline void quantize_bf16(uint32_t tiles, uint32_t control, const __bf16* restrict x, uint8_t* restrict d) {
  for (; tiles != 0; --tiles, x += TILE_VALUES, d += TILE_VALUES) {
    __riscv_vse8_v_u8m1(d, dojo_cfloat8_from_bf16(__riscv_vle16_v_bf16m2(x, TILE_VALUES), control), TILE_VALUES);
  }
}

/* d = x in FP32, exact. */
static inline void quantize_widen(uint32_t tiles, uint32_t control, const uint8_t* restrict x, float* restrict d) {
  for (; tiles != 0; --tiles, x += TILE_VALUES, d += TILE_VALUES) {
    __riscv_vse32_v_f32m4(d, dojo_cfloat8_to_fp32(__riscv_vle8_v_u8m1(x, TILE_VALUES), control), TILE_VALUES);
  }
}

/* Formats of a descriptor's operands (matrix_format), biases for CFloat8. Their strides and bases are the caller's, in
   tiles of TILE_BYTES_CFLOAT8. */
static inline void quantize_operands(dojo_matrix_descriptor_t* descriptor, uint32_t a_format, uint32_t a_bias,
                                     uint32_t b_format, uint32_t b_bias) {
  descriptor->a_format = a_format;
  descriptor->a_bias = a_bias;
  descriptor->b_format = b_format;
  descriptor->b_bias = b_bias;
}

#endif
