/* All harts of a 2x2 mesh pass barriers on two trees that the host has laid, each after a delay of its own. Exit code
   0: every hart came through. */

#include "dojo.h"
#include "xdojo.h"

enum { ROUNDS = 4, SEMAPHORE_EVEN = 8, SEMAPHORE_ODD };

int kernel_main(unsigned hart) {
  uint64_t random = dojo_csr_read(DOJO_CSR_XNODE) * 4 + hart + 1;
  for (uint32_t round = 0; round < ROUNDS; ++round) {
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    for (uint64_t i = (random >> 33) % 100; i > 0; --i) __asm__ volatile("");
    dojo_tree_barrier(round % 2, round % 2 == 0 ? SEMAPHORE_EVEN : SEMAPHORE_ODD);
  }
  return 0;
}
