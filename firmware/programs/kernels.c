/* One kernel on one node, as tests and examples call it: kernels/kernel_calls.h. */

#include "dojo.h"
#include "kernels/convolution.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/kernel_calls.h"
#include "kernels/mlp_arguments.h"
#include "kernels/sgd.h"
#include "kernels/softmax.h"
#include "xdojo.h"

enum { SEMAPHORE_UNIT };

static dojo_matrix_descriptor_t product;

static uint64_t argument(unsigned index) {
  return dojo_launch.args[index];
}

static float float_argument(unsigned index) {
  const uint32_t bits = (uint32_t)argument(index);
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

static void* pointer(unsigned index) {
  return (void*)argument(index);
}

static void run_product(void) {
  dojo_issue_matrix(&product);
  dojo_semaphore_wait(SEMAPHORE_UNIT, 1);
}

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
  run_product();
}

static void convolution(enum kernel_call call) {
  const struct convolution_shape shape = {argument(1), argument(2), argument(3), argument(4),
                                          argument(5), argument(6), argument(7), argument(8)};
  if (call == KERNEL_CONVOLUTION) {
    convolution_describe(&product, &shape, argument(9), argument(10), argument(11), SEMAPHORE_UNIT);
  } else {
    convolution_describe_weights(&product, &shape, argument(9), argument(10), argument(11), SEMAPHORE_UNIT);
  }
  run_product();
}

int kernel_main(unsigned hart) {
  const enum kernel_call call = argument(0);
  if (hart != 0) return 0;
  switch (call) {
    case KERNEL_GEMM_NN:
    case KERNEL_GEMM_TN:
    case KERNEL_GEMM_NT:
      gemm(call);
      return 0;
    case KERNEL_COLUMN_SUMS:
      gemm_describe_column_sums(&product, argument(1), argument(2), argument(3),
                                tile_matrix_by_rows(argument(4), argument(2), TILE_BYTES_BF16),
                                tile_matrix_by_rows(argument(5), argument(2), TILE_BYTES_FP32), SEMAPHORE_UNIT);
      run_product();
      return 0;
    case KERNEL_CONVOLUTION:
    case KERNEL_CONVOLUTION_WEIGHTS:
      convolution(call);
      return 0;
    case KERNEL_BIAS:
      elementwise_bias(argument(1), argument(2), pointer(3), pointer(4), pointer(5));
      return 0;
    case KERNEL_BIAS_RELU:
      elementwise_bias_relu(argument(1), argument(2), pointer(3), pointer(4), pointer(5), pointer(6));
      return 0;
    case KERNEL_BIAS_RELU_BF16:
      elementwise_bias_relu_bf16(argument(1), argument(2), pointer(3), pointer(4), pointer(5));
      return 0;
    case KERNEL_RELU_GRADIENT:
      elementwise_relu_gradient(argument(1), pointer(2), pointer(3), pointer(4));
      return 0;
    case KERNEL_TO_BF16:
      elementwise_to_bf16(argument(1), pointer(2), pointer(3));
      return 0;
    case KERNEL_ADD:
      elementwise_add(argument(1), pointer(2), pointer(3));
      return 0;
    case KERNEL_SOFTMAX:
      softmax_cross_entropy(argument(1), argument(2), pointer(3), pointer(4), float_argument(6), pointer(5), pointer(7),
                            MLP_CLASSES);
      return 0;
    case KERNEL_SGD:
      sgd_update(argument(1), argument(2), (struct sgd_rates){float_argument(3), float_argument(4)}, pointer(5),
                 pointer(6), pointer(7), pointer(8));
      return 0;
    default:
      return 1;
  }
}
