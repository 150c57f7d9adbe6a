/* Stochastic gradient descent with momentum: v = mu * v + g; w = w - rate * v; and the BF16 copy of w for the products.
   Each of the two is one fused multiply-add, rounded once. */

#ifndef DOJO_KERNELS_SGD_H
#define DOJO_KERNELS_SGD_H

#include <stdint.h>

#include "kernels/elementwise.h"

struct sgd_rates {
  float negative_rate;
  float momentum;
};

/* Over `tiles` tiles; the first `bf16_tiles` of them have a BF16 copy. */
static inline void sgd_update(uint32_t tiles, uint32_t bf16_tiles, struct sgd_rates rates,
                              const float* restrict gradient, float* restrict velocity, float* restrict weights,
                              __bf16* restrict weights_bf16) {
  const uint64_t values = (uint64_t)tiles * TILE_VALUES;
  uint64_t tile = 0;
  for (; tile < (uint64_t)bf16_tiles * TILE_VALUES; tile += TILE_VALUES) {
    ELEMENTWISE_INDEPENDENT
    for (uint32_t i = 0; i < TILE_VALUES; ++i) {
      const float v = rates.momentum * velocity[tile + i] + gradient[tile + i];
      const float w = rates.negative_rate * v + weights[tile + i];
      velocity[tile + i] = v;
      weights[tile + i] = w;
      weights_bf16[tile + i] = (__bf16)w;
    }
  }
  for (; tile < values; tile += TILE_VALUES) {
    ELEMENTWISE_INDEPENDENT
    for (uint32_t i = 0; i < TILE_VALUES; ++i) {
      const float v = rates.momentum * velocity[tile + i] + gradient[tile + i];
      velocity[tile + i] = v;
      weights[tile + i] = rates.negative_rate * v + weights[tile + i];
    }
  }
}

#endif
