/* Binary cross-entropy with logits. Every value is a sample of its own. */

#ifndef DOJO_KERNELS_BINARY_CROSS_ENTROPY_H
#define DOJO_KERNELS_BINARY_CROSS_ENTROPY_H

#include "kernels/binary_cross_entropy_format.h"
#include "kernels/tile_math.h"

/* loss = max(x, 0) - x * target + log(1 + exp(-|x|)), in nats, and d = scale * (sigmoid(x) - target); targets from 0 to
   1, or BINARY_CROSS_ENTROPY_NO_TARGET. Tiles in any order; FP32, but for d, which is BF16. Error against FP64: loss
   3e-7 * (1 + loss); gradient 2^-8 of the value, and 2e-7 * scale. */
static inline void binary_cross_entropy(uint32_t tiles, const float* restrict x, const float* restrict targets,
                                        float scale, float* restrict losses, __bf16* restrict d) {
  for (uint64_t i = 0; i < tiles; ++i) {
    const tile_f32_t logit = tile_load(x, i);
    const tile_f32_t target = tile_load(targets, i);
    const tile_f32_t e = tile_exp(-tile_abs(logit));
    const tile_f32_t reciprocal = tile_reciprocal(e + 1.0f);
    const tile_f32_t sigmoid = logit < 0.0f ? e * reciprocal : reciprocal;
    const tile_f32_t loss = tile_max(logit, (tile_f32_t)0.0f) - logit * target + tile_log(e + 1.0f);
    tile_store(losses, i, target >= 0.0f ? loss : 0.0f);
    tile_store_bf16(d, i, target >= 0.0f ? (sigmoid - target) * scale : 0.0f);
  }
}

#endif
