/* Attention of one head, forward and backward, by four harts and the matrix unit of a node.

     output = softmax(scale * Q * K^T) * V        with a causal mask: of each token over itself and those before

   Fused: of the scores only rows (forward) or columns (backward) of tiles are in memory, two for each hart: while the
   matrix unit multiplies for one, the hart makes weights of the other. Backward computes the scores again.

     forward    for each row of tiles of Q:     scores = Q K^T; weights; output = weights V / sum
     backward   for each row:                   difference = sum of gradient * output
                for each row of tiles of K, V:  scores = Q K^T, gradient V^T; weights and gradients of the scores;
                                                gradient of V = weights^T gradient, of K = (gradients of the scores)^T Q
                for each row of Q:              gradient of Q = gradients of the scores * K

   Q, K, V, output and all gradients: BF16, tokens x depth; tokens and depth are counted in tiles. Sums are FP32,
   weights are rounded to BF16 before they are multiplied. Error against FP64, root of the mean square relative to that
   of the exact values: output 2^-8, gradients 1.5 * 2^-8 (tests/kernels/attention_test.cpp). */

#ifndef DOJO_KERNELS_ATTENTION_H
#define DOJO_KERNELS_ATTENTION_H

#include "kernels/attention_arguments.h"
#include "kernels/gemm.h"
#include "kernels/tile_math.h"
#include "xdojo.h"

struct attention_shape {
  uint32_t tokens; /* in tiles */
  uint32_t depth;  /* in tiles */
  uint32_t causal;
  float scale;
};

/* A head's matrices, and one FP32 tile per row of tiles: the exponent of the row's weights, in all columns. */
struct attention_forward {
  struct tile_matrix q;
  struct tile_matrix k;
  struct tile_matrix v;
  struct tile_matrix output;
  float* statistics;
};

struct attention_backward {
  struct tile_matrix gradient;
  struct tile_matrix q_gradient;
  struct tile_matrix k_gradient;
  struct tile_matrix v_gradient;
  struct tile_matrix score_gradients; /* room, tokens x tokens */
  float* differences;                 /* room, a tile for each row of tiles */
};

/* Semaphores: three for each hart, from this one on. */
#ifndef ATTENTION_SEMAPHORE_FIRST
#define ATTENTION_SEMAPHORE_FIRST 0
#endif
enum attention_semaphore {
  ATTENTION_SEMAPHORE_SCORES = ATTENTION_SEMAPHORE_FIRST,                     /* + hart: scores are here */
  ATTENTION_SEMAPHORE_RESULTS = ATTENTION_SEMAPHORE_SCORES + ATTENTION_HARTS, /* + hart: weights have been used */
  ATTENTION_SEMAPHORE_BARRIER = ATTENTION_SEMAPHORE_RESULTS + ATTENTION_HARTS /* + hart: arrivals of all harts */
};

/* What a hart has under way; `slot` is 0 and 1 in turn. */
struct attention_hart {
  uint32_t hart;
  dojo_matrix_descriptor_t scores[2][2];
  dojo_matrix_descriptor_t results[2][2];
  float* score_room[2];
  float* gradient_room[2];
  __bf16* weight_room[2];
  float* result_room[2];
  float* factor_room[2];
};

/* Cuts the hart's room (attention_room_bytes) into pieces. */
static inline void attention_hart_start(struct attention_hart* state, const struct attention_shape* shape,
                                        uint32_t hart, uint64_t room) {
  state->hart = hart;
  for (unsigned slot = 0; slot < 2; ++slot) {
    state->score_room[slot] = (float*)room;
    room += (uint64_t)shape->tokens * TILE_BYTES_FP32;
    state->gradient_room[slot] = (float*)room;
    room += (uint64_t)shape->tokens * TILE_BYTES_FP32;
    state->weight_room[slot] = (__bf16*)room;
    room += (uint64_t)shape->tokens * TILE_BYTES_BF16;
    state->result_room[slot] = (float*)room;
    room += (uint64_t)shape->depth * TILE_BYTES_FP32;
    state->factor_room[slot] = (float*)room;
    room += TILE_BYTES_FP32;
  }
}

