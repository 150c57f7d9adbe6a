/* Max and average pooling of BF16 images, and their gradients. Images and gradients in any order of tiles
   (kernels/image.h), of the same number of channels; windows may overlap and reach into the padding, which is below
   their size. What lies behind the width of an image is neither used nor written. */

#ifndef DOJO_KERNELS_POOLING_H
#define DOJO_KERNELS_POOLING_H

#include <stdint.h>

#include "kernels/image.h"

struct pooling_shape {
  uint32_t width; /* of the image, in pixels */
  uint32_t height;
  uint32_t channel_tiles;
  uint32_t window; /* rows and columns */
  uint32_t stride; /* of both directions */
  uint32_t padding;
};

typedef int16_t pooling_order_t __attribute__((ext_vector_type(2 * IMAGE_LANES)));
typedef float pooling_f32_t __attribute__((ext_vector_type(2 * IMAGE_LANES)));
typedef __bf16 pooling_bf16_t __attribute__((ext_vector_type(2 * IMAGE_LANES)));

static inline uint32_t pooling_output(const struct pooling_shape* shape, uint32_t size) {
  return (size + 2 * shape->padding - shape->window) / shape->stride + 1;
}

static inline uint32_t pooling_count(uint32_t width, uint32_t first) {
  return width - first < IMAGE_LANES ? width - first : IMAGE_LANES;
}

/* BF16 bits as whole numbers of the same order, and back: negative ones are turned around. */
static inline pooling_order_t pooling_ordered(pooling_order_t bits) {
  return bits ^ (bits >> 15 & (int16_t)0x7fff);
}

static inline pooling_f32_t pooling_widened(image_pair_t bits) {
  return __builtin_convertvector((pooling_bf16_t)bits, pooling_f32_t);
}

static inline image_pair_t pooling_narrowed(pooling_f32_t value) {
  return (image_pair_t) __builtin_convertvector(value, pooling_bf16_t);
}

/* The input pixels of column `kx` of the windows of output pixels first, first + 1, ... */
static inline image_lanes_t pooling_columns(const struct pooling_shape* shape, uint32_t first, uint32_t kx) {
  return image_lanes_from(first) * shape->stride + (kx - shape->padding);
}

/* The output pixels in whose windows input pixels first, first + 1, ... are in column (or row) `k`: number, or what is
   no number of a pixel. */
static inline image_lanes_t pooling_windows(const struct pooling_shape* shape, image_lanes_t pixels, uint32_t k) {
  const image_lanes_t distance = pixels + (shape->padding - k);
  const image_lanes_t window = distance / shape->stride;
  return window * shape->stride == distance ? window : (image_lanes_t)UINT32_MAX;
}

/* d = the largest value of each window, exact, and `places`: the number (row * window + column) of the first place that
   holds it, in 16 bits per value and the tiles' own order. A positive NaN is larger than all numbers, and +0
   larger than -0. */
static inline void pooling_max(const struct pooling_shape* shape, struct image_tiles x, struct image_tiles d,
                               struct image_tiles places) {
  const uint32_t width = pooling_output(shape, shape->width);
  const uint32_t rows = pooling_output(shape, shape->height) * shape->channel_tiles;
  for (uint32_t first = 0; first < width; first += IMAGE_LANES) {
    const uint32_t count = pooling_count(width, first);
    for (uint32_t row = 0; row < rows; ++row) {
      const uint32_t oy = row / shape->channel_tiles;
      const uint32_t c = row % shape->channel_tiles;
      pooling_order_t best[IMAGE_PAIRS];
      struct image_pixels place;
      for (unsigned n = 0; n < IMAGE_PAIRS; ++n) {
        best[n] = (pooling_order_t)INT16_MIN;
        place.pair[n] = (image_pair_t)0;
      }
      for (uint32_t ky = 0; ky < shape->window; ++ky) {
        const uint32_t y = oy * shape->stride + ky - shape->padding;
        if (y >= shape->height) continue;
        for (uint32_t kx = 0; kx < shape->window; ++kx) {
          const image_lanes_t pixels = pooling_columns(shape, first, kx);
          const image_lanes_t outside = (image_lanes_t)(pixels >= shape->width);
          const struct image_pixels taken =
              image_take(image_row(x, y, c), image_offsets(pixels & ~outside, x.pixel_stride), count);
          for (unsigned n = 0; n < IMAGE_PAIRS; ++n) {
            /* All ones are the smallest of all in this order. */
            const pooling_order_t value = pooling_ordered((pooling_order_t)(taken.pair[n] | (image_pair_t)outside));
            place.pair[n] = value > best[n] ? (image_pair_t)(uint16_t)(ky * shape->window + kx) : place.pair[n];
            best[n] = __builtin_elementwise_max(value, best[n]);
          }
        }
      }
      struct image_pixels result;
      for (unsigned n = 0; n < IMAGE_PAIRS; ++n) result.pair[n] = (image_pair_t)pooling_ordered(best[n]);
      image_put(image_row(d, oy, c), image_offsets(image_lanes_from(first), d.pixel_stride), count, result);
      image_put(image_row(places, oy, c), image_offsets(image_lanes_from(first), places.pixel_stride), count, place);
    }
  }
}

