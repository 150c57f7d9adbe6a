/* Traffic between all nodes of the rectangle, on all harts and units: remote stores, pushes and pulls of lines, matrix
   steps, timers. args[0]: rounds. Every node ends with the checksum of what it received in `received`. */

#include "dojo.h"
#include "xdojo.h"

#define LINES 8
#define NODES_LIMIT 360

struct line {
  uint64_t words[8];
} __attribute__((aligned(64)));

static struct line outbox[LINES];
static struct line inbox[NODES_LIMIT];
static struct line pulled[LINES];
static dojo_transfer_descriptor_t push[LINES];
static dojo_transfer_descriptor_t pull;
static dojo_matrix_descriptor_t product;
static struct line operands[4];
static struct line results[8];
volatile uint64_t received;

/* Hart 0 pushes a line to every other node and waits for theirs. */
static void exchange(uint64_t rounds) {
  const uint32_t nodes = dojo_launch.node_count;
  const uint32_t self = dojo_launch.node_index;
  for (uint64_t round = 0; round < rounds; round++) {
    for (uint32_t i = 1; i < nodes; i++) {
      const uint32_t to = (self + i) % nodes;
      dojo_transfer_descriptor_t* descriptor = &push[i % LINES];
      outbox[i % LINES].words[i % 8] += self * 1000 + to + round;
      *descriptor = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                                 .sem_en = 1,
                                                 .sem = 1,
                                                 .remote_sem_en = 1,
                                                 .remote_sem = 0,
                                                 .lines = 1,
                                                 .local_address = (uint32_t)(uintptr_t)&outbox[i % LINES],
                                                 .remote_address_low = (uint32_t)(uintptr_t)&inbox[self],
                                                 .remote_address_high = dojo_node_address_high(to)};
      dojo_issue_transfer(descriptor);
      dojo_semaphore_wait(1, 1);
    }
    dojo_semaphore_wait(0, nodes - 1);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < nodes; i++) {
      if (i == self) continue;
      for (unsigned w = 0; w < 8; w++) sum += inbox[i].words[w];
    }
    received = received * 3 + sum;
    /* Nobody may push again before all have read: a barrier through node 0. */
    dojo_semaphore_add_remote(dojo_node_address_high(0), 2, 1);
    if (self == 0) {
      dojo_semaphore_wait(2, nodes);
      for (uint32_t i = 0; i < nodes; i++) dojo_semaphore_add_remote(dojo_node_address_high(i), 3, 1);
    }
    dojo_semaphore_wait(3, 1);
  }
}

/* Hart 1 pulls lines of its neighbour that never change. */
static void fetch(uint64_t rounds) {
  const uint32_t from = (dojo_launch.node_index + 1) % dojo_launch.node_count;
  for (uint64_t round = 0; round < rounds; round++) {
    pull = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PULL,
                                        .sem_en = 1,
                                        .sem = 4,
                                        .lines = 4,
                                        .local_address = (uint32_t)(uintptr_t)pulled,
                                        .remote_address_low = (uint32_t)(uintptr_t)operands,
                                        .remote_address_high = dojo_node_address_high(from)};
    dojo_issue_transfer(&pull);
    dojo_semaphore_wait(4, 1);
  }
}

/* Hart 2 multiplies tiles. */
static void multiply(uint64_t rounds) {
  for (uint64_t round = 0; round < rounds; round++) {
    product = (dojo_matrix_descriptor_t){.op = DOJO_DESCRIPTOR_OP_MATRIX_GEMM,
                                         .sem_en = 1,
                                         .sem = 5,
                                         .m_tiles = 1,
                                         .n_tiles = 1,
                                         .k_tiles = 1,
                                         .a_base = (uint32_t)(uintptr_t)&operands[0],
                                         .b_base = (uint32_t)(uintptr_t)&operands[2],
                                         .c_base = (uint32_t)(uintptr_t)results};
    dojo_issue_matrix(&product);
    dojo_semaphore_wait(5, 1);
  }
}

/* Hart 3 sleeps until its timer, again and again. */
static void sleep_for_timer(uint64_t rounds) {
  volatile uint64_t* compare = (volatile uint64_t*)DOJO_CLINT_MTIMECMP(3);
  volatile uint64_t* time = (volatile uint64_t*)DOJO_CLINT_MTIME;
  __asm__ volatile("csrs mie, %0" ::"r"(1 << 7));
  for (uint64_t round = 0; round < rounds; round++) {
    *compare = *time + 500 + 37 * dojo_launch.node_index;
    __asm__ volatile("wfi");
  }
  *compare = ~UINT64_C(0);
}

int kernel_main(unsigned hart) {
  const uint64_t rounds = dojo_launch.args[0];
  switch (hart) {
    case 0:
      exchange(rounds);
      break;
    case 1:
      fetch(rounds);
      break;
    case 2:
      multiply(rounds);
      break;
    default:
      sleep_for_timer(rounds);
      break;
  }
  return 0;
}
