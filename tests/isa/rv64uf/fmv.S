# fmv.w.x, fmv.x.w: bits as they are, signalling NaNs too; the upper half is dropped, the sign extended; no flags.

#include "../isa_test.inc"

TEST_BEGIN_FLOAT
  CHECK(1, a0, 0x0, li a1, 0x1234567800000000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(2, a0, 0xffffffff80000000, li a1, 0x1234567880000000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(3, a0, 0x1, li a1, 0x1234567800000001; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(4, a0, 0xffffffff80000001, li a1, 0x1234567880000001; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(5, a0, 0x7fffff, li a1, 0x12345678007fffff; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(6, a0, 0x800000, li a1, 0x1234567800800000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(7, a0, 0xffffffff80800000, li a1, 0x1234567880800000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(8, a0, 0x3f800000, li a1, 0x123456783f800000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(9, a0, 0xffffffffbf800000, li a1, 0x12345678bf800000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(10, a0, 0x3f800001, li a1, 0x123456783f800001; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(11, a0, 0x40000000, li a1, 0x1234567840000000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(12, a0, 0x40490fdb, li a1, 0x1234567840490fdb; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(13, a0, 0x42c80000, li a1, 0x1234567842c80000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(14, a0, 0xffffffffc2f6e979, li a1, 0x12345678c2f6e979; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(15, a0, 0x7f7fffff, li a1, 0x123456787f7fffff; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(16, a0, 0xffffffffff7fffff, li a1, 0x12345678ff7fffff; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(17, a0, 0x7f800000, li a1, 0x123456787f800000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(18, a0, 0xffffffffff800000, li a1, 0x12345678ff800000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(19, a0, 0x7fc00000, li a1, 0x123456787fc00000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(20, a0, 0xffffffffffc12345, li a1, 0x12345678ffc12345; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(21, a0, 0x7f800001, li a1, 0x123456787f800001; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(22, a0, 0xffffffffff923456, li a1, 0x12345678ff923456; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(23, a0, 0x4b000001, li a1, 0x123456784b000001; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(24, a0, 0x3e4ccccd, li a1, 0x123456783e4ccccd; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK(25, a0, 0x33800000, li a1, 0x1234567833800000; fmv.w.x fa0, a1; li a0, 0; fmv.x.w a0, fa0)
  CHECK_FLAGS(26, 0)
  CHECK(27, a0, 0, fmv.w.x fa0, zero; fmv.x.w a0, fa0)
  TEST_END
