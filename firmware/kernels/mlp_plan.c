#include "dojo.h"
#include "kernels/collective.h"
#include "kernels/gemm.h"
#include "kernels/mlp.h"

/* Lines of memory for descriptors, handed out in order. */
struct arena {
  uint64_t next;
};

static void* arena_take(struct arena* arena, uint32_t lines) {
  void* const taken = (void*)arena->next;
  arena->next += lines * DOJO_LINE_BYTES;
  return taken;
}

/* Lets the update exchange its sum with its partners, which keep it in the slot of this die at `exchange`. */
static void build_exchange(struct mlp_update* update, struct arena* arena, const struct mlp_arguments* a,
                           uint64_t exchange, uint32_t semaphore) {
  const uint32_t self = dojo_launch.node_index;
  const uint64_t sum = collective_contribution(0, self, update->own, update->receive, update->slot_bytes);
  update->exchange = exchange;
  update->exchange_semaphore = semaphore;
  update->exchange_pushes = arena_take(arena, a->dies - 1);
  dojo_transfer_descriptor_t* push = update->exchange_pushes;
  for (uint32_t die = 0; die < a->dies; ++die) {
    if (die == a->die) continue;
    const int32_t east = (int32_t)(die % a->dies_in_row) - (int32_t)(a->die % a->dies_in_row);
    const int32_t south = (int32_t)(die / a->dies_in_row) - (int32_t)(a->die / a->dies_in_row);
    push_describe(push++, dojo_shifted_address_high(self, east * (int32_t)a->die_columns, south * (int32_t)a->die_rows),
                  update->tiles * LINES_PER_TILE, sum,
                  exchange + collective_slot((uint32_t)a->die, die) * update->slot_bytes, MLP_SEMAPHORE_PUBLISHED,
                  semaphore);
  }
}

