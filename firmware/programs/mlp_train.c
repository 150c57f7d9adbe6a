/* One step of training: forward, softmax cross-entropy, backward, gradient all-reduce and update, on every node of the
   launch. Started with four harts. Hart 0 drives forward and backward products, with the softmax between them, and
   sends gradients; the others sum and update what this node owns, and hart 1 publishes it.

   Who may overwrite what, and when:
   - weights and biases: their owner overwrites them on all nodes after the gradient contributions of all nodes have
     arrived; a node sends its contribution when it has finished using them (the tail after the product with the second
     layer's weights).
   - receive slots, and those for other dies' sums: written by peers in the next step only after this step's weights
     have been published by all owners, which happens after the sums.
   - staging: an own slot after the update has counted OWN_FREE, an out slot after the transfer engine has counted SENT.
 */

#include "dojo.h"
#include "kernels/collective.h"
#include "kernels/elementwise.h"
#include "kernels/mlp.h"
#include "kernels/sgd.h"
#include "kernels/softmax.h"
#include "xdojo.h"

static struct mlp_plan plan;

static float from_bits(uint64_t bits) {
  const uint32_t word = (uint32_t)bits;
  float value;
  __builtin_memcpy(&value, &word, sizeof(value));
  return value;
}

/* Brings this step's inputs and labels, unless the host has. */
static void start_samples(const struct mlp_arguments* a) {
  if (a->samples_lines == 0) return;
  const uint64_t source = *(const uint64_t*)a->samples_source + a->samples_offset;
  plan.pull_samples = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PULL,
                                                   .sem_en = 1,
                                                   .sem = MLP_SEMAPHORE_SAMPLES,
                                                   .lines = (uint32_t)a->samples_lines,
                                                   .local_address = (uint32_t)a->inputs,
                                                   .remote_address_low = (uint32_t)source,
                                                   .remote_address_high = (uint32_t)(source >> 32)};
  dojo_issue_transfer(&plan.pull_samples);
}

static void wait_for_samples(const struct mlp_arguments* a) {
  if (a->samples_lines != 0) dojo_semaphore_wait(MLP_SEMAPHORE_SAMPLES, 1);
}

static void softmax(const struct mlp_arguments* a) {
  softmax_cross_entropy(a->sample_tiles * TILE_EDGE, a->sample_tiles * TILE_VALUES, (const float*)a->logits,
                        (const uint8_t*)a->labels, from_bits(a->gradient_scale), (float*)a->losses,
                        (uint16_t*)a->logit_gradient, MLP_CLASSES);
}

/* Everything up to the gradient of the hidden layer, and the tail's gradients. */
static void backward(const struct mlp_arguments* a) {
  dojo_issue_matrix(&plan.hidden_gradient);
  dojo_issue_matrix(&plan.weights_2_gradient);
  dojo_issue_matrix(&plan.logit_bias_gradient);
  dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
  elementwise_relu_gradient(a->sample_tiles * a->hidden_tiles, (const float*)a->hidden_gradient_fp32,
                            (const float*)a->hidden_fp32, (__bf16*)a->hidden_gradient);
  dojo_issue_matrix(&plan.hidden_bias_gradient);
}

/* Sends or hands over the tail's gradients when their three products have been made. Returns the pushes under way. */
static uint32_t send_tail(void) {
  dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 3);
  if (plan.owns_tail) {
    dojo_semaphore_add(MLP_SEMAPHORE_TAIL_READY, 1);
    return 0;
  }
  dojo_issue_transfer(&plan.push_tail);
  return 1;
}

/* The first layer's gradient, chunk by chunk; a chunk is sent while the next one is computed, the tail beside the
 * first. */
static void compute_and_send(const struct mlp_arguments* a) {
  uint32_t own_in_use = 0;
  uint32_t out_in_use = 0;
  uint32_t tail_in_use = 0;
  const struct mlp_chunk* previous = 0;
  for (uint32_t i = 0; i < plan.chunk_count; ++i) {
    const struct mlp_chunk* const chunk = &plan.chunks[i];
    if (chunk->push) {
      if (out_in_use == a->out_slots) {
        /* Pushes end in order: the first count is the tail's. */
        dojo_semaphore_wait(MLP_SEMAPHORE_SENT, 1 + tail_in_use);
        tail_in_use = 0;
        --out_in_use;
      }
      ++out_in_use;
    } else {
      if (own_in_use == a->own_slots) {
        dojo_semaphore_wait(MLP_SEMAPHORE_OWN_FREE, 1);
        --own_in_use;
      }
      ++own_in_use;
    }
    dojo_issue_matrix(chunk->product);
    if (i == 0) {
      tail_in_use = send_tail();
    } else if (previous->push) {
      dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
      dojo_issue_transfer(previous->push);
    }
    previous = chunk;
  }
  if (previous->push) {
    dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
    dojo_issue_transfer(previous->push);
  }
  dojo_semaphore_wait(MLP_SEMAPHORE_OWN_FREE, own_in_use);
  dojo_semaphore_wait(MLP_SEMAPHORE_SENT, out_in_use + tail_in_use);
}

/* The part of an update's tiles that belongs to a hart. */
struct mlp_part {
  uint32_t first;
  uint32_t tiles;
};

static struct mlp_part part_of(const struct mlp_update* update, unsigned hart) {
  const uint32_t first = update->tiles * (hart - 1) / MLP_UPDATE_HARTS;
  return (struct mlp_part){first, update->tiles * hart / MLP_UPDATE_HARTS - first};
}

/* Sums the contributions of this die's nodes to a part, and returns where the sum is. */
static uint64_t sum_part(const struct mlp_update* update, struct mlp_part part) {
  const uint64_t fp32 = (uint64_t)part.first * TILE_BYTES_FP32;
  return collective_sum(part.tiles * LINES_PER_TILE, dojo_launch.node_index, dojo_launch.node_count, update->own + fp32,
                        update->receive + fp32, update->slot_bytes);
}

