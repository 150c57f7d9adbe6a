#include "dojo.h"
#include "kernels/collective.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/mlp.h"
#include "kernels/sgd.h"
#include "kernels/softmax.h"

/* Lines of memory for descriptors, handed out in order. */
struct arena {
  uint64_t next;
};

static void* arena_take(struct arena* arena, uint32_t lines) {
  void* const taken = (void*)arena->next;
  arena->next += lines * DOJO_LINE_BYTES;
  return taken;
}

/* Parts of equal size, the first one larger if need be. */
static void build_forward(struct mlp_plan* plan, const struct mlp_arguments* a) {
  const uint32_t samples = a->sample_tiles;
  const uint64_t fixed_point_line = a->constants + TILE_BYTES_BF16;
  const uint32_t parts = mlp_parts(samples);
  uint32_t first = 0;
  for (uint32_t i = 0; i < parts; ++i) {
    struct mlp_part* const part = &plan->parts[i];
    const uint64_t logits = a->logits + first * TILE_BYTES_FP32;
    part->first_tile = first;
    part->tiles = (samples - first + parts - i - 1) / (parts - i);
    mlp_forward_build(&part->forward, first, part->tiles, 1);
    elementwise_describe_affine(&part->to_fixed_point, 0, SOFTMAX_LOGIT_SCALE_BITS, logits, fixed_point_line, logits,
                                MLP_SEMAPHORE_ELEMENTWISE);
    elementwise_set_activations(&part->to_fixed_point, part->tiles, samples, MLP_CLASS_TILES);
    part->to_fixed_point.y_outer_stride = 0;
    first += part->tiles;
  }
}

