/* Multiplies args[2] 64-bit numbers at args[0] by 10 and adds the node's index in the rectangle; results go to args[1].
   Each hart that was started takes its own share: args[3] harts. Ends with exit code args[4]. */

#include "dojo.h"

int kernel_main(unsigned hart) {
  const volatile uint64_t* from = (const volatile uint64_t*)dojo_launch.args[0];
  volatile uint64_t* to = (volatile uint64_t*)dojo_launch.args[1];
  for (uint64_t i = hart; i < dojo_launch.args[2]; i += dojo_launch.args[3]) {
    to[i] = from[i] * 10 + dojo_launch.node_index;
  }
  return (int)dojo_launch.args[4];
}
