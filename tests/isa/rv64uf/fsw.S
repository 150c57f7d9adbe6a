# fsw: bits as they are, neighbours untouched, a value just made.

#include "../isa_test.inc"

TEST_BEGIN_FLOAT
  CHECK(1, a0, 0x3f800000, la a1, isa_place; li a2, 0x3f800000; fmv.w.x fa0, a2; fsw fa0, -8(a1); lw a0, -8(a1))
  CHECK(2, a0, 0x7f800001, la a1, isa_place; li a2, 0x7f800001; fmv.w.x fa0, a2; fsw fa0, -4(a1); lw a0, -4(a1))
  CHECK(3, a0, 0xffffffffdeadbeef, la a1, isa_place; li a2, 0xdeadbeef; fmv.w.x fa0, a2; fsw fa0, 0(a1); lw a0, 0(a1))
  CHECK(4, a0, 0xffffffff80000000, la a1, isa_place; li a2, 0x80000000; fmv.w.x fa0, a2; fsw fa0, 4(a1); lw a0, 4(a1))
  CHECK(5, a0, 0x800000007f800001, la a1, isa_place; lwu a0, -4(a1); lw a2, 4(a1); slli a2, a2, 32; or a0, a0, a2)
  CHECK(6, a0, 0x40000000, la a1, isa_place; li a2, 0x3f800000; fmv.w.x fa0, a2; fadd.s fa1, fa0, fa0; fsw fa1, 0(a1); lw a0, 0(a1))
  CHECK_FLAGS(7, 0)
  TEST_END
  .word 0, 0
isa_place:
  .word 0, 0
