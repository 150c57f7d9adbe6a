/* The plan of one training step of the network in mlp_arguments.h, and its semaphores. */

#ifndef DOJO_KERNELS_MLP_H
#define DOJO_KERNELS_MLP_H

#include <stdint.h>

#include "dojo.h"
#include "kernels/gemm.h"
#include "kernels/mlp_arguments.h"

/* Harts 1 and on share each update. Every one has semaphores of its own for what it waits for: a hart that is early
   must not take the count of one that is late. */
#define MLP_UPDATE_HARTS 3

/* Every semaphore is 0 between launches: what a step adds it also takes. */
enum mlp_semaphore {
  MLP_SEMAPHORE_MATRIX,       /* products for hart 0 */
  MLP_SEMAPHORE_TAIL_READY,   /* the tail's gradient, which this node owns, has been computed */
  MLP_SEMAPHORE_OWN_READY,    /* a chunk of the first layer's gradient that this node owns has been computed */
  MLP_SEMAPHORE_OWN_FREE,     /* its staging slot may be overwritten */
  MLP_SEMAPHORE_SENT,         /* gradients have been read by the transfer engine */
  MLP_SEMAPHORE_PUBLISHED,    /* new weights have been read by the transfer engine */
  MLP_SEMAPHORE_WEIGHTS,      /* new weights have arrived from a peer */
  MLP_SEMAPHORE_TAIL_ARRIVED, /* a peer's contribution to the tail has arrived */
  MLP_SEMAPHORE_UPDATED,      /* a hart has finished its part of an update */
  MLP_SEMAPHORE_PLANNED,      /* + hart - 1: the plan is valid, the updating harts may read it */
  MLP_SEMAPHORE_UPDATE = MLP_SEMAPHORE_PLANNED + MLP_UPDATE_HARTS, /* + hart - 2: the next sum or update may start */
  MLP_SEMAPHORE_TAIL_EXCHANGED =
      MLP_SEMAPHORE_UPDATE + MLP_UPDATE_HARTS - 1,          /* another die's sum of the tail is here */
  MLP_SEMAPHORE_SAMPLES,                                    /* inputs and labels are here */
  MLP_SEMAPHORE_ARRIVED = DOJO_SEMAPHORES - MLP_ROUNDS_MAX, /* + round: a peer's contribution to the own share */
  MLP_SEMAPHORE_EXCHANGED = MLP_SEMAPHORE_ARRIVED + MLP_ROUNDS_MAX_OF_DIES /* + round: another die's sum of it */
};

DOJO_STATIC_ASSERT(MLP_SEMAPHORE_SAMPLES < MLP_SEMAPHORE_ARRIVED, "enough semaphores");

#define MLP_COLUMN_GROUP \
  4 /* tile columns of the hidden layer per product, so that bias and ReLU overlap with the next one */
#define MLP_COLUMN_GROUPS_MAX 16

/* The products of the forward pass. */
struct mlp_forward_plan {
  uint32_t groups;
  dojo_matrix_descriptor_t hidden[MLP_COLUMN_GROUPS_MAX];
  dojo_matrix_descriptor_t logits;
};

/* A chunk of the first layer's gradient: rows of tiles with one owner. */
struct mlp_chunk {
  dojo_matrix_descriptor_t* product;
  dojo_transfer_descriptor_t* push; /* none: this node owns the chunk */
};

/* What the owner of parameters does with their gradient. */
struct mlp_update {
  uint32_t ready_semaphore;
  uint32_t arrival_semaphore;
  uint32_t tiles;
  uint32_t bf16_tiles; /* the first ones: they have a BF16 copy */
  uint64_t own;        /* this node's contribution to the gradient */
  uint64_t receive;    /* that of the first peer; those of the others follow at slot_bytes */
  uint64_t slot_bytes;
  uint64_t exchange; /* the sum of the first other die; those of the others follow at slot_bytes */
  uint32_t exchange_semaphore;
  dojo_transfer_descriptor_t* exchange_pushes; /* of the die's sum to its partners, one for each other die */
  uint64_t parameters;
  uint64_t velocity;
  uint64_t weights_bf16;
  uint32_t publish_count;
  dojo_transfer_descriptor_t* publish;
};

struct mlp_plan {
  dojo_transfer_descriptor_t pull_samples;
  struct mlp_forward_plan forward;

  dojo_matrix_descriptor_t hidden_gradient;
  dojo_matrix_descriptor_t weights_2_gradient;
  dojo_matrix_descriptor_t logit_bias_gradient;
  dojo_matrix_descriptor_t hidden_bias_gradient;

  int owns_tail;
  dojo_transfer_descriptor_t push_tail;
  struct mlp_update tail;

  uint32_t chunk_count;
  struct mlp_chunk* chunks; /* in the order in which this node computes them */
  uint32_t update_count;
  struct mlp_update updates[MLP_ROUNDS_MAX];
  uint32_t arriving_weights; /* counts of MLP_SEMAPHORE_WEIGHTS in a step */
};

DOJO_STATIC_ASSERT(sizeof(struct mlp_arguments) <= 8 * DOJO_LAUNCH_ARGUMENTS,
                   "the arguments fit into the launch block");

/* The launch's arguments: constant while the program runs. */
static inline const struct mlp_arguments* mlp_arguments(void) {
  return (const struct mlp_arguments*)(uintptr_t)dojo_launch.args;
}

/* Where the biases are, inside the tail's parameters: FP32 tiles. */
static inline uint64_t mlp_logit_bias(const struct mlp_arguments* a) {
  return a->tail_parameters + a->hidden_tiles * MLP_CLASS_TILES * TILE_BYTES_FP32;
}

static inline uint64_t mlp_hidden_bias(const struct mlp_arguments* a) {
  return mlp_logit_bias(a) + MLP_CLASS_TILES * TILE_BYTES_FP32;
}

/* Builds the forward pass. */
void mlp_forward_build(struct mlp_forward_plan* plan);
/* Runs it: logits with bias, FP32, are in place when it returns. `keep_fp32`: the hidden activations too, as the
 * backward pass needs them. */
void mlp_forward_run(const struct mlp_forward_plan* plan, int keep_fp32);

/* Builds everything; returns 0, or 1 if the sizes are beyond the plan's limits. */
int mlp_build(struct mlp_plan* plan);

#endif
