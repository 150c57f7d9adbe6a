/* What the program collective does on a node: a list of steps for each hart and the descriptors that they issue, all
   made by the host (sw/kernels/collective_plan.hpp), which reads this file, too. */

#ifndef DOJO_KERNELS_COLLECTIVE_PLAN_H
#define DOJO_KERNELS_COLLECTIVE_PLAN_H

#include <stdint.h>

#include "dojo_hw.h"

/* In this order, each part if it is wanted: wait for a semaphore, sum lines, issue a list of descriptors. Addresses are
   those of the node. */
typedef struct {
  uint32_t semaphore;
  uint32_t amount;     /* waited for and subtracted; 0: no waiting */
  uint32_t lines;      /* that are summed; 0: no sum */
  uint32_t slots;      /* address of the first summand */
  uint32_t slot_bytes; /* from one summand to the next */
  uint32_t slot_count; /* summands there, at least 1 */
  uint32_t sum;        /* where the sum goes; bit 0: what stands there is the last summand */
  uint32_t list;       /* first descriptor, and the channel of the transfer engine; 0: no list */
} collective_step_t;

#define COLLECTIVE_ADDS_OWN 1u

/* At args[0] of the launch. */
typedef struct {
  struct {
    uint32_t steps; /* address of collective_step_t */
    uint32_t count;
  } harts[DOJO_HARTS];
} collective_plan_t;

#endif
