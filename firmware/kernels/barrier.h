/* Barriers over any set of nodes: a tree of remote semaphore increments, one hart per node. */

#ifndef DOJO_KERNELS_BARRIER_H
#define DOJO_KERNELS_BARRIER_H

#include <stdint.h>

#include "dojo.h"
#include "xdojo.h"

#define BARRIER_CHILDREN 4

/* One node's place in the tree: node i of the set has the children 4 * i + 1 to 4 * i + 4. Two semaphores belong to the
   barrier on all of its nodes, and are 0 between its uses. */
typedef struct {
  uint32_t arrive;  /* semaphore that the children add to */
  uint32_t release; /* semaphore that the parent adds to */
  uint32_t is_root;
  uint32_t parent; /* bits 63:32 of the parent's global addresses */
  uint32_t children;
  uint32_t child[BARRIER_CHILDREN];
} barrier_t;

/* Node `self` of `count` nodes; nodes[i] holds bits 63:32 of the global addresses of node i. All nodes of the set
 * describe it alike. */
static inline void barrier_over_nodes(barrier_t* barrier, const uint32_t* nodes, uint32_t count, uint32_t self,
                                      uint32_t arrive, uint32_t release) {
  barrier->arrive = arrive;
  barrier->release = release;
  barrier->is_root = self == 0;
  barrier->parent = self == 0 ? 0 : nodes[(self - 1) / BARRIER_CHILDREN];
  barrier->children = 0;
  for (uint32_t i = 1; i <= BARRIER_CHILDREN && self * BARRIER_CHILDREN + i < count; ++i) {
    barrier->child[barrier->children++] = nodes[self * BARRIER_CHILDREN + i];
  }
}

/* Bits 63:32 of the global addresses of node `index` of a rectangle of the machine, row by row. */
static inline uint32_t barrier_rectangle_node(uint32_t x, uint32_t y, uint32_t columns, uint32_t index) {
  return (uint32_t)(DOJO_GLOBAL_ADDRESS((uint64_t)(x + index % columns), (uint64_t)(y + index / columns), 0) >> 32);
}

/* The same over the rectangle of the machine from (x, y) on, to which this node must belong. */
static inline void barrier_over_rectangle(barrier_t* barrier, uint32_t x, uint32_t y, uint32_t columns, uint32_t rows,
                                          uint32_t arrive, uint32_t release) {
  const uint64_t id = dojo_csr_read(DOJO_CSR_XNODE);
  const uint32_t self = ((uint32_t)(id >> 16) - y) * columns + ((uint32_t)(id & 0xffff) - x);
  barrier->arrive = arrive;
  barrier->release = release;
  barrier->is_root = self == 0;
  barrier->parent = self == 0 ? 0 : barrier_rectangle_node(x, y, columns, (self - 1) / BARRIER_CHILDREN);
  barrier->children = 0;
  for (uint32_t i = 1; i <= BARRIER_CHILDREN && self * BARRIER_CHILDREN + i < columns * rows; ++i) {
    barrier->child[barrier->children++] = barrier_rectangle_node(x, y, columns, self * BARRIER_CHILDREN + i);
  }
}

/* The same over the nodes of the launch. */
static inline void barrier_over_launch(barrier_t* barrier, uint32_t arrive, uint32_t release) {
  const uint32_t self = dojo_launch.node_index;
  barrier->arrive = arrive;
  barrier->release = release;
  barrier->is_root = self == 0;
  barrier->parent = self == 0 ? 0 : dojo_node_address_high((self - 1) / BARRIER_CHILDREN);
  barrier->children = 0;
  for (uint32_t i = 1; i <= BARRIER_CHILDREN && self * BARRIER_CHILDREN + i < dojo_launch.node_count; ++i) {
    barrier->child[barrier->children++] = dojo_node_address_high(self * BARRIER_CHILDREN + i);
  }
}

/* Returns when every node of the set has called it. Remote stores that a node made before need not have arrived
   anywhere: what others are to see is counted by a semaphore of its own. */
static inline void barrier_wait(const barrier_t* barrier) {
  if (barrier->children != 0) dojo_semaphore_wait(barrier->arrive, barrier->children);
  if (!barrier->is_root) {
    dojo_semaphore_add_remote(barrier->parent, barrier->arrive, 1);
    dojo_semaphore_wait(barrier->release, 1);
  }
  for (uint32_t i = 0; i < barrier->children; ++i) dojo_semaphore_add_remote(barrier->child[i], barrier->release, 1);
}

#endif