static inline void attention_barrier(uint32_t hart) {
  for (uint32_t i = 0; i < ATTENTION_HARTS; ++i) dojo_semaphore_add(ATTENTION_SEMAPHORE_BARRIER + i, 1);
  dojo_semaphore_wait(ATTENTION_SEMAPHORE_BARRIER + hart, ATTENTION_HARTS);
}

static inline struct tile_matrix attention_row(struct tile_matrix matrix, uint32_t row) {
  matrix.base += row * matrix.row_stride;
  return matrix;
}

static inline __bf16* attention_tile(struct tile_matrix matrix, uint32_t row, uint32_t column) {
  return (__bf16*)(uint64_t)(matrix.base + row * matrix.row_stride + column * matrix.column_stride);
}

/* ---- Weights */

/* A number whose FP32 bits are (127 + n + f) * 2^23 is 2^n * (1 + f). With m = 1 + f,
     2^f = ATTENTION_LEADING * m * (((A - m) * m + B) * m + C), relative error 2^-10.5;
   the leading factor is part of the exponents. */
#define ATTENTION_A 6.64635428f
#define ATTENTION_B (-12.9390629f)
#define ATTENTION_C 16.6809438f
#define ATTENTION_LEADING_LOG2 (-3.23181044f)
#define ATTENTION_UNIT 8388608.0f /* 2^23 */

struct attention_constants {
  float factor; /* of the scores: scale / ln 2 * 2^23 */
  float a;
  tile_f32_t b;
  tile_f32_t c;
};

static inline struct attention_constants attention_constants(const struct attention_shape* shape) {
  return (struct attention_constants){tile_constant(shape->scale * 1.44269504f * ATTENTION_UNIT),
                                      tile_constant(ATTENTION_A), tile_constants(ATTENTION_B),
                                      tile_constants(ATTENTION_C)};
}

/* The exponent that makes the weight of a score 1. */
static inline tile_f32_t attention_exponent(const struct attention_constants* constants, tile_f32_t score) {
  return score * constants->factor - (127.0f + ATTENTION_LEADING_LOG2) * ATTENTION_UNIT;
}

/* 2^((score * factor - exponent) / 2^23 - 127 - ATTENTION_LEADING_LOG2); 0 below 2^-123, as the conversion gives 0 for
   negative numbers. */
static inline tile_f32_t attention_power(const struct attention_constants* constants, tile_f32_t score,
                                         tile_f32_t exponent) {
  const tile_u32_t bits = tile_to_u32(score * constants->factor - exponent);
  const tile_f32_t m = (tile_f32_t)((bits & 0x7fffff) | 0x3f800000);
  tile_f32_t p = constants->a - m;
  p = p * m + constants->b;
  p = p * m + constants->c;
  return (tile_f32_t)bits * p;
}

/* Scores of tokens after the row's own become -infinity, in the tile on the diagonal. */
static inline void attention_mask(float* scores, uint64_t tile) {
#define ATTENTION_AFTER(i) ((i) % TILE_EDGE > (i) / TILE_EDGE ? -1 : 0)
  const tile_i32_t after = {TILE_LANES(ATTENTION_AFTER)};
#undef ATTENTION_AFTER
  tile_store(scores, tile, after ? (tile_f32_t)-__builtin_inff() : tile_load(scores, tile));
}

/* The weights of a row of `tiles` tiles, without the division by their sum: its reciprocal goes to `factors`; the
   exponent with which attention_power gives the divided weights goes to `statistics`. */
static inline void attention_weights(const struct attention_constants* constants, uint32_t tiles,
                                     const float* restrict scores, __bf16* restrict weights, float* restrict factors,
                                     float* restrict statistics) {
  tile_f32_t largest = tile_load(scores, 0);
  for (uint64_t t = 1; t < tiles; ++t) largest = tile_max(largest, tile_load(scores, t));
  const tile_f32_t exponent = attention_exponent(constants, tile_row_maxima(largest));
  tile_f32_t sum = (tile_f32_t)0.0f;
  for (uint64_t t = 0; t < tiles; ++t) {
    const tile_f32_t weight = attention_power(constants, tile_load(scores, t), exponent);
    sum += weight;
    tile_store_bf16(weights, t, weight);
  }
  sum = tile_row_sums(sum);
  tile_store(factors, 0, tile_reciprocal(sum));
  tile_store(statistics, 0, tile_log(sum) * (1.44269504f * ATTENTION_UNIT) + exponent);
}

