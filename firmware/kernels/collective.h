/* Parts of an all-reduce over the nodes of the launch: push to a peer, sum in node order, push to all peers. */

#ifndef DOJO_KERNELS_COLLECTIVE_H
#define DOJO_KERNELS_COLLECTIVE_H

#include <stdint.h>

#include "dojo.h"
#include "kernels/elementwise.h"
#include "kernels/push.h"
#include "xdojo.h"

/* Receive buffers stand side by side, one slot per peer in node order; the own node has none. */
static inline uint32_t collective_slot(uint32_t peer, uint32_t self) {
  return peer < self ? peer : peer - 1;
}

/* The part of `total` rows that node `index` of `count` owns starts here and ends where the next one starts. */
static inline uint32_t collective_share_begin(uint32_t total, uint32_t count, uint32_t index) {
  return total * index / count;
}

/* Copies lines to `remote_address` inside node `peer`; adds 1 to the own semaphore when they have been read and to the
   peer's when they are there. */
static inline void collective_describe_push(dojo_transfer_descriptor_t* descriptor, uint32_t peer, uint32_t lines,
                                            uint64_t address, uint64_t remote_address, uint32_t semaphore,
                                            uint32_t remote_semaphore) {
  push_describe(descriptor, dojo_node_address_high(peer), lines, address, remote_address, semaphore, remote_semaphore);
}

/* Where the contribution of node `peer` to the own share is: the own one, or the peer's slot. */
static inline uint64_t collective_contribution(uint32_t peer, uint32_t self, uint64_t own, uint64_t receive,
                                               uint64_t slot_bytes) {
  return peer == self ? own : receive + collective_slot(peer, self) * slot_bytes;
}

/* Adds the contributions of nodes 0, 1, ... in that order; the sum replaces the contribution of node 0, whose address
   is returned. */
static inline uint64_t collective_sum(uint32_t lines, uint32_t self, uint32_t count, uint64_t own, uint64_t receive,
                                      uint64_t slot_bytes) {
  const uint64_t sum = collective_contribution(0, self, own, receive, slot_bytes);
  for (uint32_t peer = 1; peer < count; ++peer) {
    elementwise_add(lines, (const float*)collective_contribution(peer, self, own, receive, slot_bytes), (float*)sum);
  }
  return sum;
}

#endif
