/* Activations and their gradients, and the sum of two branches. Tiles in any order: every value stands for itself, and
   padding that is 0 stays 0 but for the sigmoid (0.5). */

#ifndef DOJO_KERNELS_ACTIVATION_H
#define DOJO_KERNELS_ACTIVATION_H

#include "kernels/tile_math.h"

/* tanh form: gelu(x) = x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x^3)). */
#define ACTIVATION_GELU_LINEAR 1.59576912f
#define ACTIVATION_GELU_CUBIC 0.0713548163f

static inline tile_f32_t activation_gelu_value(tile_f32_t x) {
  const tile_f32_t slope = x * x * ACTIVATION_GELU_CUBIC + ACTIVATION_GELU_LINEAR;
  return x * tile_sigmoid(x * slope);
}

static inline tile_f32_t activation_gelu_derivative(tile_f32_t x) {
  const tile_f32_t square = x * x;
  const tile_f32_t s = tile_sigmoid(x * (square * ACTIVATION_GELU_CUBIC + ACTIVATION_GELU_LINEAR));
  const tile_f32_t slope = square * (3.0f * ACTIVATION_GELU_CUBIC) + ACTIVATION_GELU_LINEAR;
  return s + (s - s * s) * (x * slope);
}

/* d = gelu(x). FP32 in, BF16 out; error against FP64: 2^-8 of the value, and 1e-6. */
static inline void activation_gelu(uint32_t tiles, const float* restrict x, __bf16* restrict d) {
  for (uint64_t i = 0; i < tiles; ++i) tile_store_bf16(d, i, activation_gelu_value(tile_load(x, i)));
}

/* d = gradient * gelu'(x). FP32 in, BF16 out; error against FP64: 2^-8 of the value, and 1e-6 of the gradient. */
static inline void activation_gelu_gradient(uint32_t tiles, const float* restrict gradient, const float* restrict x,
                                            __bf16* restrict d) {
  for (uint64_t i = 0; i < tiles; ++i) {
    tile_store_bf16(d, i, tile_load(gradient, i) * activation_gelu_derivative(tile_load(x, i)));
  }
}

/* The same with all in BF16, in place if d is x, or the gradient. */
static inline void activation_gelu_bf16(uint32_t tiles, const __bf16* x, __bf16* d) {
  for (uint64_t i = 0; i < tiles; ++i) tile_store_bf16(d, i, activation_gelu_value(tile_load_bf16(x, i)));
}

static inline void activation_gelu_gradient_bf16(uint32_t tiles, const __bf16* gradient, const __bf16* x, __bf16* d) {
  for (uint64_t i = 0; i < tiles; ++i) {
    tile_store_bf16(d, i, tile_load_bf16(gradient, i) * activation_gelu_derivative(tile_load_bf16(x, i)));
  }
}

/* d = sigmoid(x). FP32 in, BF16 out; error against FP64: 2^-8 of the value, and 2e-7. */
static inline void activation_sigmoid(uint32_t tiles, const float* restrict x, __bf16* restrict d) {
  for (uint64_t i = 0; i < tiles; ++i) tile_store_bf16(d, i, tile_sigmoid(tile_load(x, i)));
}

/* d = gradient * y * (1 - y), y being the sigmoid in BF16. FP32 gradient, BF16 out; error against FP64 of that y: 2^-8
   of the value. */
static inline void activation_sigmoid_gradient(uint32_t tiles, const float* restrict gradient, const __bf16* restrict y,
                                               __bf16* restrict d) {
  for (uint64_t i = 0; i < tiles; ++i) {
    const tile_f32_t s = tile_load_bf16(y, i);
    tile_store_bf16(d, i, tile_load(gradient, i) * (s * (1.0f - s)));
  }
}

/* BF16 numbers compare with 0 as 16-bit integers do, so that nothing is widened: 64 values are two registers. */

/* d = max(x, +0). BF16 in and out, in place if d is x; exact. -0 and negative NaN become +0. */
static inline void activation_relu(uint32_t tiles, const __bf16* x, __bf16* d) {
  const tile_i16_t* const from = (const tile_i16_t*)x;
  tile_i16_t* const to = (tile_i16_t*)d;
  for (uint64_t i = 0; i < tiles; ++i) to[i] = __builtin_elementwise_max(from[i], (tile_i16_t)0);
}

/* d = gradient where y > 0, else +0, y being the output of ReLU. BF16 in and out, in place if d is the gradient;
   exact. */
static inline void activation_relu_gradient(uint32_t tiles, const __bf16* gradient, const __bf16* y, __bf16* d) {
  const tile_i16_t* const from = (const tile_i16_t*)gradient;
  const tile_i16_t* const output = (const tile_i16_t*)y;
  tile_i16_t* const to = (tile_i16_t*)d;
  for (uint64_t i = 0; i < tiles; ++i) to[i] = output[i] > (int16_t)0 ? from[i] : (tile_i16_t)0;
}

/* d = a + b, of two branches of a network or of their gradients. BF16 in and out, in place if d is a or b; rounded
   once. */
static inline void activation_residual(uint32_t tiles, const __bf16* a, const __bf16* b, __bf16* d) {
  /* Written out, as the compiler knows that a sum of two BF16 numbers may be rounded at once, for which there is no
     instruction. */
  for (uint64_t i = 0; i < (uint64_t)tiles * TILE_VALUES; i += TILE_VALUES) {
    const vfloat32m4_t x = __riscv_vfwcvtbf16_f_f_v_f32m4(__riscv_vle16_v_bf16m2(a + i, TILE_VALUES), TILE_VALUES);
    const vfloat32m4_t y = __riscv_vfwcvtbf16_f_f_v_f32m4(__riscv_vle16_v_bf16m2(b + i, TILE_VALUES), TILE_VALUES);
    const vfloat32m4_t sum = __riscv_vfadd_vv_f32m4(x, y, TILE_VALUES);
    __riscv_vse16_v_bf16m2(d + i, __riscv_vfncvtbf16_f_f_w_bf16m2(sum, TILE_VALUES), TILE_VALUES);
  }
}

#endif
