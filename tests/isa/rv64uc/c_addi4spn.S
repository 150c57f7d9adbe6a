# c.addi4spn: immediates at the limits.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x80001004, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 4; .option norvc)
  CHECK(2, a0, 0x80001008, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 8; .option norvc)
  CHECK(3, a0, 0x80001010, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 16; .option norvc)
  CHECK(4, a0, 0x80001020, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 32; .option norvc)
  CHECK(5, a0, 0x80001040, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 64; .option norvc)
  CHECK(6, a0, 0x80001080, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 128; .option norvc)
  CHECK(7, a0, 0x80001100, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 256; .option norvc)
  CHECK(8, a0, 0x80001200, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 512; .option norvc)
  CHECK(9, a0, 0x800013fc, li sp, 0x80001000; .option rvc; c.addi4spn a0, sp, 1020; .option norvc)
  CHECK(10, s0, 0x80001004, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 4; .option norvc)
  CHECK(11, s0, 0x80001008, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 8; .option norvc)
  CHECK(12, s0, 0x80001010, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 16; .option norvc)
  CHECK(13, s0, 0x80001020, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 32; .option norvc)
  CHECK(14, s0, 0x80001040, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 64; .option norvc)
  CHECK(15, s0, 0x80001080, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 128; .option norvc)
  CHECK(16, s0, 0x80001100, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 256; .option norvc)
  CHECK(17, s0, 0x80001200, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 512; .option norvc)
  CHECK(18, s0, 0x800013fc, li sp, 0x80001000; .option rvc; c.addi4spn s0, sp, 1020; .option norvc)
  CHECK(19, a5, 0x80001004, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 4; .option norvc)
  CHECK(20, a5, 0x80001008, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 8; .option norvc)
  CHECK(21, a5, 0x80001010, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 16; .option norvc)
  CHECK(22, a5, 0x80001020, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 32; .option norvc)
  CHECK(23, a5, 0x80001040, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 64; .option norvc)
  CHECK(24, a5, 0x80001080, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 128; .option norvc)
  CHECK(25, a5, 0x80001100, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 256; .option norvc)
  CHECK(26, a5, 0x80001200, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 512; .option norvc)
  CHECK(27, a5, 0x800013fc, li sp, 0x80001000; .option rvc; c.addi4spn a5, sp, 1020; .option norvc)
  TEST_END
