/* What the parts of the program kernels share. Each part runs the kernels of a theme: it returns 1 if the call is one
   of them. */

#ifndef DOJO_PROGRAMS_KERNELS_H
#define DOJO_PROGRAMS_KERNELS_H

#include "dojo.h"
#include "kernels/kernel_calls.h"
#include "xdojo.h"

enum { SEMAPHORE_UNIT };

int kernels_products(enum kernel_call call);
int kernels_convolutions(enum kernel_call call);
int kernels_values(enum kernel_call call);
int kernels_images(enum kernel_call call);
int kernels_rows(enum kernel_call call);
int kernels_updates(enum kernel_call call);

static inline uint64_t argument(unsigned index) {
  return dojo_launch.args[index];
}

static inline float float_argument(unsigned index) {
  const uint32_t bits = (uint32_t)argument(index);
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

static inline void* pointer(unsigned index) {
  return (void*)argument(index);
}

static inline void run_product(const dojo_matrix_descriptor_t* product) {
  dojo_issue_matrix(product);
  dojo_semaphore_wait(SEMAPHORE_UNIT, 1);
}

#endif
