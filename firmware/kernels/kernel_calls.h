/* Numbers and arguments of the program kernels.c, which runs one kernel on one node; also read by the host (C++). */

#ifndef DOJO_KERNELS_KERNEL_CALLS_H
#define DOJO_KERNELS_KERNEL_CALLS_H

/* args[0]; sizes are in tiles, addresses are of the node, numbers that are no addresses or sizes are FP32 bits. */
enum kernel_call {
  /* programs/kernels_products.c */
  KERNEL_GEMM_NN,      /* m, n, k, a, b, c */
  KERNEL_GEMM_TN,      /* m, n, k, a, b, c */
  KERNEL_GEMM_NT,      /* m, n, k, a, b, c */
  KERNEL_GEMM_CFLOAT8, /* m, n, k, a (stored k x m), b, c, format of a, bias of a, format of b, bias of b */
  KERNEL_COLUMN_SUMS,  /* k, n, ones tile, b, c */

  /* programs/kernels_convolutions.c: shape is width, height, channel tiles, output tiles, kernel, stride, dilation,
     padding; of each group, or of each frame */
  KERNEL_CONVOLUTION,         /* shape, groups, image, weights, output (FP32) */
  KERNEL_CONVOLUTION_WEIGHTS, /* shape, groups, image, gradient of the output, gradient of the weights (FP32) */
  KERNEL_CONVOLUTION_IMAGE, /* shape, groups, gradient of the output, weights, gradient of the image (FP32), room for a
                               group's weights, room for the spread gradient */
  KERNEL_FILM,              /* shape, frames of the kernel, of the output, from one output frame to the next, image,
                               weights, output (FP32); by planes, as the next two */
  KERNEL_FILM_WEIGHTS,      /* the same eleven, image, gradient of the output, gradient of the weights (FP32), room for
                               another */
  KERNEL_FILM_IMAGE,        /* shape, frames of the kernel, of the image, gradient of the output between frames of
                               zeros, weights, gradient of the image (FP32), room for the weights */
  KERNEL_TURN_WEIGHTS,      /* places, channel tiles, output tiles, weights, turned */

  /* programs/kernels_values.c */
  KERNEL_BIAS,                 /* rows, columns, x, bias tiles, d (FP32) */
  KERNEL_BIAS_RELU,            /* rows, columns, x, bias tiles, d (FP32), d (BF16) */
  KERNEL_BIAS_RELU_BF16,       /* rows, columns, x, bias tiles, d (BF16) */
  KERNEL_RELU_GRADIENT,        /* tiles, x, y, d (BF16) */
  KERNEL_TO_BF16,              /* tiles, x, d */
  KERNEL_ADD,                  /* lines, x, sum */
  KERNEL_GELU,                 /* tiles, x, d (BF16) */
  KERNEL_GELU_GRADIENT,        /* tiles, gradient, x, d (BF16) */
  KERNEL_SIGMOID,              /* tiles, x, d (BF16) */
  KERNEL_SIGMOID_GRADIENT,     /* tiles, gradient, y (BF16), d (BF16) */
  KERNEL_RELU_BF16,            /* tiles, x, d */
  KERNEL_RELU_GRADIENT_BF16,   /* tiles, gradient, y, d */
  KERNEL_RESIDUAL,             /* tiles, a, b, d, all BF16 */
  KERNEL_BINARY_CROSS_ENTROPY, /* tiles, x, targets, scale, losses, d (BF16) */
  KERNEL_DROPOUT,              /* tiles, seed, step, first (whole numbers), probability to keep, x, d (BF16) */
  KERNEL_QUANTIZE_FP32,        /* tiles, format, bias, seed (0: to nearest), x, d */
  KERNEL_QUANTIZE_BF16,        /* the same */
  KERNEL_QUANTIZE_WIDEN,       /* tiles, format, bias, x, d (FP32) */

  /* programs/kernels_images.c: pooling shape is width, height, channel tiles, window, stride, padding; norm shape is
     pixel tiles, channel tiles, pixels behind the width */
  KERNEL_POOLING_MAX,                      /* pooling shape, x, d, places */
  KERNEL_POOLING_AVERAGE,                  /* pooling shape, x, d */
  KERNEL_POOLING_MAX_GRADIENT,             /* pooling shape, d, gradient, places */
  KERNEL_POOLING_AVERAGE_GRADIENT,         /* pooling shape, d, gradient */
  KERNEL_POOLING_PAIRS,                    /* width, rows behind, channel tiles, x (FP32), bias, d, winners */
  KERNEL_POOLING_PAIRS_GRADIENT,           /* width, rows behind, channel tiles, d, output, gradient, winners */
  KERNEL_BATCH_NORM_SUMS,                  /* norm shape, x, shift, sums */
  KERNEL_BATCH_NORM_COEFFICIENTS,          /* channel tiles, sums, pixels, gain, bias, epsilon, momentum, running,
                                              coefficients */
  KERNEL_BATCH_NORM_APPLY,                 /* norm shape, x, coefficients, y */
  KERNEL_BATCH_NORM_GRADIENT_SUMS,         /* norm shape, gradient, x, coefficients, sums */
  KERNEL_BATCH_NORM_GRADIENT_COEFFICIENTS, /* channel tiles, sums, pixels, coefficients, coefficients of the gradient */
  KERNEL_BATCH_NORM_GRADIENT_APPLY,        /* norm shape, gradient, x, coefficients of the gradient, d */
  KERNEL_CLEAR_BEHIND,                     /* width, height, channel tiles, image */
  KERNEL_EMBEDDING,                        /* tokens, channel tiles, numbers, table, output */
  KERNEL_EMBEDDING_GRADIENT,               /* tokens, channel tiles, numbers, gradient, sums */

  /* programs/kernels_rows.c: rows are tile rows, columns, tiles from a row to the next, from a column to the next */
  KERNEL_SOFTMAX, /* samples, values of a column of tiles, logits (FP32, 10 classes, by columns), labels, losses (FP32),
                     scale, gradient (BF16 tiles) */
  KERNEL_ROW_SOFTMAX,          /* rows, x, y */
  KERNEL_ROW_SOFTMAX_GRADIENT, /* rows, gradient, y, d (BF16) */
  KERNEL_ROW_CROSS_ENTROPY,    /* rows, x, labels, scale, room, losses, d (BF16) */
  KERNEL_LAYER_NORM,           /* rows, x, gain, bias, epsilon, statistics, y (BF16) */
  KERNEL_LAYER_NORM_GRADIENT,  /* rows, gradient, x, gain, statistics, gain gradient, bias gradient, d (BF16) */

  /* programs/kernels_updates.c */
  KERNEL_SGD,           /* tiles, tiles with a BF16 copy, -rate, mu, gradient, velocity, weights, weights in BF16 */
  KERNEL_ADAMW,         /* tiles, tiles with a BF16 copy, rates (struct adamw_rates), gradient, mean, square, weights,
                           weights in BF16 */
  KERNEL_GRADIENT_SUMS, /* tiles, values, {sum, sum of squares} */
  KERNEL_GRADIENT_LARGEST, /* tiles, values, margin, {largest, finite, bias of 1-4-3, of 1-5-2} */
  KERNEL_GRADIENT_CLIP     /* tiles, gradient, squares, scale of the loss, limit */
};

#endif
