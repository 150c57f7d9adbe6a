/* Which values dropout keeps: a function of seed, step and place, the same on nodes and host. Read by C++, too. */

#ifndef DOJO_KERNELS_DROPOUT_MASK_H
#define DOJO_KERNELS_DROPOUT_MASK_H

#include <stdint.h>

/* A bijection of 32-bit numbers in which every bit of x changes each bit of the result in about half of all cases. */
#define DROPOUT_MIX_1 0x7feb352du
#define DROPOUT_MIX_2 0x846ca68bu
#define DROPOUT_MIXED(x)                     \
  do {                                       \
    (x) = ((x) ^ (x) >> 16) * DROPOUT_MIX_1; \
    (x) = ((x) ^ (x) >> 15) * DROPOUT_MIX_2; \
    (x) = (x) ^ (x) >> 16;                   \
  } while (0)

/* The key of a layer's mask in a step: `seed` names run and layer. */
static inline uint32_t dropout_key(uint32_t seed, uint32_t step) {
  uint32_t key = step;
  DROPOUT_MIXED(key);
  key += seed;
  DROPOUT_MIXED(key);
  return key;
}

/* Random bits of value number `index` of the layer. */
static inline uint32_t dropout_bits(uint32_t key, uint32_t index) {
  uint32_t bits = index + key;
  DROPOUT_MIXED(bits);
  bits ^= key;
  DROPOUT_MIXED(bits);
  return bits;
}

/* Bits below this keep their value: the probability in units of 2^-32. */
static inline uint32_t dropout_threshold(float keep) {
  return keep >= 1.0f ? UINT32_MAX : (uint32_t)(keep * 4294967296.0f);
}

#endif
