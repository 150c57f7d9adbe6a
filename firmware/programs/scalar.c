/* The scalar mix on every hart that is started. args[0]: rounds; args[1]: address of one 8-byte result per hart. */

#include "dojo.h"
#include "kernels/scalar_mix.h"

static struct scalar_work work[DOJO_HARTS];

int kernel_main(unsigned hart) {
  uint64_t* results = (uint64_t*)dojo_launch.args[1];
  results[hart] = scalar_mix(&work[hart], (uint32_t)dojo_launch.args[0]);
  return 0;
}
