/* Convolutions and their gradients as descriptors of the matrix unit, from the images in place (docs/descriptors.md).
   BF16 operands, FP32 accumulation in ascending order of kernel row, kernel column, channel; the error against FP64 is
   that of a product with as many terms (docs/numerics.md).

   Groups: a convolution for each, of the channels from the group's first on (image_from_channel).
   Frames: a kernel of several frames is a convolution over frames * channels channels of an image by planes, whose
   frames are more channels; the output's frame t begins with the image's frame t * (stride in frames). Frames of
   padding are frames of zeros in memory. Weights are in the order kernel row, kernel column, frame, channel. */

#ifndef DOJO_KERNELS_CONVOLUTION_H
#define DOJO_KERNELS_CONVOLUTION_H

#include <riscv_vector.h>
#include <stdint.h>

#include "kernels/gemm.h"
#include "kernels/image.h"

struct convolution_shape {
  uint32_t width; /* of the image, in pixels */
  uint32_t height;
  uint32_t channel_tiles; /* channels / 8 that a sum goes over: of a group; times the kernel's frames */
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
  return image_row_tiles(convolution_output(shape, shape->width));
}

static inline void convolution_describe_image(dojo_matrix_descriptor_t* descriptor,
                                              const struct convolution_shape* shape, struct image_tiles image,
                                              uint32_t row_tiles) {
  descriptor->op = DOJO_DESCRIPTOR_OP_MATRIX_CONVOLUTION;
  descriptor->channel_tiles = shape->channel_tiles;
  descriptor->row_tiles = row_tiles;
  descriptor->image_width = shape->width;
  descriptor->image_height = shape->height;
  descriptor->kernel_width = shape->kernel;
  descriptor->stride_x = descriptor->stride_y = shape->stride;
  descriptor->dilation_x = descriptor->dilation_y = shape->dilation;
  descriptor->padding_x = descriptor->padding_y = shape->padding;
  descriptor->a_base = (uint32_t)image.base;
  descriptor->a_k_stride = image.channel_stride;
  descriptor->a_m_stride = image.pixel_stride;
  descriptor->a_row_stride = image.row_stride;
}

/* The tiles of an image as a matrix of pixels and channels. */
static inline struct tile_matrix convolution_matrix(struct image_tiles image) {
  return (struct tile_matrix){(uint32_t)image.base, image.pixel_stride, image.channel_stride};
}

/* Rows and columns of the output as given. */
static inline void convolution_describe_sized(dojo_matrix_descriptor_t* descriptor,
                                              const struct convolution_shape* shape, uint32_t width, uint32_t height,
                                              struct image_tiles image, uint64_t weights, struct image_tiles output,
                                              uint32_t semaphore) {
  const struct gemm_shape product = {
      .m = image_row_tiles(width) * height,
      .n = shape->output_tiles,
      .k = shape->kernel * shape->kernel * shape->channel_tiles,
  };
  gemm_describe_nn(descriptor, product, convolution_matrix(image),
                   tile_matrix_by_rows(weights, product.n, TILE_BYTES_BF16), convolution_matrix(output), semaphore);
  convolution_describe_image(descriptor, shape, image, image_row_tiles(width));
}

/* Output = image * weights. Weights: tiles (channel, output) by rows, for kernel row, kernel column, channel tile. FP32
   result; with c_bf16 set in the descriptor, and an output with tiles of BF16, it is the image of the next layer. */
static inline void convolution_describe(dojo_matrix_descriptor_t* descriptor, const struct convolution_shape* shape,
                                        struct image_tiles image, uint64_t weights, struct image_tiles output,
                                        uint32_t semaphore) {
  convolution_describe_sized(descriptor, shape, convolution_output(shape, shape->width),
                             convolution_output(shape, shape->height), image, weights, output, semaphore);
}

/* Gradient of the weights = image^T * gradient of the output (BF16, +0 behind its width: image_clear_behind). The
   result has the order of the weights, FP32. With several frames of the output, one descriptor for each, whose results
   are added (elementwise_add). */
