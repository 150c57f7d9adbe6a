/* Hart 0 of every node: lines on a tree of all nodes. args: 0 mode (tree_mode); 1 lines; 2 rounds; 3 node that sends
   nothing. Node n contributes FP32 numbers (n + 1) * 2^(word % 8) + round, so that every sum is exact and says who took
   part. Exit code 0: what came is what should. */

#include "dojo.h"
#include "kernels/tree.h"
#include "xdojo.h"

enum {
  MOST_LINES = 64,
  MOST_NODES = 16,
  TREE = 1,
  SEMAPHORE_HERE = 3,
  SEMAPHORE_COME,
  BARRIER_TREE = 0,
  SEMAPHORE_MET = 5
};

static float outgoing[MOST_LINES * 16] __attribute__((aligned(64)));
static float incoming[MOST_NODES][MOST_LINES * 16] __attribute__((aligned(64)));
static dojo_transfer_descriptor_t push;
volatile uint64_t cycles[2]; /* from the first issue of a round to the last line, the last round's */

static int check(const float* lines, uint64_t count, float factor, float addend) {
  for (uint64_t i = 0; i < count * 16; ++i) {
    if (lines[i] != factor * (float)(1u << i % 8) + addend) return 1;
  }
  return 0;
}

int kernel_main(unsigned hart) {
  (void)hart;
  const uint32_t mode = (uint32_t)dojo_launch.args[0];
  const uint64_t lines = dojo_launch.args[1];
  const uint32_t self = dojo_launch.node_index;
  const uint32_t nodes = dojo_launch.node_count;
  const uint64_t place = *(volatile uint64_t*)DOJO_CONTROL_TREE(TREE);
  const uint32_t receives = mode != DOJO_TREE_MODE_REDUCE || (place & 7) == DOJO_ROUTE_LOCAL;
  for (uint64_t round = 0; round < dojo_launch.args[2]; ++round) {
    for (uint64_t i = 0; i < lines * 16; ++i) outgoing[i] = (float)(self + 1) * (float)(1u << i % 8) + (float)round;
    float* const there = incoming[mode == DOJO_TREE_MODE_MULTICAST ? self : 0];
    push = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                        .lines = (uint32_t)lines,
                                        .local_address = (uint32_t)(uintptr_t)outgoing,
                                        .remote_address_low = (uint32_t)(uintptr_t)there,
                                        .remote_address_high = tree_address_high(TREE, mode),
                                        .sem_en = 1,
                                        .sem = SEMAPHORE_HERE,
                                        .remote_sem_en = 1,
                                        .remote_sem = SEMAPHORE_COME};
    dojo_tree_barrier(BARRIER_TREE, SEMAPHORE_MET);
    cycles[0] = dojo_csr_read(DOJO_CSR_CYCLE);
    if (self != dojo_launch.args[3]) {
      dojo_issue_transfer(&push);
      dojo_semaphore_wait(SEMAPHORE_HERE, 1);
    }
    if (receives) dojo_semaphore_wait(SEMAPHORE_COME, mode == DOJO_TREE_MODE_MULTICAST ? nodes : 1);
    cycles[1] = dojo_csr_read(DOJO_CSR_CYCLE);
    if (mode == DOJO_TREE_MODE_MULTICAST) {
      for (uint32_t node = 0; node < nodes; ++node) {
        if (check(incoming[node], lines, (float)(node + 1), (float)round) != 0) return 1 + (int)node;
      }
    } else if (receives) {
      const float all = (float)(nodes * (nodes + 1) / 2);
      if (check(incoming[0], lines, all, (float)(nodes * round)) != 0) return 100;
    }
    dojo_tree_barrier(BARRIER_TREE, SEMAPHORE_MET);
  }
  return 0;
}
