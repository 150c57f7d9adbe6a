# amoxor.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoxor.d, sd, ld, 0xffffffff, 0x1, 0xfffffffe)
  CHECK_AMO(3, amoxor.d.aq, sd, ld, 0xffffffff, 0x8000000000000000, 0x80000000ffffffff)
  CHECK_AMO(5, amoxor.d.rl, sd, ld, 0xffffffff, 0xaaaaaaaa55555555, 0xaaaaaaaaaaaaaaaa)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoxor.d.aqrl, sd, ld, 0x100000000, 0x123456789abcdef, 0x123456689abcdef)
  CHECK_AMO(9, amoxor.d, sd, ld, 0x7fffffff, 0xaaaaaaaa55555555, 0xaaaaaaaa2aaaaaaa)
  CHECK_AMO(11, amoxor.d.aq, sd, ld, 0x3, 0x123456789abcdef, 0x123456789abcdec)
  CHECK_AMO(13, amoxor.d.rl, sd, ld, 0x8000000000000000, 0xfffffffffffffff9, 0x7ffffffffffffff9)
  CHECK_AMO(15, amoxor.d.aqrl, sd, ld, 0x3, 0xffffffffffff8000, 0xffffffffffff8003)
  CHECK_AMO(17, amoxor.d, sd, ld, 0xffffffffffffffff, 0x0, 0xffffffffffffffff)
  CHECK_AMO(19, amoxor.d.aq, sd, ld, 0x100000000, 0xffffffffffff8000, 0xfffffffeffff8000)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoxor.d.rl, sd, ld, 0x0, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(23, amoxor.d.aqrl, sd, ld, 0x8000000000000000, 0xffffffff80000000, 0x7fffffff80000000)
  CHECK_AMO(25, amoxor.d, sd, ld, 0xffffffffffffffff, 0xffffffffffffffff, 0x0)
  CHECK_AMO(27, amoxor.d.aq, sd, ld, 0x123456789abcdef, 0xffffffff80000000, 0xfedcba9809abcdef)
  CHECK_AMO(29, amoxor.d.rl, sd, ld, 0xaaaaaaaa55555555, 0xffffffffffff8000, 0x55555555aaaad555)
  CHECK_AMO(31, amoxor.d.aqrl, sd, ld, 0xfedcba9876543210, 0x0, 0xfedcba9876543210)
  CHECK_AMO(33, amoxor.d, sd, ld, 0x1, 0xffffffffffffffff, 0xfffffffffffffffe)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoxor.d.aq, sd, ld, 0xfffffffffffffff9, 0xffffffff, 0xffffffff00000006)
  CHECK_AMO(37, amoxor.d.rl, sd, ld, 0x7fffffffffffffff, 0x100000000, 0x7ffffffeffffffff)
  CHECK_AMO(39, amoxor.d.aqrl, sd, ld, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x0)
  CHECK_AMO(41, amoxor.d, sd, ld, 0xffffffff80000000, 0xffffffffffff8000, 0x7fff8000)
  CHECK_AMO(43, amoxor.d.aq, sd, ld, 0xaaaaaaaa55555555, 0x8000000000000000, 0x2aaaaaaa55555555)
  CHECK_AMO(45, amoxor.d.rl, sd, ld, 0x1b2094bb400bdf6f, 0x432dce0583d071d6, 0x580d5abec3dbaeb9)
  CHECK_AMO(47, amoxor.d.aqrl, sd, ld, 0xfe1ab3440f402aa, 0xa4e093ff1bf9cdc7, 0xab0138cb5b0dcf6d)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoxor.d, sd, ld, 0xe16a42070ed7eb9, 0xc8544c63d07be15d, 0xc642e843a0969fe4)
  CHECK_AMO(51, amoxor.d.aq, sd, ld, 0x4e7d6e88e99e5b4, 0x5d4b48dcdda340ab, 0x59ac9e34533aa51f)
  CHECK_AMO(53, amoxor.d.rl, sd, ld, 0xae490b6c848cc07c, 0x46601ec844c58c68, 0xe82915a4c0494c14)
  CHECK_AMO(55, amoxor.d.aqrl, sd, ld, 0x3bf7a77998c2d96b, 0xc4d395ff68131331, 0xff243286f0d1ca5a)
  CHECK(57, a0, 0x758750bf, la a1, isa_word; li a2, 0x51dc8124; sd a2, 0(a1); li a3, 0x245bd19b; amoxor.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x51dc8124, la a1, isa_word; li a2, 0x51dc8124; sd a2, 0(a1); li a3, 0x245bd19b; amoxor.d a4, a3, (a1); amoxor.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
