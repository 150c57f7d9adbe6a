/* Hangs that are provoked: args[0] says which one. What waits is marked for the test, which looks for the line. */

#include <stdint.h>

#include "dojo.h"
#include "kernels/tree.h"
#include "xdojo.h"

enum { FIRST = 3, SECOND = 4, LINES = 64, TREE = 1, RELEASE = 6, SLOW = 300 };

static dojo_transfer_descriptor_t list[4];
static uint8_t source[DOJO_LINE_BYTES * LINES] __attribute__((aligned(DOJO_LINE_BYTES)));
static uint8_t target[DOJO_LINE_BYTES * LINES] __attribute__((aligned(DOJO_LINE_BYTES)));

static uint32_t next_node(uint32_t steps) {
  return dojo_node_address_high((dojo_launch.node_index + steps) % dojo_launch.node_count);
}

static void spin(unsigned loops) {
  for (unsigned i = 0; i < loops; ++i) __asm__ volatile("");
}

static void describe_wait(unsigned place, uint32_t semaphore) {
  list[place] = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_WAIT, .sem = semaphore, .lines = 1};
}

static void describe_signal(unsigned place, uint32_t node_high, uint32_t semaphore) {
  list[place] = (dojo_transfer_descriptor_t){
      .op = DOJO_DESCRIPTOR_OP_TRANSFER_SIGNAL, .lines = 1, .remote_sem = semaphore, .remote_address_high = node_high};
}

static void join(unsigned first, unsigned last) {
  for (unsigned i = first; i < last; ++i) {
    list[i].next_en = 1;
    list[i].next = (uint32_t)(uint64_t)&list[i + 1];
  }
}

/* Node 1 signals the semaphore beside the one that node 0 waits for. */
static void lost_semaphore(void) {
  if (dojo_launch.node_index == 0) {
    dojo_semaphore_wait(FIRST, 1); /* lost: waits */
  } else {
    dojo_semaphore_add_remote(next_node(1), SECOND, 1);
  }
}

/* Every node waits for the one before it before it signals the one behind it; of two nodes: crossed receives. */
static void ring(void) {
  dojo_semaphore_wait(FIRST, 1);                     /* ring: waits */
  dojo_semaphore_add_remote(next_node(1), FIRST, 1); /* ring: signals */
}

/* Two harts take two semaphores in opposite order. */
static void dining(unsigned hart) {
  const uint32_t own = FIRST + hart;
  const uint32_t other = FIRST + 1 - hart;
  dojo_semaphore_add(own, 1);
  dojo_semaphore_wait(own, 1);
  spin(SLOW);
  dojo_semaphore_wait(other, 1); /* dining: waits */
  dojo_semaphore_add(own, 1);    /* dining: signals */
  dojo_semaphore_add(other, 1);
}

/* The last node does not come to the barrier. */
static void barrier(void) {
  if (dojo_launch.node_index + 1 == dojo_launch.node_count) return;
  for (unsigned round = 0; round < 2; ++round) dojo_tree_barrier(TREE, RELEASE); /* barrier: waits */
}

/* A list waits for what follows in it. */
static void own_list(void) {
  describe_wait(0, FIRST);
  describe_signal(1, next_node(0), FIRST);
  describe_signal(2, next_node(0), SECOND);
  join(0, 2);
  dojo_issue_transfer_on(2, &list[0]);
  dojo_semaphore_wait(SECOND, 1); /* own list: waits */
}

/* Lists of two nodes wait for each other, and harts for them. */
static void crossed_lists(void) {
  describe_wait(0, FIRST);
  describe_signal(1, next_node(1), FIRST);
  describe_signal(2, next_node(0), SECOND);
  join(0, 2);
  dojo_issue_transfer(&list[0]);
  dojo_semaphore_wait(SECOND, 1); /* crossed lists: waits */
}

/* A list waits for a hart that waits for the list. */
static void list_and_hart(void) {
  describe_wait(0, FIRST);
  describe_signal(1, next_node(0), SECOND);
  join(0, 1);
  dojo_issue_transfer(&list[0]);
  dojo_semaphore_wait(SECOND, 1); /* list and hart: waits */
  dojo_semaphore_add(FIRST, 1);   /* list and hart: signals */
}

/* The hart of a node would issue the list that signals the next node, after it has been signalled itself. */
static void issue_later(void) {
  dojo_semaphore_wait(FIRST, 1); /* issue later: waits */
  describe_signal(0, next_node(1), FIRST);
  dojo_issue_transfer(&list[0]); /* issue later: issues */
}

/* Every node copies lines args[1] times, node i to node args[2 + i]. */
static void traffic(void) {
  push_describe(&list[0], dojo_node_address_high((uint32_t)dojo_launch.args[2 + dojo_launch.node_index]), LINES,
                (uint64_t)source, (uint64_t)target, NO_SEMAPHORE, FIRST);
  for (unsigned round = 0; round < dojo_launch.args[1]; ++round) dojo_issue_transfer(&list[0]); /* traffic: issues */
  for (unsigned round = 0; round < dojo_launch.args[1]; ++round) dojo_semaphore_wait(FIRST, 1); /* traffic: waits */
}

/* The last node does not contribute to a sum. */
static void sum(void) {
  if (dojo_launch.node_index + 1 == dojo_launch.node_count) return;
  tree_describe_push(&list[0], TREE, DOJO_TREE_MODE_ALL_REDUCE, 1, (uint64_t)source, (uint64_t)target, NO_SEMAPHORE,
                     FIRST);
  dojo_issue_transfer(&list[0]);
  dojo_semaphore_wait(FIRST, 1); /* sum: waits */
}

/* A copy whose descriptor names a semaphore, but has not sem_en. */
static void silent_copy(void) {
  push_describe(&list[0], next_node(0), 1, (uint64_t)source, (uint64_t)target, FIRST, NO_SEMAPHORE);
  list[0].sem_en = 0;
  dojo_issue_transfer(&list[0]);
  dojo_semaphore_wait(FIRST, 1); /* silent copy: waits */
}

/* The same of a product. */
static void silent_product(void) {
  static dojo_matrix_descriptor_t product;
  product = (dojo_matrix_descriptor_t){.op = DOJO_DESCRIPTOR_OP_MATRIX_GEMM,
                                       .sem = FIRST,
                                       .m_tiles = 1,
                                       .n_tiles = 1,
                                       .k_tiles = 1,
                                       .a_base = (uint32_t)(uint64_t)source,
                                       .b_base = (uint32_t)(uint64_t)source,
                                       .c_base = (uint32_t)(uint64_t)target};
  dojo_issue_matrix(&product);
  dojo_semaphore_wait(FIRST, 1); /* silent product: waits */
}

/* The PC of a hart in wfi is that of the next instruction. */
static void interrupt(void) {
  __asm__ volatile("wfi\n\tnop"); /* interrupt: waits */
}

int kernel_main(unsigned hart) {
  switch (dojo_launch.args[0]) {
    case 0:
      lost_semaphore();
      break;
    case 1:
      ring();
      break;
    case 2:
      dining(hart);
      break;
    case 3:
      barrier();
      break;
    case 4:
      own_list();
      break;
    case 5:
      crossed_lists();
      break;
    case 6:
      list_and_hart();
      break;
    case 7:
      issue_later();
      break;
    case 8:
      traffic();
      break;
    case 9:
      sum();
      break;
    case 10:
      silent_copy();
      break;
    case 11:
      silent_product();
      break;
    default:
      interrupt();
      break;
  }
  return 0;
}
