#include "dojo.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/mlp.h"
#include "xdojo.h"

/* Rows `first` and on of a matrix of activations, stored column by column. */
static struct tile_matrix activation_rows(uint64_t base, uint32_t stored_rows, uint32_t first, uint32_t tile_bytes) {
  return tile_matrix_by_columns(base + first * tile_bytes, stored_rows, tile_bytes);
}

void mlp_forward_build(struct mlp_forward_plan* plan, uint32_t first, uint32_t rows, int keep_fp32) {
  const struct mlp_arguments* const a = mlp_arguments();
  const uint32_t stored = a->sample_tiles;
  const uint32_t hidden = a->hidden_tiles;
  const uint64_t bias_2 = a->tail_parameters + hidden * MLP_CLASS_TILES * TILE_BYTES_FP32;
  const uint64_t bias_1 = bias_2 + MLP_CLASS_TILES * TILE_BYTES_FP32;
  const struct tile_matrix weights_1 = tile_matrix_by_rows(a->weights_1, hidden, TILE_BYTES_BF16);
  struct tile_matrix inputs = tile_matrix_by_rows(a->inputs, a->input_tiles, TILE_BYTES_BF16);
  inputs.base += first * inputs.row_stride;

  plan->keep_fp32 = keep_fp32;
  plan->groups = 0;
  for (uint32_t column = 0; column < hidden; column += MLP_COLUMN_GROUP) {
    const uint32_t columns = hidden - column < MLP_COLUMN_GROUP ? hidden - column : MLP_COLUMN_GROUP;
    const uint32_t group = plan->groups++;
    const uint64_t bias = bias_1 + column * TILE_BYTES_FP32;
    const struct tile_matrix fp32 =
        activation_rows(a->hidden_fp32 + column * stored * TILE_BYTES_FP32, stored, first, TILE_BYTES_FP32);
    const struct tile_matrix bf16 =
        activation_rows(a->hidden + column * stored * TILE_BYTES_BF16, stored, first, TILE_BYTES_BF16);
    struct tile_matrix weights = weights_1;
    weights.base += column * TILE_BYTES_BF16;
    gemm_describe_nn(&plan->hidden[group], (struct gemm_shape){rows, columns, a->input_tiles}, inputs, weights, fp32,
                     MLP_SEMAPHORE_MATRIX);
    elementwise_describe_bias(&plan->hidden_bf16[group], DOJO_DESCRIPTOR_OP_ELEMENTWISE_RELU, rows, stored, columns,
                              fp32.base, bias, bf16.base, 1, MLP_SEMAPHORE_ELEMENTWISE);
    if (keep_fp32) {
      elementwise_describe_bias(&plan->hidden_fp32[group], DOJO_DESCRIPTOR_OP_ELEMENTWISE_RELU, rows, stored, columns,
                                fp32.base, bias, fp32.base, 0, MLP_SEMAPHORE_ELEMENTWISE);
    }
  }

  const struct tile_matrix logits = activation_rows(a->logits, stored, first, TILE_BYTES_FP32);
  gemm_describe_nn(&plan->logits, (struct gemm_shape){rows, MLP_CLASS_TILES, hidden},
                   activation_rows(a->hidden, stored, first, TILE_BYTES_BF16),
                   tile_matrix_by_rows(a->weights_2, MLP_CLASS_TILES, TILE_BYTES_BF16), logits, MLP_SEMAPHORE_MATRIX);
  elementwise_describe_bias(&plan->logit_bias, DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, rows, stored, MLP_CLASS_TILES,
                            logits.base, bias_2, logits.base, 0, MLP_SEMAPHORE_ELEMENTWISE);
}

void mlp_forward_run(const struct mlp_forward_plan* plan) {
  /* One product ahead: bias and ReLU of a column group run beside the product of the next. */
  dojo_issue_matrix(&plan->hidden[0]);
  for (uint32_t group = 0; group < plan->groups; ++group) {
    if (group + 1 < plan->groups) dojo_issue_matrix(&plan->hidden[group + 1]);
    dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
    dojo_issue_elementwise(&plan->hidden_bf16[group]);
    dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
    if (plan->keep_fp32) {
      /* In place, so only after the pass that reads the same lines. */
      dojo_issue_elementwise(&plan->hidden_fp32[group]);
      dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
    }
  }
  dojo_issue_matrix(&plan->logits);
  dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
  dojo_issue_elementwise(&plan->logit_bias);
  dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
}
