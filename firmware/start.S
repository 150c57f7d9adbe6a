/* Start of every hart: stack, global pointer, kernel_main(hart); the result becomes the hart's exit code.
   mtvec stays 0, so that a trap stops the hart and the host names it. .bss is cleared by whoever loads the program, and only then:
   variables keep their values from one launch to the next. */

#include "dojo_hw.h"

  .section .text.start, "ax", @progbits
  .globl _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  /* Floating-point and vector state: initial, so usable. */
  li t0, (1 << 13) | (1 << 9)
  csrs mstatus, t0
  csrr a0, mhartid
  lui t0, %hi(__stack_size)
  addi t0, t0, %lo(__stack_size)
  mul t0, t0, a0
  la sp, __stack_top
  sub sp, sp, t0
  call kernel_main
  csrr t0, mhartid
  slli t0, t0, 3
  li t1, DOJO_CONTROL_HART_STOP(0)
  add t0, t0, t1
  sd a0, 0(t0)
1:
  j 1b
  .size _start, . - _start

  .section .dojo_launch, "aw", @nobits
  .balign DOJO_LINE_BYTES
  .globl dojo_launch
  .type dojo_launch, @object
dojo_launch:
  .zero 512
  .size dojo_launch, . - dojo_launch
