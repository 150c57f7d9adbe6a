/* Sends to a node to which there is no way, between packets to one that lives, and takes the interrupt for it.
   args: 0 bits 63:32 of the addresses of the node without a way, 1 those of the living one, 2 rounds. The living node's
   semaphore SEMAPHORE_COUNT and its `received` must end complete. The exit code says what was wrong; 0: nothing. */

#include "unreachable.h"
#include "dojo.h"
#include "xdojo.h"

enum { SEMAPHORE_READ = 2, LINES = 3, SETTLE = 300 };
static const uint64_t EXTERNAL = 1u << 11;
static const uint64_t INTERRUPTS_ON = 1u << 3;

static dojo_transfer_descriptor_t descriptor __attribute__((aligned(DOJO_LINE_BYTES)));
static uint64_t sent[LINES * 8] __attribute__((aligned(DOJO_LINE_BYTES)));
uint64_t received[LINES * 8] __attribute__((aligned(DOJO_LINE_BYTES)));
static volatile uint64_t interrupts;
static volatile uint64_t error;

__attribute__((interrupt("machine"), aligned(4))) static void handler(void) {
  volatile uint64_t* const place = (volatile uint64_t*)DOJO_CONTROL_REMOTE_ERROR;
  error = *place;
  *place = 0;
  ++interrupts;
}

static void transfer(uint32_t op, uint32_t high, uint32_t semaphore) {
  descriptor = (dojo_transfer_descriptor_t){.op = op,
                                            .sem_en = op == DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                            .sem = SEMAPHORE_READ,
                                            .remote_sem_en = semaphore != 0,
                                            .remote_sem = semaphore,
                                            .lines = LINES,
                                            .local_address = (uint32_t)(uint64_t)sent,
                                            .remote_address_low = (uint32_t)(uint64_t)received,
                                            .remote_address_high = high};
  dojo_issue_transfer(&descriptor);
  if (op == DOJO_DESCRIPTOR_OP_TRANSFER_PUSH) dojo_semaphore_wait(SEMAPHORE_READ, 1);
}

/* Waits for the next interrupt and compares what it was about. */
static int expect(uint64_t seen, uint64_t high, uint64_t address) {
  while (interrupts == seen) {
  }
  const uint64_t x = high >> 8 & 0x7ff;
  const uint64_t y = high >> 19 & 0x7ff;
  return error == (1ull << 63 | (uint64_t)DOJO_ACCESS_KIND_UNREACHABLE << 54 | y << 43 | x << 32 | address);
}

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  const uint32_t nowhere = (uint32_t)dojo_launch.args[0];
  const uint32_t living = (uint32_t)dojo_launch.args[1];
  const uint64_t rounds = dojo_launch.args[2];
  __asm__ volatile("csrw mtvec, %0" ::"r"(handler));
  __asm__ volatile("csrs mie, %0" ::"r"(EXTERNAL));
  __asm__ volatile("csrs mstatus, %0" ::"r"(INTERRUPTS_ON));
  for (uint64_t round = 0; round < rounds; ++round) {
    for (uint64_t i = 0; i < LINES * 8; ++i) sent[i] = round * 100 + i;
    uint64_t seen = interrupts;
    dojo_semaphore_add_remote(living, SEMAPHORE_COUNT, 1);
    dojo_semaphore_add_remote(nowhere, SEMAPHORE_COUNT, 1);
    dojo_semaphore_add_remote(living, SEMAPHORE_COUNT, 1);
    if (!expect(seen, nowhere, DOJO_SEMAPHORE_VALUE((uint64_t)SEMAPHORE_COUNT))) return 1;
    seen = interrupts;
    transfer(DOJO_DESCRIPTOR_OP_TRANSFER_PULL, nowhere, 0);
    if (!expect(seen, nowhere, (uint64_t)received)) return 2;
    seen = interrupts;
    transfer(DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, nowhere, 0);
    if (!expect(seen, nowhere, (uint64_t)received)) return 3;
    for (unsigned i = 0; i < SETTLE; ++i) __asm__ volatile(""); /* the other lines' errors */
    transfer(DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, living, SEMAPHORE_COUNT);
  }
  return 0;
}
