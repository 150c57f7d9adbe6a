/* Every node passes a barrier args[0] times, each time after a delay of its own, and notes the cycles of its arrival
   and its release. args: 0 rounds, 1 where to note (two 64-bit numbers per round), 2 largest delay in loops, 3 set: 0
   the rectangle of the launch, 1 its nodes in reverse order as a list, 2 only its even nodes, 3 its nodes. */

#include "kernels/barrier.h"
#include "dojo.h"
#include "xdojo.h"

enum { SEMAPHORE_ARRIVE = 20, SEMAPHORE_RELEASE, MOST_NODES = 64 };

static uint32_t nodes[MOST_NODES];

static void describe(barrier_t* barrier, uint64_t set) {
  const uint32_t count = dojo_launch.node_count;
  const uint32_t self = dojo_launch.node_index;
  if (set == 0) {
    barrier_over_rectangle(barrier, dojo_launch.x, dojo_launch.y, dojo_launch.columns, dojo_launch.rows,
                           SEMAPHORE_ARRIVE, SEMAPHORE_RELEASE);
  } else if (set == 3) {
    barrier_over_launch(barrier, SEMAPHORE_ARRIVE, SEMAPHORE_RELEASE);
  } else if (set == 1) {
    for (uint32_t i = 0; i < count; ++i) nodes[i] = dojo_node_address_high(count - 1 - i);
    barrier_over_nodes(barrier, nodes, count, count - 1 - self, SEMAPHORE_ARRIVE, SEMAPHORE_RELEASE);
  } else {
    for (uint32_t i = 0; 2 * i < count; ++i) nodes[i] = dojo_node_address_high(2 * i);
    barrier_over_nodes(barrier, nodes, (count + 1) / 2, self / 2, SEMAPHORE_ARRIVE, SEMAPHORE_RELEASE);
  }
}

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  const uint64_t rounds = dojo_launch.args[0];
  volatile uint64_t* const notes = (volatile uint64_t*)dojo_launch.args[1];
  const uint64_t largest = dojo_launch.args[2];
  const uint64_t set = dojo_launch.args[3];
  if (set == 2 && dojo_launch.node_index % 2 != 0) return 0;
  barrier_t barrier;
  describe(&barrier, set);
  uint64_t random = dojo_launch.node_index + 1;
  for (uint64_t round = 0; round < rounds; ++round) {
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    for (uint64_t i = largest == 0 ? 0 : (random >> 33) % largest; i > 0; --i) __asm__ volatile("");
    notes[2 * round] = dojo_csr_read(DOJO_CSR_CYCLE);
    barrier_wait(&barrier);
    notes[2 * round + 1] = dojo_csr_read(DOJO_CSR_CYCLE);
  }
  return 0;
}
