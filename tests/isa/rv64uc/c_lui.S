# c.lui: immediates at the limits.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x1000, .option rvc; c.lui a0, 0x1; .option norvc)
  CHECK(2, a0, 0x2000, .option rvc; c.lui a0, 0x2; .option norvc)
  CHECK(3, a0, 0xf000, .option rvc; c.lui a0, 0xf; .option norvc)
  CHECK(4, a0, 0x10000, .option rvc; c.lui a0, 0x10; .option norvc)
  CHECK(5, a0, 0x1f000, .option rvc; c.lui a0, 0x1f; .option norvc)
  CHECK(6, a0, 0xfffffffffffe0000, .option rvc; c.lui a0, 0xfffe0; .option norvc)
  CHECK(7, a0, 0xfffffffffffe1000, .option rvc; c.lui a0, 0xfffe1; .option norvc)
  CHECK(8, a0, 0xfffffffffffff000, .option rvc; c.lui a0, 0xfffff; .option norvc)
  CHECK(9, t6, 0x1000, .option rvc; c.lui t6, 0x1; .option norvc)
  CHECK(10, t6, 0x2000, .option rvc; c.lui t6, 0x2; .option norvc)
  CHECK(11, t6, 0xf000, .option rvc; c.lui t6, 0xf; .option norvc)
  CHECK(12, t6, 0x10000, .option rvc; c.lui t6, 0x10; .option norvc)
  CHECK(13, t6, 0x1f000, .option rvc; c.lui t6, 0x1f; .option norvc)
  CHECK(14, t6, 0xfffffffffffe0000, .option rvc; c.lui t6, 0xfffe0; .option norvc)
  CHECK(15, t6, 0xfffffffffffe1000, .option rvc; c.lui t6, 0xfffe1; .option norvc)
  CHECK(16, t6, 0xfffffffffffff000, .option rvc; c.lui t6, 0xfffff; .option norvc)
  CHECK(17, s0, 0x1000, .option rvc; c.lui s0, 0x1; .option norvc)
  CHECK(18, s0, 0x2000, .option rvc; c.lui s0, 0x2; .option norvc)
  CHECK(19, s0, 0xf000, .option rvc; c.lui s0, 0xf; .option norvc)
  CHECK(20, s0, 0x10000, .option rvc; c.lui s0, 0x10; .option norvc)
  CHECK(21, s0, 0x1f000, .option rvc; c.lui s0, 0x1f; .option norvc)
  CHECK(22, s0, 0xfffffffffffe0000, .option rvc; c.lui s0, 0xfffe0; .option norvc)
  CHECK(23, s0, 0xfffffffffffe1000, .option rvc; c.lui s0, 0xfffe1; .option norvc)
  CHECK(24, s0, 0xfffffffffffff000, .option rvc; c.lui s0, 0xfffff; .option norvc)
  TEST_END
