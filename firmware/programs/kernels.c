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

enum { SEMAPHORE_UNIT, SEMAPHORE_START, SEMAPHORE_FINISHED };

static dojo_matrix_descriptor_t product;
static dojo_elementwise_descriptor_t pass;

static uint64_t argument(unsigned index) {
  return dojo_launch.args[index];
}

static void run_pass(void) {
  dojo_issue_elementwise(&pass);
  dojo_semaphore_wait(SEMAPHORE_UNIT, 1);
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

static void softmax(unsigned hart) {
  const uint32_t sample_tiles = argument(1);
  const uint32_t lines = sample_tiles * MLP_CLASS_TILES * LINES_PER_TILE;
  const uint64_t fixed_point_line = argument(5) + TILE_BYTES_BF16;
  if (hart == 0) {
    elementwise_describe_affine(&pass, lines, SOFTMAX_LOGIT_SCALE_BITS, argument(2), fixed_point_line, argument(2),
                                SEMAPHORE_UNIT);
    run_pass();
    dojo_semaphore_add(SEMAPHORE_START, DOJO_HARTS - 1);
  } else {
    dojo_semaphore_wait(SEMAPHORE_START, 1);
  }
  ((int64_t*)argument(4))[hart] = softmax_cross_entropy(argument(2), sample_tiles, (const uint8_t*)argument(3), hart,
                                                        DOJO_HARTS, sample_tiles * TILE_EDGE, MLP_CLASSES);
  if (hart != 0) {
    dojo_semaphore_add(SEMAPHORE_FINISHED, 1);
    return;
  }
  dojo_semaphore_wait(SEMAPHORE_FINISHED, DOJO_HARTS - 1);
  elementwise_describe_affine(&pass, lines, argument(6), argument(2), fixed_point_line + DOJO_LINE_BYTES, argument(7),
                              SEMAPHORE_UNIT);
  pass.d_bf16 = 1;
  run_pass();
}

static void sgd(void) {
  const uint32_t lines = argument(1);
  sgd_describe_momentum(&pass, lines, argument(3), argument(5), argument(4), SEMAPHORE_UNIT);
  run_pass();
  sgd_describe_weights_bf16(&pass, lines, argument(2), argument(5), argument(6), argument(7), SEMAPHORE_UNIT);
  run_pass();
  sgd_describe_weights(&pass, lines, argument(2), argument(5), argument(6), SEMAPHORE_UNIT);
  run_pass();
}

static void bias(uint32_t operation, int to_bf16) {
  elementwise_describe_bias(&pass, operation, argument(1), argument(1), argument(2), argument(3), argument(4),
                            argument(5), to_bf16, SEMAPHORE_UNIT);
  run_pass();
}

int kernel_main(unsigned hart) {
  const enum kernel_call call = argument(0);
  if (call == KERNEL_SOFTMAX) {
    softmax(hart);
    return 0;
  }
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
      bias(DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, 0);
      return 0;
    case KERNEL_BIAS_RELU:
      bias(DOJO_DESCRIPTOR_OP_ELEMENTWISE_RELU, 0);
      return 0;
    case KERNEL_BIAS_RELU_BF16:
      bias(DOJO_DESCRIPTOR_OP_ELEMENTWISE_RELU, 1);
      return 0;
    case KERNEL_RELU_GRADIENT:
      elementwise_describe_relu_gradient(&pass, argument(1), argument(2), argument(3), argument(4), SEMAPHORE_UNIT);
      run_pass();
      return 0;
    case KERNEL_TO_BF16:
      elementwise_describe_to_bf16(&pass, argument(1), argument(2), argument(3), SEMAPHORE_UNIT);
      run_pass();
      return 0;
    case KERNEL_SGD:
      sgd();
      return 0;
    default:
      return 1;
  }
}
