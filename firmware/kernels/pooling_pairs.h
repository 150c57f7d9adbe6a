/* Bias, ReLU and max pooling with windows of 2x2 pixels side by side, in one pass over the result of a convolution, and
   the gradient back to that result. Images by pixels (kernels/image.h): FP32 before, BF16 behind.

   Two tiles above each other hold sixteen windows' pixels and become half a tile: 64 values are eight pixels, of which
   an even and the odd one behind it belong together. Which pixels have won is kept in two masks of 64 bits, a bit for
   each value of the upper tile and of the lower one; pixels that belong to no window have none set. */

#ifndef DOJO_KERNELS_POOLING_PAIRS_H
#define DOJO_KERNELS_POOLING_PAIRS_H

#include <riscv_vector.h>
#include <stdint.h>

#include "kernels/image.h"
#include "kernels/pooling_pairs_format.h"

/* Units of work are rows behind pooling, of eight channels; first those of the first eight. */
struct pooling_pairs_shape {
  uint32_t width; /* before pooling, in pixels; a last odd column is in no window */
  uint32_t rows;  /* behind pooling */
  uint32_t channel_tiles;
  uint32_t first; /* units to be done: [first, end) of rows * channel_tiles */
  uint32_t end;
};

/* Tiles of a row before pooling that hold pixels of windows. */
static inline uint32_t pooling_pairs_tiles(const struct pooling_pairs_shape* shape) {
  return image_row_tiles(shape->width / 2 * 2);
}

/* The half of a tile behind pooling that tile `q` of a row becomes. */
static inline uint64_t pooling_pairs_half(struct image_tiles image, uint32_t row, uint32_t q, uint32_t channel) {
  return image_row(image, row, channel) + (uint64_t)(q / 2) * image.pixel_stride + q % 2 * (TILE_BYTES_BF16 / 2);
}

/* d = max(largest value of the window + bias, +0), rounded to BF16 once: 2^-9 of the value. Of equal values of a column
   the upper one wins, of columns that are equal in BF16 the left one. `bias`: tiles whose rows are all the same. */
static inline void pooling_pairs(const struct pooling_pairs_shape* shape, struct image_tiles x, const float* bias,
                                 struct image_tiles d, uint8_t* winners) {
  const uint32_t tiles = pooling_pairs_tiles(shape);
  const uint32_t row_tiles = image_row_tiles(shape->width);
  const uint32_t last_pixels = shape->width / 2 * 2 - (tiles - 1) * TILE_EDGE;
  const uint64_t last_mask = ~0ull >> (TILE_EDGE - last_pixels) * TILE_EDGE;
  const vbool8_t last = __riscv_vlm_v_b8((const uint8_t*)&last_mask, TILE_VALUES);
  const vbool8_t even = __riscv_vreinterpret_v_u16m1_b8(__riscv_vmv_v_x_u16m1(0x00ff, 4));
  for (uint32_t unit = shape->first; unit < shape->end;) {
    const uint32_t c = unit / shape->rows;
    const vfloat32m4_t b = __riscv_vle32_v_f32m4(bias + (uint64_t)c * TILE_VALUES, TILE_VALUES);
    for (uint32_t row = unit % shape->rows; row < shape->rows && unit < shape->end; ++row, ++unit) {
      uint8_t* won = winners + ((uint64_t)row * row_tiles * shape->channel_tiles + c) * POOLING_PAIRS_WINNERS_BYTES;
      uint64_t from = image_row(x, 2 * row, c);
      for (uint32_t q = 0; q < tiles; ++q) {
        const vfloat32m4_t upper = __riscv_vle32_v_f32m4((const float*)from, TILE_VALUES);
        const vfloat32m4_t lower = __riscv_vle32_v_f32m4((const float*)(from + x.row_stride), TILE_VALUES);
        const vbool8_t is_lower = __riscv_vmflt_vv_f32m4_b8(upper, lower, TILE_VALUES);
        const vfloat32m4_t column =
            __riscv_vfadd_vv_f32m4(__riscv_vfmax_vv_f32m4(upper, lower, TILE_VALUES), b, TILE_VALUES);
        /* From +0 on, bits of BF16 compare as numbers do. */
        const vint16m2_t left = __riscv_vmax_vx_i16m2(
            __riscv_vreinterpret_v_bf16m2_i16m2(__riscv_vfncvtbf16_f_f_w_bf16m2(column, TILE_VALUES)), 0, TILE_VALUES);
        const vint16m2_t right = __riscv_vslidedown_vx_i16m2(left, TILE_EDGE, TILE_VALUES);
        const vbool8_t is_right = __riscv_vmslt_vv_i16m2_b8(left, right, TILE_VALUES);
        const vint16m2_t largest =
            __riscv_vcompress_vm_i16m2(__riscv_vmax_vv_i16m2(left, right, TILE_VALUES), even, TILE_VALUES);
        __riscv_vse16_v_i16m1((int16_t*)pooling_pairs_half(d, row, q, c), __riscv_vget_v_i16m2_i16m1(largest, 0),
                              TILE_VALUES / 2);
        /* Bits of a pixel are a byte: of each pair the left one's is known, and the right one's is its opposite. */
        vuint16m1_t pair = __riscv_vand_vx_u16m1(__riscv_vreinterpret_v_b8_u16m1(is_right), 0x00ff, 4);
        pair = __riscv_vxor_vx_u16m1(__riscv_vmul_vx_u16m1(pair, 0x0101, 4), 0x00ff, 4);
        vbool8_t in_column = __riscv_vreinterpret_v_u16m1_b8(pair);
        if (q + 1 == tiles) in_column = __riscv_vmand_mm_b8(in_column, last, TILE_VALUES);
        __riscv_vsm_v_b8(won, __riscv_vmandn_mm_b8(in_column, is_lower, TILE_VALUES), TILE_VALUES);
        __riscv_vsm_v_b8(won + sizeof(uint64_t), __riscv_vmand_mm_b8(in_column, is_lower, TILE_VALUES), TILE_VALUES);
        from += x.pixel_stride;
        won += shape->channel_tiles * POOLING_PAIRS_WINNERS_BYTES;
      }
    }
  }
}

