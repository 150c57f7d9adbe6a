/* Collectives in the network, along trees that the host has made over the nodes (docs/collectives.md): lines to all
   nodes of a tree, and sums of their lines; barriers are dojo_tree_barrier of xdojo.h. Where trees overlap, every node
   sends its lines to them in the same order: pushes to several of them go on one channel of the transfer engine, as
   channels run side by side. */

#ifndef DOJO_KERNELS_TREE_H
#define DOJO_KERNELS_TREE_H

#include <stdint.h>

#include "dojo_hw.h"
#include "kernels/push.h"

/* Bits 63:32 of the global addresses of a tree: a push there goes to every member (DOJO_TREE_MODE_MULTICAST), or
   contributes to the sum of the lines of all members, which goes to the root (..._REDUCE) or to every member
   (..._ALL_REDUCE). Stores and increments of semaphores can be multicast, too. The node must be a member. */
static inline uint32_t tree_address_high(uint32_t tree, uint32_t mode) {
  const uint64_t row = tree + (uint64_t)DOJO_TREES * mode;
  return (uint32_t)(DOJO_GLOBAL_ADDRESS((uint64_t)DOJO_GROUP_COLUMN, row, 0) >> 32);
}

/* Copies or contributes lines to `remote_address` inside the nodes that receive; adds 1 to the own semaphore when they
   have been read, and to the receivers' when the last line is there. For a sum every member describes the same lines,
   remote address and remote semaphore; its lines are added as ((own + north) + east) + south) + west at every node. */
static inline void tree_describe_push(dojo_transfer_descriptor_t* descriptor, uint32_t tree, uint32_t mode,
                                      uint32_t lines, uint64_t address, uint64_t remote_address, uint32_t semaphore,
                                      uint32_t remote_semaphore) {
  push_describe(descriptor, tree_address_high(tree, mode), lines, address, remote_address, semaphore, remote_semaphore);
}

#endif
