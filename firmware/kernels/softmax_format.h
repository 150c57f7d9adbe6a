/* What the softmax and the host agree on. */

#ifndef DOJO_KERNELS_SOFTMAX_FORMAT_H
#define DOJO_KERNELS_SOFTMAX_FORMAT_H

#define SOFTMAX_NO_LABEL 0xff /* the sample is padding: no loss, gradient 0 */

#endif
