/* One kernel on one node, as tests and examples call it: kernels/kernel_calls.h. */

#include "kernels.h"

int kernel_main(unsigned hart) {
  static int (*const themes[])(enum kernel_call) = {kernels_products, kernels_convolutions, kernels_values,
                                                    kernels_images,   kernels_rows,         kernels_updates};
  if (hart != 0) return 0;
  for (unsigned i = 0; i < sizeof(themes) / sizeof(themes[0]); ++i) {
    if (themes[i]((enum kernel_call)argument(0))) return 0;
  }
  return 1;
}
