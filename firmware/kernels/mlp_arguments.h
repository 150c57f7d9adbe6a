/* Launch arguments of the programs mlp_train and mlp_forward; also read by the host (C++). A network of one hidden
   layer: inputs -> hidden (ReLU) -> 10 classes. All addresses hold on every node of the launch.

   Several dies may train one network: each has a launch of its own on nodes at the same places, owns a copy of all
   parameters, and sums its nodes' gradients; owners then exchange the sums of their dies with their partners, which
   have the same place in the other dies. */

#ifndef DOJO_KERNELS_MLP_ARGUMENTS_H
#define DOJO_KERNELS_MLP_ARGUMENTS_H

#include <stdint.h>

#define MLP_CLASSES 10u
#define MLP_CLASS_TILES 2u

/* Update rounds of a node's share of the gradient: as many as there are arrival semaphores, which serve two purposes if
 * there are several dies. */
#define MLP_ROUNDS_MAX 16u
#define MLP_ROUNDS_MAX_OF_DIES (MLP_ROUNDS_MAX / 2)

/* Parameters outside the first layer's weights travel together ("tail"): second layer's weights, its bias, the hidden
 * bias. */
#define MLP_TAIL_TILES(hidden_tiles) ((hidden_tiles) * MLP_CLASS_TILES + MLP_CLASS_TILES + (hidden_tiles))

struct mlp_arguments {
  uint64_t setup;        /* 1: sizes or addresses are new (first launch): build the descriptors */
  uint64_t sample_tiles; /* this node's part of the batch, padded, / 8 */
  uint64_t input_tiles;  /* inputs / 8 */
  uint64_t hidden_tiles; /* hidden units / 8 */

  uint64_t negative_rate;  /* FP32 bits of -(learning rate) */
  uint64_t momentum;       /* FP32 bits */
  uint64_t gradient_scale; /* FP32 bits of 1 / (samples in the whole batch) */

  uint64_t samples_lines;  /* lines of a step's inputs and labels, which lie together; 0: the host has written them,
                              else they are pulled */
  uint64_t samples_source; /* where the global address of this node's part of the first step in DRAM stands */
  uint64_t samples_offset; /* bytes from there to this step's */

  uint64_t inputs; /* BF16 tiles, sample_tiles x input_tiles, by rows */
  uint64_t labels; /* behind the inputs: one byte per sample; SOFTMAX_NO_LABEL: padding */
  uint64_t losses; /* out: FP32, one per sample, in nats */
  uint64_t ones;   /* a BF16 tile of ones */

  uint64_t weights_1; /* BF16 tiles, input_tiles x hidden_tiles, by rows */
  uint64_t weights_2; /* BF16 tiles, hidden_tiles x MLP_CLASS_TILES, by rows */

  uint64_t hidden_fp32;          /* FP32 tiles, sample_tiles x hidden_tiles, by columns; dead when staging is in use */
  uint64_t hidden;               /* BF16 */
  uint64_t hidden_gradient_fp32; /* FP32; dead when staging is in use */
  uint64_t hidden_gradient;      /* BF16 */
  uint64_t logits;               /* FP32 tiles, sample_tiles x MLP_CLASS_TILES, by columns */
  uint64_t logit_gradient;       /* BF16 */

  uint64_t tail_parameters; /* FP32 tiles; a bias is a row of tiles whose lines are equal; the biases are valid on all
                               nodes */
  uint64_t tail_velocity;   /* FP32; valid on the last node, which owns the tail */
  uint64_t tail_gradient;
  uint64_t tail_receive; /* one slot of MLP_TAIL_TILES tiles per peer */

  uint64_t share_parameters; /* FP32 tiles of the own rows of the first layer's weights */
  uint64_t share_velocity;
  uint64_t share_receive; /* one slot per peer, as large as the largest share */

  uint64_t dies;           /* that train together */
  uint64_t die;            /* number of this one; they are counted row by row */
  uint64_t dies_in_row;    /* as they are counted */
  uint64_t die_columns;    /* columns of nodes from a die to the next one in its row */
  uint64_t die_rows;       /* rows of nodes from a die to the one below */
  uint64_t tail_exchange;  /* one slot of MLP_TAIL_TILES tiles per other die */
  uint64_t share_exchange; /* one slot per other die, as large as the largest share */

  uint64_t chunk_rows;  /* largest number of tile rows of the gradient that are computed and sent together */
  uint64_t own_slots;   /* staging for chunks that this node owns */
  uint64_t out_slots;   /* staging for chunks that are sent */
  uint64_t own_staging; /* own_slots * chunk_rows * hidden_tiles FP32 tiles */
  uint64_t out_staging;

  uint64_t arena; /* room for descriptors: MLP_ARENA_BYTES */
};

/* Rounds in which a share of the gradient is computed and updated, for a first layer of `input_tiles` tile rows. */
static inline uint32_t mlp_rounds(uint32_t input_tiles, uint32_t nodes, uint32_t chunk_rows) {
  const uint32_t largest_share = (input_tiles + nodes - 1) / nodes;
  return (largest_share + chunk_rows - 1) / chunk_rows;
}

/* Bytes of the descriptors and lists that a node builds: per chunk of the gradient a product, a push and a list entry;
   per owned chunk and for the tail the publication and the exchange with other dies. */
static inline uint32_t mlp_arena_bytes(uint32_t input_tiles, uint32_t nodes, uint32_t dies, uint32_t chunk_rows) {
  const uint32_t rounds = mlp_rounds(input_tiles, nodes, chunk_rows);
  return rounds * nodes * (64 + 64 + 64) + (rounds + 2) * nodes * 64 + (rounds + 1) * (dies - 1) * 64;
}

#endif
