/* Batch norm of images over all pixels of all nodes. Each node sums over its own pixels; the sums are contributions
   like gradients, which are added over the nodes (kernels/collective_sum.h, or along a tree); then every node, or the
   owner of a channel, makes coefficients of the sums and applies them to its own pixels. forward    batch_norm_sums,
   sum over nodes, batch_norm_coefficients, batch_norm_apply backward   batch_norm_gradient_sums, sum over nodes,
   batch_norm_gradient_coefficients, batch_norm_gradient_apply Images: BF16 tiles, pixels by channels, +0 behind their
   width (image_clear_behind), tile (p, c) of `pixel_tiles` x `channel_tiles` at p * channel_tiles + c: images by
   pixels. What belongs to a channel is a value of an FP32 tile all of whose rows are equal, like a bias; several such
   rows of tiles follow each other. */

#ifndef DOJO_KERNELS_BATCH_NORM_H
#define DOJO_KERNELS_BATCH_NORM_H

#include "kernels/tile_math.h"

struct batch_norm_shape {
  uint32_t pixel_tiles;
  uint32_t channel_tiles;
  uint32_t behind; /* pixels behind the width, which are 0, of all rows of the node */
};

/* sums[0] = sum of x - shift, sums[1] = sum of (x - shift)^2 for each channel, rows of channel_tiles tiles. `shift` is
   the running mean, the same on all nodes: so the variance loses no digits where the mean is large. */
static inline void batch_norm_sums(const struct batch_norm_shape* shape, const __bf16* restrict x,
                                   const float* restrict shift, float* restrict sums) {
  for (uint32_t c = 0; c < shape->channel_tiles; ++c) {
    const tile_f32_t origin = tile_load(shift, c);
    tile_f32_t sum = (tile_f32_t)0.0f;
    tile_f32_t squares = (tile_f32_t)0.0f;
    for (uint64_t p = 0; p < shape->pixel_tiles; ++p) {
      const tile_f32_t distance = tile_load_bf16(x, p * shape->channel_tiles + c) - origin;
      sum += distance;
      squares += distance * distance;
    }
    /* Behind the width every distance is -origin. */
    const float extra = (float)shape->behind;
    tile_store(sums, c, tile_column_sums(sum) + origin * extra);
    tile_store(sums, shape->channel_tiles + c, tile_column_sums(squares) - origin * origin * extra);
  }
}

/* What follows from the sums over `pixels` pixels of all nodes, rows of channel_tiles tiles:
     coefficients   [0] factor, [1] offset: y = x * factor + offset; [2] mean; [3] 1 / deviation
     running        [0] mean and [1] variance (unbiased), moved by `momentum` towards those of the batch
   The shift of batch_norm_sums was running[0]. */
static inline void batch_norm_coefficients(uint32_t channel_tiles, const float* restrict sums, float pixels,
                                           const float* restrict gain, const float* restrict bias, float epsilon,
                                           float momentum, float* restrict running, float* restrict coefficients) {
  const float weight = 1.0f / pixels;
  for (uint32_t c = 0; c < channel_tiles; ++c) {
    const tile_f32_t shift = tile_load(running, c);
    const tile_f32_t distance = tile_load(sums, c) * weight;
    const tile_f32_t mean = shift + distance;
    const tile_f32_t variance =
        tile_max(tile_load(sums, channel_tiles + c) * weight - distance * distance, (tile_f32_t)0.0f);
    const tile_f32_t reciprocal = tile_reciprocal_root(variance + epsilon);
    const tile_f32_t factor = tile_load(gain, c) * reciprocal;
    tile_store(coefficients, c, factor);
    tile_store(coefficients, channel_tiles + c, tile_load(bias, c) - mean * factor);
    tile_store(coefficients, 2 * channel_tiles + c, mean);
    tile_store(coefficients, 3 * channel_tiles + c, reciprocal);
    const tile_f32_t old = tile_load(running, channel_tiles + c);
    tile_store(running, c, shift + distance * momentum);
    tile_store(running, channel_tiles + c, old + (variance * (pixels / (pixels - 1.0f)) - old) * momentum);
  }
}

