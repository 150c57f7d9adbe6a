# Writes a line with the system call `write` through tohost and fromhost, as programs of the proxy kernel's environment do, and ends
# with the number of bytes that were written.

  .section .text.start, "ax"
  .globl _start
_start:
  la a0, call
  la t0, tohost
  la t1, fromhost
  fence
  sd a0, 0(t0)
answer:
  ld t2, 0(t1)
  beqz t2, answer
  sd zero, 0(t1)
  ld t2, 0(a0)
  slli t2, t2, 1
  ori t2, t2, 1
  sd t2, 0(t0)
end:
  j end

  .section .data, "aw", @progbits
  .balign 64
call:
  .dword 64, 1, text, text_end - text, 0, 0, 0, 0
text:
  .ascii "written through a system call\n"
text_end:

  .section .tohost, "aw", @progbits
  .balign 64
  .globl tohost
tohost:
  .dword 0
  .balign 64
  .globl fromhost
fromhost:
  .dword 0
