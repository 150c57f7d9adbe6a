/* Dropout by a counter: the mask is a function of seed, step and the value's number (kernels/dropout_mask.h), so that
   nothing is kept for the gradient, and nodes that hold parts of a layer agree with one that holds all. */

#ifndef DOJO_KERNELS_DROPOUT_H
#define DOJO_KERNELS_DROPOUT_H

#include "kernels/dropout_mask.h"
#include "kernels/tile_values.h"

/* d = x * scale where the mask keeps, else +0; scale is 1 / (probability to keep). The gradient is the same function of
   the gradient. `first`: number of the first value in the layer. BF16 in and out, in place if d is x; products rounded
   once. */
static inline void dropout(uint32_t tiles, uint32_t key, uint32_t first, uint32_t threshold, float scale,
                           const __bf16* x, __bf16* d) {
#define DROPOUT_LANE(i) i
  tile_u32_t index = (tile_u32_t){TILE_LANES(DROPOUT_LANE)} + first;
#undef DROPOUT_LANE
  for (uint64_t i = 0; i < tiles; ++i, index += TILE_VALUES) {
    tile_u32_t bits = index + key;
    DROPOUT_MIXED(bits);
    bits ^= key;
    DROPOUT_MIXED(bits);
    const tile_f32_t value = tile_load_bf16(x, i) * scale;
    tile_store_bf16(d, i, bits < threshold ? value : (tile_f32_t)0.0f);
  }
}

#endif
