# c.j: targets before and behind.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 4, li a0, 1; .option rvc; j 3f; 1: addi a0, a0, 2; j 4f; 2: li a0, 99; 3: c.j 1b; 4: c.j 5f; li a0, 77; 5: addi a0, a0, 1; .option norvc)
  TEST_END
