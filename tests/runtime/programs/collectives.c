/* Collectives in the network. args: 0 task (collectives.h), 1 address of the node's plan, or where to store or note
   cycles, 2 tree (two harts or more: and the one after it, in turn), 3 rounds, 4 node that stores or is the root, 5
   largest delay in loops. */

#include "collectives.h"

#include "dojo.h"
#include "kernels/tree.h"
#include "xdojo.h"

static dojo_transfer_descriptor_t descriptors[COLLECTIVES_MOST_PUSHES];

static void push(const collectives_plan_t* plan) {
  for (uint32_t i = 0; i < plan->pushes; ++i) {
    const collectives_push_t* const order = &plan->push[i];
    tree_describe_push(&descriptors[i], order->tree, order->mode, order->lines, order->from, order->to,
                       COLLECTIVES_SEM_READ, COLLECTIVES_SEM_ARRIVED);
    dojo_issue_transfer(&descriptors[i]);
  }
  dojo_semaphore_wait(COLLECTIVES_SEM_READ, plan->pushes);
  dojo_semaphore_wait(COLLECTIVES_SEM_ARRIVED, plan->arrivals);
}

static void store(uint64_t tree, uint64_t to) {
  const uint32_t high = tree_address_high((uint32_t)tree, DOJO_TREE_MODE_MULTICAST);
  const uint64_t group = (uint64_t)high << 32;
  *(volatile uint64_t*)(group | to) = COLLECTIVES_STORED;
  *(volatile uint8_t*)(group | (to + 13)) = (uint8_t)COLLECTIVES_STORED;
  dojo_semaphore_add_remote(high, COLLECTIVES_SEM_STORED, 3);
}

/* Notes the cycles before and after each barrier: two numbers per round, those of the harts one after the other. */
static void pass_barriers(unsigned hart, volatile uint64_t* notes) {
  const uint64_t rounds = dojo_launch.args[3];
  const uint64_t largest = dojo_launch.args[5];
  uint64_t random = dojo_launch.node_index * DOJO_HARTS + hart + 1;
  notes += hart * 2 * rounds;
  for (uint64_t round = 0; round < rounds; ++round) {
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    for (uint64_t i = largest == 0 ? 0 : (random >> 33) % largest; i > 0; --i) __asm__ volatile("");
    const uint32_t other = round % 2;
    notes[2 * round] = dojo_csr_read(DOJO_CSR_CYCLE);
    dojo_tree_barrier((uint32_t)dojo_launch.args[2] + other,
                      other ? COLLECTIVES_SEM_OTHER_BARRIER : COLLECTIVES_SEM_BARRIER);
    notes[2 * round + 1] = dojo_csr_read(DOJO_CSR_CYCLE);
  }
}

int kernel_main(unsigned hart) {
  const uint64_t tree = dojo_launch.args[2];
  switch (dojo_launch.args[0]) {
    case COLLECTIVES_PUSH:
      push((const collectives_plan_t*)dojo_launch.args[1]);
      break;
    case COLLECTIVES_STORE:
      if (dojo_launch.node_index == dojo_launch.args[4]) store(tree, dojo_launch.args[1]);
      dojo_semaphore_wait(COLLECTIVES_SEM_STORED, 3);
      break;
    case COLLECTIVES_BARRIER:
      pass_barriers(hart, (volatile uint64_t*)dojo_launch.args[1]);
      break;
    case COLLECTIVES_JOIN:
      for (uint64_t round = 0; round < dojo_launch.args[3]; ++round) {
        dojo_tree_arrive((uint32_t)tree);
        if (dojo_launch.node_index == dojo_launch.args[4]) dojo_semaphore_wait(COLLECTIVES_SEM_BARRIER, 1);
      }
      break;
    default:
      return 1;
  }
  return 0;
}
