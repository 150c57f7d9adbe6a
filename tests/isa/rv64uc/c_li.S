# c.li: immediates at the limits.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0xffffffffffffffe0, .option rvc; c.li a0, -32; .option norvc)
  CHECK(2, a0, 0xffffffffffffffe1, .option rvc; c.li a0, -31; .option norvc)
  CHECK(3, a0, 0xffffffffffffffff, .option rvc; c.li a0, -1; .option norvc)
  CHECK(4, a0, 0x0, .option rvc; c.li a0, 0; .option norvc)
  CHECK(5, a0, 0x1, .option rvc; c.li a0, 1; .option norvc)
  CHECK(6, a0, 0x10, .option rvc; c.li a0, 16; .option norvc)
  CHECK(7, a0, 0x1f, .option rvc; c.li a0, 31; .option norvc)
  CHECK(8, t6, 0xffffffffffffffe0, .option rvc; c.li t6, -32; .option norvc)
  CHECK(9, t6, 0xffffffffffffffe1, .option rvc; c.li t6, -31; .option norvc)
  CHECK(10, t6, 0xffffffffffffffff, .option rvc; c.li t6, -1; .option norvc)
  CHECK(11, t6, 0x0, .option rvc; c.li t6, 0; .option norvc)
  CHECK(12, t6, 0x1, .option rvc; c.li t6, 1; .option norvc)
  CHECK(13, t6, 0x10, .option rvc; c.li t6, 16; .option norvc)
  CHECK(14, t6, 0x1f, .option rvc; c.li t6, 31; .option norvc)
  CHECK(15, s0, 0xffffffffffffffe0, .option rvc; c.li s0, -32; .option norvc)
  CHECK(16, s0, 0xffffffffffffffe1, .option rvc; c.li s0, -31; .option norvc)
  CHECK(17, s0, 0xffffffffffffffff, .option rvc; c.li s0, -1; .option norvc)
  CHECK(18, s0, 0x0, .option rvc; c.li s0, 0; .option norvc)
  CHECK(19, s0, 0x1, .option rvc; c.li s0, 1; .option norvc)
  CHECK(20, s0, 0x10, .option rvc; c.li s0, 16; .option norvc)
  CHECK(21, s0, 0x1f, .option rvc; c.li s0, 31; .option norvc)
  TEST_END
