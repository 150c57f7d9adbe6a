/* Gradients as a whole, and the updates of the weights. */

#include "kernels.h"
#include "kernels/adamw.h"
#include "kernels/gradient.h"
#include "kernels/quantize.h"
#include "kernels/sgd.h"

int kernels_updates(enum kernel_call call) {
  switch (call) {
    case KERNEL_SGD:
      sgd_update(argument(1), argument(2), (struct sgd_rates){float_argument(3), float_argument(4)}, pointer(5),
                 pointer(6), pointer(7), pointer(8));
      return 1;
    case KERNEL_ADAMW: {
      const struct adamw_rates* const rates = pointer(3);
      adamw_update(argument(1), argument(2), *rates, pointer(4), pointer(5), pointer(6), pointer(7), pointer(8));
      return 1;
    }
    case KERNEL_GRADIENT_SUMS: {
      float* const sums = pointer(3);
      sums[0] = gradient_sum(argument(1), pointer(2));
      sums[1] = gradient_squares(argument(1), pointer(2));
      return 1;
    }
    case KERNEL_GRADIENT_LARGEST: {
      uint32_t* const result = pointer(4);
      result[0] = gradient_largest(argument(1), pointer(2));
      result[1] = (uint32_t)gradient_finite(result[0]);
      result[2] = quantize_bias(DOJO_CFLOAT_FORMAT_E4M3, result[0], argument(3));
      result[3] = quantize_bias(DOJO_CFLOAT_FORMAT_E5M2, result[0], argument(3));
      return 1;
    }
    case KERNEL_GRADIENT_CLIP:
      gradient_scale(argument(1), gradient_clip_factor(float_argument(3), float_argument(4), float_argument(5)),
                     pointer(2));
      return 1;
    default:
      return 0;
  }
}
