# jalr: link, the dropped bit 0, offsets at the limits, base just made, base overwritten by the link, calls in a loop.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 3, li a0, 1; la a1, 1f; jalr zero, 0(a1); li a0, 2; 1: addi a0, a0, 2)
  CHECK(2, a2, 4, la a1, 2f; 1: jalr a0, 0(a1); 2: la a1, 1b; sub a2, a0, a1)
  CHECK(3, a2, 4, la a1, 2f; 1: jalr a1, 0(a1); 2: la a3, 1b; sub a2, a1, a3)
  CHECK(4, a0, 1, li a0, 1; la a1, 1f; jalr zero, -16(a1); addi a0, a0, 2; addi a0, a0, 4; 2: j 1f; nop; nop; nop; 1:)
  CHECK(5, a0, 5, li a0, 5; la a1, 1f + 1; jalr zero, 0(a1); li a0, 2; 1:)
  CHECK(6, a0, 5, li a0, 5; la a1, 1f; jalr zero, 1(a1); li a0, 2; 1:)
  CHECK(7, a0, 5, li a0, 5; la a1, 1f - 2047; jalr zero, 2047(a1); li a0, 2; 1:)
  CHECK(8, a0, 5, li a0, 5; la a1, 1f + 2048; jalr zero, -2048(a1); li a0, 2; 1:)
  CHECK(9, a0, 20, li a0, 0; la a1, isa_function; li a2, 10; 1: jalr ra, 0(a1); addi a2, a2, -1; bnez a2, 1b)
  CHECK(10, a0, 6, li a0, 1; la a1, 1f; nop; jalr zero, 0(a1); li a0, 2; 1: addi a0, a0, 5)
  j 1f
isa_function:
  addi a0, a0, 2
  jalr zero, 0(ra)
1:
  TEST_END
