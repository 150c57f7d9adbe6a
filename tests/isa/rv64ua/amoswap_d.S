# amoswap.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoswap.d, sd, ld, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO(3, amoswap.d.aq, sd, ld, 0x7fffffffffffffff, 0x1, 0x1)
  CHECK_AMO(5, amoswap.d.rl, sd, ld, 0xffffffffffffffff, 0x1, 0x1)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoswap.d.aqrl, sd, ld, 0x3, 0x3, 0x3)
  CHECK_AMO(9, amoswap.d, sd, ld, 0xfffffffffffffff9, 0xfedcba9876543210, 0xfedcba9876543210)
  CHECK_AMO(11, amoswap.d.aq, sd, ld, 0xfffffffffffffff9, 0x7fff, 0x7fff)
  CHECK_AMO(13, amoswap.d.rl, sd, ld, 0x7fffffff, 0x7fff, 0x7fff)
  CHECK_AMO(15, amoswap.d.aqrl, sd, ld, 0x80000000, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(17, amoswap.d, sd, ld, 0x8000000000000000, 0x0, 0x0)
  CHECK_AMO(19, amoswap.d.aq, sd, ld, 0x123456789abcdef, 0xffffffff, 0xffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoswap.d.rl, sd, ld, 0xfffffffffffffff9, 0x7fffffffffffffff, 0x7fffffffffffffff)
  CHECK_AMO(23, amoswap.d.aqrl, sd, ld, 0x100000000, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO(25, amoswap.d, sd, ld, 0x7fff, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO(27, amoswap.d.aq, sd, ld, 0x7fffffffffffffff, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(29, amoswap.d.rl, sd, ld, 0xffffffff, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(31, amoswap.d.aqrl, sd, ld, 0xfedcba9876543210, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(33, amoswap.d, sd, ld, 0xffffffff, 0x7fffffff, 0x7fffffff)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoswap.d.aq, sd, ld, 0xfffffffffffffff9, 0x1, 0x1)
  CHECK_AMO(37, amoswap.d.rl, sd, ld, 0x123456789abcdef, 0x7fffffffffffffff, 0x7fffffffffffffff)
  CHECK_AMO(39, amoswap.d.aqrl, sd, ld, 0x100000000, 0xffffffff, 0xffffffff)
  CHECK_AMO(41, amoswap.d, sd, ld, 0xfffffffffffffff9, 0x100000000, 0x100000000)
  CHECK_AMO(43, amoswap.d.aq, sd, ld, 0xffffffffffffffff, 0x7fff, 0x7fff)
  CHECK_AMO(45, amoswap.d.rl, sd, ld, 0x6d63c2b30afaf08c, 0x98d5ecae42e67fbe, 0x98d5ecae42e67fbe)
  CHECK_AMO(47, amoswap.d.aqrl, sd, ld, 0x71b98a4b1e1057b4, 0xc2d25d0d135ed82, 0xc2d25d0d135ed82)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoswap.d, sd, ld, 0x8535b3d987ad8947, 0xd7162953dee80740, 0xd7162953dee80740)
  CHECK_AMO(51, amoswap.d.aq, sd, ld, 0xd89279845c5a37e6, 0x5f33ae39e660cef5, 0x5f33ae39e660cef5)
  CHECK_AMO(53, amoswap.d.rl, sd, ld, 0x4bf27fe8f8bdff5c, 0xcf684187b1c2f62, 0xcf684187b1c2f62)
  CHECK_AMO(55, amoswap.d.aqrl, sd, ld, 0x9437b2a9f7be4599, 0x7fcd5147b8ff1d4d, 0x7fcd5147b8ff1d4d)
  CHECK(57, a0, 0x21beb918, la a1, isa_word; li a2, 0x1d7ec635; sd a2, 0(a1); li a3, 0x21beb918; amoswap.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x21beb918, la a1, isa_word; li a2, 0x1d7ec635; sd a2, 0(a1); li a3, 0x21beb918; amoswap.d a4, a3, (a1); amoswap.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
