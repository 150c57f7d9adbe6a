/* One matrix product whose descriptor the host has put into the launch arguments (sw/kernels/gemm.hpp), at the first
   argument that starts a line; it counts on semaphore 0. Started with one hart. */

#include "dojo.h"
#include "xdojo.h"

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  dojo_issue_matrix((const dojo_matrix_descriptor_t*)(uintptr_t)&dojo_launch.args[DOJO_LAUNCH_LINE_ARGUMENT]);
  dojo_semaphore_wait(0, 1);
  return 0;
}
