/* AdamW: moving means of gradients and of their squares, and weights that decay by themselves:
     g = factor * gradient
     m = m + (1 - beta_1) * (g - m);  v = v + (1 - beta_2) * (g^2 - v)
     w = w - decay * w - step * m / (sqrt(v) * root_correction + epsilon)
   and the BF16 copy of w for the products. */

#ifndef DOJO_KERNELS_ADAMW_H
#define DOJO_KERNELS_ADAMW_H

#include "kernels/adamw_rates.h"
#include "kernels/tile_math.h"

/* Over `tiles` tiles; the first `bf16_tiles` of them have a BF16 copy. FP32; error of the weights against FP64: 1e-6 of
   the step and 2^-23 of the weight. Roots of what is below 1e-30 count as 1e-15. */
static inline void adamw_update(uint32_t tiles, uint32_t bf16_tiles, struct adamw_rates rates,
                                const float* restrict gradient, float* restrict mean, float* restrict square,
                                float* restrict weights, __bf16* restrict weights_bf16) {
  for (uint64_t i = 0; i < tiles; ++i) {
    const tile_f32_t g = tile_load(gradient, i) * rates.factor;
    tile_f32_t m = tile_load(mean, i);
    tile_f32_t v = tile_load(square, i);
    m = (g - m) * rates.one_minus_beta_1 + m;
    v = (g * g - v) * rates.one_minus_beta_2 + v;
    tile_store(mean, i, m);
    tile_store(square, i, v);
    const tile_f32_t positive = tile_max(v, (tile_f32_t)1e-30f);
    const tile_f32_t root = positive * tile_reciprocal_root(positive);
    const tile_f32_t step = m * tile_reciprocal(root * rates.root_correction + rates.epsilon);
    const tile_f32_t old = tile_load(weights, i);
    const tile_f32_t w = step * rates.negative_step + (old * rates.negative_decay + old);
    tile_store(weights, i, w);
    if (i < bf16_tiles) tile_store_bf16(weights_bf16, i, w);
  }
}

#endif
