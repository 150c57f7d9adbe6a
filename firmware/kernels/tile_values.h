/* The 64 values of a tile as one C value: a group of four vector registers (FP32, 32-bit integers) or two (BF16).
   Operators, comparisons (all ones where true) and selections work value by value. Value i is row i / 8, column i % 8
   of the tile; its order in memory is the same. */

#ifndef DOJO_KERNELS_TILE_VALUES_H
#define DOJO_KERNELS_TILE_VALUES_H

#include <riscv_vector.h>
#include <stdint.h>

#include "kernels/elementwise.h"

#define TILE_OF(type) type __attribute__((ext_vector_type(TILE_VALUES), aligned(DOJO_LINE_BYTES)))
typedef TILE_OF(float) tile_f32_t;
typedef TILE_OF(int32_t) tile_i32_t;
typedef TILE_OF(uint32_t) tile_u32_t;
typedef TILE_OF(__bf16) tile_bf16_t;
typedef TILE_OF(int16_t) tile_i16_t;

/* Tile number `tile` from an address on. */
static inline tile_f32_t tile_load(const float* from, uint64_t tile) {
  return ((const tile_f32_t*)from)[tile];
}

static inline tile_f32_t tile_load_bf16(const __bf16* from, uint64_t tile) {
  return __builtin_convertvector(((const tile_bf16_t*)from)[tile], tile_f32_t);
}

static inline void tile_store(float* to, uint64_t tile, tile_f32_t value) {
  ((tile_f32_t*)to)[tile] = value;
}

/* Rounds to nearest-even. */
static inline void tile_store_bf16(__bf16* to, uint64_t tile, tile_f32_t value) {
  ((tile_bf16_t*)to)[tile] = __builtin_convertvector(value, tile_bf16_t);
}

static inline tile_f32_t tile_max(tile_f32_t a, tile_f32_t b) {
  return __builtin_elementwise_max(a, b);
}

static inline tile_f32_t tile_min(tile_f32_t a, tile_f32_t b) {
  return __builtin_elementwise_min(a, b);
}

static inline tile_f32_t tile_abs(tile_f32_t x) {
  return __builtin_elementwise_abs(x);
}

static inline tile_i32_t tile_bits(tile_f32_t x) {
  return (tile_i32_t)x;
}

/* To the nearest whole number; 0 for negative numbers. */
static inline tile_u32_t tile_to_u32(tile_f32_t x) {
  typedef vfloat32m4_t from_t __attribute__((riscv_rvv_vector_bits(4 * __riscv_v_fixed_vlen)));
  typedef vuint32m4_t to_t __attribute__((riscv_rvv_vector_bits(4 * __riscv_v_fixed_vlen)));
  from_t from;
  __builtin_memcpy(&from, &x, sizeof(from));
  const to_t to = __riscv_vfcvt_xu_f_v_u32m4(from, TILE_VALUES);
  tile_u32_t result;
  __builtin_memcpy(&result, &to, sizeof(result));
  return result;
}

/* A constant that stays in its register in a loop: the compiler would else load it anew for each tile, and a scalar
   load waits for the hart's vector stores. */
static inline float tile_constant(float value) {
  __asm__("" : "+f"(value));
  return value;
}

/* The same in all values of a tile, for sums: only factors can be scalars in a multiply-add. */
static inline tile_f32_t tile_constants(float value) {
  typedef vfloat32m4_t group_t __attribute__((riscv_rvv_vector_bits(4 * __riscv_v_fixed_vlen)));
  tile_f32_t result = (tile_f32_t)value;
  group_t group;
  __builtin_memcpy(&group, &result, sizeof(group));
  vfloat32m4_t opaque = group;
  __asm__("" : "+vr"(opaque));
  group = opaque;
  __builtin_memcpy(&result, &group, sizeof(result));
  return result;
}

/* ---- Exchanges between the values of a tile. */

/* F(0), F(1), ..., F(63) */
#define TILE_LANES_8(F, i) F(i), F(i + 1), F(i + 2), F(i + 3), F(i + 4), F(i + 5), F(i + 6), F(i + 7)
#define TILE_LANES(F)                                                                                    \
  TILE_LANES_8(F, 0), TILE_LANES_8(F, 8), TILE_LANES_8(F, 16), TILE_LANES_8(F, 24), TILE_LANES_8(F, 32), \
      TILE_LANES_8(F, 40), TILE_LANES_8(F, 48), TILE_LANES_8(F, 56)
#define TILE_SWAP_1(i) ((i) ^ 1)
#define TILE_SWAP_2(i) ((i) ^ 2)
#define TILE_SWAP_4(i) ((i) ^ 4)
#define TILE_SWAP_8(i) ((i) ^ 8)
#define TILE_SWAP_16(i) ((i) ^ 16)
#define TILE_SWAP_32(i) ((i) ^ 32)
#define TILE_COLUMN(i) ((i) % TILE_EDGE)
#define TILE_EXCHANGED(x, F) __builtin_shufflevector(x, x, TILE_LANES(F))

/* Every value of a row becomes the row's sum, added pairwise. */
static inline tile_f32_t tile_row_sums(tile_f32_t x) {
  x += TILE_EXCHANGED(x, TILE_SWAP_1);
  x += TILE_EXCHANGED(x, TILE_SWAP_2);
  return x + TILE_EXCHANGED(x, TILE_SWAP_4);
}

/* The same with the row's largest value. */
static inline tile_f32_t tile_row_maxima(tile_f32_t x) {
  x = tile_max(x, TILE_EXCHANGED(x, TILE_SWAP_1));
  x = tile_max(x, TILE_EXCHANGED(x, TILE_SWAP_2));
  return tile_max(x, TILE_EXCHANGED(x, TILE_SWAP_4));
}

/* Every value of a column becomes the column's sum: the form of a bias tile. */
static inline tile_f32_t tile_column_sums(tile_f32_t x) {
  x += TILE_EXCHANGED(x, TILE_SWAP_32);
  x += TILE_EXCHANGED(x, TILE_SWAP_16);
  return x + TILE_EXCHANGED(x, TILE_SWAP_8);
}

/* Sum, or largest, of all values. */
static inline float tile_sum(tile_f32_t x) {
  return tile_row_sums(tile_column_sums(x))[0];
}

/* The number of its column for each value, from `first` on. */
static inline tile_i32_t tile_columns_from(int32_t first) {
  return (tile_i32_t){TILE_LANES(TILE_COLUMN)} + first;
}

#endif
