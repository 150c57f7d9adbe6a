# c.jalr: the link is two bytes behind.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a2, 2, la a1, 1f; .option rvc; 2: c.jalr a1; nop; 1:; .option norvc; la a3, 2b; sub a2, ra, a3)
  CHECK(2, a0, 8, li a0, 2; la a1, isa_function; .option rvc; c.jalr a1; addi a0, a0, 1; c.jalr a1; addi a0, a0, 1; .option norvc)
  j 1f
isa_function:
  addi a0, a0, 2
  ret
1:
  TEST_END
