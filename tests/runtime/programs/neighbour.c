/* A program that attacks a node in every way there is, or works with the other node of its own rectangle.
   args: 0 task, 1 bits 63:32 of the addresses of the attacked node, 2 an SRAM address in it, 5 to 12 room for a
   descriptor. */

#include "neighbour.h"

#include "dojo.h"
#include "xdojo.h"

enum { SEMAPHORE_OWN, SEMAPHORE_OTHER, ROUNDS = 100, LINES = 4 };

static dojo_transfer_descriptor_t descriptor __attribute__((aligned(DOJO_LINE_BYTES)));
static uint64_t sent[LINES * 8] __attribute__((aligned(DOJO_LINE_BYTES)));
static uint64_t received[LINES * 8] __attribute__((aligned(DOJO_LINE_BYTES)));

static void transfer(uint32_t op, uint32_t high, uint64_t local, uint64_t remote, uint32_t remote_sem_en) {
  descriptor = (dojo_transfer_descriptor_t){.op = op,
                                            .sem_en = 1,
                                            .sem = SEMAPHORE_OWN,
                                            .remote_sem_en = remote_sem_en,
                                            .remote_sem = SEMAPHORE_OTHER,
                                            .lines = LINES,
                                            .local_address = (uint32_t)local,
                                            .remote_address_low = (uint32_t)remote,
                                            .remote_address_high = high};
  dojo_issue_transfer(&descriptor);
  dojo_semaphore_wait(SEMAPHORE_OWN, 1);
}

static int work(void) {
  const uint32_t other = dojo_node_address_high(1 - dojo_launch.node_index);
  for (uint64_t round = 0; round < ROUNDS; ++round) {
    for (uint64_t i = 0; i < LINES * 8; ++i) sent[i] = round * 1000 + i;
    transfer(DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, other, (uint64_t)sent, (uint64_t)received, 1);
    dojo_semaphore_wait(SEMAPHORE_OTHER, 1);
    for (uint64_t i = 0; i < LINES * 8; ++i) {
      if (received[i] != round * 1000 + i) return 1;
    }
    /* The other node may send again. */
    dojo_semaphore_add_remote(other, SEMAPHORE_OTHER, 1);
    dojo_semaphore_wait(SEMAPHORE_OTHER, 1);
  }
  return 0;
}

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  const uint64_t node = dojo_launch.args[1] << 32;
  const uint64_t target = dojo_launch.args[2];
  switch (dojo_launch.args[0]) {
    case NEIGHBOUR_STORE_BYTE:
      *(volatile uint8_t*)(node | (target + 5)) = 0xff;
      break;
    case NEIGHBOUR_STORE_WORD:
      *(volatile uint64_t*)(node | target) = ~0ull;
      break;
    case NEIGHBOUR_INCREMENT:
      dojo_semaphore_add_remote((uint32_t)dojo_launch.args[1], SEMAPHORE_OTHER, 1);
      break;
    case NEIGHBOUR_START_HART:
      *(volatile uint64_t*)(node | DOJO_CONTROL_HART_START(3)) = DOJO_SRAM_BASE;
      break;
    case NEIGHBOUR_INTERRUPT:
      *(volatile uint32_t*)(node | DOJO_CLINT_MSIP(0)) = 1;
      break;
    case NEIGHBOUR_DISARM:
      *(volatile uint64_t*)(node | DOJO_CONTROL_PROTECT_ENABLE) = 0;
      break;
    case NEIGHBOUR_PUSH:
      transfer(DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, (uint32_t)dojo_launch.args[1], (uint64_t)sent, target, 0);
      break;
    case NEIGHBOUR_PUSH_AND_COUNT:
      transfer(DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, (uint32_t)dojo_launch.args[1], (uint64_t)sent, target, 1);
      break;
    case NEIGHBOUR_PULL:
      transfer(DOJO_DESCRIPTOR_OP_TRANSFER_PULL, (uint32_t)dojo_launch.args[1], (uint64_t)received, target, 0);
      break;
    default:
      return work();
  }
  /* The report of the other node ends the run; without one this ends well. */
  const uint64_t start = dojo_csr_read(DOJO_CSR_CYCLE);
  while (dojo_csr_read(DOJO_CSR_CYCLE) - start < 2000) {
  }
  return 0;
}
