/* Sum of several ranges of FP32 lines, in their order. */

#ifndef DOJO_KERNELS_COLLECTIVE_SUM_H
#define DOJO_KERNELS_COLLECTIVE_SUM_H

#include <stdint.h>

#include "dojo_hw.h"

/* Groups of eight, four, two registers, and one: a line fills a register. */
#define COLLECTIVE_LINES(n) __attribute__((vector_size((n) * DOJO_LINE_BYTES), aligned(DOJO_LINE_BYTES))) float
typedef COLLECTIVE_LINES(8) collective_lines8_t;
typedef COLLECTIVE_LINES(4) collective_lines4_t;
typedef COLLECTIVE_LINES(2) collective_lines2_t;
typedef COLLECTIVE_LINES(1) collective_lines1_t;

/* ((slot 0 + slot 1) + ...) of one group of lines, then what stands at `sum` if `adds_own`. */
#define COLLECTIVE_SUM_GROUP(type)                                                             \
  do {                                                                                         \
    type total = *(const type*)slots;                                                          \
    uint64_t slot = slots;                                                                     \
    for (uint32_t i = 1; i < slot_count; ++i) total += *(const type*)(slot += slot_bytes);     \
    if (adds_own) total += *(const type*)sum;                                                  \
    *(type*)sum = total;                                                                       \
    slots += sizeof(type);                                                                     \
    sum += sizeof(type);                                                                       \
  } while (0)

/* Lines at `sum` = those of slot 0 + slot 1 + ... + slot `slot_count` - 1, plus, last, those at `sum` if `adds_own`.
   Slots are `slot_bytes` apart and do not overlap the sum. */
static inline void collective_sum_lines(uint32_t lines, uint64_t slots, uint64_t slot_bytes, uint32_t slot_count,
                                        uint64_t sum, uint32_t adds_own) {
  for (; lines >= 8; lines -= 8) COLLECTIVE_SUM_GROUP(collective_lines8_t);
  if (lines & 4) COLLECTIVE_SUM_GROUP(collective_lines4_t);
  if (lines & 2) COLLECTIVE_SUM_GROUP(collective_lines2_t);
  if (lines & 1) COLLECTIVE_SUM_GROUP(collective_lines1_t);
}

#endif
