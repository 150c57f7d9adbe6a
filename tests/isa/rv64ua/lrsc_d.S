# lr.d and sc.d: success once, failure without reservation and elsewhere, a counter.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x8123456789abcdef, la a1, isa_word; li a2, 0x8123456789abcdef; sd a2, 0(a1); lr.d a0, (a1))
  CHECK(2, a0, 0, la a1, isa_word; li a2, 0xfedcba9876543210; lr.d a3, (a1); sc.d a0, a2, (a1))
  CHECK(3, a0, 0xfedcba9876543210, ld a0, 0(a1))
  CHECK(4, a0, 1, li a2, 0x8123456789abcdef; sc.d a0, a2, (a1))
  CHECK(5, a0, 0xfedcba9876543210, ld a0, 0(a1))
  CHECK(6, a0, 1, la a1, isa_word; la a4, isa_far; lr.d a3, (a1); sc.d a0, a2, (a4))
  CHECK(7, a0, 0, ld a0, 0(a4))
  CHECK(8, a0, 1, sc.d a0, a2, (a1))
  CHECK(9, a0, 1000, la a1, isa_word; sd zero, 0(a1); li a4, 1000; 1: lr.d a0, (a1); addi a0, a0, 1; sc.d a2, a0, (a1); bnez a2, 1b; addi a4, a4, -1; bnez a4, 1b; ld a0, 0(a1))
  CHECK(10, a0, 0, lr.d.aq a3, (a1); sc.d.rl a0, zero, (a1))
  CHECK(11, a0, 0, ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
  .balign 4096
isa_far:
  .dword 0
