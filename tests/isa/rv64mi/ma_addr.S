# Loads, stores and atomics at addresses that are no multiple of their size: cause 4 or 6, the address in mtval, register and memory as before.

#include "../isa_test.inc"

TEST_BEGIN
  la s5, isa_place
  li a0, 77
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(1, 4, a1, lh a0, 0(a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(2, 4, a1, lhu a0, 0(a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(3, 4, a1, lw a0, 0(a1))
  addi a1, s5, 2
  CHECK_TRAP_ADDRESS(4, 4, a1, lw a0, 0(a1))
  addi a1, s5, 3
  CHECK_TRAP_ADDRESS(5, 4, a1, lw a0, 0(a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(6, 4, a1, lwu a0, 0(a1))
  addi a1, s5, 2
  CHECK_TRAP_ADDRESS(7, 4, a1, lwu a0, 0(a1))
  addi a1, s5, 3
  CHECK_TRAP_ADDRESS(8, 4, a1, lwu a0, 0(a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(9, 4, a1, ld a0, 0(a1))
  addi a1, s5, 2
  CHECK_TRAP_ADDRESS(10, 4, a1, ld a0, 0(a1))
  addi a1, s5, 3
  CHECK_TRAP_ADDRESS(11, 4, a1, ld a0, 0(a1))
  addi a1, s5, 4
  CHECK_TRAP_ADDRESS(12, 4, a1, ld a0, 0(a1))
  addi a1, s5, 5
  CHECK_TRAP_ADDRESS(13, 4, a1, ld a0, 0(a1))
  addi a1, s5, 6
  CHECK_TRAP_ADDRESS(14, 4, a1, ld a0, 0(a1))
  addi a1, s5, 7
  CHECK_TRAP_ADDRESS(15, 4, a1, ld a0, 0(a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(40, 6, a1, sh s5, 0(a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(41, 6, a1, sw s5, 0(a1))
  addi a1, s5, 2
  CHECK_TRAP_ADDRESS(42, 6, a1, sw s5, 0(a1))
  addi a1, s5, 3
  CHECK_TRAP_ADDRESS(43, 6, a1, sw s5, 0(a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(44, 6, a1, sd s5, 0(a1))
  addi a1, s5, 2
  CHECK_TRAP_ADDRESS(45, 6, a1, sd s5, 0(a1))
  addi a1, s5, 3
  CHECK_TRAP_ADDRESS(46, 6, a1, sd s5, 0(a1))
  addi a1, s5, 4
  CHECK_TRAP_ADDRESS(47, 6, a1, sd s5, 0(a1))
  addi a1, s5, 5
  CHECK_TRAP_ADDRESS(48, 6, a1, sd s5, 0(a1))
  addi a1, s5, 6
  CHECK_TRAP_ADDRESS(49, 6, a1, sd s5, 0(a1))
  addi a1, s5, 7
  CHECK_TRAP_ADDRESS(50, 6, a1, sd s5, 0(a1))
  addi a1, s5, 2
  CHECK_TRAP_ADDRESS(60, 4, a1, lr.w a0, (a1))
  addi a1, s5, 4
  CHECK_TRAP_ADDRESS(61, 4, a1, lr.d a0, (a1))
  addi a1, s5, 2
  CHECK_TRAP_ADDRESS(62, 6, a1, sc.w a0, s5, (a1))
  addi a1, s5, 4
  CHECK_TRAP_ADDRESS(63, 6, a1, sc.d a0, s5, (a1))
  addi a1, s5, 1
  CHECK_TRAP_ADDRESS(64, 6, a1, amoadd.w a0, s5, (a1))
  addi a1, s5, 4
  CHECK_TRAP_ADDRESS(65, 6, a1, amoadd.d a0, s5, (a1))
  addi a1, s5, 3
  CHECK_TRAP_ADDRESS(66, 6, a1, amoswap.w a0, s5, (a1))
  CHECK(80, a0, 77, nop)
  CHECK(81, a0, 0x0123456789abcdef, ld a0, 0(s5))
  CHECK(82, a0, 0xfedcba9876543210, ld a0, 8(s5))
  # the offset counts, not the base
  CHECK(83, a0, 0x89abcdef, addi a1, s5, 1; lwu a0, -1(a1))
  addi a1, s5, 0
  addi a2, s5, 3
  CHECK_TRAP_ADDRESS(84, 4, a2, lw a0, 3(a1))
  TEST_END
isa_place:
  .dword 0x0123456789abcdef, 0xfedcba9876543210
