/* Element-wise kernels in plain C; the compiler makes vector code of the loops. All work on whole FP32 tiles of 64
   values: one register group of four registers, so that the short loops need no remainder.
   A result may replace one of its inputs (same address), but ranges that overlap otherwise give undefined results. */

#ifndef DOJO_KERNELS_ELEMENTWISE_H
#define DOJO_KERNELS_ELEMENTWISE_H

#include <stdint.h>

#include "kernels/gemm.h"

#define TILE_VALUES (TILE_EDGE * TILE_EDGE)
#define LINE_VALUES (DOJO_LINE_BYTES / 4)

/* The iterations of the loop that follows do not depend on each other, though its ranges may be the same. */
#define ELEMENTWISE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

/* Activations are stored column by column of `rows` tiles. d = x + bias, with one bias tile per tile column. */
static inline void elementwise_bias(uint32_t rows, uint32_t columns, const float* x, const float* restrict bias,
                                    float* d) {
  for (uint32_t column = 0; column < columns; ++column) {
    const uint64_t start = (uint64_t)column * rows * TILE_VALUES;
    for (uint64_t tile = start; tile < start + rows * TILE_VALUES; tile += TILE_VALUES) {
      ELEMENTWISE_INDEPENDENT
      for (uint32_t i = 0; i < TILE_VALUES; ++i) d[tile + i] = x[tile + i] + bias[column * TILE_VALUES + i];
    }
  }
}

static inline float elementwise_positive(float value) {
  return value > 0.0f ? value : 0.0f;
}

/* d = max(x + bias, +0), and the same in BF16. */
static inline void elementwise_bias_relu(uint32_t rows, uint32_t columns, const float* x, const float* restrict bias,
                                         float* d, __bf16* restrict d_bf16) {
  for (uint32_t column = 0; column < columns; ++column) {
    const uint64_t start = (uint64_t)column * rows * TILE_VALUES;
    for (uint64_t tile = start; tile < start + rows * TILE_VALUES; tile += TILE_VALUES) {
      ELEMENTWISE_INDEPENDENT
      for (uint32_t i = 0; i < TILE_VALUES; ++i) {
        const float value = elementwise_positive(x[tile + i] + bias[column * TILE_VALUES + i]);
        d[tile + i] = value;
        d_bf16[tile + i] = (__bf16)value;
      }
    }
  }
}

/* The same without the FP32 copy. */
static inline void elementwise_bias_relu_bf16(uint32_t rows, uint32_t columns, const float* x,
                                              const float* restrict bias, __bf16* restrict d) {
  for (uint32_t column = 0; column < columns; ++column) {
    const uint64_t start = (uint64_t)column * rows * TILE_VALUES;
    for (uint64_t tile = start; tile < start + rows * TILE_VALUES; tile += TILE_VALUES) {
      ELEMENTWISE_INDEPENDENT
      for (uint32_t i = 0; i < TILE_VALUES; ++i)
        d[tile + i] = (__bf16)elementwise_positive(x[tile + i] + bias[column * TILE_VALUES + i]);
    }
  }
}

/* d = x where y > 0, else +0, in BF16: the gradient of ReLU, y being its output (or input). */
static inline void elementwise_relu_gradient(uint32_t tiles, const float* restrict x, const float* restrict y,
                                             __bf16* restrict d) {
  for (uint64_t tile = 0; tile < (uint64_t)tiles * TILE_VALUES; tile += TILE_VALUES) {
    ELEMENTWISE_INDEPENDENT
    for (uint32_t i = 0; i < TILE_VALUES; ++i) d[tile + i] = (__bf16)(y[tile + i] > 0.0f ? x[tile + i] : 0.0f);
  }
}

/* d = x in BF16. */
static inline void elementwise_to_bf16(uint32_t tiles, const float* restrict x, __bf16* restrict d) {
  for (uint64_t tile = 0; tile < (uint64_t)tiles * TILE_VALUES; tile += TILE_VALUES) {
    ELEMENTWISE_INDEPENDENT
    for (uint32_t i = 0; i < TILE_VALUES; ++i) d[tile + i] = (__bf16)x[tile + i];
  }
}

/* sum = sum + x, over lines of 16 values. */
static inline void elementwise_add(uint32_t lines, const float* restrict x, float* restrict sum) {
  const uint64_t values = (uint64_t)lines * LINE_VALUES;
  uint64_t next = 0;
  for (; next + TILE_VALUES <= values; next += TILE_VALUES) {
    ELEMENTWISE_INDEPENDENT
    for (uint32_t i = 0; i < TILE_VALUES; ++i) sum[next + i] += x[next + i];
  }
  for (; next < values; next += LINE_VALUES) {
    ELEMENTWISE_INDEPENDENT
    for (uint32_t i = 0; i < LINE_VALUES; ++i) sum[next + i] += x[next + i];
  }
}

#endif
