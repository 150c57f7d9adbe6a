/* Collectives on a 2x2 mesh, on trees that the host has laid over all nodes: 0 and 1 with barriers of all harts, 2 and
   3 for lines. Hart 0 pushes lines to all members of tree 2, then lines whose sums all members get, then lines whose
   sums the root gets; hart 1 does the same with stores and increments; the others push lines to every node beside. In
   between all meet. Exit code 0: everything was as expected. */

#include "dojo.h"
#include "kernels/tree.h"
#include "xdojo.h"

enum {
  COLUMNS = 2,
  NODES = 4,
  LINES = 20,
  WORDS = LINES * 16,
  ROUNDS = 3,
  TREE_LINES = 2,
  TREE_STORES = 3,
  SEMAPHORE_EVEN = 8,
  SEMAPHORE_ODD,
  SEMAPHORE_CAST,
  SEMAPHORE_SUM,
  SEMAPHORE_ROOT,
  SEMAPHORE_STORE,
  SEMAPHORE_PUSHED,
};

static uint32_t outgoing[WORDS] __attribute__((aligned(64)));
static uint32_t cast[NODES][WORDS] __attribute__((aligned(64)));
static uint32_t contribution[WORDS] __attribute__((aligned(64))); /* of 1.0f, 2.0f and so on */
static uint32_t sum[WORDS] __attribute__((aligned(64)));
static uint32_t root_sum[WORDS] __attribute__((aligned(64)));
static uint32_t filler[WORDS] __attribute__((aligned(64)));
static uint32_t pushed[2][NODES][WORDS] __attribute__((aligned(64)));
static volatile uint64_t stored[NODES];
static dojo_transfer_descriptor_t to_tree;
static dojo_transfer_descriptor_t to_nodes[2][NODES];

static uint32_t self(void) {
  const uint64_t id = *(volatile uint64_t*)DOJO_CONTROL_NODE_ID;
  return (uint32_t)((id >> 16) * COLUMNS + (id & 0xffff));
}

static void meet(uint32_t* barriers) {
  const uint32_t tree = (*barriers)++ % 2;
  dojo_tree_barrier(tree, tree == 0 ? SEMAPHORE_EVEN : SEMAPHORE_ODD);
}

static void push(dojo_transfer_descriptor_t* descriptor, uint32_t channel, const void* from, uint32_t high,
                 const void* to, uint32_t semaphore) {
  *descriptor = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                             .lines = LINES,
                                             .local_address = (uint32_t)(uintptr_t)from,
                                             .remote_address_low = (uint32_t)(uintptr_t)to,
                                             .remote_address_high = high,
                                             .remote_sem_en = 1,
                                             .remote_sem = semaphore};
  dojo_issue_transfer_on(channel, descriptor);
}

/* Word `i` of a line of FP32 numbers n + i % 16 for small n. */
static uint32_t number(uint32_t n, uint32_t i) {
  const union {
    float value;
    uint32_t bits;
  } number = {.value = (float)(n + i % 16)};
  return number.bits;
}

static int lines_of_trees(uint32_t me, uint32_t round, uint32_t is_root) {
  for (uint32_t i = 0; i < WORDS; ++i) {
    outgoing[i] = me * 0x10000000u + round * 0x1000000u + i;
    contribution[i] = number(me + round, i);
  }
  push(&to_tree, 0, outgoing, tree_address_high(TREE_LINES, DOJO_TREE_MODE_MULTICAST), cast[me], SEMAPHORE_CAST);
  dojo_semaphore_wait(SEMAPHORE_CAST, NODES);
  for (uint32_t node = 0; node < NODES; ++node) {
    for (uint32_t i = 0; i < WORDS; ++i) {
      if (cast[node][i] != node * 0x10000000u + round * 0x1000000u + i) return 1;
    }
  }
  push(&to_tree, 0, contribution, tree_address_high(TREE_LINES, DOJO_TREE_MODE_ALL_REDUCE), sum, SEMAPHORE_SUM);
  dojo_semaphore_wait(SEMAPHORE_SUM, 1);
  push(&to_tree, 0, contribution, tree_address_high(TREE_LINES, DOJO_TREE_MODE_REDUCE), root_sum, SEMAPHORE_ROOT);
  if (is_root) dojo_semaphore_wait(SEMAPHORE_ROOT, 1);
  for (uint32_t i = 0; i < WORDS; ++i) {
    const uint32_t expected = number(0 + 1 + 2 + 3 + NODES * round + 3 * (i % 16), i);
    if (sum[i] != expected) return 2;
    if (is_root && root_sum[i] != expected) return 3;
  }
  return 0;
}

static int stores_to_trees(uint32_t me, uint32_t round) {
  const uint64_t group = (uint64_t)tree_address_high(TREE_STORES, DOJO_TREE_MODE_MULTICAST) << 32;
  *(volatile uint64_t*)(group | (uint64_t)&stored[me]) = 100 * round + me;
  dojo_semaphore_add_remote((uint32_t)(group >> 32), SEMAPHORE_STORE, 1);
  dojo_semaphore_wait(SEMAPHORE_STORE, NODES);
  for (uint32_t node = 0; node < NODES; ++node) {
    if (stored[node] != 100 * round + node) return 4;
  }
  return 0;
}

/* Lines of the other classes on the same links. */
static void lines_to_nodes(uint32_t me, uint32_t which) {
  for (uint32_t node = 0; node < NODES; ++node) {
    const uint32_t high =
        (uint32_t)(DOJO_GLOBAL_ADDRESS((uint64_t)(node % COLUMNS), (uint64_t)(node / COLUMNS), 0) >> 32);
    push(&to_nodes[which][node], 1 + which, filler, high, pushed[which][me], SEMAPHORE_PUSHED);
  }
  dojo_semaphore_wait(SEMAPHORE_PUSHED, NODES);
}

int kernel_main(unsigned hart) {
  const uint32_t me = self();
  const uint64_t place = *(volatile uint64_t*)DOJO_CONTROL_TREE(TREE_LINES);
  uint32_t barriers = 0;
  for (uint32_t round = 0; round < ROUNDS; ++round) {
    int error = 0;
    if (hart == 0) error = lines_of_trees(me, round, (place & 7) == DOJO_ROUTE_LOCAL);
    if (hart == 1) error = stores_to_trees(me, round);
    if (hart > 1) lines_to_nodes(me, hart - 2);
    if (error != 0) return error;
    meet(&barriers);
  }
  return 0;
}