/* d = the mean of each window, the padding counting as zeros; sums in FP32, rounded to BF16: error against FP64 2^-8 of
   the value, and 2^-23 of the sum of magnitudes. */
static inline void pooling_average(const struct pooling_shape* shape, struct image_tiles x, struct image_tiles d) {
  const uint32_t width = pooling_output(shape, shape->width);
  const uint32_t rows = pooling_output(shape, shape->height) * shape->channel_tiles;
  const float weight = 1.0f / (float)(shape->window * shape->window);
  for (uint32_t first = 0; first < width; first += IMAGE_LANES) {
    const uint32_t count = pooling_count(width, first);
    for (uint32_t row = 0; row < rows; ++row) {
      const uint32_t oy = row / shape->channel_tiles;
      const uint32_t c = row % shape->channel_tiles;
      pooling_f32_t sum[IMAGE_PAIRS];
      for (unsigned n = 0; n < IMAGE_PAIRS; ++n) sum[n] = (pooling_f32_t)0.0f;
      for (uint32_t ky = 0; ky < shape->window; ++ky) {
        const uint32_t y = oy * shape->stride + ky - shape->padding;
        if (y >= shape->height) continue;
        for (uint32_t kx = 0; kx < shape->window; ++kx) {
          const image_lanes_t pixels = pooling_columns(shape, first, kx);
          const image_lanes_t inside = (image_lanes_t)(pixels < shape->width);
          const struct image_pixels taken =
              image_take(image_row(x, y, c), image_offsets(pixels & inside, x.pixel_stride), count);
          for (unsigned n = 0; n < IMAGE_PAIRS; ++n) {
            sum[n] += pooling_widened(taken.pair[n] & (image_pair_t)inside);
          }
        }
      }
      struct image_pixels result;
      for (unsigned n = 0; n < IMAGE_PAIRS; ++n) result.pair[n] = pooling_narrowed(sum[n] * weight);
      image_put(image_row(d, oy, c), image_offsets(image_lanes_from(first), d.pixel_stride), count, result);
    }
  }
}

/* d = the sum over all windows that hold a pixel of weight * gradient; with `places` only over those whose largest
   value is that pixel's. */
static inline __attribute__((always_inline)) void pooling_gradient(const struct pooling_shape* shape,
                                                                   struct image_tiles gradient,
                                                                   const struct image_tiles* places, float weight,
                                                                   struct image_tiles d) {
  const uint32_t windows_x = pooling_output(shape, shape->width);
  const uint32_t windows_y = pooling_output(shape, shape->height);
  for (uint32_t first = 0; first < shape->width; first += IMAGE_LANES) {
    const uint32_t count = pooling_count(shape->width, first);
    for (uint32_t row = 0; row < shape->height * shape->channel_tiles; ++row) {
      const uint32_t y = row / shape->channel_tiles;
      const uint32_t c = row % shape->channel_tiles;
      pooling_f32_t sum[IMAGE_PAIRS];
      for (unsigned n = 0; n < IMAGE_PAIRS; ++n) sum[n] = (pooling_f32_t)0.0f;
      for (uint32_t ky = 0; ky < shape->window; ++ky) {
        const uint32_t distance = y + shape->padding - ky;
        const uint32_t oy = distance / shape->stride;
        if (oy >= windows_y || oy * shape->stride != distance) continue;
        for (uint32_t kx = 0; kx < shape->window; ++kx) {
          const image_lanes_t window = pooling_windows(shape, image_lanes_from(first), kx);
          const image_lanes_t inside = (image_lanes_t)(window < windows_x);
          struct image_pixels taken =
              image_take(image_row(gradient, oy, c), image_offsets(window & inside, gradient.pixel_stride), count);
          if (places) {
            const struct image_pixels place =
                image_take(image_row(*places, oy, c), image_offsets(window & inside, places->pixel_stride), count);
            const uint16_t here = (uint16_t)(ky * shape->window + kx);
            for (unsigned n = 0; n < IMAGE_PAIRS; ++n) {
              taken.pair[n] = place.pair[n] == here ? taken.pair[n] : (image_pair_t)0;
            }
          }
          for (unsigned n = 0; n < IMAGE_PAIRS; ++n) {
            sum[n] += pooling_widened(taken.pair[n] & (image_pair_t)inside);
          }
        }
      }
      struct image_pixels result;
      for (unsigned n = 0; n < IMAGE_PAIRS; ++n) result.pair[n] = pooling_narrowed(sum[n] * weight);
      image_put(image_row(d, y, c), image_offsets(image_lanes_from(first), d.pixel_stride), count, result);
    }
  }
}

/* d = gradient of the image; `gradient`: of the output; `places`: from pooling_max. BF16, sums in FP32 rounded once;
   exact where no two windows have the same largest pixel. */
static inline void pooling_max_gradient(const struct pooling_shape* shape, struct image_tiles gradient,
                                        struct image_tiles places, struct image_tiles d) {
  pooling_gradient(shape, gradient, &places, 1.0f, d);
}

/* The same of the mean. Error against FP64: 2^-8 of the value, and 2^-23 of the sum of magnitudes. */
static inline void pooling_average_gradient(const struct pooling_shape* shape, struct image_tiles gradient,
                                            struct image_tiles d) {
  pooling_gradient(shape, gradient, 0, 1.0f / (float)(shape->window * shape->window), d);
}

#endif
