/* Plain C loops that the compiler makes vector code of; read by the host (C++), too. Rows have 128 values: one group of
   eight registers. */

#ifndef DOJO_KERNELS_VECTOR_LOOPS_H
#define DOJO_KERNELS_VECTOR_LOOPS_H

#include <stdint.h>

#define VECTOR_ROW 128

/* args[0] of the program vector.c; each hart takes an equal part, in rows. */
enum vector_call {
  VECTOR_AXPY,    /* harts, rows, a (FP32 bits), x, y */
  VECTOR_SOFTMAX, /* harts, rows, x, y */
};

#endif
