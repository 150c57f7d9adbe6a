# ecall from machine mode: cause 11, mepc at the instruction, mtval zero; interrupts off and their enable kept in MPIE.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_TRAP(1, 11, 0, ecall)
  # The handler came back by mret: MIE is what it was.
  CHECK(2, a0, 0, csrci mstatus, 8; csrr a0, mstatus; andi a0, a0, 8)
  CHECK_TRAP(3, 11, 0, ecall)
  CHECK(4, a0, 0, csrr a0, mstatus; andi a0, a0, 8)
  CHECK(5, a0, 8, csrw mie, zero; csrsi mstatus, 8; csrr a0, mstatus; andi a0, a0, 8)
  CHECK_TRAP(6, 11, 0, ecall)
  CHECK(7, a0, 8, csrr a0, mstatus; andi a0, a0, 8)
  CHECK(8, a0, 0x80, la a1, 1f; csrw mtvec, a1; csrsi mstatus, 8; ecall; .balign 4; 1: csrr a0, mstatus; andi a0, a0, 0x88)
  CHECK(9, a0, 0x1800, csrr a0, mstatus; li a1, 0x1800; and a0, a0, a1)
  TEST_END
