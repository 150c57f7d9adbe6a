/* Sums over nodes in the program network, and the end of a step: gradients are summed at their owners, their norm is
   made known to all nodes, and the owners update. The part of one hart of each operation. */

#ifndef DOJO_KERNELS_NETWORK_UPDATE_H
#define DOJO_KERNELS_NETWORK_UPDATE_H

#include "dojo.h"
#include "kernels/adamw.h"
#include "kernels/collective.h"
#include "kernels/gradient.h"
#include "kernels/network_operation.h"
#include "kernels/network_part.h"
#include "kernels/quantize.h"

/* Sum over nodes 0, 1, ... in this order. */
NETWORK_OPERATION void network_sum(const struct network_sum* s, unsigned hart) {
  const struct network_part own = network_part_of(s->tiles, hart);
  const uint32_t self = dojo_launch.node_index;
  const uint32_t nodes = dojo_launch.node_count;
  for (uint64_t i = own.first; i < own.end; ++i) {
    tile_f32_t sum = tile_load(network_at(collective_contribution(0, self, s->gradient, s->receive, s->slot_bytes)), i);
    for (uint32_t peer = 1; peer < nodes; ++peer) {
      sum += tile_load(network_at(collective_contribution(peer, self, s->gradient, s->receive, s->slot_bytes)), i);
    }
    if (s->adds) sum += tile_load(network_at(s->sum), i);
    tile_store(network_at(s->sum), i, sum);
  }
}

static inline void* network_partial(const struct network_partials* p, uint32_t group) {
  return network_at(collective_contribution(group, p->group, p->own, p->receive, p->slot_bytes));
}

/* Sum over groups 0, 1, ... in this order, so that all groups have the same. */
NETWORK_OPERATION void network_partials(const struct network_partials* p, unsigned hart) {
  const struct network_part tiles = network_part_of(p->tiles, hart);
  for (uint64_t i = tiles.first; i < tiles.end && p->bf16; ++i) {
    tile_f32_t sum = tile_load_bf16(network_partial(p, 0), i);
    for (uint32_t group = 1; group < p->groups; ++group) sum += tile_load_bf16(network_partial(p, group), i);
    tile_store_bf16(network_at(p->d), i, sum);
  }
  for (uint64_t i = tiles.first; i < tiles.end && !p->bf16; ++i) {
    tile_f32_t sum = tile_load(network_partial(p, 0), i);
    for (uint32_t group = 1; group < p->groups; ++group) sum += tile_load(network_partial(p, group), i);
    tile_store(network_at(p->d), i, sum);
  }
}

/* Of the hart's part of the owned gradients, to its place in the node's line. */
NETWORK_OPERATION void network_squares(const struct network_squares* s, unsigned hart) {
  const struct network_part own = network_part_of(s->tiles, hart);
  const uint32_t end = own.end < s->weight_tiles ? own.end : s->weight_tiles;
  const uint32_t weights = own.first < end ? end - own.first : 0;
  const float* const gradient = (const float*)network_at(s->sum) + (uint64_t)own.first * TILE_VALUES;
  const float of_weights = gradient_squares(weights, gradient);
  const float of_biases = gradient_squares(own.end - own.first - weights, gradient + (uint64_t)weights * TILE_VALUES);
  const float sum = of_weights + of_biases * (1.0f / TILE_EDGE);
  float* const line = network_at(s->squares);
  line[hart] = s->less ? line[hart] - sum : sum;
}

/* The sums of squares of all harts of nodes 0, 1, ... in this order. */
static inline float network_clip_factor(const float* squares, uint32_t nodes) {
  float sum = 0.0f;
  for (uint32_t node = 0; node < nodes; ++node) {
    for (uint32_t hart = 0; hart < DOJO_HARTS; ++hart) sum += squares[node * LINE_VALUES + hart];
  }
  return gradient_clip_factor(sum, 1.0f, network_float_argument(NETWORK_ARGUMENT_CLIP));
}

/* v = momentum v + (decay w + factor g); w = w - rate v, each multiplication and addition one fused operation. */
NETWORK_OPERATION void network_update_sgd(const struct network_update* u, struct network_part own, float factor) {
  const float negative_rate = network_float_argument(NETWORK_ARGUMENT_NEGATIVE_RATE);
  const float momentum = network_float_argument(NETWORK_ARGUMENT_MOMENTUM);
  const float decay = network_float_argument(NETWORK_ARGUMENT_DECAY);
  for (uint64_t i = own.first; i < own.end; ++i) {
    const tile_f32_t gradient = tile_load(network_at(u->sum), i) * factor;
    const tile_f32_t w = tile_load(network_at(u->parameters), i);
    const tile_f32_t v = momentum * tile_load(network_at(u->moments[0]), i) + (decay * w + gradient);
    tile_store(network_at(u->moments[0]), i, v);
    tile_store(network_at(u->parameters), i, negative_rate * v + w);
  }
}

NETWORK_OPERATION void network_update_adamw(const struct network_update* u, struct network_part own, float factor) {
  const struct adamw_rates rates = {
      .factor = factor,
      .one_minus_beta_1 = network_float_argument(NETWORK_ARGUMENT_ONE_MINUS_BETA_1),
      .one_minus_beta_2 = network_float_argument(NETWORK_ARGUMENT_ONE_MINUS_BETA_2),
      .negative_step = network_float_argument(NETWORK_ARGUMENT_NEGATIVE_RATE),
      .root_correction = network_float_argument(NETWORK_ARGUMENT_ROOT_CORRECTION),
      .epsilon = network_float_argument(NETWORK_ARGUMENT_EPSILON),
      .negative_decay = network_float_argument(NETWORK_ARGUMENT_DECAY),
  };
  const uint64_t from = (uint64_t)own.first * TILE_BYTES_FP32;
  adamw_update(own.end - own.first, 0, rates, network_at(u->sum + from), network_at(u->moments[0] + from),
               network_at(u->moments[1] + from), network_at(u->parameters + from), 0);
}

/* New parameters, and what all nodes use of them. */
NETWORK_OPERATION void network_update(const struct network_update* u, unsigned hart) {
  const struct network_part own = network_part_of(u->tiles, hart);
  const float factor = u->squares != 0 ? network_clip_factor(network_at(u->squares), u->nodes) : 1.0f;
  if (u->adamw) {
    network_update_adamw(u, own, factor);
  } else {
    network_update_sgd(u, own, factor);
  }
  const uint32_t* const controls = network_at(u->controls);
  if (controls) network_seed(~u->first, hart);
  for (uint64_t i = own.first; i < own.end; ++i) {
    const tile_f32_t updated = tile_load(network_at(u->parameters), i);
    const uint64_t tile = u->first + i;
    if (tile < u->weight_tiles && controls) {
      tile_store_cfloat8(network_at(u->weights), tile, controls[tile], updated);
    } else if (tile < u->weight_tiles) {
      tile_store_bf16(network_at(u->weights), tile, updated);
    } else {
      tile_store(network_at(u->biases), tile - u->weight_tiles, updated);
    }
  }
}

#endif
