# c.swsp: offsets at the limits.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0xffffffff9abcdef0, la sp, isa_place; li t6, 0x123456789abcdef0; .option rvc; c.swsp t6, 0(sp); .option norvc; lw a0, 0(sp))
  CHECK(2, a0, 0xffffffff9bcdf001, la sp, isa_place; li t6, 0x123456789bcdf001; .option rvc; c.swsp t6, 4(sp); .option norvc; lw a0, 4(sp))
  CHECK(3, a0, 0xffffffff9cdf0112, la sp, isa_place; li t6, 0x123456789cdf0112; .option rvc; c.swsp t6, 8(sp); .option norvc; lw a0, 8(sp))
  CHECK(4, a0, 0xffffffff9df01223, la sp, isa_place; li t6, 0x123456789df01223; .option rvc; c.swsp t6, 16(sp); .option norvc; lw a0, 16(sp))
  CHECK(5, a0, 0xffffffff9f012334, la sp, isa_place; li t6, 0x123456789f012334; .option rvc; c.swsp t6, 32(sp); .option norvc; lw a0, 32(sp))
  CHECK(6, a0, 0xffffffffa0123445, la sp, isa_place; li t6, 0x12345678a0123445; .option rvc; c.swsp t6, 64(sp); .option norvc; lw a0, 64(sp))
  CHECK(7, a0, 0xffffffffa1234556, la sp, isa_place; li t6, 0x12345678a1234556; .option rvc; c.swsp t6, 128(sp); .option norvc; lw a0, 128(sp))
  CHECK(8, a0, 0xffffffffa2345667, la sp, isa_place; li t6, 0x12345678a2345667; .option rvc; c.swsp t6, 252(sp); .option norvc; lw a0, 252(sp))
  TEST_END
isa_place:
  .zero 512
