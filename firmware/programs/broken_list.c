/* Fails, so that there is something to look for (docs/tutorial.md): adds up a list, which does not end on node (1, 0).
 */

#include <stdio.h>

#include "xdojo.h"

struct entry {
  const struct entry* next;
  uint64_t value;
};

static struct entry entries[3] = {{&entries[1], 11}, {&entries[2], 22}, {0, 33}};

__attribute__((noinline)) static uint64_t sum_of(const struct entry* entry) {
  uint64_t sum = 0;
  for (; entry != 0; entry = entry->next) sum += entry->value;
  return sum;
}

int main(void) {
  /* What an overrun of a neighbouring array leaves behind. */
  if ((dojo_csr_read(DOJO_CSR_XNODE) & 0xffffffff) == 1) entries[2].next = (const struct entry*)UINT64_C(0x10000000);
  printf("sum %lu\n", (unsigned long)sum_of(entries));
  return 0;
}
