/* Layer norm: rows are normalised over their columns, which are whole tiles (channels a multiple of eight). Matrices in
   any order of tiles (struct tile_rows); gain, bias and their gradients are rows of FP32 tiles all of whose rows are
   equal, like a bias (docs/kernels.md). */

#ifndef DOJO_KERNELS_LAYER_NORM_H
#define DOJO_KERNELS_LAYER_NORM_H

#include "kernels/row_softmax.h"

/* y = (x - mean) / sqrt(variance + epsilon) * gain + bias, BF16. `statistics`: two FP32 tiles for each row of tiles,
   the means and the reciprocal deviations of its rows, each in all columns. FP32 in; error against FP64: 2^-8 of the
   value, and 1e-6 * (|x| + |mean|) * deviation^-1 * |gain|. */
static inline void layer_norm(const struct tile_rows* shape, const float* restrict x, const float* restrict gain,
                              const float* restrict bias, float epsilon, float* restrict statistics,
                              __bf16* restrict y) {
  const uint32_t tiles = tile_rows_tiles(shape);
  const float weight = 1.0f / (float)shape->columns;
  for (uint32_t row = 0; row < shape->rows; ++row) {
    const uint64_t first = (uint64_t)row * shape->row;
    tile_f32_t sum = (tile_f32_t)0.0f;
    for (uint32_t t = 0; t < tiles; ++t) sum += tile_load(x, first + t * shape->column);
    const tile_f32_t mean = tile_row_sums(sum) * weight;
    tile_f32_t squares = (tile_f32_t)0.0f;
    for (uint32_t t = 0; t < tiles; ++t) {
      const tile_f32_t distance = tile_load(x, first + t * shape->column) - mean;
      squares += distance * distance;
    }
    const tile_f32_t factor = tile_reciprocal_root(tile_row_sums(squares) * weight + epsilon);
    tile_store(statistics, 2 * row, mean);
    tile_store(statistics, 2 * row + 1, factor);
    for (uint32_t t = 0; t < tiles; ++t) {
      const uint64_t tile = first + t * shape->column;
      const tile_f32_t normal = (tile_load(x, tile) - mean) * factor;
      tile_store_bf16(y, tile, normal * tile_load(gain, t) + tile_load(bias, t));
    }
  }
}

/* With n = (x - mean) / deviation and g = gradient * gain:
     d = (g - mean(g) - n * mean(g * n)) / deviation, BF16; means over the row
     gain_gradient = sum over rows of gradient * n; bias_gradient = sum over rows of gradient
   FP32 in; both sums are written, not added to. Error against FP64: d 2^-8 of the value, and 2e-6 * the row's largest
   |g| / deviation; the sums 1e-6 of the sum of their magnitudes. */
static inline void layer_norm_gradient(const struct tile_rows* shape, const float* restrict gradient,
                                       const float* restrict x, const float* restrict gain,
                                       const float* restrict statistics, float* restrict gain_gradient,
                                       float* restrict bias_gradient, __bf16* restrict d) {
  const uint32_t tiles = tile_rows_tiles(shape);
  const float weight = 1.0f / (float)shape->columns;
  for (uint32_t row = 0; row < shape->rows; ++row) {
    const uint64_t first = (uint64_t)row * shape->row;
    const tile_f32_t mean = tile_load(statistics, 2 * row);
    const tile_f32_t factor = tile_load(statistics, 2 * row + 1);
    tile_f32_t sum = (tile_f32_t)0.0f;
    tile_f32_t product = (tile_f32_t)0.0f;
    for (uint32_t t = 0; t < tiles; ++t) {
      const uint64_t tile = first + t * shape->column;
      const tile_f32_t given = tile_load(gradient, tile);
      const tile_f32_t normal = (tile_load(x, tile) - mean) * factor;
      tile_store(bias_gradient, t, row == 0 ? given : tile_load(bias_gradient, t) + given);
      tile_store(gain_gradient, t, row == 0 ? given * normal : tile_load(gain_gradient, t) + given * normal);
      const tile_f32_t g = given * tile_load(gain, t);
      sum += g;
      product += g * normal;
    }
    sum = tile_row_sums(sum) * weight;
    product = tile_row_sums(product) * weight;
    for (uint32_t t = 0; t < tiles; ++t) {
      const uint64_t tile = first + t * shape->column;
      const tile_f32_t normal = (tile_load(x, tile) - mean) * factor;
      const tile_f32_t g = tile_load(gradient, tile) * tile_load(gain, t);
      tile_store_bf16(d, tile, (g - sum - normal * product) * factor);
    }
  }
  for (uint32_t t = 0; t < tiles; ++t) {
    tile_store(gain_gradient, t, tile_column_sums(tile_load(gain_gradient, t)));
    tile_store(bias_gradient, t, tile_column_sums(tile_load(bias_gradient, t)));
  }
}

#endif
