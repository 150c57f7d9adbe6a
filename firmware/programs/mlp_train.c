/* One step of training: forward, softmax cross-entropy, backward, gradient all-reduce and update, on every node of the
   launch. Started with four harts. Hart 0 drives forward and backward products and sends gradients; hart 1 sums,
   updates and publishes what this node owns; all harts compute the softmax.

   Who may overwrite what, and when:
   - weights and biases: their owner overwrites them on all nodes after the gradient contributions of all nodes have
     arrived; a node sends its contribution when it has finished using them (the tail after the product with the second
     layer's weights).
   - receive slots: written by peers in the next step only after this step's weights have been published by all owners,
     which happens after the sums.
   - staging: an own slot after the update has counted OWN_FREE, an out slot after the transfer engine has counted SENT.
 */

#include "dojo.h"
#include "kernels/collective.h"
#include "kernels/mlp.h"
#include "kernels/softmax.h"
#include "xdojo.h"

static struct mlp_plan plan;

static void set_rates(const struct mlp_arguments* a) {
  plan.logit_gradient.scalar = a->gradient_scale;
  for (uint32_t i = 0; i < plan.update_count; ++i) {
    plan.updates[i].weights_bf16->scalar = a->negative_rate;
    plan.updates[i].weights->scalar = a->negative_rate;
  }
  if (plan.owns_tail) {
    plan.tail.weights_bf16->scalar = a->negative_rate;
    plan.tail.weights->scalar = a->negative_rate;
  }
}

/* The semaphore that starts the softmax of a part. Each part has its own: a hart that is early must not take the count
 * of one that is late. */
static uint32_t logit_semaphore(int last) {
  return last ? MLP_SEMAPHORE_LAST_LOGITS : MLP_SEMAPHORE_LOGITS;
}

static void forward(const struct mlp_arguments* a) {
  const uint32_t parts = mlp_parts(a->sample_tiles);
  for (uint32_t i = 0; i < parts; ++i) {
    mlp_forward_run(&plan.parts[i].forward);
    dojo_issue_elementwise(&plan.parts[i].to_fixed_point);
    dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
    dojo_semaphore_add(logit_semaphore(i + 1 == parts), DOJO_HARTS - 1);
  }
}

/* Every hart takes its samples of the last part; of the parts before, hart 0 takes none, since it drives the products.
 * The other harts look at the plan only after the wait: in the first launch it is being built until then. */
static void softmax(unsigned hart, const struct mlp_arguments* a) {
  const uint32_t parts = mlp_parts(a->sample_tiles);
  int64_t loss = 0;
  for (uint32_t i = 0; i < parts; ++i) {
    const int last = i + 1 == parts;
    if (hart == 0 && !last) continue;
    if (hart != 0) dojo_semaphore_wait(logit_semaphore(last), 1);
    const uint32_t first = plan.parts[i].first_tile * TILE_EDGE;
    loss +=
        softmax_cross_entropy(a->logits, a->sample_tiles, (const uint8_t*)a->labels, first + (last ? hart : hart - 1),
                              last ? DOJO_HARTS : DOJO_HARTS - 1, first + plan.parts[i].tiles * TILE_EDGE, MLP_CLASSES);
  }
  ((int64_t*)a->losses)[hart] = loss;
}

/* Everything up to the gradient of the hidden layer, and the tail's gradients. */
static void backward(void) {
  dojo_issue_elementwise(&plan.logit_gradient);
  dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
  dojo_issue_matrix(&plan.hidden_gradient);
  dojo_issue_matrix(&plan.weights_2_gradient);
  dojo_issue_matrix(&plan.logit_bias_gradient);
  dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
  dojo_issue_elementwise(&plan.relu_gradient);
  dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
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

/* Sums the contributions, updates and publishes. The tail's biases are published from the master copy, so after its
 * last pass. */
static void run_update(const struct mlp_update* update, int is_tail) {
  const uint32_t nodes = dojo_launch.node_count;
  dojo_semaphore_wait(update->ready_semaphore, 1);
  dojo_semaphore_wait(update->arrival_semaphore, nodes - 1);
  collective_run_chain(update->gradient, nodes, MLP_SEMAPHORE_UPDATE);
  if (!is_tail) dojo_semaphore_add(MLP_SEMAPHORE_OWN_FREE, 1);
  dojo_issue_elementwise(update->weights_bf16);
  dojo_semaphore_wait(MLP_SEMAPHORE_UPDATE, 1);
  dojo_issue_elementwise(update->weights);
  if (is_tail) dojo_semaphore_wait(MLP_SEMAPHORE_UPDATE, 1);
  for (uint32_t i = 0; i < update->publish_count; ++i) dojo_issue_transfer(&update->publish[i]);
  if (!is_tail) dojo_semaphore_wait(MLP_SEMAPHORE_UPDATE, 1);
}

static void update_own(void) {
  uint32_t published = 0;
  if (plan.owns_tail) {
    run_update(&plan.tail, 1);
    published += plan.tail.publish_count;
  }
  for (uint32_t i = 0; i < plan.update_count; ++i) {
    run_update(&plan.updates[i], 0);
    published += plan.updates[i].publish_count;
  }
  dojo_semaphore_wait(MLP_SEMAPHORE_PUBLISHED, published);
}

int kernel_main(unsigned hart) {
  const struct mlp_arguments* const a = mlp_arguments();
  if (hart == 0) {
    if (a->setup && mlp_build(&plan) != 0) return 1;
    set_rates(a);
    forward(a);
  }
  softmax(hart, a);
  if (hart != 0) {
    dojo_semaphore_add(MLP_SEMAPHORE_SOFTMAX, 1);
    if (hart == 1) update_own();
    return 0;
  }
  dojo_semaphore_wait(MLP_SEMAPHORE_SOFTMAX, DOJO_HARTS - 1);
  backward();
  compute_and_send(a);
  dojo_semaphore_wait(MLP_SEMAPHORE_WEIGHTS, plan.arriving_weights);
  return 0;
}
