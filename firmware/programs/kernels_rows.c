/* Kernels in which the values of a row depend on each other. */

#include "kernels.h"
#include "kernels/layer_norm.h"
#include "kernels/mlp_arguments.h"
#include "kernels/row_softmax.h"
#include "kernels/softmax.h"

int kernels_rows(enum kernel_call call) {
  const struct tile_rows rows = {argument(1), argument(2), argument(3), argument(4)};
  switch (call) {
    case KERNEL_SOFTMAX:
      softmax_cross_entropy(argument(1), argument(2), pointer(3), pointer(4), float_argument(6), pointer(5), pointer(7),
                            MLP_CLASSES);
      return 1;
    case KERNEL_ROW_SOFTMAX:
      row_softmax(&rows, pointer(5), pointer(6));
      return 1;
    case KERNEL_ROW_SOFTMAX_GRADIENT:
      row_softmax_gradient(&rows, pointer(5), pointer(6), pointer(7));
      return 1;
    case KERNEL_ROW_CROSS_ENTROPY:
      row_cross_entropy(&rows, pointer(5), pointer(6), float_argument(7), pointer(8), pointer(9), pointer(10));
      return 1;
    case KERNEL_LAYER_NORM:
      layer_norm(&rows, pointer(5), pointer(6), pointer(7), float_argument(8), pointer(9), pointer(10));
      return 1;
    case KERNEL_LAYER_NORM_GRADIENT:
      layer_norm_gradient(&rows, pointer(5), pointer(6), pointer(7), pointer(8), pointer(9), pointer(10), pointer(11));
      return 1;
    default:
      return 0;
  }
}
