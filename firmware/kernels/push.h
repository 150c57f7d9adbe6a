/* Pushes of lines, to a node or along a tree. */

#ifndef DOJO_KERNELS_PUSH_H
#define DOJO_KERNELS_PUSH_H

#include <stdint.h>

#include "dojo_hw.h"
#include "kernels/gemm.h"

/* Copies lines to `remote_address` inside the receivers, whose global addresses have `address_high` in bits 63:32; adds
   1 to the own semaphore when the lines have been read and to the receivers' when they are there (NO_SEMAPHORE: to
   none). */
static inline void push_describe(dojo_transfer_descriptor_t* descriptor, uint32_t address_high, uint32_t lines,
                                 uint64_t address, uint64_t remote_address, uint32_t semaphore,
                                 uint32_t remote_semaphore) {
  *descriptor = (dojo_transfer_descriptor_t){
      .op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
      .sem_en = semaphore != NO_SEMAPHORE,
      .sem = semaphore & (DOJO_SEMAPHORES - 1),
      .remote_sem_en = remote_semaphore != NO_SEMAPHORE,
      .remote_sem = remote_semaphore & (DOJO_SEMAPHORES - 1),
      .lines = lines,
      .local_address = (uint32_t)address,
      .remote_address_low = (uint32_t)remote_address,
      .remote_address_high = address_high,
  };
}

#endif
