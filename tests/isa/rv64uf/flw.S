# flw: offsets at the limits, bits as they are, result used at once.

#include "../isa_test.inc"

TEST_BEGIN_FLOAT
  CHECK(1, a0, 0x3f800000, la a1, isa_place; flw fa0, -8(a1); fmv.x.w a0, fa0)
  CHECK(2, a0, 0x7f800001, la a1, isa_place; flw fa0, -4(a1); fmv.x.w a0, fa0)
  CHECK(3, a0, 0xffffffffdeadbeef, la a1, isa_place; flw fa0, 0(a1); fmv.x.w a0, fa0)
  CHECK(4, a0, 0xffffffff80000000, la a1, isa_place; flw fa0, 4(a1); fmv.x.w a0, fa0)
  CHECK(5, a0, 0xffffffffdeadbeef, la a1, isa_place + 2048; flw ft11, -2048(a1); fmv.x.w a0, ft11)
  CHECK(6, a0, 0xffffffffdeadbeef, la a1, isa_place - 2044; flw ft0, 2044(a1); fmv.x.w a0, ft0)
  CHECK_FLAGS(7, 0)
  CHECK(8, a0, 0x40000000, la a1, isa_place; flw fa0, -8(a1); fadd.s fa1, fa0, fa0; fmv.x.w a0, fa1)
  CHECK(9, a0, 0x3f800000, la a1, isa_place; flw fa0, -8(a1); fmv.x.w a0, fa0)
  TEST_END
  .word 0x3f800000, 0x7f800001
isa_place:
  .word 0xdeadbeef, 0x80000000
