/* Attention of several heads, forward or backward, by the four harts of a node: kernels/attention_arguments.h. */

#include "kernels/attention.h"
#include "dojo.h"

DOJO_STATIC_ASSERT(sizeof(struct attention_arguments) <= 8 * DOJO_LAUNCH_ARGUMENTS,
                   "the arguments fit into the launch block");

static struct attention_hart states[ATTENTION_HARTS] __attribute__((aligned(DOJO_LINE_BYTES)));

int kernel_main(unsigned hart) {
  attention_of_heads(&states[hart], (const struct attention_arguments*)(uintptr_t)dojo_launch.args, hart);
  return 0;
}