static void build_backward(struct mlp_plan* plan, const struct mlp_arguments* a) {
  const uint32_t samples = a->sample_tiles;
  const uint32_t hidden = a->hidden_tiles;
  const uint64_t ones = a->constants;
  const uint64_t gradient_offset_line = ones + TILE_BYTES_BF16 + DOJO_LINE_BYTES;
  const uint64_t bias_2_gradient = a->tail_gradient + hidden * MLP_CLASS_TILES * TILE_BYTES_FP32;
  const uint64_t bias_1_gradient = bias_2_gradient + MLP_CLASS_TILES * TILE_BYTES_FP32;
  const uint32_t logit_lines = samples * MLP_CLASS_TILES * LINES_PER_TILE;
  const struct tile_matrix logit_gradient = tile_matrix_by_columns(a->logit_gradient, samples, TILE_BYTES_BF16);
  const struct tile_matrix hidden_gradient = tile_matrix_by_columns(a->hidden_gradient, samples, TILE_BYTES_BF16);

  elementwise_describe_affine(&plan->logit_gradient, logit_lines, 0, a->logits, gradient_offset_line, a->logit_gradient,
                              MLP_SEMAPHORE_ELEMENTWISE);
  plan->logit_gradient.d_bf16 = 1;

  gemm_describe_nt(&plan->hidden_gradient, (struct gemm_shape){samples, hidden, MLP_CLASS_TILES}, logit_gradient,
                   tile_matrix_by_rows(a->weights_2, MLP_CLASS_TILES, TILE_BYTES_BF16),
                   tile_matrix_by_columns(a->hidden_gradient_fp32, samples, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
  elementwise_describe_relu_gradient(&plan->relu_gradient, samples * hidden * LINES_PER_TILE, a->hidden_gradient_fp32,
                                     a->hidden_fp32, a->hidden_gradient, MLP_SEMAPHORE_ELEMENTWISE);
  gemm_describe_tn(&plan->weights_2_gradient, (struct gemm_shape){hidden, MLP_CLASS_TILES, samples},
                   tile_matrix_by_columns(a->hidden, samples, TILE_BYTES_BF16), logit_gradient,
                   tile_matrix_by_rows(a->tail_gradient, MLP_CLASS_TILES, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
  gemm_describe_column_sums(&plan->logit_bias_gradient, samples, MLP_CLASS_TILES, ones, logit_gradient,
                            tile_matrix_by_rows(bias_2_gradient, MLP_CLASS_TILES, TILE_BYTES_FP32),
                            MLP_SEMAPHORE_MATRIX);
  gemm_describe_column_sums(&plan->hidden_bias_gradient, samples, hidden, ones, hidden_gradient,
                            tile_matrix_by_rows(bias_1_gradient, hidden, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
}

/* The additions and the three passes of SGD over `lines` lines, of which the first `bf16_lines` have a BF16 copy. */
static void build_update(struct mlp_update* update, struct arena* arena, uint32_t lines, uint32_t bf16_lines,
                         uint64_t own, uint64_t receive, uint64_t slot_bytes, uint64_t parameters, uint64_t velocity,
                         uint64_t weights_bf16, uint32_t momentum) {
  const uint32_t nodes = dojo_launch.node_count;
  update->gradient = arena_take(arena, nodes);
  update->weights_bf16 = arena_take(arena, 1);
  update->weights = arena_take(arena, 1);
  const uint64_t sum = collective_describe_sum(update->gradient, lines, dojo_launch.node_index, nodes, own, receive,
                                               slot_bytes, MLP_SEMAPHORE_UPDATE);
  sgd_describe_momentum(&update->gradient[nodes - 1], lines, momentum, velocity, sum, MLP_SEMAPHORE_UPDATE);
  sgd_describe_weights_bf16(update->weights_bf16, bf16_lines, 0, velocity, parameters, weights_bf16,
                            MLP_SEMAPHORE_UPDATE);
  sgd_describe_weights(update->weights, lines, 0, velocity, parameters, MLP_SEMAPHORE_UPDATE);
}

static void build_tail(struct mlp_plan* plan, struct arena* arena, const struct mlp_arguments* a) {
  const uint32_t self = dojo_launch.node_index;
  const uint32_t nodes = dojo_launch.node_count;
  const uint32_t owner = nodes - 1;
  const uint32_t lines = MLP_TAIL_TILES(a->hidden_tiles) * LINES_PER_TILE;
  const uint32_t weight_lines = a->hidden_tiles * MLP_CLASS_TILES * LINES_PER_TILE;
  const uint64_t slot_bytes = lines * DOJO_LINE_BYTES;
  plan->owns_tail = self == owner;
  if (!plan->owns_tail) {
    collective_describe_push(&plan->push_tail, owner, lines, a->tail_gradient,
                             a->tail_receive + collective_slot(self, owner) * slot_bytes, MLP_SEMAPHORE_SENT,
                             MLP_SEMAPHORE_TAIL_ARRIVED);
    plan->arriving_weights += 2;
    return;
  }
  plan->tail.ready_semaphore = MLP_SEMAPHORE_TAIL_READY;
  plan->tail.arrival_semaphore = MLP_SEMAPHORE_TAIL_ARRIVED;
  build_update(&plan->tail, arena, lines, weight_lines, a->tail_gradient, a->tail_receive, slot_bytes,
               a->tail_parameters, a->tail_velocity, a->weights_2, a->momentum);
  plan->tail.publish = arena_take(arena, 2 * (nodes - 1));
  for (uint32_t peer = 0; peer < owner; ++peer) {
    const uint64_t biases = a->tail_parameters + weight_lines * DOJO_LINE_BYTES;
    collective_describe_push(&plan->tail.publish[plan->tail.publish_count++], peer, weight_lines / 2, a->weights_2,
                             a->weights_2, MLP_SEMAPHORE_PUBLISHED, MLP_SEMAPHORE_WEIGHTS);
    collective_describe_push(&plan->tail.publish[plan->tail.publish_count++], peer, lines - weight_lines, biases,
                             biases, MLP_SEMAPHORE_PUBLISHED, MLP_SEMAPHORE_WEIGHTS);
  }
}

struct row_range {
  uint32_t begin;
  uint32_t end;
};

/* Tile rows of the first layer's gradient in round `round` of `rounds` of a node's share. */
static struct row_range chunk_range(const struct mlp_arguments* a, uint32_t node, uint32_t round, uint32_t rounds) {
  const uint32_t begin = collective_share_begin(a->input_tiles, dojo_launch.node_count, node);
  const uint32_t rows = collective_share_begin(a->input_tiles, dojo_launch.node_count, node + 1) - begin;
  return (struct row_range){begin + rows * round / rounds, begin + rows * (round + 1) / rounds};
}

static void build_product(dojo_matrix_descriptor_t* product, const struct mlp_arguments* a, struct row_range range,
                          uint64_t gradient, uint32_t semaphore) {
  struct tile_matrix inputs = tile_matrix_by_rows(a->inputs, a->input_tiles, TILE_BYTES_BF16);
  inputs.base += range.begin * TILE_BYTES_BF16;
  gemm_describe_tn(product, (struct gemm_shape){range.end - range.begin, a->hidden_tiles, a->sample_tiles}, inputs,
                   tile_matrix_by_columns(a->hidden_gradient, a->sample_tiles, TILE_BYTES_BF16),
                   tile_matrix_by_rows(gradient, a->hidden_tiles, TILE_BYTES_FP32), semaphore);
}

/* A chunk of this node's own share, and its update. */
static void build_own_chunk(struct mlp_plan* plan, struct arena* arena, const struct mlp_arguments* a, uint32_t round,
                            struct row_range range) {
  const uint32_t self = dojo_launch.node_index;
  const uint32_t nodes = dojo_launch.node_count;
  const uint32_t row_bytes = a->hidden_tiles * TILE_BYTES_FP32;
  const uint32_t lines = (range.end - range.begin) * a->hidden_tiles * LINES_PER_TILE;
  const uint64_t inside = (uint64_t)(range.begin - collective_share_begin(a->input_tiles, nodes, self)) * row_bytes;
  const uint64_t slot_bytes = (a->input_tiles + nodes - 1) / nodes * row_bytes;
  const uint64_t staging = a->own_staging + plan->update_count % a->own_slots * a->chunk_rows * row_bytes;
  const uint64_t weights = a->weights_1 + range.begin * row_bytes / 2;

  struct mlp_chunk* const chunk = &plan->chunks[plan->chunk_count++];
  *chunk = (struct mlp_chunk){arena_take(arena, 1), 0};
  build_product(chunk->product, a, range, staging, MLP_SEMAPHORE_OWN_READY);

  struct mlp_update* const update = &plan->updates[plan->update_count++];
  *update = (struct mlp_update){.ready_semaphore = MLP_SEMAPHORE_OWN_READY,
                                .arrival_semaphore = MLP_SEMAPHORE_ARRIVED + round};
  build_update(update, arena, lines, lines, staging, a->share_receive + inside, slot_bytes,
               a->share_parameters + inside, a->share_velocity + inside, weights, a->momentum);
  update->publish = arena_take(arena, nodes - 1);
  for (uint32_t distance = 1; distance < nodes; ++distance) {
    collective_describe_push(&update->publish[update->publish_count++], (self + distance) % nodes, lines / 2, weights,
                             weights, MLP_SEMAPHORE_PUBLISHED, MLP_SEMAPHORE_WEIGHTS);
  }
}

/* A chunk of a peer's share: computed into a staging slot and pushed. */
static void build_out_chunk(struct mlp_plan* plan, struct arena* arena, const struct mlp_arguments* a, uint32_t owner,
                            uint32_t round, struct row_range range, uint32_t slot) {
  const uint32_t nodes = dojo_launch.node_count;
  const uint32_t row_bytes = a->hidden_tiles * TILE_BYTES_FP32;
  const uint64_t inside = (uint64_t)(range.begin - collective_share_begin(a->input_tiles, nodes, owner)) * row_bytes;
  const uint64_t slot_bytes = (a->input_tiles + nodes - 1) / nodes * row_bytes;
  const uint64_t staging = a->out_staging + slot * a->chunk_rows * row_bytes;

  struct mlp_chunk* const chunk = &plan->chunks[plan->chunk_count++];
  *chunk = (struct mlp_chunk){arena_take(arena, 1), arena_take(arena, 1)};
  build_product(chunk->product, a, range, staging, MLP_SEMAPHORE_MATRIX);
  collective_describe_push(chunk->push, owner, (range.end - range.begin) * row_bytes / DOJO_LINE_BYTES, staging,
                           a->share_receive + collective_slot(dojo_launch.node_index, owner) * slot_bytes + inside,
                           MLP_SEMAPHORE_SENT, MLP_SEMAPHORE_ARRIVED + round);
  ++plan->arriving_weights;
}

int mlp_build(struct mlp_plan* plan) {
  const struct mlp_arguments* const a = mlp_arguments();
  const uint32_t self = dojo_launch.node_index;
  const uint32_t nodes = dojo_launch.node_count;
  const uint32_t rounds = mlp_rounds(a->input_tiles, nodes, a->chunk_rows);
  if (rounds > MLP_ROUNDS_MAX || a->hidden_tiles > MLP_COLUMN_GROUP * MLP_COLUMN_GROUPS_MAX) return 1;

  struct arena arena = {a->arena};
  plan->arriving_weights = 0;
  plan->chunk_count = 0;
  plan->update_count = 0;
  plan->tail.publish_count = 0;
  build_forward(plan, a);
  build_backward(plan, a);
  build_tail(plan, &arena, a);

  plan->chunks =
      arena_take(&arena, (rounds * nodes * sizeof(struct mlp_chunk) + DOJO_LINE_BYTES - 1) / DOJO_LINE_BYTES);
  uint32_t out = 0;
  for (uint32_t round = 0; round < rounds; ++round) {
    /* The own chunk last, starting with the next node: pushes spread over the mesh and arrive while the own chunk is
     * computed. */
    for (uint32_t distance = 1; distance <= nodes; ++distance) {
      const uint32_t owner = (self + distance) % nodes;
      const struct row_range range = chunk_range(a, owner, round, rounds);
      if (range.begin == range.end) continue;
      if (owner == self) {
        build_own_chunk(plan, &arena, a, round, range);
      } else {
        build_out_chunk(plan, &arena, a, owner, round, range, out++ % a->out_slots);
      }
    }
  }
  return 0;
}