/* Adds the sums of all dies to a part, of which this die's is at `sum`, in the order of dies, so that all owners of the
   part come to the same parameters; returns where the result is. */
static uint64_t sum_dies(const struct mlp_update* update, const struct mlp_arguments* a, struct mlp_part part,
                         uint64_t sum) {
  return collective_sum(part.tiles * LINES_PER_TILE, (uint32_t)a->die, (uint32_t)a->dies, sum,
                        update->exchange + (uint64_t)part.first * TILE_BYTES_FP32, update->slot_bytes);
}

/* Updates a part by the gradient at `sum`. */
static void update_part(const struct mlp_update* update, const struct mlp_arguments* a, struct mlp_part part,
                        uint64_t sum) {
  const uint32_t first = part.first;
  const uint32_t tiles = part.tiles;
  const uint32_t bf16_tiles = update->bf16_tiles < first ? 0 : update->bf16_tiles - first;
  const uint64_t fp32 = (uint64_t)first * TILE_BYTES_FP32;
  sgd_update(tiles, bf16_tiles < tiles ? bf16_tiles : tiles,
             (struct sgd_rates){from_bits(a->negative_rate), from_bits(a->momentum)}, (const float*)sum,
             (float*)(update->velocity + fp32), (float*)(update->parameters + fp32),
             (__bf16*)(update->weights_bf16 + (uint64_t)first * TILE_BYTES_BF16));
}

static void start_helpers(void) {
  for (uint32_t other = 0; other < MLP_UPDATE_HARTS - 1; ++other) dojo_semaphore_add(MLP_SEMAPHORE_UPDATE + other, 1);
}

/* Hart 1 waits for the contributions, lets the other harts begin, exchanges the sum with other dies, and publishes when
   all have finished. `*published`: transfers under way that will count MLP_SEMAPHORE_PUBLISHED. */
static void lead_update(const struct mlp_update* update, const struct mlp_arguments* a, uint32_t* published) {
  const struct mlp_part part = part_of(update, 1);
  dojo_semaphore_wait(update->ready_semaphore, 1);
  dojo_semaphore_wait(update->arrival_semaphore, dojo_launch.node_count - 1);
  start_helpers();
  uint64_t sum = sum_part(update, part);
  if (a->dies > 1) {
    const uint32_t others = (uint32_t)a->dies - 1;
    dojo_semaphore_wait(MLP_SEMAPHORE_UPDATED, MLP_UPDATE_HARTS - 1);
    for (uint32_t i = 0; i < others; ++i) dojo_issue_transfer(&update->exchange_pushes[i]);
    /* The sum may be overwritten when it has been read. */
    dojo_semaphore_wait(MLP_SEMAPHORE_PUBLISHED, *published + others);
    *published = 0;
    dojo_semaphore_wait(update->exchange_semaphore, others);
    start_helpers();
    sum = sum_dies(update, a, part, sum);
  }
  update_part(update, a, part, sum);
  dojo_semaphore_wait(MLP_SEMAPHORE_UPDATED, MLP_UPDATE_HARTS - 1);
  for (uint32_t i = 0; i < update->publish_count; ++i) dojo_issue_transfer(&update->publish[i]);
  *published += update->publish_count;
}

static void lead_updates(const struct mlp_arguments* a) {
  uint32_t published = 0;
  if (plan.owns_tail) lead_update(&plan.tail, a, &published);
  for (uint32_t i = 0; i < plan.update_count; ++i) {
    lead_update(&plan.updates[i], a, &published);
    dojo_semaphore_add(MLP_SEMAPHORE_OWN_FREE, 1);
  }
  dojo_semaphore_wait(MLP_SEMAPHORE_PUBLISHED, published);
}

static void help_update(const struct mlp_update* update, const struct mlp_arguments* a, unsigned hart) {
  const struct mlp_part part = part_of(update, hart);
  dojo_semaphore_wait(MLP_SEMAPHORE_UPDATE + hart - 2, 1);
  uint64_t sum = sum_part(update, part);
  if (a->dies > 1) {
    dojo_semaphore_add(MLP_SEMAPHORE_UPDATED, 1);
    dojo_semaphore_wait(MLP_SEMAPHORE_UPDATE + hart - 2, 1);
    sum = sum_dies(update, a, part, sum);
  }
  update_part(update, a, part, sum);
  dojo_semaphore_add(MLP_SEMAPHORE_UPDATED, 1);
}

static void help_updates(const struct mlp_arguments* a, unsigned hart) {
  if (plan.owns_tail) help_update(&plan.tail, a, hart);
  for (uint32_t i = 0; i < plan.update_count; ++i) help_update(&plan.updates[i], a, hart);
}

int kernel_main(unsigned hart) {
  const struct mlp_arguments* const a = mlp_arguments();
  if (hart != 0) {
    dojo_semaphore_wait(MLP_SEMAPHORE_PLANNED + hart - 1, 1);
    if (hart == 1) {
      lead_updates(a);
    } else {
      help_updates(a, hart);
    }
    return 0;
  }
  start_samples(a);
  if (a->setup && mlp_build(&plan) != 0) return 1;
  for (uint32_t other = 0; other < MLP_UPDATE_HARTS; ++other) dojo_semaphore_add(MLP_SEMAPHORE_PLANNED + other, 1);
  wait_for_samples(a);
  mlp_forward_run(&plan.forward, 1);
  softmax(a);
  backward(a);
  compute_and_send(a);
  dojo_semaphore_wait(MLP_SEMAPHORE_WEIGHTS, plan.arriving_weights);
  return 0;
}
