/* What a program finds when its harts start. */

#ifndef DOJO_H
#define DOJO_H

#include <stdint.h>

#include "dojo_hw.h"

#define DOJO_LAUNCH_ARGUMENTS 56
#define DOJO_LAUNCH_HOLES 18

/* Written by the host before every launch. The program runs on a rectangle of nodes less its holes, where nodes are
   dead; nodes are counted in rows. */
struct dojo_launch_block {
  uint32_t x;          /* column of the rectangle's north-west node in the machine */
  uint32_t y;          /* row of that node */
  uint32_t columns;    /* of the rectangle */
  uint32_t rows;       /* of the rectangle */
  uint32_t node_index; /* this node: number of the nodes before it */
  uint32_t node_count; /* columns * rows - hole_count */
  uint64_t args[DOJO_LAUNCH_ARGUMENTS];
  uint32_t hole_count;
  uint16_t holes[DOJO_LAUNCH_HOLES]; /* row * columns + column of each, inside the rectangle, ascending */
};
DOJO_STATIC_ASSERT(sizeof(struct dojo_launch_block) <= 512, "the launch block fits into what start.S reserves");

/* The first argument that starts an SRAM line: args[5] to args[12] can hold a descriptor. */
#define DOJO_LAUNCH_LINE_ARGUMENT 5
DOJO_STATIC_ASSERT(offsetof(struct dojo_launch_block, args) + 8 * DOJO_LAUNCH_LINE_ARGUMENT == DOJO_LINE_BYTES,
                   "args[DOJO_LAUNCH_LINE_ARGUMENT] starts a line");

extern volatile struct dojo_launch_block dojo_launch;

/* Supplied by the program: runs on every hart that was started; the result is the hart's exit code, 0 for success. */
int kernel_main(unsigned hart);

/* The node `columns` east and `rows` south of node `index` of the rectangle as the upper 32 bits of a global address;
 * an address below 2^32 inside it is the lower 32 bits. */
static inline uint32_t dojo_shifted_address_high(uint32_t index, int32_t columns, int32_t rows) {
  const uint32_t holes = dojo_launch.hole_count;
  for (uint32_t i = 0; i < holes && dojo_launch.holes[i] <= index; ++i) ++index;
  const uint64_t x = dojo_launch.x + index % dojo_launch.columns + (uint32_t)columns;
  const uint64_t y = dojo_launch.y + index / dojo_launch.columns + (uint32_t)rows;
  return (uint32_t)(DOJO_GLOBAL_ADDRESS((uint32_t)x, (uint32_t)y, 0) >> 32);
}

/* Node `index` of the rectangle, likewise. */
static inline uint32_t dojo_node_address_high(uint32_t index) {
  return dojo_shifted_address_high(index, 0, 0);
}

#endif
