# Software and timer interrupt (CLINT at 0x02000000): pending, enabled, taken in order of priority; wfi ends when one is pending.

#include "../isa_test.inc"

TEST_BEGIN
  j isa_checks
  .balign 4
isa_interrupt:
  # Keeps the cause and switches all interrupts off, so that the return stays.
  csrr s8, mcause
  csrr s7, mtval
  csrw mie, zero
  csrw mepc, s9
  mret
isa_checks:
  la a0, isa_interrupt
  csrw mtvec, a0
  li s5, 0x02000000
  li s4, 0x02004000
  li s3, 0x0200bff8
  li a1, -1
  sd a1, 0(s4)
  # Pending is visible in mip though not enabled.
  CHECK(1, a0, 8, li a1, 1; sw a1, 0(s5); 1: csrr a0, mip; andi a0, a0, 8; beqz a0, 1b)
  CHECK(2, a0, 0, sw zero, 0(s5); 1: csrr a0, mip; andi a0, a0, 8; bnez a0, 1b)
  CHECK(3, a0, 0x80, sd zero, 0(s4); 1: csrr a0, mip; andi a0, a0, 0x80; beqz a0, 1b)
  CHECK(4, a0, 0, li a1, -1; sd a1, 0(s4); 1: csrr a0, mip; andi a0, a0, 0x80; bnez a0, 1b)
  # Taken when the enable of its kind and that of all are set.
  CHECK(5, s8, 0x8000000000000003, li s8, 0; la s9, 2f; csrsi mstatus, 8; csrwi mie, 8; li a1, 1; sw a1, 0(s5); 1: j 1b; 2:)
  CHECK(6, s7, 0, nop)
  CHECK(7, s8, 0, li s8, 0; csrci mstatus, 8; csrwi mie, 8; nop; nop; nop; nop)
  CHECK(8, s8, 0x8000000000000003, la s9, 1f; csrsi mstatus, 8; 2: j 2b; 1:)
  CHECK(9, s8, 0, sw zero, 0(s5); li s8, 0; 1: csrr a0, mip; andi a0, a0, 8; bnez a0, 1b; csrwi mie, 8; csrsi mstatus, 8; nop; nop)
  CHECK(10, s8, 0x8000000000000007, la s9, 1f; li a1, 0x80; csrw mie, a1; sd zero, 0(s4); 2: j 2b; 1:)
  # Both pending: software comes first.
  CHECK(11, s8, 0x8000000000000003, csrci mstatus, 8; li a1, 1; sw a1, 0(s5); 1: csrr a0, mip; andi a0, a0, 0x88; addi a0, a0, -0x88; bnez a0, 1b; li a1, 0x88; csrw mie, a1; la s9, 1f; csrsi mstatus, 8; 2: j 2b; 1:)
  CHECK(12, s8, 0x8000000000000007, csrci mstatus, 8; sw zero, 0(s5); 1: csrr a0, mip; andi a0, a0, 8; bnez a0, 1b; li a1, 0x88; csrw mie, a1; la s9, 1f; csrsi mstatus, 8; 2: j 2b; 1:)
  # wfi with the interrupt pending but switched off goes on without a trap.
  CHECK(13, s8, 5, csrci mstatus, 8; li s8, 5; li a1, 0x80; csrw mie, a1; wfi)
  # A timer that ends a wfi.
  CHECK(14, s8, 0x8000000000000007, csrci mstatus, 8; li a1, -1; sd a1, 0(s4); 1: csrr a0, mip; andi a0, a0, 0x80; bnez a0, 1b; la s9, 3f; li a1, 0x80; csrw mie, a1; csrsi mstatus, 8; ld a0, 0(s3); addi a0, a0, 200; sd a0, 0(s4); 2: wfi; j 2b; 3:)
  CHECK(15, a0, 1, ld a0, 0(s3); ld a1, 0(s4); sltu a0, a0, a1; xori a0, a0, 1)
  TEST_END
