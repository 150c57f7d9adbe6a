/* Plain C over FP32 arrays in the SRAM, shared by the harts of a node: kernels/vector_loops.h. */

#include <stdint.h>

#include "dojo.h"
#include "kernels/vector_loops.h"

static uint64_t argument(unsigned index) {
  return dojo_launch.args[index];
}

static __attribute__((noinline)) void axpy(uint64_t count, float a, const float* restrict x, float* restrict y) {
  for (uint64_t i = 0; i < count; ++i) y[i] += a * x[i];
}

/* exp(x) for x <= 0; relative error below 2e-7, exp(-87) below. */
static inline float exponential(float x) {
  const float limited = x < -87.0f ? -87.0f : x;
  const int32_t n = (int32_t)(limited * 1.44269504f - 0.5f);
  const float whole = (float)n;
  /* x = n * ln 2 + r; ln 2 in two parts keeps r exact. */
  const float r = (limited - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  union {
    float value;
    int32_t bits;
  } scale = {.value = p};
  scale.bits += n << 23; /* p is between 0.7 and 1.5: its exponent grows by n */
  return scale.value;
}

/* Sum of a row, in whatever order is fastest. */
static inline float total(const float* row) {
#pragma clang fp reassociate(on)
  float sum = 0.0f;
  for (unsigned i = 0; i < VECTOR_ROW; ++i) sum += row[i];
  return sum;
}

static __attribute__((noinline)) void softmax(uint64_t rows, const float* restrict x, float* restrict y) {
  for (uint64_t row = 0; row < rows; ++row, x += VECTOR_ROW, y += VECTOR_ROW) {
    float largest = x[0];
    for (unsigned i = 0; i < VECTOR_ROW; ++i) largest = x[i] > largest ? x[i] : largest;
    for (unsigned i = 0; i < VECTOR_ROW; ++i) y[i] = exponential(x[i] - largest);
    const float factor = 1.0f / total(y);
    for (unsigned i = 0; i < VECTOR_ROW; ++i) y[i] *= factor;
  }
}

int kernel_main(unsigned hart) {
  const uint64_t harts = argument(1);
  const uint64_t rows = argument(2);
  const uint64_t first = rows * hart / harts;
  const uint64_t mine = rows * (hart + 1) / harts - first;
  const uint64_t offset = first * VECTOR_ROW * sizeof(float);
  if (argument(0) == VECTOR_AXPY) {
    const union {
      uint32_t bits;
      float value;
    } a = {.bits = (uint32_t)argument(3)};
    axpy(mine * VECTOR_ROW, a.value, (const float*)(argument(4) + offset), (float*)(argument(5) + offset));
    return 0;
  }
  if (argument(0) == VECTOR_SOFTMAX) {
    softmax(mine, (const float*)(argument(3) + offset), (float*)(argument(4) + offset));
    return 0;
  }
  return 1;
}
