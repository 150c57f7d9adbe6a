/* The forward pass alone: leaves FP32 logits with bias. Started with one hart. */

#include "dojo.h"
#include "kernels/mlp.h"

static struct mlp_forward_plan plan;

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  if (mlp_arguments()->setup) {
    if (mlp_arguments()->hidden_tiles > MLP_COLUMN_GROUP * MLP_COLUMN_GROUPS_MAX) return 1;
    mlp_forward_build(&plan);
  }
  mlp_forward_run(&plan, 0);
  return 0;
}
