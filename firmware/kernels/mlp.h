/* The descriptors of one training step of the network in mlp_arguments.h, and its semaphores. */

#ifndef DOJO_KERNELS_MLP_H
#define DOJO_KERNELS_MLP_H

#include <stdint.h>

#include "dojo.h"
#include "kernels/mlp_arguments.h"

/* Every semaphore is 0 between launches: what a step adds it also takes. */
enum mlp_semaphore {
  MLP_SEMAPHORE_MATRIX,       /* products for hart 0 */
  MLP_SEMAPHORE_ELEMENTWISE,  /* element-wise passes for hart 0 */
  MLP_SEMAPHORE_LOGITS,       /* the softmax of the first of two parts of the samples may start */
  MLP_SEMAPHORE_LAST_LOGITS,  /* that of the last part */
  MLP_SEMAPHORE_SOFTMAX,      /* a hart has finished its samples */
  MLP_SEMAPHORE_TAIL_READY,   /* the tail's gradient, which this node owns, has been computed */
  MLP_SEMAPHORE_OWN_READY,    /* a chunk of the first layer's gradient that this node owns has been computed */
  MLP_SEMAPHORE_OWN_FREE,     /* its staging slot may be overwritten */
  MLP_SEMAPHORE_SENT,         /* gradients have been read by the transfer engine */
  MLP_SEMAPHORE_UPDATE,       /* element-wise passes for hart 1 */
  MLP_SEMAPHORE_PUBLISHED,    /* new weights have been read by the transfer engine */
  MLP_SEMAPHORE_WEIGHTS,      /* new weights have arrived from a peer */
  MLP_SEMAPHORE_TAIL_ARRIVED, /* a peer's contribution to the tail has arrived */
  MLP_SEMAPHORE_ARRIVED = DOJO_SEMAPHORES - MLP_ROUNDS_MAX /* + round: the same for the own share */
};

#define MLP_COLUMN_GROUP \
  4 /* tile columns of the hidden layer per product, so that bias and ReLU overlap with the next one */
#define MLP_COLUMN_GROUPS_MAX 16

/* Training takes the samples of a node in two parts, so that the softmax of the first runs beside the second's
 * products. */
#define MLP_PARTS_MAX 2

/* The forward pass of some of the samples. */
struct mlp_forward_plan {
  uint32_t groups;
  int keep_fp32;
  dojo_matrix_descriptor_t hidden[MLP_COLUMN_GROUPS_MAX];
  dojo_elementwise_descriptor_t hidden_bf16[MLP_COLUMN_GROUPS_MAX];
  dojo_elementwise_descriptor_t hidden_fp32[MLP_COLUMN_GROUPS_MAX];
  dojo_matrix_descriptor_t logits;
  dojo_elementwise_descriptor_t logit_bias;
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
  uint32_t publish_count;
  dojo_elementwise_descriptor_t* gradient; /* node_count passes, each after the one before: additions, then momentum */
  dojo_elementwise_descriptor_t* weights_bf16;
  dojo_elementwise_descriptor_t* weights;
  dojo_transfer_descriptor_t* publish;
};

static inline uint32_t mlp_parts(uint32_t sample_tiles) {
  return sample_tiles < MLP_PARTS_MAX ? 1 : MLP_PARTS_MAX;
}

/* A part of the samples: whole tiles. */
struct mlp_part {
  uint32_t first_tile;
  uint32_t tiles;
  struct mlp_forward_plan forward;
  dojo_elementwise_descriptor_t to_fixed_point;
};

struct mlp_plan {
  struct mlp_part parts[MLP_PARTS_MAX];

  dojo_elementwise_descriptor_t logit_gradient;
  dojo_matrix_descriptor_t hidden_gradient;
  dojo_elementwise_descriptor_t relu_gradient;
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

/* Builds the forward pass of the sample tiles `first` to `first + rows - 1`. `keep_fp32`: also leave the hidden
 * activations in FP32, as the backward pass needs them. */
void mlp_forward_build(struct mlp_forward_plan* plan, uint32_t first, uint32_t rows, int keep_fp32);
/* Runs it: logits with bias, FP32, are in place when it returns. */
void mlp_forward_run(const struct mlp_forward_plan* plan);

/* Builds everything; returns 0, or 1 if the sizes are beyond the plan's limits. */
int mlp_build(struct mlp_plan* plan);

#endif
