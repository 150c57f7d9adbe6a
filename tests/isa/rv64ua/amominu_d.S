# amominu.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amominu.d, sd, ld, 0xaaaaaaaa55555555, 0x0, 0x0)
  CHECK_AMO(3, amominu.d.aq, sd, ld, 0xfffffffffffffff9, 0x1, 0x1)
  CHECK_AMO(5, amominu.d.rl, sd, ld, 0xaaaaaaaa55555555, 0x7fffffff, 0x7fffffff)
  CHECK_AMO_RESULT_IS_OPERAND(7, amominu.d.aqrl, sd, ld, 0x7fffffffffffffff, 0xaaaaaaaa55555555, 0x7fffffffffffffff)
  CHECK_AMO(9, amominu.d, sd, ld, 0x3, 0x7fff, 0x3)
  CHECK_AMO(11, amominu.d.aq, sd, ld, 0x100000000, 0xffffffff, 0xffffffff)
  CHECK_AMO(13, amominu.d.rl, sd, ld, 0x7fffffff, 0x8000000000000000, 0x7fffffff)
  CHECK_AMO(15, amominu.d.aqrl, sd, ld, 0x7fff, 0x100000000, 0x7fff)
  CHECK_AMO(17, amominu.d, sd, ld, 0xffffffffffffffff, 0xffffffff80000000, 0xffffffff80000000)
  CHECK_AMO(19, amominu.d.aq, sd, ld, 0x7fffffffffffffff, 0x0, 0x0)
  CHECK_AMO_RESULT_IS_OPERAND(21, amominu.d.rl, sd, ld, 0x100000000, 0x0, 0x0)
  CHECK_AMO(23, amominu.d.aqrl, sd, ld, 0x3, 0x7fffffffffffffff, 0x3)
  CHECK_AMO(25, amominu.d, sd, ld, 0x0, 0xaaaaaaaa55555555, 0x0)
  CHECK_AMO(27, amominu.d.aq, sd, ld, 0x0, 0xffffffff80000000, 0x0)
  CHECK_AMO(29, amominu.d.rl, sd, ld, 0x100000000, 0x7fffffffffffffff, 0x100000000)
  CHECK_AMO(31, amominu.d.aqrl, sd, ld, 0xffffffffffffffff, 0xfedcba9876543210, 0xfedcba9876543210)
  CHECK_AMO(33, amominu.d, sd, ld, 0xfedcba9876543210, 0xfedcba9876543210, 0xfedcba9876543210)
  CHECK_AMO_RESULT_IS_OPERAND(35, amominu.d.aq, sd, ld, 0xffffffffffff8000, 0x80000000, 0x80000000)
  CHECK_AMO(37, amominu.d.rl, sd, ld, 0x3, 0x123456789abcdef, 0x3)
  CHECK_AMO(39, amominu.d.aqrl, sd, ld, 0xffffffff80000000, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(41, amominu.d, sd, ld, 0xfffffffffffffff9, 0x80000000, 0x80000000)
  CHECK_AMO(43, amominu.d.aq, sd, ld, 0x0, 0x7fffffffffffffff, 0x0)
  CHECK_AMO(45, amominu.d.rl, sd, ld, 0x8204df5ad8ed75ea, 0x5cfb12ac3c2aea59, 0x5cfb12ac3c2aea59)
  CHECK_AMO(47, amominu.d.aqrl, sd, ld, 0xa45e310735fa1318, 0x25eb90e4f2eba6af, 0x25eb90e4f2eba6af)
  CHECK_AMO_RESULT_IS_OPERAND(49, amominu.d, sd, ld, 0x205021d6e88e10d3, 0x2c93c0864bc69505, 0x205021d6e88e10d3)
  CHECK_AMO(51, amominu.d.aq, sd, ld, 0x633a924228a3c89c, 0x64bc538747e1eca6, 0x633a924228a3c89c)
  CHECK_AMO(53, amominu.d.rl, sd, ld, 0x9cb16f340ca80982, 0x9d16cee013f6d216, 0x9cb16f340ca80982)
  CHECK_AMO(55, amominu.d.aqrl, sd, ld, 0x77ebd832d6435a5c, 0x20b18543f824e321, 0x20b18543f824e321)
  CHECK(57, a0, 0x158887ed, la a1, isa_word; li a2, 0x158887ed; sd a2, 0(a1); li a3, 0x27a197a5; amominu.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x158887ed, la a1, isa_word; li a2, 0x158887ed; sd a2, 0(a1); li a3, 0x27a197a5; amominu.d a4, a3, (a1); amominu.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
