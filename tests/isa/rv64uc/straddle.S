# Instructions of four bytes at every half-word, also over the ends of lines; a mix of both lengths.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 4, li a0, 0; .balign 64; .option rvc; .rept 29; c.nop; .endr; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; .option norvc)
  CHECK(2, a0, 8, li a0, 0; .balign 64; .option rvc; .rept 29; c.nop; .endr; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; .option norvc)
  CHECK(3, a0, 12, li a0, 0; .balign 64; .option rvc; .rept 29; c.nop; .endr; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; .option norvc)
  CHECK(4, a0, 20, li a0, 0; .balign 64; .option rvc; .rept 29; c.nop; .endr; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; .option norvc)
  CHECK(5, a0, 32, li a0, 0; .balign 64; .option rvc; .rept 29; c.nop; .endr; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; c.addi a0, 3; .option norvc; addi a0, a0, 1; .option rvc; .option norvc)
  CHECK(6, a0, 0x12345678, j 1f; .balign 64; .zero 60; 1: .option rvc; c.nop; .option norvc; lui a0, 0x12345; .option rvc; .option norvc; addi a0, a0, 0x678; .option rvc; .option norvc)
  TEST_END
