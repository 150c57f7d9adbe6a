# c.addi16sp: immediates at the limits.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, sp, 0x80000e00, li sp, 0x80001000; .option rvc; c.addi16sp sp, -512; .option norvc)
  CHECK(2, sp, 0x80000e10, li sp, 0x80001000; .option rvc; c.addi16sp sp, -496; .option norvc)
  CHECK(3, sp, 0x80000ff0, li sp, 0x80001000; .option rvc; c.addi16sp sp, -16; .option norvc)
  CHECK(4, sp, 0x80001010, li sp, 0x80001000; .option rvc; c.addi16sp sp, 16; .option norvc)
  CHECK(5, sp, 0x80001020, li sp, 0x80001000; .option rvc; c.addi16sp sp, 32; .option norvc)
  CHECK(6, sp, 0x80001040, li sp, 0x80001000; .option rvc; c.addi16sp sp, 64; .option norvc)
  CHECK(7, sp, 0x80001080, li sp, 0x80001000; .option rvc; c.addi16sp sp, 128; .option norvc)
  CHECK(8, sp, 0x80001100, li sp, 0x80001000; .option rvc; c.addi16sp sp, 256; .option norvc)
  CHECK(9, sp, 0x800011f0, li sp, 0x80001000; .option rvc; c.addi16sp sp, 496; .option norvc)
  TEST_END
