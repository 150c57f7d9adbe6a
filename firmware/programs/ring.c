/* For `dojo run`, and to be looked at in a debugger: every node scales a row of numbers, tells the next node so, and
   waits until the node before it has done the same; three times. */

#include <stdint.h>
#include <stdio.h>

#include "dojo.h"
#include "xdojo.h"

enum { COUNT = 64, SEMAPHORE = 3 };

float numbers[COUNT] __attribute__((aligned(DOJO_LINE_BYTES)));
volatile uint64_t rounds;

__attribute__((noinline)) void scale(float factor, float* values) {
  for (unsigned i = 0; i < COUNT; ++i) values[i] *= factor;
}

__attribute__((noinline)) void tell_next(void) {
  const uint32_t next = dojo_launch.node_index + 1;
  dojo_semaphore_add_remote(dojo_node_address_high(next == dojo_launch.node_count ? 0 : next), SEMAPHORE, 1);
}

int main(void) {
  const uint32_t index = dojo_launch.node_index;
  for (unsigned i = 0; i < COUNT; ++i) numbers[i] = (float)(i + index);
  for (unsigned round = 0; round < 3; ++round) {
    scale(2.0f, numbers);
    tell_next();
    dojo_semaphore_wait(SEMAPHORE, 1);
    rounds = rounds + 1;
  }
  printf("node %u: %d\n", (unsigned)index, (int)numbers[COUNT - 1]);
  return numbers[COUNT - 1] == 8.0f * (float)(COUNT - 1 + index) ? 0 : 1;
}
