/* Hart 1 issues a list with a malformed descriptor on channel 2 and takes the interrupt for it; afterwards the channel
 * works. */

#include "dojo.h"
#include "xdojo.h"

enum { CHANNEL = 2, ISSUER = 1, SEMAPHORE = 6, EXTERNAL = 1 << 11, INTERRUPTS_ON = 1 << 3 };

static dojo_transfer_descriptor_t list[2] __attribute__((aligned(DOJO_LINE_BYTES)));
static uint64_t from[8] __attribute__((aligned(DOJO_LINE_BYTES))) = {1, 2, 3, 4, 5, 6, 7, 8};
static uint64_t to[8] __attribute__((aligned(DOJO_LINE_BYTES)));
static volatile uint64_t fault;
static volatile uint64_t interrupts;

__attribute__((interrupt("machine"), aligned(4))) static void handler(void) {
  volatile uint64_t* const place = (volatile uint64_t*)DOJO_CONTROL_LIST_FAULT(CHANNEL);
  fault = *place;
  ++interrupts;
  *place = 0;
}

int kernel_main(unsigned hart) {
  if (hart != ISSUER) return 0;
  __asm__ volatile("csrw mtvec, %0" ::"r"(handler));
  __asm__ volatile("csrs mie, %0" ::"r"((uint64_t)EXTERNAL));
  __asm__ volatile("csrs mstatus, %0" ::"r"((uint64_t)INTERRUPTS_ON));
  list[0] = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                         .sem_en = 1,
                                         .sem = SEMAPHORE,
                                         .next_en = 1,
                                         .lines = 1,
                                         .local_address = (uint32_t)(uint64_t)from,
                                         .next = (uint32_t)(uint64_t)&list[1],
                                         .remote_address_low = (uint32_t)(uint64_t)to,
                                         .remote_address_high = dojo_node_address_high(0)};
  list[1] = list[0];
  list[1].lines = 0;
  dojo_issue_transfer_on(CHANNEL, list);
  while (interrupts == 0) {
  }
  const uint64_t expected =
      1ull << 63 | (uint64_t)ISSUER << 40 | (uint64_t)DOJO_UNIT_FAULT_COUNT << 32 | (uint64_t)&list[1];
  if (fault != expected) return 1;
  dojo_semaphore_wait(SEMAPHORE, 1);
  /* The same descriptor without the rest of the list. */
  list[0].next_en = 0;
  dojo_issue_transfer_on(CHANNEL, list);
  dojo_semaphore_wait(SEMAPHORE, 1);
  if (interrupts != 1) return 2;
  return 0;
}
