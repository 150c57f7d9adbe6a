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

#define COLLECTIVE_AT(type, address) (*(type*)(address))

/* Does `GROUP(type)` for as many lines as the type has until all `lines` are done. It moves its addresses on. */
#define COLLECTIVE_ALL_LINES(lines, GROUP)                         \
  do {                                                             \
    for (; (lines) >= 8; (lines) -= 8) GROUP(collective_lines8_t); \
    if ((lines) & 4) GROUP(collective_lines4_t);                   \
    if ((lines) & 2) GROUP(collective_lines2_t);                   \
    if ((lines) & 1) GROUP(collective_lines1_t);                   \
  } while (0)

/* Lines at `sum` += those of one slot: sixteen at a time, so that the loads of eight run ahead of the others' addition.
 */
static inline void collective_sum_one(uint32_t lines, uint64_t slot, uint64_t sum) {
  for (; lines >= 16; lines -= 16, slot += 16 * DOJO_LINE_BYTES, sum += 16 * DOJO_LINE_BYTES) {
    collective_lines8_t* const low = (collective_lines8_t*)sum;
    collective_lines8_t* const high = low + 1;
    const collective_lines8_t low_slot = *(const collective_lines8_t*)slot;
    const collective_lines8_t low_own = *low;
    const collective_lines8_t high_slot = ((const collective_lines8_t*)slot)[1];
    const collective_lines8_t high_own = *high;
    *low = low_slot + low_own;
    *high = high_slot + high_own;
  }
#define COLLECTIVE_GROUP(type)                                   \
  do {                                                           \
    COLLECTIVE_AT(type, sum) += COLLECTIVE_AT(const type, slot); \
    slot += sizeof(type);                                        \
    sum += sizeof(type);                                         \
  } while (0)
  COLLECTIVE_ALL_LINES(lines, COLLECTIVE_GROUP);
#undef COLLECTIVE_GROUP
}

/* Lines at `sum` = those of slot 0 + slot 1 + ... + slot `slot_count` - 1, plus, last, those at `sum` if `adds_own`.
   Slots are `slot_bytes` apart and do not overlap the sum. Loads of three slots are under way together. */
static inline void collective_sum(uint32_t lines, uint64_t slots, uint64_t slot_bytes, uint32_t slot_count,
                                  uint64_t sum, uint32_t adds_own) {
  if (adds_own && slot_count == 1) {
    collective_sum_one(lines, slots, sum);
    return;
  }
#define COLLECTIVE_GROUP(type)                                                              \
  do {                                                                                      \
    type total = COLLECTIVE_AT(const type, slots);                                          \
    uint64_t slot = slots + slot_bytes;                                                     \
    uint32_t left = slot_count - 1;                                                         \
    for (; left >= 3; left -= 3, slot += 3 * slot_bytes) {                                  \
      const type a = COLLECTIVE_AT(const type, slot);                                       \
      const type b = COLLECTIVE_AT(const type, slot + slot_bytes);                          \
      const type c = COLLECTIVE_AT(const type, slot + 2 * slot_bytes);                      \
      total = ((total + a) + b) + c;                                                        \
    }                                                                                       \
    for (; left != 0; --left, slot += slot_bytes) total += COLLECTIVE_AT(const type, slot); \
    if (adds_own) total += COLLECTIVE_AT(const type, sum);                                  \
    COLLECTIVE_AT(type, sum) = total;                                                       \
    slots += sizeof(type);                                                                  \
    sum += sizeof(type);                                                                    \
  } while (0)
  COLLECTIVE_ALL_LINES(lines, COLLECTIVE_GROUP);
#undef COLLECTIVE_GROUP
}

#endif