static inline void convolution_describe_weights(dojo_matrix_descriptor_t* descriptor,
                                                const struct convolution_shape* shape, struct image_tiles image,
                                                struct image_tiles gradient, uint64_t weights, uint32_t semaphore) {
  const struct gemm_shape product = {
      .m = shape->kernel * shape->kernel * shape->channel_tiles,
      .n = shape->output_tiles,
      .k = convolution_row_tiles(shape) * convolution_output(shape, shape->height),
  };
  gemm_describe(descriptor, product, convolution_matrix(image), 1, convolution_matrix(gradient), 0,
                tile_matrix_by_rows(weights, product.n, TILE_BYTES_FP32), semaphore);
  convolution_describe_image(descriptor, shape, image, convolution_row_tiles(shape));
}

/* ---- Gradient of the image: a convolution with stride 1 of the gradient of the output, which a stride above 1 spreads
   with zeros, with the weights turned around. */

/* Pixels of a row (or column) of the output's gradient when it is spread. */
static inline uint32_t convolution_spread_size(const struct convolution_shape* shape, uint32_t size) {
  return (convolution_output(shape, size) - 1) * shape->stride + 1;
}

/* Pixel (x, y) of the gradient of the output becomes pixel (x * stride, y * stride) of `spread`, an image of
   convolution_spread_size pixels that image_clear has cleared. */
static inline void convolution_spread(const struct convolution_shape* shape, struct image_tiles gradient,
                                      struct image_tiles spread) {
  const uint32_t width = convolution_output(shape, shape->width);
  const uint32_t height = convolution_output(shape, shape->height);
  for (uint32_t x = 0; x < width; x += IMAGE_LANES) {
    const uint32_t count = width - x < IMAGE_LANES ? width - x : IMAGE_LANES;
    const image_lanes_t pixels = image_lanes_from(x);
    const image_lanes_t from = image_offsets(pixels, gradient.pixel_stride);
    const image_lanes_t to = image_offsets(pixels * shape->stride, spread.pixel_stride);
    for (uint32_t y = 0; y < height; ++y) {
      for (uint32_t c = 0; c < shape->output_tiles; ++c) {
        image_put(image_row(spread, y * shape->stride, c), to, count,
                  image_take(image_row(gradient, y, c), from, count));
      }
    }
  }
}

/* The weights' copy for the gradient of the image: tiles in the order of the kernel's places backwards, outputs,
   channels; the tiles themselves stay (channel, output). `places`: kernel rows * columns * frames; `channel_tiles`: of
   one frame. 128 bytes per tile are loaded and stored. */
static inline void convolution_turn_weights(uint32_t places, uint32_t channel_tiles, uint32_t output_tiles,
                                            uint32_t tile_bytes, const uint8_t* restrict weights,
                                            uint8_t* restrict turned) {
  const uint64_t bytes = tile_bytes;
  for (uint32_t place = places; place-- > 0;) {
    const uint8_t* const first = weights + (uint64_t)place * channel_tiles * output_tiles * bytes;
    for (uint32_t o = 0; o < output_tiles; ++o) {
      const uint8_t* tile = first + o * bytes;
      for (uint32_t c = 0; c < channel_tiles; ++c, tile += output_tiles * bytes, turned += bytes) {
        __riscv_vse8_v_u8m2(turned, __riscv_vle8_v_u8m2(tile, bytes), bytes);
      }
    }
  }
}

/* Gradient of the image. `gradient`: of the output, BF16, with a stride above 1 spread. `turned`: the weights from
   convolution_turn_weights. `frames`: of the kernel; shape->channel_tiles is, as before, frames * channel tiles of the
   result. FP32 result, or BF16 as above; pixels on which no output depends are 0. In a film the sum for frame f begins
   with the gradient's frame f - (frames - 1), of zeros if it is before the first. */
static inline void convolution_describe_image_gradient(dojo_matrix_descriptor_t* descriptor,
                                                       const struct convolution_shape* shape, uint32_t frames,
                                                       struct image_tiles gradient, uint64_t turned,
                                                       struct image_tiles result, uint32_t semaphore) {
  const struct convolution_shape back = {
      .width = convolution_spread_size(shape, shape->width),
      .height = convolution_spread_size(shape, shape->height),
      .channel_tiles = frames * shape->output_tiles,
      .output_tiles = shape->channel_tiles / frames,
      .kernel = shape->kernel,
      .stride = 1,
      .dilation = shape->dilation,
      .padding = shape->dilation * (shape->kernel - 1) - shape->padding,
  };
  convolution_describe_sized(descriptor, &back, shape->width, shape->height, gradient, turned, result, semaphore);
  descriptor->b_transposed = 1;
}

#endif
