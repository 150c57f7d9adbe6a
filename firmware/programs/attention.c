/* Attention of several heads, forward or backward, by the four harts of a node: kernels/attention_arguments.h. */

#include "kernels/attention.h"
#include "dojo.h"

DOJO_STATIC_ASSERT(sizeof(struct attention_arguments) <= 8 * DOJO_LAUNCH_ARGUMENTS,
                   "the arguments fit into the launch block");

static struct attention_hart states[ATTENTION_HARTS] __attribute__((aligned(DOJO_LINE_BYTES)));

int kernel_main(unsigned hart) {
  const struct attention_arguments* const a = (const struct attention_arguments*)(uintptr_t)dojo_launch.args;
  const uint32_t scale_bits = (uint32_t)a->scale;
  struct attention_shape shape = {a->tokens, a->depth, a->causal, 0.0f};
  __builtin_memcpy(&shape.scale, &scale_bits, sizeof(shape.scale));
  struct attention_hart* const state = &states[hart];
  attention_hart_start(state, &shape, hart, a->room + hart * attention_room_bytes(shape.tokens, shape.depth));

  const uint32_t columns = a->heads * shape.depth;
  for (uint32_t head = 0; head < a->heads; ++head) {
    const uint32_t first = head * shape.depth * TILE_BYTES_BF16;
    const struct attention_forward forward = {
        .q = tile_matrix_by_rows(a->q + first, columns, TILE_BYTES_BF16),
        .k = tile_matrix_by_rows(a->k + first, columns, TILE_BYTES_BF16),
        .v = tile_matrix_by_rows(a->v + first, columns, TILE_BYTES_BF16),
        .output = tile_matrix_by_rows(a->output + first, columns, TILE_BYTES_BF16),
        .statistics = (float*)a->statistics + (uint64_t)head * shape.tokens * TILE_VALUES,
    };
    if (!a->backward) {
      attention(state, &shape, &forward);
      continue;
    }
    const struct attention_backward backward = {
        .gradient = tile_matrix_by_rows(a->gradient + first, columns, TILE_BYTES_BF16),
        .q_gradient = tile_matrix_by_rows(a->q_gradient + first, columns, TILE_BYTES_BF16),
        .k_gradient = tile_matrix_by_rows(a->k_gradient + first, columns, TILE_BYTES_BF16),
        .v_gradient = tile_matrix_by_rows(a->v_gradient + first, columns, TILE_BYTES_BF16),
        .score_gradients = tile_matrix_by_rows(a->score_gradients, shape.tokens, TILE_BYTES_BF16),
        .differences = (float*)a->differences,
    };
    attention_gradient(state, &shape, &forward, &backward);
    attention_barrier(hart); /* the next head takes the room of the gradients of scores */
  }
  return 0;
}
