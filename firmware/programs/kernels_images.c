/* Pooling, batch norm and embedding. */

#include "kernels.h"
#include "kernels/batch_norm.h"
#include "kernels/embedding.h"
#include "kernels/pooling.h"
#include "kernels/pooling_pairs.h"

static void pooling(enum kernel_call call) {
  const struct pooling_shape shape = {argument(1), argument(2), argument(3), argument(4), argument(5), argument(6)};
  const uint32_t width = pooling_output(&shape, shape.width);
  const struct image_tiles inner = image_by_pixels(argument(7), shape.width, shape.channel_tiles, TILE_BYTES_BF16);
  const struct image_tiles outer = image_by_pixels(argument(8), width, shape.channel_tiles, TILE_BYTES_BF16);
  const struct image_tiles places = image_by_pixels(argument(9), width, shape.channel_tiles, TILE_BYTES_BF16);
  if (call == KERNEL_POOLING_MAX) pooling_max(&shape, inner, outer, places);
  if (call == KERNEL_POOLING_AVERAGE) pooling_average(&shape, inner, outer);
  if (call == KERNEL_POOLING_MAX_GRADIENT) pooling_max_gradient(&shape, outer, places, inner);
  if (call == KERNEL_POOLING_AVERAGE_GRADIENT) pooling_average_gradient(&shape, outer, inner);
}

static void pooling_pairs_of(enum kernel_call call) {
  const struct pooling_pairs_shape shape = {argument(1), argument(2), argument(3), 0, argument(2) * argument(3)};
  const uint32_t bytes = call == KERNEL_POOLING_PAIRS ? TILE_VALUES * sizeof(float) : TILE_BYTES_BF16;
  const struct image_tiles inner = image_by_pixels(argument(4), shape.width, shape.channel_tiles, bytes);
  const struct image_tiles outer = image_by_pixels(argument(6), shape.width / 2, shape.channel_tiles, TILE_BYTES_BF16);
  if (call == KERNEL_POOLING_PAIRS) {
    pooling_pairs(&shape, inner, pointer(5), outer, pointer(7));
  } else {
    const struct image_tiles output =
        image_by_pixels(argument(5), shape.width / 2, shape.channel_tiles, TILE_BYTES_BF16);
    pooling_pairs_gradient(&shape, outer, output, pointer(7), inner);
  }
}

int kernels_images(enum kernel_call call) {
  const struct batch_norm_shape norm = {argument(1), argument(2), argument(3)};
  switch (call) {
    case KERNEL_POOLING_MAX:
    case KERNEL_POOLING_AVERAGE:
    case KERNEL_POOLING_MAX_GRADIENT:
    case KERNEL_POOLING_AVERAGE_GRADIENT:
      pooling(call);
      return 1;
    case KERNEL_POOLING_PAIRS:
    case KERNEL_POOLING_PAIRS_GRADIENT:
      pooling_pairs_of(call);
      return 1;
    case KERNEL_BATCH_NORM_SUMS:
      batch_norm_sums(&norm, pointer(4), pointer(5), pointer(6));
      return 1;
    case KERNEL_BATCH_NORM_COEFFICIENTS:
      batch_norm_coefficients(argument(1), pointer(2), float_argument(3), pointer(4), pointer(5), float_argument(6),
                              float_argument(7), pointer(8), pointer(9));
      return 1;
    case KERNEL_BATCH_NORM_APPLY:
      batch_norm_apply(&norm, pointer(4), pointer(5), pointer(6));
      return 1;
    case KERNEL_BATCH_NORM_GRADIENT_SUMS:
      batch_norm_gradient_sums(&norm, pointer(4), pointer(5), pointer(6), pointer(7));
      return 1;
    case KERNEL_BATCH_NORM_GRADIENT_COEFFICIENTS:
      batch_norm_gradient_coefficients(argument(1), pointer(2), float_argument(3), pointer(4), pointer(5));
      return 1;
    case KERNEL_BATCH_NORM_GRADIENT_APPLY:
      batch_norm_gradient_apply(&norm, pointer(4), pointer(5), pointer(6), pointer(7));
      return 1;
    case KERNEL_CLEAR_BEHIND:
      image_clear_behind(image_by_pixels(argument(4), argument(1), argument(3), TILE_BYTES_BF16), argument(1),
                         argument(2), argument(3));
      return 1;
    case KERNEL_EMBEDDING:
      embedding(argument(1), argument(2), pointer(3), argument(4), argument(5));
      return 1;
    case KERNEL_EMBEDDING_GRADIENT:
      embedding_gradient(argument(1), argument(2), pointer(3), pointer(4), pointer(5));
      return 1;
    default:
      return 0;
  }
}
