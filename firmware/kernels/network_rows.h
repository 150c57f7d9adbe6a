/* The operations of kernels/network_operation.h on rows of a matrix, as in networks of sequences: the part of one
   hart. */

#ifndef DOJO_KERNELS_NETWORK_ROWS_H
#define DOJO_KERNELS_NETWORK_ROWS_H

#include "kernels/activation.h"
#include "kernels/embedding.h"
#include "kernels/layer_norm.h"
#include "kernels/network_part.h"

/* Attention's semaphores are behind the others. */
#define ATTENTION_SEMAPHORE_FIRST NETWORK_SEMAPHORE_ATTENTION
#include "kernels/attention.h"

static inline tile_f32_t network_tile(uint32_t address, uint32_t is_fp32, uint64_t tile) {
  return is_fp32 ? tile_load(network_at(address), tile) : tile_load_bf16(network_at(address), tile);
}

NETWORK_OPERATION void network_add(const struct network_add* a, unsigned hart) {
  const struct network_part own = network_part_of(a->tiles, hart);
  for (uint64_t i = own.first; i < own.end; ++i) {
    const tile_f32_t x = network_tile(a->a, a->a_fp32, i);
    tile_store(network_at(a->d), i, a->b == 0 ? x : x + network_tile(a->b, a->b_fp32, i));
  }
}

NETWORK_OPERATION void network_round(const struct network_values* v, unsigned hart) {
  const struct network_part own = network_part_of(v->tiles, hart);
  for (uint64_t i = own.first; i < own.end; ++i) {
    tile_store_bf16(network_at(v->d), i, tile_load(network_at(v->x), i));
  }
}

NETWORK_OPERATION void network_row_bias(const struct network_row_bias* b, unsigned hart) {
  const struct network_part rows = network_part_of(b->rows, hart);
  for (uint32_t column = 0; column < b->columns; ++column) {
    const tile_f32_t bias = tile_load(network_at(b->bias), column);
    for (uint64_t row = rows.first; row < rows.end; ++row) {
      const tile_f32_t value = tile_load(network_at(b->x), row * b->columns + column) + bias;
      const uint64_t to = row * b->d_columns + column;
      if (b->d_fp32) {
        tile_store(network_at(b->d), to, value);
      } else {
        tile_store_bf16(network_at(b->d), to, value);
      }
    }
  }
}

NETWORK_OPERATION void network_gelu(const struct network_values* v, unsigned hart) {
  const struct network_part own = network_part_of(v->tiles, hart);
  const uint64_t from = (uint64_t)own.first * TILE_BYTES_BF16;
  activation_gelu_bf16(own.end - own.first, network_at(v->x + from), network_at(v->d + from));
}

NETWORK_OPERATION void network_gelu_back(const struct network_values* v, unsigned hart) {
  const struct network_part own = network_part_of(v->tiles, hart);
  const uint64_t from = (uint64_t)own.first * TILE_BYTES_BF16;
  activation_gelu_gradient_bf16(own.end - own.first, network_at(v->gradient + from), network_at(v->x + from),
                                network_at(v->d + from));
}

static inline struct tile_rows network_rows_of(const struct network_norm* n, struct network_part rows) {
  return (struct tile_rows){rows.end - rows.first, n->columns * TILE_EDGE, n->columns, 1};
}

NETWORK_OPERATION void network_norm(const struct network_norm* n, unsigned hart) {
  const struct network_part rows = network_part_of(n->rows, hart);
  const struct tile_rows shape = network_rows_of(n, rows);
  const uint64_t first = (uint64_t)rows.first * n->columns;
  float epsilon;
  __builtin_memcpy(&epsilon, &n->epsilon, sizeof(epsilon));
  layer_norm(&shape, network_at(n->x + first * TILE_BYTES_FP32), network_at(n->gain), network_at(n->bias), epsilon,
             network_at(n->statistics + rows.first * 2ul * TILE_BYTES_FP32),
             network_at(n->y + first * TILE_BYTES_BF16));
}