/* y = x * coefficients[0] + coefficients[1], BF16, also with coefficients made of running statistics. Error against
   FP64 of the same sums: 2^-8 of the value, and 1e-6 * (|x| + |mean|) * |factor|. */
static inline void batch_norm_apply(const struct batch_norm_shape* shape, const __bf16* restrict x,
                                    const float* restrict coefficients, __bf16* restrict y) {
  for (uint32_t c = 0; c < shape->channel_tiles; ++c) {
    const tile_f32_t factor = tile_load(coefficients, c);
    const tile_f32_t offset = tile_load(coefficients, shape->channel_tiles + c);
    for (uint64_t p = 0; p < shape->pixel_tiles; ++p) {
      const uint64_t tile = p * shape->channel_tiles + c;
      tile_store_bf16(y, tile, tile_load_bf16(x, tile) * factor + offset);
    }
  }
}

/* sums[0] = sum of the gradient (that of the bias), sums[1] = sum of gradient * (x - mean) / deviation (that of the
   gain). The gradient is +0 behind the width. */
static inline void batch_norm_gradient_sums(const struct batch_norm_shape* shape, const __bf16* restrict gradient,
                                            const __bf16* restrict x, const float* restrict coefficients,
                                            float* restrict sums) {
  for (uint32_t c = 0; c < shape->channel_tiles; ++c) {
    const tile_f32_t mean = tile_load(coefficients, 2 * shape->channel_tiles + c);
    tile_f32_t sum = (tile_f32_t)0.0f;
    tile_f32_t product = (tile_f32_t)0.0f;
    for (uint64_t p = 0; p < shape->pixel_tiles; ++p) {
      const uint64_t tile = p * shape->channel_tiles + c;
      const tile_f32_t given = tile_load_bf16(gradient, tile);
      sum += given;
      product += given * (tile_load_bf16(x, tile) - mean);
    }
    tile_store(sums, c, tile_column_sums(sum));
    tile_store(sums, shape->channel_tiles + c,
               tile_column_sums(product) * tile_load(coefficients, 3 * shape->channel_tiles + c));
  }
}

/* Of the sums over all nodes: d = gradient * back[0] + x * back[1] + back[2]. */
static inline void batch_norm_gradient_coefficients(uint32_t channel_tiles, const float* restrict sums, float pixels,
                                                    const float* restrict coefficients, float* restrict back) {
  const float weight = 1.0f / pixels;
  for (uint32_t c = 0; c < channel_tiles; ++c) {
    const tile_f32_t factor = tile_load(coefficients, c);
    const tile_f32_t mean = tile_load(coefficients, 2 * channel_tiles + c);
    const tile_f32_t slope =
        factor * tile_load(coefficients, 3 * channel_tiles + c) * tile_load(sums, channel_tiles + c) * -weight;
    tile_store(back, c, factor);
    tile_store(back, channel_tiles + c, slope);
    tile_store(back, 2 * channel_tiles + c, -(factor * tile_load(sums, c) * weight + slope * mean));
  }
}

/* d = gradient of the image, BF16. Error against FP64 of the same sums: 2^-8 of the value, and 1e-6 of the sum of
   magnitudes of its three terms. */
static inline void batch_norm_gradient_apply(const struct batch_norm_shape* shape, const __bf16* restrict gradient,
                                             const __bf16* restrict x, const float* restrict back, __bf16* restrict d) {
  for (uint32_t c = 0; c < shape->channel_tiles; ++c) {
    const tile_f32_t factor = tile_load(back, c);
    const tile_f32_t slope = tile_load(back, shape->channel_tiles + c);
    const tile_f32_t offset = tile_load(back, 2 * shape->channel_tiles + c);
    for (uint64_t p = 0; p < shape->pixel_tiles; ++p) {
      const uint64_t tile = p * shape->channel_tiles + c;
      tile_store_bf16(d, tile, tile_load_bf16(gradient, tile) * factor + (tile_load_bf16(x, tile) * slope + offset));
    }
  }
}

#endif
