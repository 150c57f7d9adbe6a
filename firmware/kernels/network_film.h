/* Operations of kernels/network_operation.h that networks over films need: the part of one hart. */

#ifndef DOJO_KERNELS_NETWORK_FILM_H
#define DOJO_KERNELS_NETWORK_FILM_H

#include "kernels/binary_cross_entropy.h"
#include "kernels/convolution.h"
#include "kernels/network_part.h"

NETWORK_OPERATION void network_binary_cross_entropy(const struct network_binary_cross_entropy* b, unsigned hart) {
  const struct network_part tiles = network_part_of(b->tiles, hart);
  const uint64_t values = (uint64_t)tiles.first * TILE_BYTES_FP32;
  binary_cross_entropy(tiles.end - tiles.first, network_at(b->logits + values), network_at(b->targets + values),
                       network_float_argument(NETWORK_ARGUMENT_SCALE), network_at(b->losses + values),
                       network_at(b->gradient + (uint64_t)tiles.first * TILE_BYTES_BF16));
}

/* Harts take rows. */
NETWORK_OPERATION void network_spread(const struct network_spread* s, unsigned hart) {
  const struct network_part rows = network_part_of(s->height, hart);
  if (rows.first == rows.end) return;
  const struct convolution_shape shape = {
      .width = (s->width - 1) * s->stride + 1,
      .height = (rows.end - rows.first - 1) * s->stride + 1,
      .output_tiles = s->channel_tiles,
      .kernel = 1,
      .stride = s->stride,
      .dilation = 1,
  };
  struct image_tiles gradient = image_by_pixels(s->gradient, s->width, s->channel_tiles, TILE_BYTES_BF16);
  struct image_tiles spread = image_by_pixels(s->spread, shape.width, s->channel_tiles, TILE_BYTES_BF16);
  gradient.base += (uint64_t)rows.first * gradient.row_stride;
  spread.base += (uint64_t)rows.first * s->stride * spread.row_stride;
  convolution_spread(&shape, gradient, spread);
}

#endif