/* The gradients of gain and bias are sums over the hart's rows. */
NETWORK_OPERATION void network_norm_back(const struct network_norm* n, unsigned hart) {
  const struct network_part rows = network_part_of(n->rows, hart);
  const struct tile_rows shape = network_rows_of(n, rows);
  const uint64_t first = (uint64_t)rows.first * n->columns;
  float* const gain = network_at(n->parts + hart * 2ul * n->columns * TILE_BYTES_FP32);
  float* const bias = gain + (uint64_t)n->columns * TILE_VALUES;
  for (uint32_t t = 0; rows.first == rows.end && t < 2 * n->columns; ++t) tile_store(gain, t, (tile_f32_t)0.0f);
  if (rows.first == rows.end) return;
  layer_norm_gradient(&shape, network_at(n->gradient + first * TILE_BYTES_FP32),
                      network_at(n->x + first * TILE_BYTES_FP32), network_at(n->gain),
                      network_at(n->statistics + rows.first * 2ul * TILE_BYTES_FP32), gain, bias,
                      network_at(n->y + first * TILE_BYTES_BF16));
}

/* d = sum of what each hart has left, hart 0 first. */
NETWORK_OPERATION void network_join(const struct network_values* v, unsigned hart) {
  const struct network_part own = network_part_of(v->tiles, hart);
  for (uint64_t i = own.first; i < own.end; ++i) {
    tile_f32_t sum = tile_load(network_at(v->x), i);
    for (uint64_t part = 1; part < DOJO_HARTS; ++part) sum += tile_load(network_at(v->x), part * v->tiles + i);
    tile_store(network_at(v->d), i, sum);
  }
}

/* Harts take rows of tiles. */
NETWORK_OPERATION void network_embedding(const struct network_embedding* e, unsigned hart) {
  const struct network_part rows = network_part_of(e->rows, hart);
  embedding((rows.end - rows.first) * TILE_EDGE, e->columns, network_at(e->numbers + rows.first * TILE_EDGE * 4ul),
            e->table, e->values + (uint64_t)rows.first * e->columns * TILE_BYTES_BF16);
}

/* Harts take columns of tiles, which they clear first. */
NETWORK_OPERATION void network_embedding_back(const struct network_embedding* e, unsigned hart) {
  const struct network_part columns = network_part_of(e->columns, hart);
  for (uint64_t row = 0; row < e->table_rows; ++row) {
    for (uint64_t c = columns.first; c < columns.end; ++c) {
      tile_store(network_at(e->table), row * e->columns + c, (tile_f32_t)0.0f);
    }
  }
  embedding_gradient_of_channels(e->rows * TILE_EDGE, e->columns, columns.first, columns.end, network_at(e->numbers),
                                 network_at(e->values), network_at(e->table));
}

static struct attention_hart network_attention_harts[DOJO_HARTS] __attribute__((aligned(DOJO_LINE_BYTES)));

/* A row has queries, keys and values of all heads. */
NETWORK_OPERATION void network_attention(uint32_t backward, const struct network_attention* a, unsigned hart) {
  const uint64_t part = (uint64_t)a->heads * a->depth * TILE_BYTES_BF16;
  const struct attention_arguments arguments = {
      .backward = backward,
      .heads = a->heads,
      .tokens = a->rows,
      .depth = a->depth,
      .columns = 3ul * a->heads * a->depth,
      .causal = a->causal,
      .scale = a->scale,
      .q = a->qkv,
      .k = a->qkv + part,
      .v = a->qkv + 2 * part,
      .output = a->output,
      .statistics = a->statistics,
      .gradient = a->gradient,
      .q_gradient = a->qkv_gradient,
      .k_gradient = a->qkv_gradient + part,
      .v_gradient = a->qkv_gradient + 2 * part,
      .score_gradients = a->score_gradients,
      .differences = a->differences,
      .room = a->room,
  };
  attention_of_heads(&network_attention_harts[hart], &arguments, hart);
}

/* Tells all other nodes that contributions to the next sum may come. */
static inline void network_ready(void) {
  for (uint32_t peer = 0; peer < dojo_launch.node_count; ++peer) {
    if (peer != dojo_launch.node_index) {
      dojo_semaphore_add_remote(dojo_node_address_high(peer), NETWORK_SEMAPHORE_READY, 1);
    }
  }
}

#endif
