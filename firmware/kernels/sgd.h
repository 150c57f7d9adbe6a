/* Stochastic gradient descent with momentum: v = mu * v + g; w = w - rate * v; and the BF16 copy of w for the products.
   Three passes of the element-wise unit. The order of issue is momentum, wait, weights to BF16, wait, master weights: a
   pass that reads or overwrites what an earlier one used may be issued only when that one has counted. */

#ifndef DOJO_KERNELS_SGD_H
#define DOJO_KERNELS_SGD_H

#include <stdint.h>

#include "kernels/elementwise.h"

/* v = mu * v + g, in place. */
static inline void sgd_describe_momentum(dojo_elementwise_descriptor_t* descriptor, uint32_t lines, uint32_t mu,
                                         uint64_t velocity, uint64_t gradient, uint32_t semaphore) {
  elementwise_describe(descriptor, DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, lines, mu, velocity, gradient, velocity,
                       semaphore);
}

/* The BF16 copy of w - rate * v; `lines` is even. The caller keeps `scalar` at -rate. */
static inline void sgd_describe_weights_bf16(dojo_elementwise_descriptor_t* descriptor, uint32_t lines,
                                             uint32_t negative_rate, uint64_t velocity, uint64_t weights,
                                             uint64_t weights_bf16, uint32_t semaphore) {
  elementwise_describe(descriptor, DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, lines, negative_rate, velocity, weights,
                       weights_bf16, semaphore);
  descriptor->d_bf16 = 1;
}

/* w = w - rate * v, in place. */
static inline void sgd_describe_weights(dojo_elementwise_descriptor_t* descriptor, uint32_t lines,
                                        uint32_t negative_rate, uint64_t velocity, uint64_t weights,
                                        uint32_t semaphore) {
  elementwise_describe(descriptor, DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, lines, negative_rate, velocity, weights, weights,
                       semaphore);
}

#endif