static void build_backward(struct mlp_plan* plan, const struct mlp_arguments* a) {
  const uint32_t samples = a->sample_tiles;
  const uint32_t hidden = a->hidden_tiles;
  const uint64_t bias_2_gradient = a->tail_gradient + hidden * MLP_CLASS_TILES * TILE_BYTES_FP32;
  const uint64_t bias_1_gradient = bias_2_gradient + MLP_CLASS_TILES * TILE_BYTES_FP32;
  const struct tile_matrix logit_gradient = tile_matrix_by_columns(a->logit_gradient, samples, TILE_BYTES_BF16);
  const struct tile_matrix hidden_gradient = tile_matrix_by_columns(a->hidden_gradient, samples, TILE_BYTES_BF16);

  gemm_describe_nt(&plan->hidden_gradient, (struct gemm_shape){samples, hidden, MLP_CLASS_TILES}, logit_gradient,
                   tile_matrix_by_rows(a->weights_2, MLP_CLASS_TILES, TILE_BYTES_BF16),
                   tile_matrix_by_columns(a->hidden_gradient_fp32, samples, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
  gemm_describe_tn(&plan->weights_2_gradient, (struct gemm_shape){hidden, MLP_CLASS_TILES, samples},
                   tile_matrix_by_columns(a->hidden, samples, TILE_BYTES_BF16), logit_gradient,
                   tile_matrix_by_rows(a->tail_gradient, MLP_CLASS_TILES, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
  gemm_describe_column_sums(&plan->logit_bias_gradient, samples, MLP_CLASS_TILES, a->ones, logit_gradient,
                            tile_matrix_by_rows(bias_2_gradient, MLP_CLASS_TILES, TILE_BYTES_FP32),
                            MLP_SEMAPHORE_MATRIX);
  gemm_describe_column_sums(&plan->hidden_bias_gradient, samples, hidden, a->ones, hidden_gradient,
                            tile_matrix_by_rows(bias_1_gradient, hidden, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
}

static void build_tail(struct mlp_plan* plan, struct arena* arena, const struct mlp_arguments* a) {
  const uint32_t self = dojo_launch.node_index;
  const uint32_t nodes = dojo_launch.node_count;
  const uint32_t owner = nodes - 1;
  const uint32_t tiles = MLP_TAIL_TILES(a->hidden_tiles);
  const uint32_t weight_tiles = a->hidden_tiles * MLP_CLASS_TILES;
  const uint64_t slot_bytes = tiles * TILE_BYTES_FP32;
  plan->owns_tail = self == owner;
  if (!plan->owns_tail) {
    collective_describe_push(&plan->push_tail, owner, tiles * LINES_PER_TILE, a->tail_gradient,
                             a->tail_receive + collective_slot(self, owner) * slot_bytes, MLP_SEMAPHORE_SENT,
                             MLP_SEMAPHORE_TAIL_ARRIVED);
    plan->arriving_weights += 2;
    return;
  }
  plan->tail = (struct mlp_update){.ready_semaphore = MLP_SEMAPHORE_TAIL_READY,
                                   .arrival_semaphore = MLP_SEMAPHORE_TAIL_ARRIVED,
                                   .tiles = tiles,
                                   .bf16_tiles = weight_tiles,
                                   .own = a->tail_gradient,
                                   .receive = a->tail_receive,
                                   .slot_bytes = slot_bytes,
                                   .parameters = a->tail_parameters,
                                   .velocity = a->tail_velocity,
                                   .weights_bf16 = a->weights_2,
                                   .publish = arena_take(arena, 2 * (nodes - 1))};
  build_exchange(&plan->tail, arena, a, a->tail_exchange, MLP_SEMAPHORE_TAIL_EXCHANGED);
  for (uint32_t peer = 0; peer < owner; ++peer) {
    const uint64_t biases = mlp_logit_bias(a);
    collective_describe_push(&plan->tail.publish[plan->tail.publish_count++], peer, weight_tiles * LINES_PER_TILE / 2,
                             a->weights_2, a->weights_2, MLP_SEMAPHORE_PUBLISHED, MLP_SEMAPHORE_WEIGHTS);
    collective_describe_push(&plan->tail.publish[plan->tail.publish_count++], peer,
                             (tiles - weight_tiles) * LINES_PER_TILE, biases, biases, MLP_SEMAPHORE_PUBLISHED,
                             MLP_SEMAPHORE_WEIGHTS);
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
  const uint32_t tiles = (range.end - range.begin) * a->hidden_tiles;
  const uint64_t inside = (uint64_t)(range.begin - collective_share_begin(a->input_tiles, nodes, self)) * row_bytes;
  const uint64_t slot_bytes = (a->input_tiles + nodes - 1) / nodes * row_bytes;
  const uint64_t staging = a->own_staging + plan->update_count % a->own_slots * a->chunk_rows * row_bytes;
  const uint64_t weights = a->weights_1 + range.begin * row_bytes / 2;

  struct mlp_chunk* const chunk = &plan->chunks[plan->chunk_count++];
  *chunk = (struct mlp_chunk){arena_take(arena, 1), 0};
  build_product(chunk->product, a, range, staging, MLP_SEMAPHORE_OWN_READY);

  struct mlp_update* const update = &plan->updates[plan->update_count++];
  *update = (struct mlp_update){.ready_semaphore = MLP_SEMAPHORE_OWN_READY,
                                .arrival_semaphore = MLP_SEMAPHORE_ARRIVED + round,
                                .tiles = tiles,
                                .bf16_tiles = tiles,
                                .own = staging,
                                .receive = a->share_receive + inside,
                                .slot_bytes = slot_bytes,
                                .parameters = a->share_parameters + inside,
                                .velocity = a->share_velocity + inside,
                                .weights_bf16 = weights,
                                .publish = arena_take(arena, nodes - 1)};
  build_exchange(update, arena, a, a->share_exchange + inside, MLP_SEMAPHORE_EXCHANGED + round);
  for (uint32_t distance = 1; distance < nodes; ++distance) {
    collective_describe_push(&update->publish[update->publish_count++], (self + distance) % nodes,
                             tiles * LINES_PER_TILE / 2, weights, weights, MLP_SEMAPHORE_PUBLISHED,
                             MLP_SEMAPHORE_WEIGHTS);
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
  if (rounds > (a->dies > 1 ? MLP_ROUNDS_MAX_OF_DIES : MLP_ROUNDS_MAX) ||
      a->hidden_tiles > MLP_COLUMN_GROUP * MLP_COLUMN_GROUPS_MAX)
    return 1;

  struct arena arena = {a->arena};
  plan->arriving_weights = 0;
  plan->chunk_count = 0;
  plan->update_count = 0;
  mlp_forward_build(&plan->forward);
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
