/* Softmax cross-entropy and its gradient in integer code: the harts have no floating point. softmax_format.h says how
   numbers come and go. */

#ifndef DOJO_KERNELS_SOFTMAX_H
#define DOJO_KERNELS_SOFTMAX_H

#include <stdint.h>

#include "kernels/softmax_format.h"

/* 2^-fraction in Q30 for a fraction in Q15; relative error below 3.1e-6 (minimax polynomial of degree 4, exact at 0).
 */
static inline uint64_t softmax_exp2_negative(uint64_t fraction) {
  uint64_t value = 7335691;                                          /* 0.00683189 */
  value = 57148382 - ((value * fraction) >> SOFTMAX_FRACTION_BITS);  /* 0.05322358 */
  value = 257114721 - ((value * fraction) >> SOFTMAX_FRACTION_BITS); /* 0.23945674 */
  value = 744171339 - ((value * fraction) >> SOFTMAX_FRACTION_BITS); /* 0.69306357 */
  return (UINT64_C(1) << 30) - ((value * fraction) >> SOFTMAX_FRACTION_BITS);
}

/* log2 of a number in Q30 that is at least 1, in Q15; absolute error below 5e-5 (minimax polynomial of degree 5). */
static inline uint64_t softmax_log2(uint64_t value) {
  uint64_t exponent = 0;
  while (value >> 31) {
    value >>= 1;
    ++exponent;
  }
  const int64_t f = (int64_t)(value >> 15) - (1 << 15);
  int64_t polynomial = -1479;                    /* -0.04514906 */
  polynomial = 4864 + ((polynomial * f) >> 15);  /* 0.14842668 */
  polynomial = -8755 + ((polynomial * f) >> 15); /* -0.26717942 */
  polynomial = 14481 + ((polynomial * f) >> 15); /* 0.44191704 */
  const int64_t curve = (f * ((1 << 15) - f)) >> 15;
  return (exponent << 15) + (uint64_t)(f + ((curve * polynomial) >> 15));
}

/* One sample. Class c is at logits[c / 8 * column_words + c % 8] (a row of the class tiles). The logits are replaced by
   the gradient, softmax - one-hot(label), in the form described above. Returns the loss. */
static inline __attribute__((always_inline)) int64_t softmax_sample(int32_t* logits, uint64_t column_words,
                                                                    uint32_t label, const unsigned classes) {
  int64_t value[16];
  if (label >= classes) {
#pragma GCC unroll 16
    for (unsigned c = 0; c < classes; ++c) logits[c / 8 * column_words + c % 8] = FIXED_POINT_ZERO_BITS;
    return 0;
  }
  int32_t* const target = &logits[label / 8 * column_words + label % 8];
  const int64_t target_value = *target;
  int64_t largest = INT64_MIN;
#pragma GCC unroll 16
  for (unsigned c = 0; c < classes; ++c) {
    value[c] = logits[c / 8 * column_words + c % 8];
    if (value[c] > largest) largest = value[c];
  }
  uint64_t exponential[16];
  uint64_t sum = 0;
#pragma GCC unroll 16
  for (unsigned c = 0; c < classes; ++c) {
    const uint64_t distance = (uint64_t)(largest - value[c]);
    exponential[c] = 0;
    /* Below 2^-23 of the largest nothing reaches its own gradient: skipping saves most of the work late in training. */
    if (__builtin_expect(distance < UINT64_C(23) << SOFTMAX_FRACTION_BITS, 1)) {
      const uint64_t fraction = distance & ((1 << SOFTMAX_FRACTION_BITS) - 1);
      exponential[c] = softmax_exp2_negative(fraction) >> (distance >> SOFTMAX_FRACTION_BITS);
    }
    sum += exponential[c];
  }
  const uint64_t reciprocal = (UINT64_C(1) << 62) / sum;
#pragma GCC unroll 16
  for (unsigned c = 0; c < classes; ++c) {
    const uint64_t probability =
        (exponential[c] * reciprocal + (UINT64_C(1) << (61 - SOFTMAX_GRADIENT_BITS))) >> (62 - SOFTMAX_GRADIENT_BITS);
    logits[c / 8 * column_words + c % 8] = (int32_t)(FIXED_POINT_ZERO_BITS + probability);
  }
  *target -= 1 << SOFTMAX_GRADIENT_BITS;
  const int64_t loss = (int64_t)softmax_log2(sum) + (largest - target_value);
  return largest >= 0x4b800000 || target_value < 0x4b000000 ? loss + SOFTMAX_DIVERGED : loss;
}

/* The samples first, first + stride, ... below `samples` of the class tiles at `logits`, which are stored column by
   column of `sample_tiles` FP32 tiles. Returns the sum of their losses. */
static inline __attribute__((always_inline)) int64_t softmax_cross_entropy(uint64_t logits, uint64_t sample_tiles,
                                                                           const uint8_t* labels, uint32_t first,
                                                                           uint32_t stride, uint32_t samples,
                                                                           const unsigned classes) {
  int64_t loss = 0;
  for (uint32_t sample = first; sample < samples; sample += stride) {
    /* A row of a tile has 8 words, a tile 8 rows: the sample's rows follow each other through all tiles of the column.
     */
    loss += softmax_sample((int32_t*)logits + sample * 8, sample_tiles * 64, labels[sample], classes);
  }
  return loss;
}

#endif
