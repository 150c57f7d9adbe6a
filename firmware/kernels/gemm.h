/* Matrix products as descriptors of the matrix unit: the three forms that training needs.
   A matrix is a grid of 8x8 tiles; all sizes are counted in tiles. */

#ifndef DOJO_KERNELS_GEMM_H
#define DOJO_KERNELS_GEMM_H

#include <stdint.h>

#include "dojo_hw.h"

#define TILE_EDGE 8
#define TILE_BYTES_BF16 128
#define TILE_BYTES_FP32 256
#define LINES_PER_TILE (TILE_BYTES_FP32 / DOJO_LINE_BYTES)
#define NO_SEMAPHORE UINT32_MAX

/* Where the tiles of a matrix are: tile (i, j) is at base + i * row_stride + j * column_stride. */
struct tile_matrix {
  uint32_t base;
  uint32_t row_stride;
  uint32_t column_stride;
};

/* Tiles one after the other, row by row. */
static inline struct tile_matrix tile_matrix_by_rows(uint64_t base, uint32_t columns, uint32_t tile_bytes) {
  return (struct tile_matrix){(uint32_t)base, columns * tile_bytes, tile_bytes};
}

/* Tiles one after the other, column by column: the order of activations, in which one bias line serves a whole column
 * of tiles. */
static inline struct tile_matrix tile_matrix_by_columns(uint64_t base, uint32_t rows, uint32_t tile_bytes) {
  return (struct tile_matrix){(uint32_t)base, tile_bytes, rows * tile_bytes};
}

/* The transposed grid; the unit transposes inside the tiles. */
static inline struct tile_matrix tile_matrix_transposed(struct tile_matrix matrix) {
  return (struct tile_matrix){matrix.base, matrix.column_stride, matrix.row_stride};
}

struct gemm_shape {
  uint32_t m; /* tile rows of C */
  uint32_t n; /* tile columns of C */
  uint32_t k; /* tiles along the sum */
};

static inline void gemm_describe(dojo_matrix_descriptor_t* descriptor, struct gemm_shape shape, struct tile_matrix a,
                                 int a_transposed, struct tile_matrix b, int b_transposed, struct tile_matrix c,
                                 uint32_t semaphore) {
  *descriptor = (dojo_matrix_descriptor_t){
      .op = DOJO_DESCRIPTOR_OP_MATRIX_GEMM,
      .a_transposed = a_transposed,
      .b_transposed = b_transposed,
      .sem_en = semaphore != NO_SEMAPHORE,
      .sem = semaphore & (DOJO_SEMAPHORES - 1),
      .m_tiles = shape.m,
      .n_tiles = shape.n,
      .k_tiles = shape.k,
      .a_base = a.base,
      .a_m_stride = a.row_stride,
      .a_k_stride = a.column_stride,
      .b_base = b.base,
      .b_k_stride = b.row_stride,
      .b_n_stride = b.column_stride,
      .c_base = c.base,
      .c_m_stride = c.row_stride,
      .c_n_stride = c.column_stride,
  };
}

/* C = A * B: A is m x k, B is k x n. FP32 result; set c_bf16 in the descriptor for BF16. */
static inline void gemm_describe_nn(dojo_matrix_descriptor_t* descriptor, struct gemm_shape shape, struct tile_matrix a,
                                    struct tile_matrix b, struct tile_matrix c, uint32_t semaphore) {
  gemm_describe(descriptor, shape, a, 0, b, 0, c, semaphore);
}

/* C = A^T * B: A is stored k x m, B is k x n. */
static inline void gemm_describe_tn(dojo_matrix_descriptor_t* descriptor, struct gemm_shape shape, struct tile_matrix a,
                                    struct tile_matrix b, struct tile_matrix c, uint32_t semaphore) {
  gemm_describe(descriptor, shape, tile_matrix_transposed(a), 1, b, 0, c, semaphore);
}

/* C = A * B^T: A is m x k, B is stored n x k. */
static inline void gemm_describe_nt(dojo_matrix_descriptor_t* descriptor, struct gemm_shape shape, struct tile_matrix a,
                                    struct tile_matrix b, struct tile_matrix c, uint32_t semaphore) {
  gemm_describe(descriptor, shape, a, 0, tile_matrix_transposed(b), 1, c, semaphore);
}

/* Sums of the columns of B (k x n) as a product with a tile of ones: every row of C (1 x n) holds the sums, so each
   line of a C tile is a bias line of that tile's columns, twice. The gradient of a bias is the column sum of the
   gradient of what it was added to. */
static inline void gemm_describe_column_sums(dojo_matrix_descriptor_t* descriptor, uint32_t k, uint32_t n,
                                             uint64_t ones_tile, struct tile_matrix b, struct tile_matrix c,
                                             uint32_t semaphore) {
  const struct tile_matrix ones = {(uint32_t)ones_tile, 0, 0};
  gemm_describe(descriptor, (struct gemm_shape){1, n, k}, ones, 0, b, 0, c, semaphore);
}

#endif
