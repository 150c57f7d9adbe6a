/* Element-wise kernels as descriptors of the element-wise unit. Lengths are counted in lines of 16 FP32 values. */

#ifndef DOJO_KERNELS_ELEMENTWISE_H
#define DOJO_KERNELS_ELEMENTWISE_H

#include <stdint.h>

#include "dojo_hw.h"
#include "kernels/gemm.h"

#define LINES_PER_TILE (TILE_BYTES_FP32 / DOJO_LINE_BYTES)
#define FP32_ONE 0x3f800000u

/* d = op(scalar, x, y) over `lines` consecutive lines of x. */
static inline void elementwise_describe(dojo_elementwise_descriptor_t* descriptor, uint32_t op, uint32_t lines,
                                        uint32_t scalar, uint64_t x, uint64_t y, uint64_t d, uint32_t semaphore) {
  *descriptor = (dojo_elementwise_descriptor_t){
      .op = op,
      .sem_en = semaphore != NO_SEMAPHORE,
      .sem = semaphore & (DOJO_SEMAPHORES - 1),
      .inner_count = lines,
      .outer_count = 1,
      .scalar = scalar,
      .x_base = (uint32_t)x,
      .x_inner_stride = DOJO_LINE_BYTES,
      .y_base = (uint32_t)y,
      .y_inner_stride = DOJO_LINE_BYTES,
      .d_base = (uint32_t)d,
      .d_inner_stride = DOJO_LINE_BYTES,
  };
}

/* Activations are stored column by column of tiles. A part of them is `rows` tile rows of `stored_rows`, in `columns`
 * tile columns; in lines it is two loops. Sets the loops of x, y and d for such a part; `d` is BF16 if d_bf16 is set
 * already. */
static inline void elementwise_set_activations(dojo_elementwise_descriptor_t* descriptor, uint32_t rows,
                                               uint32_t stored_rows, uint32_t columns) {
  descriptor->inner_count = rows * LINES_PER_TILE;
  descriptor->outer_count = columns;
  descriptor->x_outer_stride = stored_rows * TILE_BYTES_FP32;
  descriptor->y_outer_stride = stored_rows * TILE_BYTES_FP32;
  descriptor->d_outer_stride = stored_rows * (descriptor->d_bf16 ? TILE_BYTES_BF16 : TILE_BYTES_FP32);
}

/* d = op(1 * x + bias) over a part of activations as above, with one bias tile (four equal lines) per column. With
 * `to_bf16` d is a grid of BF16 tiles in the same order. */
static inline void elementwise_describe_bias(dojo_elementwise_descriptor_t* descriptor, uint32_t op, uint32_t rows,
                                             uint32_t stored_rows, uint32_t columns, uint64_t x, uint64_t bias,
                                             uint64_t d, int to_bf16, uint32_t semaphore) {
  elementwise_describe(descriptor, op, 0, FP32_ONE, x, bias, d, semaphore);
  descriptor->d_bf16 = to_bf16;
  elementwise_set_activations(descriptor, rows, stored_rows, columns);
  descriptor->y_inner_stride = 0;
  descriptor->y_outer_stride = TILE_BYTES_FP32;
}

/* d = x where y > 0, else 0, in BF16: the gradient of ReLU, y being its FP32 output (or input). `lines` is even. */
static inline void elementwise_describe_relu_gradient(dojo_elementwise_descriptor_t* descriptor, uint32_t lines,
                                                      uint64_t x, uint64_t y, uint64_t d, uint32_t semaphore) {
  elementwise_describe(descriptor, DOJO_DESCRIPTOR_OP_ELEMENTWISE_GATE, lines, FP32_ONE, x, y, d, semaphore);
  descriptor->d_bf16 = 1;
}

/* d = x in BF16. `lines` is even. */
static inline void elementwise_describe_to_bf16(dojo_elementwise_descriptor_t* descriptor, uint32_t lines, uint64_t x,
                                                uint64_t d, uint32_t semaphore) {
  elementwise_describe(descriptor, DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, lines, FP32_ONE, x, x, d, semaphore);
  descriptor->y_absent = 1;
  descriptor->d_bf16 = 1;
}

/* d = scalar * x + y, where y is one line for all lines of x. */
static inline void elementwise_describe_affine(dojo_elementwise_descriptor_t* descriptor, uint32_t lines,
                                               uint32_t scalar, uint64_t x, uint64_t constant_line, uint64_t d,
                                               uint32_t semaphore) {
  elementwise_describe(descriptor, DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, lines, scalar, x, constant_line, d, semaphore);
  descriptor->y_inner_stride = 0;
}

#endif