/* Of a column of `tiles` tiles, from a row on whose statistics and differences are given: divided weights, and
   gradients of the scores, `stride` bytes apart. */
static inline void attention_gradients(const struct attention_constants* constants, uint32_t tiles, float scale,
                                       const float* restrict scores, const float* restrict weight_gradients,
                                       const float* restrict statistics, const float* restrict differences,
                                       __bf16* restrict weights, __bf16* restrict d, uint32_t stride) {
  for (uint64_t t = 0; t < tiles; ++t) {
    const tile_f32_t weight = attention_power(constants, tile_load(scores, t), tile_load(statistics, t));
    tile_store_bf16(weights, t, weight);
    tile_store_bf16((__bf16*)((uint64_t)d + t * stride), 0,
                    weight * (tile_load(weight_gradients, t) * scale - tile_load(differences, t)));
  }
}

/* ---- Forward: hart h has the rows of tiles h, h + 4, ... */

static inline uint32_t attention_row_tiles(const struct attention_shape* shape, uint32_t row) {
  return shape->causal ? row + 1 : shape->tokens;
}

static inline void attention_issue_scores(struct attention_hart* state, const struct attention_shape* shape,
                                          const struct attention_forward* head, uint32_t row, unsigned slot) {
  const struct gemm_shape product = {1, attention_row_tiles(shape, row), shape->depth};
  dojo_matrix_descriptor_t* const descriptor = &state->scores[slot][0];
  gemm_describe_nt(descriptor, product, attention_row(head->q, row), head->k,
                   tile_matrix_by_rows((uint64_t)state->score_room[slot], product.n, TILE_BYTES_FP32),
                   ATTENTION_SEMAPHORE_SCORES + state->hart);
  dojo_issue_matrix(descriptor);
}

static inline void attention_issue_output(struct attention_hart* state, const struct attention_shape* shape,
                                          const struct attention_forward* head, uint32_t row, unsigned slot) {
  const struct gemm_shape product = {1, shape->depth, attention_row_tiles(shape, row)};
  dojo_matrix_descriptor_t* const descriptor = &state->results[slot][0];
  gemm_describe_nn(descriptor, product,
                   tile_matrix_by_rows((uint64_t)state->weight_room[slot], product.k, TILE_BYTES_BF16), head->v,
                   tile_matrix_by_rows((uint64_t)state->result_room[slot], product.n, TILE_BYTES_FP32),
                   ATTENTION_SEMAPHORE_RESULTS + state->hart);
  dojo_issue_matrix(descriptor);
}

/* Waits for the products of a row and divides them. */
static inline void attention_finish_row(struct attention_hart* state, const struct attention_shape* shape,
                                        const struct attention_forward* head, uint32_t row, unsigned slot) {
  dojo_semaphore_wait(ATTENTION_SEMAPHORE_RESULTS + state->hart, 1);
  const tile_f32_t factor = tile_load(state->factor_room[slot], 0);
  for (uint32_t c = 0; c < shape->depth; ++c) {
    tile_store_bf16(attention_tile(head->output, row, c), 0, tile_load(state->result_room[slot], c) * factor);
  }
}

/* To be called by all harts; when a hart's call returns, its rows are done. */
static inline void attention(struct attention_hart* state, const struct attention_shape* shape,
                             const struct attention_forward* head) {
  const struct attention_constants constants = attention_constants(shape);
  unsigned slot = 0;
  uint32_t row = state->hart;
  if (row >= shape->tokens) return;
  attention_issue_scores(state, shape, head, row, slot);
  for (; row < shape->tokens; row += ATTENTION_HARTS, slot ^= 1) {
    dojo_semaphore_wait(ATTENTION_SEMAPHORE_SCORES + state->hart, 1);
    if (row + ATTENTION_HARTS < shape->tokens) {
      attention_issue_scores(state, shape, head, row + ATTENTION_HARTS, slot ^ 1);
    }
    if (shape->causal) attention_mask(state->score_room[slot], row);
    attention_weights(&constants, attention_row_tiles(shape, row), state->score_room[slot], state->weight_room[slot],
                      state->factor_room[slot], head->statistics + (uint64_t)row * TILE_VALUES);
    attention_issue_output(state, shape, head, row, slot);
    if (row >= ATTENTION_HARTS) attention_finish_row(state, shape, head, row - ATTENTION_HARTS, slot ^ 1);
  }
  attention_finish_row(state, shape, head, row - ATTENTION_HARTS, slot ^ 1);
}

