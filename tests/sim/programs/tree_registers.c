/* Two nodes side by side. Node 0 makes a tree of both: its own place by a local store, its neighbour's by a remote one;
   the barrier waits for an arrival of node 0, and for one of node 1 itself and one that node 0 stores there. */

#include "dojo.h"
#include "xdojo.h"

enum { TREE = 3, SEMAPHORE = 4, SEMAPHORE_MADE = 5 };

static volatile uint64_t unreadable;
static const uint64_t valid_member = UINT64_C(1) << 63 | 1u << 11 | 1u << 24 | SEMAPHORE << 16;

static int make(void) {
  const uint32_t other = dojo_node_address_high(1);
  const uint64_t root = valid_member | 1u << 8 | 1u << (4 + DOJO_ROUTE_EAST) | DOJO_ROUTE_LOCAL;
  const uint64_t leaf = valid_member | 2u << 8 | DOJO_ROUTE_WEST;
  volatile uint64_t* const place = (volatile uint64_t*)DOJO_CONTROL_TREE(TREE);
  if (*place != 0) return 1;
  *place = root | UINT64_C(1) << 40; /* a bit without a meaning */
  if (*place != root) return 2;
  *(volatile uint64_t*)((uint64_t)other << 32 | DOJO_CONTROL_TREE(TREE)) = leaf;
  dojo_semaphore_add_remote(other, SEMAPHORE_MADE, 1);
  *(volatile uint64_t*)((uint64_t)other << 32 | DOJO_CONTROL_TREE_ARRIVE) = TREE;
  return 0;
}

int kernel_main(unsigned hart) {
  (void)hart;
  if (dojo_launch.args[0] != 0) unreadable = *(volatile uint64_t*)DOJO_CONTROL_TREE_ARRIVE;
  if (dojo_launch.node_index == 0) {
    const int error = make();
    if (error != 0) return error;
  } else {
    dojo_semaphore_wait(SEMAPHORE_MADE, 1);
  }
  dojo_tree_barrier(TREE, SEMAPHORE);
  return dojo_semaphore_value(SEMAPHORE) == 0 ? 0 : 3;
}
