/* Embedding: rows of a table by number. The table is an image of one row whose pixels are its rows (kernels/image.h, by
   pixels): BF16 tiles (row, channel); so is the output, whose pixels are tokens. */

#ifndef DOJO_KERNELS_EMBEDDING_H
#define DOJO_KERNELS_EMBEDDING_H

#include "kernels/image.h"

/* Row i of the output is row tokens[i] of the table, exact. `count` tokens, `channel_tiles` tiles of eight channels. */
static inline void embedding(uint32_t count, uint32_t channel_tiles, const uint32_t* restrict tokens, uint64_t table,
                             uint64_t output) {
  const uint32_t pixel_stride = channel_tiles * TILE_BYTES_BF16;
  for (uint32_t first = 0; first < count; first += IMAGE_LANES) {
    const uint32_t lanes = count - first < IMAGE_LANES ? count - first : IMAGE_LANES;
    const image_register_t rows = __riscv_vle32_v_u32m1(tokens + first, lanes);
    image_lanes_t numbers;
    __builtin_memcpy(&numbers, &rows, sizeof(numbers));
    const image_lanes_t from = image_offsets(numbers, pixel_stride);
    const image_lanes_t to = image_offsets(image_lanes_from(first), pixel_stride);
    for (uint32_t c = 0; c < channel_tiles; ++c) {
      image_put(output + c * TILE_BYTES_BF16, to, lanes, image_take(table + c * TILE_BYTES_BF16, from, lanes));
    }
  }
}

/* Row tokens[i] of `sums` += row i of the gradient, in the order of i: a token that comes twice counts twice. BF16
   gradient in the order of the output; FP32 sums in the order of the table, each addition rounded once. Tiles of
   channels [first, end) only, so that harts can share them. */
static inline void embedding_gradient_of_channels(uint32_t count, uint32_t channel_tiles, uint32_t first, uint32_t end,
                                                  const uint32_t* restrict tokens, const __bf16* restrict gradient,
                                                  float* restrict sums) {
  const uint64_t values = TILE_EDGE * TILE_EDGE;
  for (uint32_t i = 0; i < count; ++i) {
    const __bf16* from = gradient + (i / TILE_EDGE * channel_tiles + first) * values + i % TILE_EDGE * TILE_EDGE;
    float* to = sums + (tokens[i] / TILE_EDGE * channel_tiles + first) * values + tokens[i] % TILE_EDGE * TILE_EDGE;
    for (uint32_t c = first; c < end; ++c, from += values, to += values) {
      const vbfloat16mf2_t row = __riscv_vle16_v_bf16mf2(from, TILE_EDGE);
      const vfloat32m1_t sum = __riscv_vle32_v_f32m1(to, TILE_EDGE);
      __riscv_vse32_v_f32m1(to, __riscv_vfadd_vv_f32m1(sum, __riscv_vfwcvtbf16_f_f_v_f32m1(row, TILE_EDGE), TILE_EDGE),
                            TILE_EDGE);
    }
  }
}

/* The same of all channels. */
static inline void embedding_gradient(uint32_t count, uint32_t channel_tiles, const uint32_t* restrict tokens,
                                      const __bf16* restrict gradient, float* restrict sums) {
  embedding_gradient_of_channels(count, channel_tiles, 0, channel_tiles, tokens, gradient, sums);
}

#endif