/* ---- Backward: hart h has the columns of tiles h, h + 4, ... of the scores. */

static inline uint32_t attention_column_first(const struct attention_shape* shape, uint32_t column) {
  return shape->causal ? column : 0;
}

/* The scores of a column, and the gradients of its weights. */
static inline void attention_issue_column(struct attention_hart* state, const struct attention_shape* shape,
                                          const struct attention_forward* head, const struct attention_backward* back,
                                          uint32_t column, unsigned slot) {
  const uint32_t first = attention_column_first(shape, column);
  const struct gemm_shape product = {shape->tokens - first, 1, shape->depth};
  const uint32_t semaphore = ATTENTION_SEMAPHORE_SCORES + state->hart;
  gemm_describe_nt(&state->scores[slot][0], product, attention_row(head->q, first), attention_row(head->k, column),
                   tile_matrix_by_rows((uint64_t)state->score_room[slot], 1, TILE_BYTES_FP32), semaphore);
  gemm_describe_nt(&state->scores[slot][1], product, attention_row(back->gradient, first),
                   attention_row(head->v, column),
                   tile_matrix_by_rows((uint64_t)state->gradient_room[slot], 1, TILE_BYTES_FP32), semaphore);
  dojo_issue_matrix(&state->scores[slot][0]);
  dojo_issue_matrix(&state->scores[slot][1]);
}

/* A product whose result is a row of a gradient. */
static inline void attention_issue_gradient(dojo_matrix_descriptor_t* descriptor) {
  descriptor->c_bf16 = 1;
  dojo_issue_matrix(descriptor);
}

/* Gradients of V and K of a column. */
static inline void attention_issue_results(struct attention_hart* state, const struct attention_shape* shape,
                                           const struct attention_forward* head, const struct attention_backward* back,
                                           uint32_t column, unsigned slot) {
  const uint32_t first = attention_column_first(shape, column);
  const struct gemm_shape product = {1, shape->depth, shape->tokens - first};
  const uint32_t semaphore = ATTENTION_SEMAPHORE_RESULTS + state->hart;
  struct tile_matrix scores = back->score_gradients;
  scores.base = (uint32_t)(uint64_t)attention_tile(scores, first, column);
  gemm_describe_tn(&state->results[slot][0], product,
                   tile_matrix_by_rows((uint64_t)state->weight_room[slot], 1, TILE_BYTES_BF16),
                   attention_row(back->gradient, first), attention_row(back->v_gradient, column), semaphore);
  gemm_describe_tn(&state->results[slot][1], product, scores, attention_row(head->q, first),
                   attention_row(back->k_gradient, column), semaphore);
  attention_issue_gradient(&state->results[slot][0]);
  attention_issue_gradient(&state->results[slot][1]);
}

/* differences[row] = scale * sum over the depth of gradient * output. */
static inline void attention_differences(const struct attention_shape* shape, const struct attention_forward* head,
                                         const struct attention_backward* back, uint32_t row) {
  tile_f32_t sum = (tile_f32_t)0.0f;
  for (uint32_t c = 0; c < shape->depth; ++c) {
    sum += tile_load_bf16(attention_tile(head->output, row, c), 0) *
           tile_load_bf16(attention_tile(back->gradient, row, c), 0);
  }
  tile_store(back->differences, row, tile_row_sums(sum) * shape->scale);
}

