# A bare-metal test program in the style of riscv-tests: own start code, trap handler, tohost as two words, endless loop at the end.
# -DCODE=n: ends with that exit code. -DPADDING=n: that many bytes of data.

  .section .text.start, "ax"
  .globl _start
_start:
  la t0, handler
  csrw mtvec, t0
  csrr t0, mhartid
  bnez t0, sleep
  li a0, 6
  li a1, 7
  mul a2, a0, a1
  li a3, 42
  bne a2, a3, fail
  ecall
fail:
  li t5, 0xff
  j write_tohost
  .balign 4
handler:
  csrr t5, mcause
  li t6, 11
  bne t5, t6, fail
  li t5, (CODE << 1) | 1
write_tohost:
  la t6, tohost
  sw t5, 0(t6)
  sw zero, 4(t6)
  j write_tohost
sleep:
  wfi
  j sleep

  .section .tohost, "aw", @progbits
  .balign 64
  .globl tohost
tohost:
  .dword 0
  .balign 64
  .globl fromhost
fromhost:
  .dword 0

#ifdef PADDING
  .section .data, "aw", @progbits
  .space PADDING
#endif
