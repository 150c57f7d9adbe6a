/* Calls of all kinds for the profile: nested, recursive, through a pointer, a tail call, out of a trap handler, and a
   sleep in wfi that a timer ends. */

#include "dojo.h"
#include "xdojo.h"

volatile uint64_t work;

__attribute__((noinline)) void leaf(void) {
  for (unsigned i = 0; i < 50; ++i) work = work + i;
}

__attribute__((noinline)) void middle(void) {
  leaf();
  work = work + 1;
}

__attribute__((noinline)) void tail(void) {
  work = work + 2;
  leaf(); /* a jump */
}

__attribute__((noinline)) void recursive(unsigned depth) {
  work = work + depth;
  if (depth != 0) recursive(depth - 1);
  work = work + 1; /* behind the call, so that it is none */
}

static void (*volatile pointer)(void) = leaf;

__attribute__((interrupt("machine"), aligned(4), noinline)) void handler(void) {
  work = work + 3;
  *(volatile uint64_t*)(uintptr_t)DOJO_CLINT_MTIMECMP(0) = ~0ull;
}

__attribute__((noinline)) void sleep(void) {
  *(volatile uint64_t*)(uintptr_t)DOJO_CLINT_MTIMECMP(0) = dojo_csr_read(DOJO_CSR_CYCLE) + 1000;
  __asm__ volatile("csrw mtvec, %0\n csrs mie, %1\n csrsi mstatus, 8\n wfi" ::"r"(handler), "r"(0x80) : "memory");
}

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  middle();
  tail();
  recursive(5);
  pointer();
  sleep();
  return 0;
}
