/* Functions of a tile's 64 values (kernels/tile_values.h), without branches and without division: 1/x and 1/sqrt(x)
   start from the estimate of seven bits and double its digits twice. */

#ifndef DOJO_KERNELS_TILE_MATH_H
#define DOJO_KERNELS_TILE_MATH_H

#include <riscv_vector.h>

#include "kernels/tile_values.h"

#define TILE_EXP_LIMIT 87.0f

/* exp(x); relative error below 2e-7. Beyond +-87, and for NaN, exp(+-87). */
static inline tile_f32_t tile_exp(tile_f32_t x) {
  const float shifter = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest whole number in the lowest bits */
  x = tile_min(tile_max(x, (tile_f32_t)-TILE_EXP_LIMIT), (tile_f32_t)TILE_EXP_LIMIT);
  /* x = n * ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts keeps r exact. */
  const tile_f32_t shifted = x * 1.44269504f + shifter;
  const tile_f32_t n = shifted - shifter;
  tile_f32_t r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  tile_f32_t p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  /* p is between 0.7 and 1.5, and p * 2^n a normal number: n is added to the exponent. */
  return (tile_f32_t)(tile_bits(p) + (tile_bits(shifted) << 23));
}

static inline tile_f32_t tile_reciprocal_estimate(tile_f32_t x) {
  typedef vfloat32m4_t fixed_t __attribute__((riscv_rvv_vector_bits(4 * __riscv_v_fixed_vlen)));
  fixed_t value;
  __builtin_memcpy(&value, &x, sizeof(x));
  value = __riscv_vfrec7_v_f32m4(value, TILE_VALUES);
  __builtin_memcpy(&x, &value, sizeof(x));
  return x;
}

static inline tile_f32_t tile_reciprocal_root_estimate(tile_f32_t x) {
  typedef vfloat32m4_t fixed_t __attribute__((riscv_rvv_vector_bits(4 * __riscv_v_fixed_vlen)));
  fixed_t value;
  __builtin_memcpy(&value, &x, sizeof(x));
  value = __riscv_vfrsqrt7_v_f32m4(value, TILE_VALUES);
  __builtin_memcpy(&x, &value, sizeof(x));
  return x;
}

/* 1 / x for a normal x of magnitude up to 2^126; relative error below 2e-7. */
static inline tile_f32_t tile_reciprocal(tile_f32_t x) {
  tile_f32_t y = tile_reciprocal_estimate(x);
  y = y * (1.0f - x * y) + y;
  return y * (1.0f - x * y) + y;
}

/* 1 / sqrt(x) for a normal x > 0; relative error below 3e-7. */
static inline tile_f32_t tile_reciprocal_root(tile_f32_t x) {
  tile_f32_t y = tile_reciprocal_root_estimate(x);
  const tile_f32_t half = x * 0.5f;
  y = y * (0.5f - half * y * y) + y;
  return y * (0.5f - half * y * y) + y;
}

/* log(x) for a normal x > 0; absolute error below 1e-7 + 2e-7 * |log(x)|. */
static inline tile_f32_t tile_log(tile_f32_t x) {
  const int32_t root_half = 0x3f3504f3;
  /* x = 2^e * m with m from sqrt(1/2) to sqrt(2); log m = 2 atanh((m - 1) / (m + 1)). */
  const tile_i32_t bits = tile_bits(x) - root_half;
  const tile_f32_t e = __builtin_convertvector(bits >> 23, tile_f32_t);
  const tile_f32_t m = (tile_f32_t)((bits & 0x7fffff) + root_half);
  const tile_f32_t s = (m - 1.0f) * tile_reciprocal(m + 1.0f);
  const tile_f32_t z = s * s;
  tile_f32_t p = z * 0.22222222f + 0.28571429f;
  p = p * z + 0.4f;
  p = p * z + 0.66666667f;
  p = p * z + 2.0f;
  return e * 0.693147181f + p * s;
}

/* 1 / (1 + exp(-x)); absolute error below 2e-7. */
static inline tile_f32_t tile_sigmoid(tile_f32_t x) {
  return tile_reciprocal(tile_exp(-x) + 1.0f);
}

#endif
