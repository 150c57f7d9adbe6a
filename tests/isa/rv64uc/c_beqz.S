# c.beqz: taken in both directions and not taken.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 6, li a0, 1; li a1, 0; .option rvc; j 3f; 1: addi a0, a0, 4; j 4f; 2: li a0, 99; 3: c.beqz a1, 1b; li a0, 50; 4: c.beqz a1, 5f; li a0, 77; 5: addi a0, a0, 1; .option norvc)
  CHECK(2, a0, 3, li a0, 1; li s0, 5; .option rvc; c.beqz s0, 5f; addi a0, a0, 1; c.beqz s0, 5f; addi a0, a0, 1; 5:; .option norvc)
  CHECK(3, a0, 10, li a0, 0; li s1, 10; .option rvc; 1: addi a0, a0, 1; addi s1, s1, -1; c.bnez s1, 1b; .option norvc)
  TEST_END
