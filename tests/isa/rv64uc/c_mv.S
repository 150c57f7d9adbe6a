# c.mv: register to register.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x0, li a1, 0x0; .option rvc; c.mv a0, a1; .option norvc)
  CHECK(2, a0, 0x1, li a1, 0x1; .option rvc; c.mv a0, a1; .option norvc)
  CHECK(3, a0, 0xffffffffffffffff, li a1, 0xffffffffffffffff; .option rvc; c.mv a0, a1; .option norvc)
  CHECK(4, a0, 0x7fffffff, li a1, 0x7fffffff; .option rvc; c.mv a0, a1; .option norvc)
  CHECK(5, a0, 0x80000000, li a1, 0x80000000; .option rvc; c.mv a0, a1; .option norvc)
  CHECK(6, t6, 0x0, li t5, 0x0; .option rvc; c.mv t6, t5; .option norvc)
  CHECK(7, t6, 0x1, li t5, 0x1; .option rvc; c.mv t6, t5; .option norvc)
  CHECK(8, t6, 0xffffffffffffffff, li t5, 0xffffffffffffffff; .option rvc; c.mv t6, t5; .option norvc)
  CHECK(9, t6, 0x7fffffff, li t5, 0x7fffffff; .option rvc; c.mv t6, t5; .option norvc)
  CHECK(10, t6, 0x80000000, li t5, 0x80000000; .option rvc; c.mv t6, t5; .option norvc)
  CHECK(11, s0, 0x0, li a5, 0x0; .option rvc; c.mv s0, a5; .option norvc)
  CHECK(12, s0, 0x1, li a5, 0x1; .option rvc; c.mv s0, a5; .option norvc)
  CHECK(13, s0, 0xffffffffffffffff, li a5, 0xffffffffffffffff; .option rvc; c.mv s0, a5; .option norvc)
  CHECK(14, s0, 0x7fffffff, li a5, 0x7fffffff; .option rvc; c.mv s0, a5; .option norvc)
  CHECK(15, s0, 0x80000000, li a5, 0x80000000; .option rvc; c.mv s0, a5; .option norvc)
  TEST_END
