/* Softmax cross-entropy and its gradient in FP32. Lanes are samples: each class is a strided stream. */

#ifndef DOJO_KERNELS_SOFTMAX_H
#define DOJO_KERNELS_SOFTMAX_H

#include <stdint.h>

#include "kernels/exponential.h"
#include "kernels/gemm.h"
#include "kernels/softmax_format.h"

/* Value of class c of a sample, in class tiles that are stored column by column of `column` values. */
static inline uint64_t softmax_place(unsigned c, uint64_t column) {
  return c / TILE_EDGE * column + c % TILE_EDGE;
}

/* Up to 16 samples; the arguments as below, at the first of them. */
static inline __attribute__((always_inline)) void softmax_lanes(uint32_t samples, uint64_t column, const float* logits,
                                                                const uint8_t* labels, float scale, float* losses,
                                                                uint16_t* gradient, const unsigned classes) {
  const vuint32m1_t label = __riscv_vzext_vf4_u32m1(__riscv_vle8_v_u8mf4(labels, samples), LANES);
  const vbool32_t used = __riscv_vmsltu_vx_u32m1_b32(label, classes, LANES);
  lanes_t value[16];
  lanes_t largest = __riscv_vfmv_v_f_f32m1(-__builtin_inff(), LANES);
  lanes_t target = __riscv_vfmv_v_f_f32m1(0.0f, LANES);
  lanes_t check = target; /* becomes NaN when a logit is not finite */
#pragma clang loop unroll(full)
  for (unsigned c = 0; c < classes; ++c) {
    value[c] = __riscv_vlse32_v_f32m1(logits + softmax_place(c, column), TILE_EDGE * sizeof(float), samples);
    largest = __riscv_vfmax_vv_f32m1(largest, value[c], LANES);
    check = __riscv_vfmacc_vf_f32m1(check, 0.0f, value[c], LANES);
    target = __riscv_vmerge_vvm_f32m1(target, value[c], __riscv_vmseq_vx_u32m1_b32(label, c, LANES), LANES);
  }
  lanes_t sum = __riscv_vfmv_v_f_f32m1(0.0f, LANES);
#pragma clang loop unroll(full)
  for (unsigned c = 0; c < classes; ++c) {
    value[c] = exponential_negative(__riscv_vfsub_vv_f32m1(value[c], largest, LANES));
    sum = __riscv_vfadd_vv_f32m1(sum, value[c], LANES);
  }
  lanes_t loss = __riscv_vfadd_vv_f32m1(exponential_log(sum), __riscv_vfsub_vv_f32m1(largest, target, LANES), LANES);
  loss = __riscv_vfadd_vv_f32m1(loss, check, LANES);
  const lanes_t nothing = __riscv_vfmv_v_f_f32m1(0.0f, LANES);
  __riscv_vse32_v_f32m1(losses, __riscv_vmerge_vvm_f32m1(nothing, loss, used, LANES), samples);

  const lanes_t reciprocal = __riscv_vmerge_vvm_f32m1(nothing, __riscv_vfrdiv_vf_f32m1(sum, scale, LANES), used, LANES);
  const unsigned padded = (classes + TILE_EDGE - 1) / TILE_EDGE * TILE_EDGE;
#pragma clang loop unroll(full)
  for (unsigned c = 0; c < padded; ++c) {
    vuint16mf2_t bits = __riscv_vmv_v_x_u16mf2(0, LANES);
    if (c < classes) {
      lanes_t result = __riscv_vfmul_vv_f32m1(value[c], reciprocal, LANES);
      result = __riscv_vfsub_vf_f32m1_mu(__riscv_vmseq_vx_u32m1_b32(label, c, LANES), result, result, scale, LANES);
      bits = __riscv_vreinterpret_v_bf16mf2_u16mf2(__riscv_vfncvtbf16_f_f_w_bf16mf2(result, LANES));
    }
    __riscv_vsse16_v_u16mf2(gradient + softmax_place(c, column), TILE_EDGE * sizeof(uint16_t), bits, samples);
  }
}

/* The first `samples` samples of class tiles that are stored column by column; `column` is the number of values of a
   column of tiles. gradient = scale * (softmax - one-hot(label)) in BF16, +0 for padding classes; losses: one per
   sample, in nats. A sample with the label SOFTMAX_NO_LABEL has loss 0 and gradient 0. Logits that are not finite make
   the loss of their sample NaN. */
static inline __attribute__((always_inline)) void softmax_cross_entropy(uint32_t samples, uint64_t column,
                                                                        const float* logits, const uint8_t* labels,
                                                                        float scale, float* losses, uint16_t* gradient,
                                                                        const unsigned classes) {
  for (uint32_t first = 0; first < samples; first += LANES) {
    const uint32_t count = samples - first < LANES ? samples - first : LANES;
    softmax_lanes(count, column, logits + first * TILE_EDGE, labels + first, scale, losses + first,
                  gradient + first * TILE_EDGE, classes);
  }
}

#endif
