/* One step of training, or a forward pass, of a network that the host has compiled into a list of operations. Started
   with four harts. */

#include "kernels/network_film.h"
#include "kernels/network_rows.h"
#include "kernels/network_run.h"
#include "phase.h"

static const char* const phases[] = {
    [NETWORK_END] = "end",
    [NETWORK_BARRIER] = "barrier",
    [NETWORK_PRODUCT] = "issue product",
    [NETWORK_TRANSFERS] = "issue transfers",
    [NETWORK_WAIT] = "wait",
    [NETWORK_BIAS] = "bias",
    [NETWORK_MASK] = "mask",
    [NETWORK_MAX_POOL] = "max pool",
    [NETWORK_MAX_POOL_BACK] = "max pool back",
    [NETWORK_MEAN_POOL] = "mean pool",
    [NETWORK_MEAN_POOL_BACK] = "mean pool back",
    [NETWORK_PAIRS] = "bias, ReLU, max pool",
    [NETWORK_PAIRS_BACK] = "bias, ReLU, max pool back",
    [NETWORK_FLATTEN] = "flatten",
    [NETWORK_UNFLATTEN] = "unflatten",
    [NETWORK_TURN_WEIGHTS] = "turn weights",
    [NETWORK_QUANTIZE] = "quantize",
    [NETWORK_DROPOUT] = "dropout",
    [NETWORK_CROSS_ENTROPY] = "cross-entropy",
    [NETWORK_BINARY_CROSS_ENTROPY] = "binary cross-entropy",
    [NETWORK_SPREAD] = "spread",
    [NETWORK_ADD] = "add",
    [NETWORK_ROUND] = "round",
    [NETWORK_ROW_BIAS] = "bias of rows",
    [NETWORK_GELU] = "GELU",
    [NETWORK_GELU_BACK] = "GELU back",
    [NETWORK_NORM] = "layer norm",
    [NETWORK_NORM_BACK] = "layer norm back",
    [NETWORK_JOIN] = "join",
    [NETWORK_EMBEDDING] = "embedding",
    [NETWORK_EMBEDDING_BACK] = "embedding back",
    [NETWORK_ATTENTION] = "attention",
    [NETWORK_ATTENTION_BACK] = "attention back",
    [NETWORK_PARTIALS] = "partial results",
    [NETWORK_READY] = "ready",
    [NETWORK_SUM] = "sum",
    [NETWORK_SQUARES] = "squares",
    [NETWORK_UPDATE] = "update",
};

static void barrier(unsigned hart) {
  const uint32_t others = DOJO_HARTS - 1;
  if (hart != 0) {
    dojo_semaphore_add(NETWORK_SEMAPHORE_ARRIVED, 1);
    dojo_semaphore_wait(NETWORK_SEMAPHORE_RELEASED + hart - 1, 1);
    return;
  }
  dojo_semaphore_wait(NETWORK_SEMAPHORE_ARRIVED, others);
  for (uint32_t other = 0; other < others; ++other) dojo_semaphore_add(NETWORK_SEMAPHORE_RELEASED + other, 1);
}

int kernel_main(unsigned hart) {
  const struct network_operation* operation = network_at(dojo_launch.args[NETWORK_ARGUMENT_OPERATIONS]);
  for (;; ++operation) {
    const enum network_kind kind = operation->kind;
    dojo_phase_begin(phases[kind]);
    switch (kind) {
      case NETWORK_END:
        return 0;
      case NETWORK_BARRIER:
        barrier(hart);
        break;
      case NETWORK_PRODUCT:
        if (hart == 0) dojo_issue_matrix(network_at(operation->place.address));
        break;
      case NETWORK_TRANSFERS:
        if (hart == 0) dojo_issue_transfer(network_at(operation->place.address));
        break;
      case NETWORK_WAIT:
        if (hart == 0) dojo_semaphore_wait(operation->wait.semaphore, operation->wait.amount);
        break;
      case NETWORK_BIAS:
        network_bias(&operation->bias, hart);
        break;
      case NETWORK_MASK:
        network_mask(&operation->mask, hart);
        break;
      case NETWORK_MAX_POOL:
      case NETWORK_MAX_POOL_BACK:
      case NETWORK_MEAN_POOL:
      case NETWORK_MEAN_POOL_BACK:
        network_pool(kind, &operation->pool, hart);
        break;
      case NETWORK_PAIRS:
      case NETWORK_PAIRS_BACK:
        network_pairs(kind, &operation->pairs, hart);
        break;
      case NETWORK_FLATTEN:
      case NETWORK_UNFLATTEN:
        network_flatten(kind, &operation->flatten, hart);
        break;
      case NETWORK_TURN_WEIGHTS:
        network_turn_weights(&operation->turn, hart);
        break;
      case NETWORK_QUANTIZE:
        network_quantize(&operation->quantize, hart);
        break;
      case NETWORK_DROPOUT:
        network_dropout(&operation->dropout, hart);
        break;
      case NETWORK_CROSS_ENTROPY:
        network_cross_entropy(&operation->cross_entropy, hart);
        break;
      case NETWORK_BINARY_CROSS_ENTROPY:
        network_binary_cross_entropy(&operation->binary_cross_entropy, hart);
        break;
      case NETWORK_SPREAD:
        network_spread(&operation->spread, hart);
        break;
      case NETWORK_ADD:
        network_add(&operation->add, hart);
        break;
      case NETWORK_ROUND:
        network_round(&operation->values, hart);
        break;
      case NETWORK_ROW_BIAS:
        network_row_bias(&operation->row_bias, hart);
        break;
      case NETWORK_GELU:
        network_gelu(&operation->values, hart);
        break;
      case NETWORK_GELU_BACK:
        network_gelu_back(&operation->values, hart);
        break;
      case NETWORK_NORM:
        network_norm(&operation->norm, hart);
        break;
      case NETWORK_NORM_BACK:
        network_norm_back(&operation->norm, hart);
        break;
      case NETWORK_JOIN:
        network_join(&operation->values, hart);
        break;
      case NETWORK_EMBEDDING:
        network_embedding(&operation->embedding, hart);
        break;
      case NETWORK_EMBEDDING_BACK:
        network_embedding_back(&operation->embedding, hart);
        break;
      case NETWORK_ATTENTION:
      case NETWORK_ATTENTION_BACK:
        network_attention(kind == NETWORK_ATTENTION_BACK, &operation->attention, hart);
        break;
      case NETWORK_PARTIALS:
        network_partials(&operation->partials, hart);
        break;
      case NETWORK_READY:
        if (hart == 0) network_ready();
        break;
      case NETWORK_SUM:
        network_sum(&operation->sum, hart);
        break;
      case NETWORK_SQUARES:
        network_squares(&operation->squares, hart);
        break;
      case NETWORK_UPDATE:
        network_update(&operation->update, hart);
        break;
      default:
        return 1;
    }
    dojo_phase_end();
  }
}
