/* The exponent bias of a CFloat8 tensor; also for the host (C++). */

#ifndef DOJO_KERNELS_QUANTIZE_BIAS_H
#define DOJO_KERNELS_QUANTIZE_BIAS_H

#include <stdint.h>

#include "dojo_hw.h"

/* The largest bias, 0 to 63, with which a number of the magnitude `largest` (FP32 bits: gradient_largest) is still in
   range, so that as many small ones as possible are, too. `margin`: powers of two to leave free for growth. */
static inline uint32_t quantize_bias(uint32_t format, uint32_t largest, uint32_t margin) {
  const int32_t top = format == DOJO_CFLOAT_FORMAT_E4M3 ? 15 : 31;     /* largest exponent field */
  const uint32_t mantissa = format == DOJO_CFLOAT_FORMAT_E4M3 ? 7 : 3; /* and mantissa */
  const int32_t bits = format == DOJO_CFLOAT_FORMAT_E4M3 ? 3 : 2;
  /* A mantissa that rounds beyond the largest one needs one power more. */
  const uint32_t fraction = largest & 0x7fffff;
  const int32_t beyond = fraction >= ((mantissa << (23 - bits)) + (1u << (22 - bits)));
  const int32_t exponent = (int32_t)(largest >> 23) - 127 + beyond + (int32_t)margin;
  const int32_t bias = top - exponent;
  return bias < 0 ? 0 : bias > 63 ? 63 : (uint32_t)bias;
}

#endif
