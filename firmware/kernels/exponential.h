/* exp and log of a register of 16 FP32 values, without branches. */

#ifndef DOJO_KERNELS_EXPONENTIAL_H
#define DOJO_KERNELS_EXPONENTIAL_H

#include <riscv_vector.h>
#include <stdint.h>

#define LANES 16

typedef vfloat32m1_t lanes_t __attribute__((riscv_rvv_vector_bits(__riscv_v_fixed_vlen)));
typedef vint32m1_t lanes_i32_t __attribute__((riscv_rvv_vector_bits(__riscv_v_fixed_vlen)));

static inline lanes_t lanes_from_bits(lanes_i32_t bits) {
  return __riscv_vreinterpret_v_i32m1_f32m1(bits);
}

static inline lanes_i32_t lanes_to_bits(lanes_t value) {
  return __riscv_vreinterpret_v_f32m1_i32m1(value);
}

/* a * x + constant, rounded once. */
static inline lanes_t lanes_fma(lanes_t a, lanes_t x, float constant) {
  return __riscv_vfmadd_vv_f32m1(a, x, __riscv_vfmv_v_f_f32m1(constant, LANES), LANES);
}

/* exp(x) for x <= 0; relative error below 2e-7. Below -87 the result is exp(-87), for NaN too. */
static inline lanes_t exponential_negative(lanes_t x) {
  const lanes_t limited = __riscv_vfmax_vf_f32m1(x, -87.0f, LANES);
  /* x = n * ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts keeps r exact. */
  const lanes_i32_t n = __riscv_vfcvt_x_f_v_i32m1(__riscv_vfmul_vf_f32m1(limited, 1.44269504f, LANES), LANES);
  const lanes_t whole = __riscv_vfcvt_f_x_v_f32m1(n, LANES);
  lanes_t r = __riscv_vfnmsac_vf_f32m1(limited, 0.693359375f, whole, LANES);
  r = __riscv_vfmacc_vf_f32m1(r, 2.12194440e-4f, whole, LANES);
  lanes_t p = lanes_fma(r, __riscv_vfmv_v_f_f32m1(1.9875691500e-4f, LANES), 1.3981999507e-3f);
  p = lanes_fma(p, r, 8.3334519073e-3f);
  p = lanes_fma(p, r, 4.1665795894e-2f);
  p = lanes_fma(p, r, 1.6666665459e-1f);
  p = lanes_fma(p, r, 0.5f);
  p = lanes_fma(p, r, 1.0f);
  p = lanes_fma(p, r, 1.0f);
  /* p is between 0.7 and 1.5, and p * 2^n a normal number: n is added to the exponent. */
  return lanes_from_bits(__riscv_vadd_vv_i32m1(lanes_to_bits(p), __riscv_vsll_vx_i32m1(n, 23, LANES), LANES));
}

/* log(x) for a normal x > 0; absolute error below 1e-7 + 1e-7 * |log(x)|. */
static inline lanes_t exponential_log(lanes_t x) {
  const int32_t root_half = 0x3f3504f3;
  /* x = 2^e * m with m from sqrt(1/2) to sqrt(2); log m = 2 atanh((m - 1) / (m + 1)). */
  const lanes_i32_t bits = __riscv_vsub_vx_i32m1(lanes_to_bits(x), root_half, LANES);
  const lanes_t e = __riscv_vfcvt_f_x_v_f32m1(__riscv_vsra_vx_i32m1(bits, 23, LANES), LANES);
  const lanes_t m =
      lanes_from_bits(__riscv_vadd_vx_i32m1(__riscv_vand_vx_i32m1(bits, 0x7fffff, LANES), root_half, LANES));
  const lanes_t s =
      __riscv_vfdiv_vv_f32m1(__riscv_vfsub_vf_f32m1(m, 1.0f, LANES), __riscv_vfadd_vf_f32m1(m, 1.0f, LANES), LANES);
  const lanes_t z = __riscv_vfmul_vv_f32m1(s, s, LANES);
  lanes_t p = lanes_fma(z, __riscv_vfmv_v_f_f32m1(0.22222222f, LANES), 0.28571429f);
  p = lanes_fma(p, z, 0.4f);
  p = lanes_fma(p, z, 0.66666667f);
  p = lanes_fma(p, z, 2.0f);
  p = __riscv_vfmul_vv_f32m1(p, s, LANES);
  return __riscv_vfmacc_vf_f32m1(p, 0.693147181f, e, LANES);
}

#endif
