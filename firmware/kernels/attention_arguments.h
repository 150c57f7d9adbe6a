/* Arguments of the program attention.c, and how much room it needs; also read by the host (C++). */

#ifndef DOJO_KERNELS_ATTENTION_ARGUMENTS_H
#define DOJO_KERNELS_ATTENTION_ARGUMENTS_H

#include <stdint.h>

#define ATTENTION_HARTS 4

/* The launch's arguments. Matrices: BF16 tiles by rows, tokens x (heads * depth), head after head in the columns.
   Queries, keys and values, and their gradients, may be parts of wider rows. */
struct attention_arguments {
  uint64_t backward; /* 0: output and statistics; 1: the three gradients */
  uint64_t heads;
  uint64_t tokens;  /* in tiles */
  uint64_t depth;   /* of a head, in tiles */
  uint64_t columns; /* from a row of queries, keys, values or their gradients to the next, in tiles */
  uint64_t causal;
  uint64_t scale; /* of the scores, FP32 bits; above 0 */
  uint64_t q;
  uint64_t k;
  uint64_t v;
  uint64_t output;
  uint64_t statistics; /* heads * tokens FP32 tiles */
  uint64_t gradient;   /* of the output; it and what follows only backward */
  uint64_t q_gradient;
  uint64_t k_gradient;
  uint64_t v_gradient;
  uint64_t score_gradients; /* tokens * tokens BF16 tiles */
  uint64_t differences;     /* tokens FP32 tiles */
  uint64_t room;            /* ATTENTION_HARTS times attention_room_bytes */
};

/* Of a hart: two rows of scores, weights, results and factors, or two columns of scores, their gradients and weights.
 */
static inline uint64_t attention_room_bytes(uint64_t tokens, uint64_t depth) {
  return 2 * (tokens * (256 + 256 + 128) + (depth + 1) * 256);
}

#endif