/* To be called by all harts; when a hart's call returns, its rows of the gradients are done. */
static inline void attention_gradient(struct attention_hart* state, const struct attention_shape* shape,
                                      const struct attention_forward* head, const struct attention_backward* back) {
  const struct attention_constants constants = attention_constants(shape);
  const uint32_t scores = ATTENTION_SEMAPHORE_SCORES + state->hart;
  const uint32_t results = ATTENTION_SEMAPHORE_RESULTS + state->hart;
  unsigned slot = 0;
  if (state->hart < shape->tokens) attention_issue_column(state, shape, head, back, state->hart, slot);
  for (uint32_t row = state->hart; row < shape->tokens; row += ATTENTION_HARTS) {
    attention_differences(shape, head, back, row);
  }
  attention_barrier(state->hart);
  for (uint32_t column = state->hart; column < shape->tokens; column += ATTENTION_HARTS, slot ^= 1) {
    dojo_semaphore_wait(scores, 2);
    if (column >= 2 * ATTENTION_HARTS) dojo_semaphore_wait(results, 2); /* the slot's weights have been used */
    if (column + ATTENTION_HARTS < shape->tokens) {
      attention_issue_column(state, shape, head, back, column + ATTENTION_HARTS, slot ^ 1);
    }
    const uint32_t first = attention_column_first(shape, column);
    if (shape->causal) attention_mask(state->score_room[slot], 0);
    attention_gradients(&constants, shape->tokens - first, shape->scale, state->score_room[slot],
                        state->gradient_room[slot], head->statistics + (uint64_t)first * TILE_VALUES,
                        back->differences + (uint64_t)first * TILE_VALUES, state->weight_room[slot],
                        attention_tile(back->score_gradients, first, column), back->score_gradients.row_stride);
    attention_issue_results(state, shape, head, back, column, slot);
  }
  attention_barrier(state->hart);
  /* Every score of the last columns has been taken, so the descriptors and the semaphore are free. */
  uint32_t under_way = 0;
  for (uint32_t row = state->hart; row < shape->tokens; row += ATTENTION_HARTS, slot ^= 1) {
    if (under_way == 2) dojo_semaphore_wait(scores, 1);
    under_way = under_way < 2 ? under_way + 1 : 2;
    const struct gemm_shape product = {1, shape->depth, attention_row_tiles(shape, row)};
    gemm_describe_nn(&state->scores[slot][0], product, attention_row(back->score_gradients, row), head->k,
                     attention_row(back->q_gradient, row), scores);
    attention_issue_gradient(&state->scores[slot][0]);
  }
  dojo_semaphore_wait(scores, under_way);
  dojo_semaphore_wait(results, 2 * under_way); /* of as many columns */
}

/* ---- All heads, by all harts: `state` is the hart's. */

static inline void attention_of_heads(struct attention_hart* state, const struct attention_arguments* a,
                                      unsigned hart) {
  const uint32_t scale_bits = (uint32_t)a->scale;
  struct attention_shape shape = {a->tokens, a->depth, a->causal, 0.0f};
  __builtin_memcpy(&shape.scale, &scale_bits, sizeof(shape.scale));
  attention_hart_start(state, &shape, hart, a->room + hart * attention_room_bytes(shape.tokens, shape.depth));

  for (uint32_t head = 0; head < a->heads; ++head) {
    const uint32_t first = head * shape.depth * TILE_BYTES_BF16;
    const struct attention_forward forward = {
        .q = tile_matrix_by_rows(a->q + first, a->columns, TILE_BYTES_BF16),
        .k = tile_matrix_by_rows(a->k + first, a->columns, TILE_BYTES_BF16),
        .v = tile_matrix_by_rows(a->v + first, a->columns, TILE_BYTES_BF16),
        .output = tile_matrix_by_rows(a->output + first, a->heads * shape.depth, TILE_BYTES_BF16),
        .statistics = (float*)a->statistics + (uint64_t)head * shape.tokens * TILE_VALUES,
    };
    if (!a->backward) {
      attention(state, &shape, &forward);
      continue;
    }
    const struct attention_backward backward = {
        .gradient = tile_matrix_by_rows(a->gradient + first, a->heads * shape.depth, TILE_BYTES_BF16),
        .q_gradient = tile_matrix_by_rows(a->q_gradient + first, a->columns, TILE_BYTES_BF16),
        .k_gradient = tile_matrix_by_rows(a->k_gradient + first, a->columns, TILE_BYTES_BF16),
        .v_gradient = tile_matrix_by_rows(a->v_gradient + first, a->columns, TILE_BYTES_BF16),
        .score_gradients = tile_matrix_by_rows(a->score_gradients, shape.tokens, TILE_BYTES_BF16),
        .differences = (float*)a->differences,
    };
    attention_gradient(state, &shape, &forward, &backward);
    attention_barrier(hart); /* the next head takes the room of the gradients of scores */
  }
}

#endif