/* d = gradient of the image before bias and ReLU: that of the window for the pixel that has won, if the output is
   positive, else +0. Exact. A last odd column is written if its tile has pixels of windows, a last odd row is not. */
static inline void pooling_pairs_gradient(const struct pooling_pairs_shape* shape, struct image_tiles gradient,
                                          struct image_tiles output, const uint8_t* winners, struct image_tiles d) {
  const uint32_t tiles = pooling_pairs_tiles(shape);
  const uint32_t row_tiles = image_row_tiles(shape->width);
  /* Pixels 0, 0, 1, 1, of eight values each. */
  const vuint16m1_t lane = __riscv_vid_v_u16m1(TILE_VALUES / 2);
  const vuint16m1_t pixel = __riscv_vsll_vx_u16m1(__riscv_vsrl_vx_u16m1(lane, 4, TILE_VALUES / 2), 3, TILE_VALUES / 2);
  const vuint16m1_t first =
      __riscv_vor_vv_u16m1(pixel, __riscv_vand_vx_u16m1(lane, TILE_EDGE - 1, TILE_VALUES / 2), TILE_VALUES / 2);
  const vuint16m1_t second = __riscv_vadd_vx_u16m1(first, 2 * TILE_EDGE, TILE_VALUES / 2);
  const vint16m2_t zero = __riscv_vmv_v_x_i16m2(0, TILE_VALUES);
  for (uint32_t unit = shape->first; unit < shape->end; ++unit) {
    const uint32_t c = unit / shape->rows;
    const uint32_t row = unit % shape->rows;
    const uint8_t* won = winners + ((uint64_t)row * row_tiles * shape->channel_tiles + c) * POOLING_PAIRS_WINNERS_BYTES;
    for (uint32_t q = 0; q < tiles; ++q) {
      const vint16m1_t o =
          __riscv_vle16_v_i16m1((const int16_t*)pooling_pairs_half(output, row, q, c), TILE_VALUES / 2);
      const vint16m1_t taken =
          __riscv_vle16_v_i16m1((const int16_t*)pooling_pairs_half(gradient, row, q, c), TILE_VALUES / 2);
      const vint16m1_t g = __riscv_vmerge_vvm_i16m1(__riscv_vget_v_i16m2_i16m1(zero, 0), taken,
                                                    __riscv_vmsgt_vx_i16m1_b16(o, 0, TILE_VALUES / 2), TILE_VALUES / 2);
      const vint16m2_t spread = __riscv_vcreate_v_i16m1_i16m2(__riscv_vrgather_vv_i16m1(g, first, TILE_VALUES / 2),
                                                              __riscv_vrgather_vv_i16m1(g, second, TILE_VALUES / 2));
      const uint64_t to = image_row(d, 2 * row, c) + (uint64_t)q * d.pixel_stride;
      const vbool8_t upper = __riscv_vlm_v_b8(won, TILE_VALUES);
      __riscv_vse16_v_i16m2((int16_t*)to, __riscv_vmerge_vvm_i16m2(zero, spread, upper, TILE_VALUES), TILE_VALUES);
      const vbool8_t lower = __riscv_vlm_v_b8(won + sizeof(uint64_t), TILE_VALUES);
      __riscv_vse16_v_i16m2((int16_t*)(to + d.row_stride), __riscv_vmerge_vvm_i16m2(zero, spread, lower, TILE_VALUES),
                            TILE_VALUES);
      won += shape->channel_tiles * POOLING_PAIRS_WINNERS_BYTES;
    }
  }
}

#endif
