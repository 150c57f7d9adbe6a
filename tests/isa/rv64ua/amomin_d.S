# amomin.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amomin.d, sd, ld, 0x8000000000000000, 0x100000000, 0x8000000000000000)
  CHECK_AMO(3, amomin.d.aq, sd, ld, 0x0, 0x0, 0x0)
  CHECK_AMO(5, amomin.d.rl, sd, ld, 0x7fff, 0xfedcba9876543210, 0xfedcba9876543210)
  CHECK_AMO_RESULT_IS_OPERAND(7, amomin.d.aqrl, sd, ld, 0xfedcba9876543210, 0x7fff, 0xfedcba9876543210)
  CHECK_AMO(9, amomin.d, sd, ld, 0xffffffff80000000, 0xfedcba9876543210, 0xfedcba9876543210)
  CHECK_AMO(11, amomin.d.aq, sd, ld, 0x7fffffffffffffff, 0x80000000, 0x80000000)
  CHECK_AMO(13, amomin.d.rl, sd, ld, 0x7fffffffffffffff, 0x123456789abcdef, 0x123456789abcdef)
  CHECK_AMO(15, amomin.d.aqrl, sd, ld, 0x100000000, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(17, amomin.d, sd, ld, 0xffffffffffff8000, 0xfffffffffffffff9, 0xffffffffffff8000)
  CHECK_AMO(19, amomin.d.aq, sd, ld, 0xffffffffffff8000, 0x3, 0xffffffffffff8000)
  CHECK_AMO_RESULT_IS_OPERAND(21, amomin.d.rl, sd, ld, 0xfffffffffffffff9, 0x7fff, 0xfffffffffffffff9)
  CHECK_AMO(23, amomin.d.aqrl, sd, ld, 0xaaaaaaaa55555555, 0x123456789abcdef, 0xaaaaaaaa55555555)
  CHECK_AMO(25, amomin.d, sd, ld, 0x80000000, 0x7fffffffffffffff, 0x80000000)
  CHECK_AMO(27, amomin.d.aq, sd, ld, 0x80000000, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO(29, amomin.d.rl, sd, ld, 0xffffffff80000000, 0xaaaaaaaa55555555, 0xaaaaaaaa55555555)
  CHECK_AMO(31, amomin.d.aqrl, sd, ld, 0x1, 0x7fffffffffffffff, 0x1)
  CHECK_AMO(33, amomin.d, sd, ld, 0x3, 0x0, 0x0)
  CHECK_AMO_RESULT_IS_OPERAND(35, amomin.d.aq, sd, ld, 0xffffffff, 0xffffffff, 0xffffffff)
  CHECK_AMO(37, amomin.d.rl, sd, ld, 0xffffffff80000000, 0x3, 0xffffffff80000000)
  CHECK_AMO(39, amomin.d.aqrl, sd, ld, 0x80000000, 0x123456789abcdef, 0x80000000)
  CHECK_AMO(41, amomin.d, sd, ld, 0x7fffffff, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(43, amomin.d.aq, sd, ld, 0x8000000000000000, 0x3, 0x8000000000000000)
  CHECK_AMO(45, amomin.d.rl, sd, ld, 0xaddd85abf2c197ae, 0x4e6e0a4301c31ba6, 0xaddd85abf2c197ae)
  CHECK_AMO(47, amomin.d.aqrl, sd, ld, 0xb13f5020b935a2c0, 0x3545a54893283c0b, 0xb13f5020b935a2c0)
  CHECK_AMO_RESULT_IS_OPERAND(49, amomin.d, sd, ld, 0xac9c94795e5c1d5f, 0xd0114b9d457d1c0b, 0xac9c94795e5c1d5f)
  CHECK_AMO(51, amomin.d.aq, sd, ld, 0x8e023dc2751058fe, 0xca7eb9a0dcfc6dcd, 0x8e023dc2751058fe)
  CHECK_AMO(53, amomin.d.rl, sd, ld, 0xd76a3d601cdfc47e, 0x8a455d9a3e9fe482, 0x8a455d9a3e9fe482)
  CHECK_AMO(55, amomin.d.aqrl, sd, ld, 0x2e0e6ff48f79d25f, 0x1fe9672961f30f91, 0x1fe9672961f30f91)
  CHECK(57, a0, 0x1893896, la a1, isa_word; li a2, 0x1893896; sd a2, 0(a1); li a3, 0x6145f20c; amomin.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x1893896, la a1, isa_word; li a2, 0x1893896; sd a2, 0(a1); li a3, 0x6145f20c; amomin.d a4, a3, (a1); amomin.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
