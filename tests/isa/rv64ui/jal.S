# jal: targets before and behind, link, no link in x0, calls.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 3, li a0, 1; j 1f; li a0, 2; 1: addi a0, a0, 2)
  CHECK(2, a2, 4, 1: jal a0, 2f; 2: la a1, 1b; sub a2, a0, a1)
  CHECK(3, a0, 1, li a0, 0; j 2f; 1: addi a0, a0, 1; j 3f; 2: jal zero, 1b; li a0, 9; 3:)
  CHECK(4, a0, 7, li a0, 3; jal ra, isa_function; addi a0, a0, 1)
  CHECK(5, a0, 6, li a0, 0; jal ra, isa_function; jal ra, isa_function)
  CHECK(6, zero, 0, jal zero, 1f; 1:)
  j 1f
isa_function:
  addi a0, a0, 3
  jr ra
1:
  TEST_END
