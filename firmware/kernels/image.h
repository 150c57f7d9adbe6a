/* Where the tiles of an image are, and its pixels as segments of 16 bytes.
   A tile is eight pixels of a row by eight channels, in BF16 (docs/descriptors.md, "Convolutions"). Two orders are
   used: by pixels (rows of eights of pixels, in each of these the channels), and by planes (eight channels of the whole
   image, then the next eight), in which the frames of a film follow each other as more channels. */

#ifndef DOJO_KERNELS_IMAGE_H
#define DOJO_KERNELS_IMAGE_H

#include <riscv_vector.h>
#include <stdint.h>

#include "kernels/gemm.h"

struct image_tiles {
  uint64_t base;
  uint32_t row_stride;     /* bytes from a row of pixels to the next */
  uint32_t pixel_stride;   /* from eight pixels to the next eight */
  uint32_t channel_stride; /* from eight channels to the next eight */
};

static inline uint32_t image_row_tiles(uint32_t width) {
  return (width + TILE_EDGE - 1) / TILE_EDGE;
}

static inline struct image_tiles image_by_pixels(uint64_t base, uint32_t width, uint32_t channel_tiles,
                                                 uint32_t tile_bytes) {
  const uint32_t pixel_stride = channel_tiles * tile_bytes;
  return (struct image_tiles){base, image_row_tiles(width) * pixel_stride, pixel_stride, tile_bytes};
}

static inline struct image_tiles image_by_planes(uint64_t base, uint32_t width, uint32_t height, uint32_t tile_bytes) {
  const uint32_t row_stride = image_row_tiles(width) * tile_bytes;
  return (struct image_tiles){base, row_stride, tile_bytes, height * row_stride};
}

/* The channels from tile `channel` on: those of a group, or the frames from one on. */
static inline struct image_tiles image_from_channel(struct image_tiles image, uint32_t channel) {
  image.base += (uint64_t)channel * image.channel_stride;
  return image;
}

/* ---- Lanes are sixteen pixels of a row; each pixel's eight channels are four pairs of BF16. */

#define IMAGE_LANES 16
#define IMAGE_PAIRS 4
#define IMAGE_PIXEL_BYTES (TILE_EDGE * 2)

typedef uint32_t image_lanes_t __attribute__((ext_vector_type(IMAGE_LANES)));
typedef uint16_t image_pair_t __attribute__((ext_vector_type(2 * IMAGE_LANES)));
struct image_pixels {
  image_pair_t pair[IMAGE_PAIRS];
};

/* Registers as the intrinsics want them, and back. */
typedef vuint32m1_t image_register_t __attribute__((riscv_rvv_vector_bits(__riscv_v_fixed_vlen)));

static inline image_register_t image_to_register(image_lanes_t lanes) {
  image_register_t result;
  __builtin_memcpy(&result, &lanes, sizeof(result));
  return result;
}

static inline image_pair_t image_from_register(image_register_t value) {
  image_pair_t result;
  __builtin_memcpy(&result, &value, sizeof(result));
  return result;
}

/* first, first + 1, ... */
static inline image_lanes_t image_lanes_from(uint32_t first) {
  return (image_lanes_t){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} + first;
}

/* Pixels of a row as offsets in bytes from its first tile. */
static inline image_lanes_t image_offsets(image_lanes_t pixels, uint32_t pixel_stride) {
  return pixels % TILE_EDGE * IMAGE_PIXEL_BYTES + pixels / TILE_EDGE * pixel_stride;
}

/* The first `count` of the pixels at these offsets from a row; the other lanes are not defined. */
static inline struct image_pixels image_take(uint64_t row, image_lanes_t offsets, uint32_t count) {
  const vuint32m1x4_t taken = __riscv_vluxseg4ei32_v_u32m1x4((const uint32_t*)row, image_to_register(offsets), count);
  return (struct image_pixels){{image_from_register(__riscv_vget_v_u32m1x4_u32m1(taken, 0)),
                                image_from_register(__riscv_vget_v_u32m1x4_u32m1(taken, 1)),
                                image_from_register(__riscv_vget_v_u32m1x4_u32m1(taken, 2)),
                                image_from_register(__riscv_vget_v_u32m1x4_u32m1(taken, 3))}};
}

static inline void image_put(uint64_t row, image_lanes_t offsets, uint32_t count, struct image_pixels pixels) {
  const vuint32m1x4_t given = __riscv_vcreate_v_u32m1x4(
      image_to_register((image_lanes_t)pixels.pair[0]), image_to_register((image_lanes_t)pixels.pair[1]),
      image_to_register((image_lanes_t)pixels.pair[2]), image_to_register((image_lanes_t)pixels.pair[3]));
  __riscv_vsuxseg4ei32_v_u32m1x4((uint32_t*)row, image_to_register(offsets), given, count);
}

/* The address of a row of eight channels. */
static inline uint64_t image_row(struct image_tiles image, uint32_t row, uint32_t channel) {
  return image.base + (uint64_t)row * image.row_stride + (uint64_t)channel * image.channel_stride;
}

/* The whole image becomes +0, padding included. */
static inline void image_clear(struct image_tiles image, uint32_t width, uint32_t height, uint32_t channel_tiles) {
  const vuint16m2_t zero = __riscv_vmv_v_x_u16m2(0, TILE_EDGE * TILE_EDGE);
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t c = 0; c < channel_tiles; ++c) {
      uint64_t tile = image_row(image, y, c);
      for (uint32_t t = 0; t < image_row_tiles(width); ++t, tile += image.pixel_stride) {
        __riscv_vse16_v_u16m2((uint16_t*)tile, zero, TILE_EDGE * TILE_EDGE);
      }
    }
  }
}

/* The pixels behind the width of each row become +0, as a product over pixels and a sum over channels need them: what a
   convolution leaves there belongs to no pixel. Nothing to do if the width is a multiple of eight. */
static inline void image_clear_behind(struct image_tiles image, uint32_t width, uint32_t height,
                                      uint32_t channel_tiles) {
  const uint32_t used = width % TILE_EDGE;
  if (used == 0) return;
  const uint32_t values = (TILE_EDGE - used) * TILE_EDGE;
  const vuint16m2_t zero = __riscv_vmv_v_x_u16m2(0, values);
  for (uint32_t y = 0; y < height; ++y) {
    uint64_t pixel =
        image_row(image, y, 0) + (uint64_t)(width / TILE_EDGE) * image.pixel_stride + used * IMAGE_PIXEL_BYTES;
    for (uint32_t c = 0; c < channel_tiles; ++c, pixel += image.channel_stride) {
      __riscv_vse16_v_u16m2((uint16_t*)pixel, zero, values);
    }
  }
}

#endif
