# c.jr: to a register, bit 0 dropped.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 5, li a0, 5; la a1, 1f; .option rvc; c.jr a1; li a0, 6; 1:; .option norvc)
  CHECK(2, a0, 5, li a0, 5; la t6, 1f + 1; .option rvc; c.jr t6; li a0, 6; 1:; .option norvc)
  TEST_END
