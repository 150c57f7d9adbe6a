/* Convolutions and their gradients, with groups and over frames. */

#include "kernels.h"
#include "kernels/convolution.h"
#include "kernels/elementwise.h"

static dojo_matrix_descriptor_t product;

/* The first eight arguments after the call: of a group, or of a frame. */
static struct convolution_shape shape_argument(void) {
  return (struct convolution_shape){argument(1), argument(2), argument(3), argument(4),
                                    argument(5), argument(6), argument(7), argument(8)};
}

static uint32_t output_width(const struct convolution_shape* shape) {
  return convolution_output(shape, shape->width);
}

static uint32_t output_height(const struct convolution_shape* shape) {
  return convolution_output(shape, shape->height);
}

static uint32_t weight_tiles(const struct convolution_shape* shape) {
  return shape->kernel * shape->kernel * shape->channel_tiles * shape->output_tiles;
}

/* Groups in one image by pixels, one after the other. */
static void convolution(enum kernel_call call) {
  const struct convolution_shape shape = shape_argument();
  const uint32_t groups = argument(9);
  const uint32_t channels = groups * shape.channel_tiles;
  const uint32_t outputs = groups * shape.output_tiles;
  const struct image_tiles image = image_by_pixels(argument(10), shape.width, channels, TILE_BYTES_BF16);
  for (uint32_t g = 0; g < groups; ++g) {
    const struct image_tiles from = image_from_channel(image, g * shape.channel_tiles);
    if (call == KERNEL_CONVOLUTION) {
      const struct image_tiles output = image_by_pixels(argument(12), output_width(&shape), outputs, TILE_BYTES_FP32);
      convolution_describe(&product, &shape, from, argument(11) + g * weight_tiles(&shape) * TILE_BYTES_BF16,
                           image_from_channel(output, g * shape.output_tiles), SEMAPHORE_UNIT);
    } else {
      const struct image_tiles gradient = image_by_pixels(argument(11), output_width(&shape), outputs, TILE_BYTES_BF16);
      convolution_describe_weights(&product, &shape, from, image_from_channel(gradient, g * shape.output_tiles),
                                   argument(12) + g * weight_tiles(&shape) * TILE_BYTES_FP32, SEMAPHORE_UNIT);
    }
    run_product(&product);
  }
}

static void convolution_image_gradient(void) {
  const struct convolution_shape shape = shape_argument();
  const uint32_t groups = argument(9);
  const uint32_t outputs = groups * shape.output_tiles;
  struct image_tiles gradient = image_by_pixels(argument(10), output_width(&shape), outputs, TILE_BYTES_BF16);
  if (shape.stride > 1) {
    const uint32_t width = convolution_spread_size(&shape, shape.width);
    const struct image_tiles spread = image_by_pixels(argument(14), width, outputs, TILE_BYTES_BF16);
    struct convolution_shape all = shape;
    all.output_tiles = outputs;
    image_clear(spread, width, convolution_spread_size(&shape, shape.height), outputs);
    convolution_spread(&all, gradient, spread);
    gradient = spread;
  }
  const struct image_tiles result =
      image_by_pixels(argument(12), shape.width, groups * shape.channel_tiles, TILE_BYTES_FP32);
  for (uint32_t g = 0; g < groups; ++g) {
    const uint64_t weights = argument(11) + g * weight_tiles(&shape) * TILE_BYTES_BF16;
    convolution_turn_weights(shape.kernel * shape.kernel, shape.channel_tiles, shape.output_tiles, TILE_BYTES_BF16,
                             (const uint8_t*)weights, pointer(13));
    convolution_describe_image_gradient(&product, &shape, 1, image_from_channel(gradient, g * shape.output_tiles),
                                        argument(13), image_from_channel(result, g * shape.channel_tiles),
                                        SEMAPHORE_UNIT);
    run_product(&product);
  }
}

/* Of a film by planes; kernel, frames of the output, frames from one output frame to the next. */
static void film(enum kernel_call call) {
  struct convolution_shape shape = shape_argument();
  const uint32_t frames = argument(9);
  const uint32_t count = argument(10);
  const uint32_t channel_tiles = shape.channel_tiles;
  const uint32_t first_channel = argument(11) * channel_tiles;
  shape.channel_tiles *= frames;
  const struct image_tiles image = image_by_planes(argument(12), shape.width, shape.height, TILE_BYTES_BF16);
  for (uint32_t t = 0; t < count; ++t) {
    const struct image_tiles from = image_from_channel(image, t * first_channel);
    if (call == KERNEL_FILM) {
      const struct image_tiles output =
          image_by_planes(argument(14), output_width(&shape), output_height(&shape), TILE_BYTES_FP32);
      convolution_describe(&product, &shape, from, argument(13), image_from_channel(output, t * shape.output_tiles),
                           SEMAPHORE_UNIT);
      run_product(&product);
    } else {
      const struct image_tiles gradient =
          image_by_planes(argument(13), output_width(&shape), output_height(&shape), TILE_BYTES_BF16);
      convolution_describe_weights(&product, &shape, from, image_from_channel(gradient, t * shape.output_tiles),
                                   argument(t == 0 ? 14 : 15), SEMAPHORE_UNIT);
      run_product(&product);
      if (t != 0) elementwise_add(weight_tiles(&shape) * LINES_PER_TILE, pointer(15), pointer(14));
    }
  }
}

static void film_image_gradient(void) {
  struct convolution_shape shape = shape_argument();
  const uint32_t frames = argument(9);
  const uint32_t channel_tiles = shape.channel_tiles;
  shape.channel_tiles *= frames;
  const struct image_tiles gradient =
      image_by_planes(argument(11), output_width(&shape), output_height(&shape), TILE_BYTES_BF16);
  const struct image_tiles result = image_by_planes(argument(13), shape.width, shape.height, TILE_BYTES_FP32);
  convolution_turn_weights(shape.kernel * shape.kernel * frames, channel_tiles, shape.output_tiles, TILE_BYTES_BF16,
                           pointer(12), pointer(14));
  for (uint32_t f = 0; f < argument(10); ++f) {
    convolution_describe_image_gradient(&product, &shape, frames, image_from_channel(gradient, f * shape.output_tiles),
                                        argument(14), image_from_channel(result, f * channel_tiles), SEMAPHORE_UNIT);
    run_product(&product);
  }
}

int kernels_convolutions(enum kernel_call call) {
  switch (call) {
    case KERNEL_CONVOLUTION:
    case KERNEL_CONVOLUTION_WEIGHTS:
      convolution(call);
      return 1;
    case KERNEL_CONVOLUTION_IMAGE:
      convolution_image_gradient();
      return 1;
    case KERNEL_FILM:
    case KERNEL_FILM_WEIGHTS:
      film(call);
      return 1;
    case KERNEL_FILM_IMAGE:
      film_image_gradient();
      return 1;
    case KERNEL_TURN_WEIGHTS:
      convolution_turn_weights(argument(1), argument(2), argument(3), TILE_BYTES_BF16, pointer(4), pointer(5));
      return 1;
    default:
      return 0;
  }
}
