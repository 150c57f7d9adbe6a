/* Numbers and arguments of the program kernels.c, which runs one kernel on one node; also read by the host (C++). */

#ifndef DOJO_KERNELS_KERNEL_CALLS_H
#define DOJO_KERNELS_KERNEL_CALLS_H

/* args[0]; sizes are in tiles, addresses are of the node. */
enum kernel_call {
  KERNEL_GEMM_NN,             /* m, n, k, a, b, c */
  KERNEL_GEMM_TN,             /* m, n, k, a, b, c */
  KERNEL_GEMM_NT,             /* m, n, k, a, b, c */
  KERNEL_COLUMN_SUMS,         /* k, n, ones tile, b, c */
  KERNEL_CONVOLUTION,         /* width, height, channel tiles, output tiles, kernel, stride, dilation, padding, image,
                                 weights, output */
  KERNEL_CONVOLUTION_WEIGHTS, /* the same eight, image, gradient of the output, gradient of the weights */
  KERNEL_BIAS,                /* rows, columns, x, bias tiles, d (FP32) */
  KERNEL_BIAS_RELU,           /* rows, columns, x, bias tiles, d (FP32), d (BF16) */
  KERNEL_BIAS_RELU_BF16,      /* rows, columns, x, bias tiles, d (BF16) */
  KERNEL_RELU_GRADIENT,       /* tiles, x, y, d (BF16) */
  KERNEL_TO_BF16,             /* tiles, x, d */
  KERNEL_ADD,                 /* lines, x, sum */
  KERNEL_SOFTMAX, /* samples, values of a column of tiles, logits (FP32, 10 classes, by columns), labels, losses (FP32),
                     scale (FP32 bits), gradient (BF16 tiles) */
  KERNEL_SGD      /* tiles, tiles with a BF16 copy, -rate and mu (FP32 bits), gradient, velocity, weights, weights in
                     BF16 */
};

#endif
