#include "dojo.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/mlp.h"
#include "xdojo.h"

void mlp_forward_build(struct mlp_forward_plan* plan, int keep_fp32) {
  const struct mlp_arguments* const a = mlp_arguments();
  const uint32_t samples = a->sample_tiles;
  const uint32_t hidden = a->hidden_tiles;
  const uint64_t bias_2 = a->tail_parameters + hidden * MLP_CLASS_TILES * TILE_BYTES_FP32;
  const uint64_t bias_1 = bias_2 + MLP_CLASS_TILES * TILE_BYTES_FP32;
  const struct tile_matrix inputs = tile_matrix_by_rows(a->inputs, a->input_tiles, TILE_BYTES_BF16);
  const struct tile_matrix weights_1 = tile_matrix_by_rows(a->weights_1, hidden, TILE_BYTES_BF16);

  plan->groups = 0;
  for (uint32_t column = 0; column < hidden; column += MLP_COLUMN_GROUP) {
    const uint32_t columns = hidden - column < MLP_COLUMN_GROUP ? hidden - column : MLP_COLUMN_GROUP;
    const uint32_t group = plan->groups++;
    const uint64_t fp32 = a->hidden_fp32 + column * samples * TILE_BYTES_FP32;
    struct tile_matrix weights = weights_1;
    weights.base += column * TILE_BYTES_BF16;
    gemm_describe_nn(&plan->hidden[group], (struct gemm_shape){samples, columns, a->input_tiles}, inputs, weights,
                     tile_matrix_by_columns(fp32, samples, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
    elementwise_describe_bias(&plan->hidden_bf16[group], DOJO_DESCRIPTOR_OP_ELEMENTWISE_RELU, samples, columns, fp32,
                              bias_1 + column * TILE_BYTES_FP32, a->hidden + column * samples * TILE_BYTES_BF16, 1,
                              MLP_SEMAPHORE_ELEMENTWISE);
    if (keep_fp32) {
      elementwise_describe_bias(&plan->hidden_fp32[group], DOJO_DESCRIPTOR_OP_ELEMENTWISE_RELU, samples, columns, fp32,
                                bias_1 + column * TILE_BYTES_FP32, fp32, 0, MLP_SEMAPHORE_ELEMENTWISE);
    }
  }

  gemm_describe_nn(&plan->logits, (struct gemm_shape){samples, MLP_CLASS_TILES, hidden},
                   tile_matrix_by_columns(a->hidden, samples, TILE_BYTES_BF16),
                   tile_matrix_by_rows(a->weights_2, MLP_CLASS_TILES, TILE_BYTES_BF16),
                   tile_matrix_by_columns(a->logits, samples, TILE_BYTES_FP32), MLP_SEMAPHORE_MATRIX);
  elementwise_describe_bias(&plan->logit_bias, DOJO_DESCRIPTOR_OP_ELEMENTWISE_FMA, samples, MLP_CLASS_TILES, a->logits, bias_2,
                            a->logits, 0, MLP_SEMAPHORE_ELEMENTWISE);
}

void mlp_forward_run(const struct mlp_forward_plan* plan, int keep_fp32) {
  /* One product ahead: bias and ReLU of a column group run beside the product of the next. */
  dojo_issue_matrix(&plan->hidden[0]);
  for (uint32_t group = 0; group < plan->groups; ++group) {
    if (group + 1 < plan->groups) dojo_issue_matrix(&plan->hidden[group + 1]);
    dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
    dojo_issue_elementwise(&plan->hidden_bf16[group]);
    dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
    if (keep_fp32) {
      /* In place, so only now. Nobody reads it before the ReLU gradient, but its count must be taken. */
      dojo_issue_elementwise(&plan->hidden_fp32[group]);
      dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
    }
  }
  dojo_issue_matrix(&plan->logits);
  dojo_semaphore_wait(MLP_SEMAPHORE_MATRIX, 1);
  dojo_issue_elementwise(&plan->logit_bias);
  dojo_semaphore_wait(MLP_SEMAPHORE_ELEMENTWISE, 1);
}
