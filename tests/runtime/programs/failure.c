/* Fails in the way that FAILURE, or else args[0], names; the missing node is (args[1], args[2]). */

#include "failure.h"

#include "dojo.h"
#include "xdojo.h"

static dojo_matrix_descriptor_t bad_descriptor;

__attribute__((noinline)) static void wait_for_nobody(void) {
  dojo_semaphore_wait(5, 2);
}

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
#ifdef FAILURE
  switch (FAILURE) {
#else
  switch (dojo_launch.args[0]) {
#endif
    case FAILURE_ILLEGAL_INSTRUCTION:
      __asm__ volatile(".word 0xffffffff");
      break;
    case FAILURE_UNMAPPED_LOAD:
      (void)*(volatile uint64_t*)UINT64_C(0x10000000);
      break;
    case FAILURE_MISALIGNED_STORE:
      __asm__ volatile("sw zero, 1(%0)" ::"r"(&bad_descriptor) : "memory");
      break;
    case FAILURE_BAD_DESCRIPTOR:
      dojo_issue_matrix(&bad_descriptor);
      dojo_semaphore_wait(0, 1);
      break;
    case FAILURE_SEMAPHORE:
      dojo_semaphore_add(5, 1);
      wait_for_nobody();
      break;
    case FAILURE_WFI:
      __asm__ volatile("wfi");
      break;
    case FAILURE_ENDLESS_LOOP:
      for (;;) {
      }
    case FAILURE_EXIT_CODE:
      return 3;
    case FAILURE_MISSING_NODE:
      *(volatile uint64_t*)DOJO_GLOBAL_ADDRESS(dojo_launch.args[1], dojo_launch.args[2], DOJO_SEMAPHORE_VALUE(0)) = 1;
      break;
    default:
      break;
  }
  return 0;
}
