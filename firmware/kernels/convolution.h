/* Two-dimensional convolutions as descriptors of the matrix unit, from the image in place (docs/descriptors.md). */

#ifndef DOJO_KERNELS_CONVOLUTION_H
#define DOJO_KERNELS_CONVOLUTION_H

#include <stdint.h>

#include "kernels/gemm.h"

struct convolution_shape {
  uint32_t width; /* of the image, in pixels */
  uint32_t height;
  uint32_t channel_tiles; /* channels / 8 */
  uint32_t output_tiles;  /* channels of the output / 8 */
  uint32_t kernel;        /* rows and columns */
  uint32_t stride;        /* of both directions, as the next two */
  uint32_t dilation;
  uint32_t padding;
};

/* Pixels of a row of the output. */
static inline uint32_t convolution_output(const struct convolution_shape* shape, uint32_t size) {
  return (size + 2 * shape->padding - shape->dilation * (shape->kernel - 1) - 1) / shape->stride + 1;
}

static inline uint32_t convolution_row_tiles(const struct convolution_shape* shape) {
  return (convolution_output(shape, shape->width) + TILE_EDGE - 1) / TILE_EDGE;
}

static inline void convolution_describe_image(dojo_matrix_descriptor_t* descriptor,
                                              const struct convolution_shape* shape, uint64_t image,
                                              uint32_t tile_bytes) {
  descriptor->op = DOJO_DESCRIPTOR_OP_MATRIX_CONVOLUTION;
  descriptor->channel_tiles = shape->channel_tiles;
  descriptor->row_tiles = convolution_row_tiles(shape);
  descriptor->image_width = shape->width;
  descriptor->image_height = shape->height;
  descriptor->kernel_width = shape->kernel;
  descriptor->stride_x = descriptor->stride_y = shape->stride;
  descriptor->dilation_x = descriptor->dilation_y = shape->dilation;
  descriptor->padding_x = descriptor->padding_y = shape->padding;
  descriptor->a_base = (uint32_t)image;
  descriptor->a_k_stride = tile_bytes;
  descriptor->a_m_stride = shape->channel_tiles * tile_bytes;
  descriptor->a_row_stride = (shape->width + TILE_EDGE - 1) / TILE_EDGE * descriptor->a_m_stride;
}

/* Output = image * weights, BF16 operands. Image and output: rows of eights of pixels, in each of these the channels;
   weights: tiles (channel, output) by rows, for kernel row, kernel column, channel tile. FP32 result; with c_bf16 set
   in the descriptor, and half the strides of C, it is the image of the next layer. */
static inline void convolution_describe(dojo_matrix_descriptor_t* descriptor, const struct convolution_shape* shape,
                                        uint64_t image, uint64_t weights, uint64_t output, uint32_t semaphore) {
  const struct gemm_shape product = {
      .m = convolution_row_tiles(shape) * convolution_output(shape, shape->height),
      .n = shape->output_tiles,
      .k = shape->kernel * shape->kernel * shape->channel_tiles,
  };
  const struct tile_matrix image_matrix = {0, 0, 0};
  gemm_describe_nn(descriptor, product, image_matrix, tile_matrix_by_rows(weights, product.n, TILE_BYTES_BF16),
                   tile_matrix_by_rows(output, product.n, TILE_BYTES_FP32), semaphore);
  convolution_describe_image(descriptor, shape, image, TILE_BYTES_BF16);
}

/* Gradient of the weights = image^T * gradient of the output (BF16, in the order of the output). The result has the
   order of the weights, FP32. */
static inline void convolution_describe_weights(dojo_matrix_descriptor_t* descriptor,
                                                const struct convolution_shape* shape, uint64_t image,
                                                uint64_t gradient, uint64_t weights, uint32_t semaphore) {
  const struct gemm_shape product = {
      .m = shape->kernel * shape->kernel * shape->channel_tiles,
      .n = shape->output_tiles,
      .k = convolution_row_tiles(shape) * convolution_output(shape, shape->height),
  };
  const struct tile_matrix image_matrix = {0, 0, 0};
  gemm_describe(descriptor, product, image_matrix, 1, tile_matrix_by_rows(gradient, product.n, TILE_BYTES_BF16), 0,
                tile_matrix_by_rows(weights, product.n, TILE_BYTES_FP32), semaphore);
  convolution_describe_image(descriptor, shape, image, TILE_BYTES_BF16);
}

#endif
