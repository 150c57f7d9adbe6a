/* Pairs of nodes push lines to each other: the nodes of even index, those of odd index, or all push to their neighbour
   in the row. args: 0 descriptors of 512 lines each (0: one line), 1 bit 0: even nodes push, bit 1: odd ones. The exit
   code says whether what arrived is right. */

#include "dojo.h"
#include "xdojo.h"

enum { SEMAPHORE_ARRIVED, SEMAPHORE_SENT, LINES = 512, WORDS = 8 };

static uint64_t outbox[LINES * WORDS] __attribute__((aligned(DOJO_LINE_BYTES)));
static uint64_t inbox[LINES * WORDS] __attribute__((aligned(DOJO_LINE_BYTES)));
static dojo_transfer_descriptor_t push __attribute__((aligned(DOJO_LINE_BYTES)));

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  const uint32_t self = dojo_launch.node_index;
  const uint32_t partner = self ^ 1;
  const uint32_t rounds = dojo_launch.args[0] == 0 ? 1 : (uint32_t)dojo_launch.args[0];
  const uint32_t lines = dojo_launch.args[0] == 0 ? 1 : LINES;
  const uint64_t pushes = dojo_launch.args[1];
  if (pushes >> (self & 1) & 1) {
    for (uint32_t i = 0; i < lines * WORDS; i++) outbox[i] = self * 100000 + i;
    push = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                        .sem_en = 1,
                                        .sem = SEMAPHORE_SENT,
                                        .remote_sem_en = 1,
                                        .remote_sem = SEMAPHORE_ARRIVED,
                                        .lines = lines,
                                        .local_address = (uint32_t)(uintptr_t)outbox,
                                        .remote_address_low = (uint32_t)(uintptr_t)inbox,
                                        .remote_address_high = dojo_node_address_high(partner)};
    for (uint32_t round = 0; round < rounds; round++) dojo_issue_transfer(&push);
    dojo_semaphore_wait(SEMAPHORE_SENT, rounds);
  }
  if (pushes >> (partner & 1) & 1) {
    dojo_semaphore_wait(SEMAPHORE_ARRIVED, rounds);
    for (uint32_t i = 0; i < lines * WORDS; i++) {
      if (inbox[i] != partner * 100000 + i) return 1;
    }
  }
  return 0;
}
