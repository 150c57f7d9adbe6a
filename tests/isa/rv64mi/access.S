# Fetches, loads, stores and atomics where nothing is: causes 1, 5 and 7, the address in mtval; register as before.

#include "../isa_test.inc"

TEST_BEGIN
  li a1, 0x40000000
  li a0, 77
  CHECK_TRAP_ADDRESS(1, 5, a1, lb a0, 0(a1))
  CHECK_TRAP_ADDRESS(2, 5, a1, ld a0, 0(a1))
  CHECK_TRAP_ADDRESS(3, 7, a1, sb a0, 0(a1))
  CHECK_TRAP_ADDRESS(4, 7, a1, sd a0, 0(a1))
  CHECK_TRAP_ADDRESS(5, 5, a1, lr.d a0, (a1))
  CHECK_TRAP_ADDRESS(6, 7, a1, amoadd.d a0, a0, (a1))
  CHECK(7, a0, 77, nop)
  # a fetch: mepc is the target, not the jump
  CHECK(8, s8, 1, la s9, 1f; jalr zero, 0(a1); 1:)
  CHECK(9, s6, 0x40000000, nop)
  CHECK(10, s7, 0x40000000, nop)
  # a load trap between instructions that go on
  CHECK(11, a0, 3, li a0, 1; la s9, 1f; addi a0, a0, 1; ld a2, 0(a1); li a0, 100; 1: addi a0, a0, 1)
  TEST_END
