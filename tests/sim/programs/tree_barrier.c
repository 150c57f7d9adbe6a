/* All harts of all nodes pass barriers, on two trees in turn, each after a delay of its own, while remote stores count
   semaphores. args: 0 rounds, at most ROUNDS; 1 largest delay in loops; 2 node that comes last, 3 its further delay in
   loops. Every hart notes the cycles of its arrivals and releases. */

#include "dojo.h"
#include "xdojo.h"

enum { ROUNDS = 8, SEMAPHORE_EVEN = 8, SEMAPHORE_ODD, SEMAPHORE_STORES = 20 };

volatile uint64_t notes[4][ROUNDS][2];

static void delay(uint64_t loops, uint32_t neighbour) {
  for (uint64_t i = 0; i < loops; ++i) {
    if (i % 16 == 0) {
      dojo_semaphore_add_remote(neighbour, SEMAPHORE_STORES, 1);
    } else {
      __asm__ volatile("");
    }
  }
}

int kernel_main(unsigned hart) {
  const uint32_t self = dojo_launch.node_index;
  const uint32_t neighbour = dojo_node_address_high((self + 1) % dojo_launch.node_count);
  uint64_t random = self * 4 + hart + 1;
  for (uint64_t round = 0; round < dojo_launch.args[0]; ++round) {
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    if (dojo_launch.args[1] != 0) delay((random >> 33) % dojo_launch.args[1], neighbour);
    if (self == dojo_launch.args[2]) delay(dojo_launch.args[3], neighbour);
    const uint32_t tree = round % 2;
    notes[hart][round][0] = dojo_csr_read(DOJO_CSR_CYCLE);
    dojo_tree_barrier(tree, tree == 0 ? SEMAPHORE_EVEN : SEMAPHORE_ODD);
    notes[hart][round][1] = dojo_csr_read(DOJO_CSR_CYCLE);
  }
  return 0;
}
