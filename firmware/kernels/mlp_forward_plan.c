#include "dojo.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/mlp.h"
#include "xdojo.h"

void mlp_forward_build(struct mlp_forward_plan* plan) {
  const struct mlp_arguments* const a = mlp_arguments();
  const uint32_t samples = a->sample_tiles;
  const uint32_t hidden = a->hidden_tiles;

  plan->groups = 0;
  for (uint32_t column = 0; column < hidden; column += MLP_COLUMN_GROUP) {
    const uint32_t columns = hidden - column < MLP_COLUMN_GROUP ? hidden - column : MLP_COLUMN_GROUP;
    struct tile_matrix weights = tile_matrix_by_rows(a->weights_1, hidden, TILE_BYTES_BF16);
    weights.base += column * TILE_BYTES_BF16;
    gemm_describe_nn(
        &plan->hidden[plan->groups++], (struct gemm_shape){samples, columns, a->input_tiles},
        tile_matrix_by_rows(a->inputs, a->input_tiles, TILE_BYTES_BF16), weights,
        tile_matrix_by_columns(a->hidden_fp32 + column * samples * TILE_BYTES_FP32, samples, TILE_BYTES_FP32),
        MLP_SEMAPHORE_MATRIX);
  }
  gemm_describe_nn(&plan->logits, (struct gemm_shape){samples, MLP_CLASS_TILES, hidden},
                   tile_matrix_by_columns(a->hidden, samples, TILE_BYTES_BF16),
                   tile_matrix_by_rows(a->weights_2, MLP_CLASS_TILES, TILE_BYTES_BF16),
                   tile_matrix_by_columns(a->logits, samples, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
}

/* Bias and ReLU of one column group. */
static void activate(const struct mlp_arguments* a, uint32_t group, int keep_fp32) {
  const uint32_t column = group * MLP_COLUMN_GROUP;
  const uint32_t columns = a->hidden_tiles - column < MLP_COLUMN_GROUP ? a->hidden_tiles - column : MLP_COLUMN_GROUP;
  const uint64_t first_tile = column * a->sample_tiles;
  const float* const bias = (const float*)mlp_hidden_bias(a) + column * TILE_VALUES;
  float* const fp32 = (float*)a->hidden_fp32 + first_tile * TILE_VALUES;
  __bf16* const bf16 = (__bf16*)a->hidden + first_tile * TILE_VALUES;
  if (keep_fp32) {
    elementwise_bias_relu(a->sample_tiles, columns, fp32, bias, fp32, bf16);
  } else {
    elementwise_bias_relu_bf16(a->sample_tiles, columns, fp32, bias, bf16);
  }
}

void mlp_forward_run(const struct mlp_forward_plan* plan, int keep_fp32) {
  const struct mlp_arguments* const a = mlp_arguments();
  /* One product ahead: bias and ReLU of a column group run beside the product of the next. */
  dojo_issue_matrix(&plan->hidden[0]);
  for (uint32_t group = 0; group < plan->groups; ++group) {
    if (group + 1 < plan->groups) dojo_issue_matrix(&plan->hidden[group + 1]);
    dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
    activate(a, group, keep_fp32);
  }
  dojo_issue_matrix(&plan->logits);
  dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
  float* const logits = (float*)a->logits;
  elementwise_bias(a->sample_tiles, MLP_CLASS_TILES, logits, (const float*)mlp_logit_bias(a), logits);
}
