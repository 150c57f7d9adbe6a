/* Matrix products. */

#include "kernels.h"
#include "kernels/gemm.h"
#include "kernels/quantize.h"

static dojo_matrix_descriptor_t product;

static void gemm(enum kernel_call call) {
  const struct gemm_shape shape = {argument(1), argument(2), argument(3)};
  const struct tile_matrix c = tile_matrix_by_rows(argument(6), shape.n, TILE_BYTES_FP32);
  if (call == KERNEL_GEMM_NN) {
    gemm_describe_nn(&product, shape, tile_matrix_by_rows(argument(4), shape.k, TILE_BYTES_BF16),
                     tile_matrix_by_rows(argument(5), shape.n, TILE_BYTES_BF16), c, SEMAPHORE_UNIT);
  } else if (call == KERNEL_GEMM_TN) {
    gemm_describe_tn(&product, shape, tile_matrix_by_rows(argument(4), shape.m, TILE_BYTES_BF16),
                     tile_matrix_by_rows(argument(5), shape.n, TILE_BYTES_BF16), c, SEMAPHORE_UNIT);
  } else {
    gemm_describe_nt(&product, shape, tile_matrix_by_rows(argument(4), shape.k, TILE_BYTES_BF16),
                     tile_matrix_by_rows(argument(5), shape.k, TILE_BYTES_BF16), c, SEMAPHORE_UNIT);
  }
  run_product(&product);
}

/* A^T * B of CFloat8 tiles. */
static void gemm_cfloat8(void) {
  const struct gemm_shape shape = {argument(1), argument(2), argument(3)};
  gemm_describe_tn(&product, shape, tile_matrix_by_rows(argument(4), shape.m, TILE_BYTES_CFLOAT8),
                   tile_matrix_by_rows(argument(5), shape.n, TILE_BYTES_CFLOAT8),
                   tile_matrix_by_rows(argument(6), shape.n, TILE_BYTES_FP32), SEMAPHORE_UNIT);
  quantize_operands(&product, argument(7), argument(8), argument(9), argument(10));
  run_product(&product);
}

int kernels_products(enum kernel_call call) {
  switch (call) {
    case KERNEL_GEMM_NN:
    case KERNEL_GEMM_TN:
    case KERNEL_GEMM_NT:
      gemm(call);
      return 1;
    case KERNEL_GEMM_CFLOAT8:
      gemm_cfloat8();
      return 1;
    case KERNEL_COLUMN_SUMS:
      gemm_describe_column_sums(&product, argument(1), argument(2), argument(3),
                                tile_matrix_by_rows(argument(4), argument(2), TILE_BYTES_BF16),
                                tile_matrix_by_rows(argument(5), argument(2), TILE_BYTES_FP32), SEMAPHORE_UNIT);
      run_product(&product);
      return 1;
    default:
      return 0;
  }
}
