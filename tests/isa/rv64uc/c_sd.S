# c.sd: offsets at the limits.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x123456789abcdef0, la a1, isa_place; li a2, 0x123456789abcdef0; .option rvc; c.sd a2, 0(a1); .option norvc; ld a0, 0(a1))
  CHECK(2, a0, 0x123456789bcdf001, la a1, isa_place; li a2, 0x123456789bcdf001; .option rvc; c.sd a2, 8(a1); .option norvc; ld a0, 8(a1))
  CHECK(3, a0, 0x123456789cdf0112, la a1, isa_place; li a2, 0x123456789cdf0112; .option rvc; c.sd a2, 16(a1); .option norvc; ld a0, 16(a1))
  CHECK(4, a0, 0x123456789df01223, la a1, isa_place; li a2, 0x123456789df01223; .option rvc; c.sd a2, 32(a1); .option norvc; ld a0, 32(a1))
  CHECK(5, a0, 0x123456789f012334, la a1, isa_place; li a2, 0x123456789f012334; .option rvc; c.sd a2, 64(a1); .option norvc; ld a0, 64(a1))
  CHECK(6, a0, 0x12345678a0123445, la a1, isa_place; li a2, 0x12345678a0123445; .option rvc; c.sd a2, 128(a1); .option norvc; ld a0, 128(a1))
  CHECK(7, a0, 0x12345678a1234556, la a1, isa_place; li a2, 0x12345678a1234556; .option rvc; c.sd a2, 240(a1); .option norvc; ld a0, 240(a1))
  CHECK(8, a0, 0x12345678a2345667, la a1, isa_place; li a2, 0x12345678a2345667; .option rvc; c.sd a2, 248(a1); .option norvc; ld a0, 248(a1))
  TEST_END
isa_place:
  .zero 512
