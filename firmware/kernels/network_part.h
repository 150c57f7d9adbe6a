/* What the operations of the program network have in common: addresses, arguments, and a hart's part of the work. */

#ifndef DOJO_KERNELS_NETWORK_PART_H
#define DOJO_KERNELS_NETWORK_PART_H

#include "dojo.h"
#include "kernels/network_operation.h"
#include "xdojo_cfloat.h"

/* Of a function that does an operation: its registers are saved on a stack frame of its own, as all frames in one
   would be larger than a stack. */
#define NETWORK_OPERATION static inline __attribute__((noinline))

static inline void* network_at(uint64_t address) {
  return (void*)address;
}

static inline float network_float_argument(enum network_argument argument) {
  const uint32_t bits = (uint32_t)dojo_launch.args[argument];
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

struct network_part {
  uint32_t first;
  uint32_t end;
};

static inline struct network_part network_part_of(uint32_t count, unsigned hart) {
  return (struct network_part){count * hart / DOJO_HARTS, count * (hart + 1) / DOJO_HARTS};
}

/* Stochastic rounding: each hart of each node draws numbers of its own for each tensor of each launch. The multipliers
   are odd numbers far from that by which a seed goes on. */
static inline void network_seed(uint32_t tensor, unsigned hart) {
  const uint64_t place = (uint64_t)dojo_launch.node_index * DOJO_HARTS + hart;
  dojo_seed(dojo_launch.args[NETWORK_ARGUMENT_SEED] + place * 0xd1b54a32d192ed03 + tensor * 0x8cb92ba72f3d8dd7);
}

#endif
