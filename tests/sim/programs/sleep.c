/* Hart 0 sleeps until cycle args[0]. */

#include "dojo.h"

int kernel_main(unsigned hart) {
  *(volatile uint64_t*)DOJO_CLINT_MTIMECMP((uint64_t)hart) = dojo_launch.args[0];
  __asm__ volatile("csrs mie, %0" ::"r"(1 << 7));
  __asm__ volatile("wfi");
  return *(volatile uint64_t*)DOJO_CLINT_MTIME < dojo_launch.args[0];
}
