/* Every node of a 2x2 mesh talks to every other in all the ways there are, while a timer and the matrix unit run.
   hart 0: pushes to all nodes, waits for theirs, then pulls from the next one; hart 1: a token by remote stores and
   semaphores around the ring; hart 2: sleeps until a timer interrupt is pending, several times; hart 3: a matrix
   product. Exit code 0: all data was as expected. */

#include "dojo.h"
#include "kernels/gemm.h"
#include "xdojo.h"

#define COLUMNS 2
#define NODES 4
#define LINES 24
#define WORDS (LINES * 16)

enum { SEM_PUSHED, SEM_PULLED, SEM_TOKEN, SEM_PRODUCT };

static uint32_t outgoing[WORDS] __attribute__((aligned(64)));
static uint32_t incoming[NODES][WORDS] __attribute__((aligned(64)));
static uint32_t pulled[WORDS] __attribute__((aligned(64)));
static volatile uint64_t token;
static uint16_t factor[4 * 64] __attribute__((aligned(64)));
static float product[4 * 64] __attribute__((aligned(64)));
static dojo_transfer_descriptor_t pushes[NODES];
static dojo_transfer_descriptor_t pull;
static dojo_matrix_descriptor_t gemm;

static uint32_t self(void) {
  const uint64_t id = *(volatile uint64_t*)DOJO_CONTROL_NODE_ID;
  return (uint32_t)((id >> 16) * COLUMNS + (id & 0xffff));
}

static uint64_t at(uint32_t node, const volatile void* object) {
  return DOJO_GLOBAL_ADDRESS((uint64_t)(node % COLUMNS), (uint64_t)(node / COLUMNS), (uint64_t)object);
}

static uint32_t word(uint32_t node, uint32_t i) {
  return node * 0x10000000u + i * 2654435761u;
}

static void describe(dojo_transfer_descriptor_t* descriptor, uint32_t op, const void* here, uint64_t there) {
  *descriptor = (dojo_transfer_descriptor_t){.op = op,
                                             .lines = LINES,
                                             .local_address = (uint32_t)(uintptr_t)here,
                                             .remote_address_low = (uint32_t)there,
                                             .remote_address_high = (uint32_t)(there >> 32)};
}

static int exchange(uint32_t me) {
  for (uint32_t i = 0; i < WORDS; ++i) outgoing[i] = word(me, i);
  for (uint32_t node = 0; node < NODES; ++node) {
    describe(&pushes[node], DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, outgoing, at(node, incoming[me]));
    pushes[node].remote_sem_en = 1;
    pushes[node].remote_sem = SEM_PUSHED;
    dojo_issue_transfer(&pushes[node]);
  }
  dojo_semaphore_wait(SEM_PUSHED, NODES);
  const uint32_t next = (me + 1) % NODES;
  describe(&pull, DOJO_DESCRIPTOR_OP_TRANSFER_PULL, pulled, at(next, outgoing));
  pull.sem_en = 1;
  pull.sem = SEM_PULLED;
  dojo_issue_transfer(&pull);
  dojo_semaphore_wait(SEM_PULLED, 1);
  for (uint32_t i = 0; i < WORDS; ++i) {
    for (uint32_t node = 0; node < NODES; ++node) {
      if (incoming[node][i] != word(node, i)) return 1;
    }
    if (pulled[i] != word(next, i)) return 2;
  }
  return 0;
}

static int pass_token(uint32_t me) {
  const uint32_t next = (me + 1) % NODES;
  for (uint64_t round = 0; round < 3; ++round) {
    if (me != 0 || round != 0) dojo_semaphore_wait(SEM_TOKEN, 1);
    const uint64_t expected = round * NODES + me;
    if (token != expected) return 3;
    *(volatile uint64_t*)at(next, &token) = expected + 1;
    dojo_semaphore_add_remote((uint32_t)(at(next, 0) >> 32), SEM_TOKEN, 1);
  }
  if (me == 0) dojo_semaphore_wait(SEM_TOKEN, 1);
  return 0;
}

static int sleep_with_timer(uint32_t me, unsigned hart) {
  __asm__ volatile("csrs mie, %0" ::"r"(1u << 7));
  for (uint64_t round = 1; round <= 3; ++round) {
    const uint64_t due = *(volatile uint64_t*)DOJO_CLINT_MTIME + 100 * round + 37 * me;
    *(volatile uint64_t*)DOJO_CLINT_MTIMECMP(hart) = due;
    __asm__ volatile("wfi");
    if (*(volatile uint64_t*)DOJO_CLINT_MTIME < due) return 4;
  }
  return 0;
}

static int multiply(void) {
  for (uint32_t i = 0; i < 4 * 64; ++i) factor[i] = 0x3f80; /* 1.0 in BF16 */
  const struct tile_matrix a = tile_matrix_by_rows((uintptr_t)factor, 2, TILE_BYTES_BF16);
  const struct tile_matrix c = tile_matrix_by_rows((uintptr_t)product, 2, TILE_BYTES_FP32);
  gemm_describe(&gemm, (struct gemm_shape){2, 2, 2}, a, 0, a, 0, c, SEM_PRODUCT);
  dojo_issue_matrix(&gemm);
  dojo_semaphore_wait(SEM_PRODUCT, 1);
  const union {
    float value;
    uint32_t bits;
  } sixteen = {.bits = 0x41800000};
  for (uint32_t i = 0; i < 4 * 64; ++i) {
    if (((volatile uint32_t*)product)[i] != sixteen.bits) return 5;
  }
  return 0;
}

int kernel_main(unsigned hart) {
  const uint32_t me = self();
  switch (hart) {
    case 0:
      return exchange(me);
    case 1:
      return pass_token(me);
    case 2:
      return sleep_with_timer(me, hart);
    default:
      return multiply();
  }
}
