/* Ten instructions whose cycles tests know. */
#include "dojo_hw.h"

  .section .text.kernel_main, "ax"
  .globl kernel_main
kernel_main:
  la a5, name
  la a4, word
  .balign 64
  .globl tiny
tiny:
  slti x0, a5, 0x501    /* phase "part" begins */
  .option norvc
  li a0, 3
  sd a0, 0(a4)
  ld a1, 0(a4)
  add a2, a1, a0        /* waits for the load */
  amoadd.d a3, a2, (a4)
  mul a3, a2, a0
  slti x0, x0, 0x502    /* the phase ends */
  li a0, 0
  ret

  .section .rodata
name:
  .string "part"
  .bss
  .balign 8
word:
  .skip 8
