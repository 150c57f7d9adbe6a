/* Gradients as a whole before the update: their norm, whether they are finite, and a common factor. For clipping by the
   global norm each node sums the squares of the gradients that it owns; the sum over nodes, one number, gives the
   factor (gradient_clip_factor), which the update applies (adamw.h) or gradient_scale does. The loss's scale goes into
   the same factor. FP32 tiles in any order; padding is +0. */

#ifndef DOJO_KERNELS_GRADIENT_H
#define DOJO_KERNELS_GRADIENT_H

#include "kernels/tile_values.h"

/* Sum of squares; relative error against FP64 below 64 lanes' sums of `tiles` terms each: 6e-8 * (tiles + 6). */
static inline float gradient_squares(uint32_t tiles, const float* gradient) {
  tile_f32_t sum = (tile_f32_t)0.0f;
  for (uint64_t i = 0; i < tiles; ++i) {
    const tile_f32_t g = tile_load(gradient, i);
    sum += g * g;
  }
  return tile_sum(sum);
}

/* Sum; absolute error against FP64 6e-8 * (tiles + 6) of the sum of magnitudes. */
static inline float gradient_sum(uint32_t tiles, const float* values) {
  tile_f32_t sum = (tile_f32_t)0.0f;
  for (uint64_t i = 0; i < tiles; ++i) sum += tile_load(values, i);
  return tile_sum(sum);
}

/* The largest magnitude as its FP32 bits; as whole numbers they have the order of the magnitudes, infinity and NaN
   above all others. Of several nodes or tensors the largest is the one of all. */
static inline uint32_t gradient_largest(uint32_t tiles, const float* values) {
  tile_i32_t largest = (tile_i32_t)0;
  for (uint64_t i = 0; i < tiles; ++i) {
    largest = __builtin_elementwise_max(largest, tile_bits(tile_load(values, i)) & 0x7fffffff);
  }
  return (uint32_t)__builtin_reduce_max(largest);
}

/* Whether gradient_largest saw only numbers: else the step is left out and the loss's scale made smaller. */
static inline int gradient_finite(uint32_t largest) {
  return largest < 0x7f800000;
}

/* The factor for gradients of a loss that was multiplied by `loss_scale`, whose squares sum to `squares` over all
   nodes: the scale is taken away, and a norm above `limit` becomes the limit. */
static inline float gradient_clip_factor(float squares, float loss_scale, float limit) {
  const float norm = __builtin_sqrtf(squares);
  return norm > limit * loss_scale ? limit / norm : 1.0f / loss_scale;
}

/* gradient = gradient * factor, each rounded once. */
static inline void gradient_scale(uint32_t tiles, float factor, float* gradient) {
  for (uint64_t i = 0; i < tiles; ++i) tile_store(gradient, i, tile_load(gradient, i) * factor);
}

#endif
