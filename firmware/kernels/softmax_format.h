/* Numbers between the softmax in integer code and the units in FP32; also read by the host (C++).

   The element-wise unit converts on both sides: it adds FIXED_POINT_ZERO (1.5 * 2^23, whose last bit is worth 1) to
   scaled logits, so that the FP32 bits read as integers are a constant plus the rounded value; and it takes the
   constant away from the gradients that this code writes in the same form. Logits arrive in units of 2^-15 in base 2:
   logit * log2(e) * 2^15. They keep their order beyond the exact range of +-128 (base 2), where the differences are
   compressed. */

#ifndef DOJO_KERNELS_SOFTMAX_FORMAT_H
#define DOJO_KERNELS_SOFTMAX_FORMAT_H

#include <stdint.h>

#define FIXED_POINT_ZERO_BITS 0x4b400000    /* FP32 bits of 1.5 * 2^23 */
#define SOFTMAX_LOGIT_SCALE_BITS 0x4738aa3b /* FP32 bits of log2(e) * 2^15 */
#define SOFTMAX_FRACTION_BITS 15
#define SOFTMAX_GRADIENT_BITS 21            /* a gradient of 1 is 2^21 */
#define SOFTMAX_LOSS_BITS 15                /* a loss of 1 bit is 2^15 */
#define SOFTMAX_NO_LABEL 0xff               /* the sample is padding: no loss, gradient 0 */
#define SOFTMAX_DIVERGED (INT64_C(1) << 40) /* added to the loss of a sample whose logits left the exact range */

#endif
