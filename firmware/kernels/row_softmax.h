/* Softmax over the columns of a matrix of any width, and cross-entropy with labels. A row of tiles, eight matrix rows,
   is worked on at a time: what its tiles have in common stays in registers, and only at the end are the eight columns
   of a tile joined. Softmax of ten classes, sample by sample, is in kernels/softmax.h. */

#ifndef DOJO_KERNELS_ROW_SOFTMAX_H
#define DOJO_KERNELS_ROW_SOFTMAX_H

#include "kernels/row_softmax_format.h"
#include "kernels/tile_math.h"

/* Rows of FP32 or BF16 tiles. Strides count tiles: `row` from one row of tiles to the next, `column` from a tile of a
   row to the next. Matrices of one call have the same. */
struct tile_rows {
  uint32_t rows;    /* of tiles */
  uint32_t columns; /* of the matrix: values beyond them are padding */
  uint32_t row;
  uint32_t column;
};

static inline uint32_t tile_rows_tiles(const struct tile_rows* shape) {
  return (shape->columns + TILE_EDGE - 1) / TILE_EDGE;
}

/* All ones in the columns of a tile that belong to the matrix. */
static inline tile_i32_t tile_rows_inside(const struct tile_rows* shape, uint32_t tile) {
  return tile_columns_from((int32_t)(tile * TILE_EDGE)) < (int32_t)shape->columns;
}

/* The largest value of each row, in all columns of the result. */
static inline tile_f32_t row_softmax_largest(const struct tile_rows* shape, const float* x, uint64_t first) {
  const tile_f32_t lowest = (tile_f32_t)-__builtin_inff();
  const uint32_t last = tile_rows_tiles(shape) - 1;
  tile_f32_t largest = lowest;
  for (uint32_t t = 0; t < last; ++t) largest = tile_max(largest, tile_load(x, first + t * shape->column));
  const tile_f32_t rest = tile_load(x, first + last * shape->column);
  return tile_row_maxima(tile_max(largest, tile_rows_inside(shape, last) ? rest : lowest));
}

/* y = softmax of each row, +0 in padding columns. FP32 in and out, in place if y is x. Error against FP64, relative:
   2e-6, and 1e-7 times the distance from the row's largest; what is more than 87 below that counts as 87 below it. */
static inline void row_softmax(const struct tile_rows* shape, const float* x, float* y) {
  for (uint32_t row = 0; row < shape->rows; ++row) {
    const uint64_t first = (uint64_t)row * shape->row;
    const tile_f32_t largest = row_softmax_largest(shape, x, first);
    tile_f32_t sum = (tile_f32_t)0.0f;
    for (uint32_t t = 0; t < tile_rows_tiles(shape); ++t) {
      const uint64_t tile = first + t * shape->column;
      const tile_f32_t e = tile_exp(tile_load(x, tile) - largest);
      const tile_f32_t inside = tile_rows_inside(shape, t) ? e : (tile_f32_t)0.0f;
      tile_store(y, tile, inside);
      sum += inside;
    }
    const tile_f32_t factor = tile_reciprocal(tile_row_sums(sum));
    for (uint32_t t = 0; t < tile_rows_tiles(shape); ++t) {
      const uint64_t tile = first + t * shape->column;
      tile_store(y, tile, tile_load(y, tile) * factor);
    }
  }
}

/* d = y * (gradient - sum over the row of y * gradient), y being the softmax. FP32 in, BF16 out. Error against FP64:
   2^-8 of the value, and 2e-7 * y * the largest gradient of the row. */
static inline void row_softmax_gradient(const struct tile_rows* shape, const float* restrict gradient,
                                        const float* restrict y, __bf16* restrict d) {
  for (uint32_t row = 0; row < shape->rows; ++row) {
    const uint64_t first = (uint64_t)row * shape->row;
    tile_f32_t sum = (tile_f32_t)0.0f;
    for (uint32_t t = 0; t < tile_rows_tiles(shape); ++t) {
      const uint64_t tile = first + t * shape->column;
      sum += tile_load(y, tile) * tile_load(gradient, tile);
    }
    sum = tile_row_sums(sum);
    for (uint32_t t = 0; t < tile_rows_tiles(shape); ++t) {
      const uint64_t tile = first + t * shape->column;
      tile_store_bf16(d, tile, tile_load(y, tile) * (tile_load(gradient, tile) - sum));
    }
  }
}

/* Loss of each row, log(sum of exp) - x[label], in nats, and d = scale * (softmax - one-hot(label)), BF16, +0 in
   padding columns. A label that is not below the number of columns (ROW_SOFTMAX_NO_LABEL) makes its row padding: loss
   0, gradient +0. `labels` and `losses`: one per row. FP32 logits; `e` is room for as many, and may be x. A row with a
   logit that is infinite or NaN has the loss NaN. Error against FP64: 1e-6 * (1 + loss); gradient 2^-8 of the value,
   and 1e-6 * scale. */
static inline void row_cross_entropy(const struct tile_rows* shape, const float* x, const uint32_t* restrict labels,
                                     float scale, float* e, float* restrict losses, __bf16* restrict d) {
  const uint32_t tiles = tile_rows_tiles(shape);
  for (uint32_t row = 0; row < shape->rows; ++row) {
    const uint64_t first = (uint64_t)row * shape->row;
    const uint32_t* const l = labels + row * TILE_EDGE;
#define ROW_LABEL(i) (int32_t)l[(i) / TILE_EDGE]
    const tile_i32_t label = (tile_i32_t){TILE_LANES(ROW_LABEL)};
#undef ROW_LABEL
    const tile_f32_t largest = row_softmax_largest(shape, x, first);
    tile_f32_t sum = (tile_f32_t)0.0f;
    tile_f32_t target = (tile_f32_t)0.0f;
    tile_f32_t check = (tile_f32_t)0.0f; /* becomes NaN when a logit is not finite */
    for (uint32_t t = 0; t < tiles; ++t) {
      const uint64_t tile = first + t * shape->column;
      const tile_i32_t inside = tile_rows_inside(shape, t);
      const tile_f32_t logit = inside ? tile_load(x, tile) : largest;
      const tile_f32_t power = tile_exp(logit - largest);
      const tile_f32_t used = inside ? power : (tile_f32_t)0.0f;
      target += tile_columns_from((int32_t)(t * TILE_EDGE)) == label ? logit : (tile_f32_t)0.0f;
      check += logit * 0.0f;
      sum += used;
      tile_store(e, tile, used);
    }
    sum = tile_row_sums(sum);
    const tile_i32_t labelled = (tile_u32_t)label < (uint32_t)shape->columns;
    const tile_f32_t loss = tile_log(sum) + (largest - tile_row_sums(target)) + tile_row_sums(check);
    const tile_f32_t kept = labelled ? loss : (tile_f32_t)0.0f;
    for (uint32_t i = 0; i < TILE_EDGE; ++i) losses[row * TILE_EDGE + i] = kept[i * TILE_EDGE];
    const tile_f32_t factor = labelled ? tile_reciprocal(sum) * scale : (tile_f32_t)0.0f;
    const tile_f32_t one = labelled ? (tile_f32_t)scale : (tile_f32_t)0.0f;
    for (uint32_t t = 0; t < tiles; ++t) {
      const uint64_t tile = first + t * shape->column;
      const tile_f32_t hot = tile_columns_from((int32_t)(t * TILE_EDGE)) == label ? one : (tile_f32_t)0.0f;
      tile_store_bf16(d, tile, tile_load(e, tile) * factor - hot);
    }
  }
}

#endif
