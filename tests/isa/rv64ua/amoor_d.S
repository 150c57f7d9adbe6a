# amoor.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoor.d, sd, ld, 0x80000000, 0x7fff, 0x80007fff)
  CHECK_AMO(3, amoor.d.aq, sd, ld, 0x1, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(5, amoor.d.rl, sd, ld, 0x80000000, 0xffffffff, 0xffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoor.d.aqrl, sd, ld, 0x123456789abcdef, 0x100000000, 0x123456789abcdef)
  CHECK_AMO(9, amoor.d, sd, ld, 0x123456789abcdef, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(11, amoor.d.aq, sd, ld, 0xaaaaaaaa55555555, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(13, amoor.d.rl, sd, ld, 0xffffffff80000000, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(15, amoor.d.aqrl, sd, ld, 0xffffffffffff8000, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(17, amoor.d, sd, ld, 0x3, 0xfedcba9876543210, 0xfedcba9876543213)
  CHECK_AMO(19, amoor.d.aq, sd, ld, 0x80000000, 0x100000000, 0x180000000)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoor.d.rl, sd, ld, 0x7fff, 0x123456789abcdef, 0x123456789abffff)
  CHECK_AMO(23, amoor.d.aqrl, sd, ld, 0x7fffffff, 0x0, 0x7fffffff)
  CHECK_AMO(25, amoor.d, sd, ld, 0xffffffff, 0x123456789abcdef, 0x1234567ffffffff)
  CHECK_AMO(27, amoor.d.aq, sd, ld, 0x7fffffffffffffff, 0x7fffffff, 0x7fffffffffffffff)
  CHECK_AMO(29, amoor.d.rl, sd, ld, 0x0, 0x7fff, 0x7fff)
  CHECK_AMO(31, amoor.d.aqrl, sd, ld, 0xffffffff80000000, 0xffffffff, 0xffffffffffffffff)
  CHECK_AMO(33, amoor.d, sd, ld, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x7fffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoor.d.aq, sd, ld, 0xfedcba9876543210, 0x100000000, 0xfedcba9976543210)
  CHECK_AMO(37, amoor.d.rl, sd, ld, 0x80000000, 0x80000000, 0x80000000)
  CHECK_AMO(39, amoor.d.aqrl, sd, ld, 0xffffffff80000000, 0x7fff, 0xffffffff80007fff)
  CHECK_AMO(41, amoor.d, sd, ld, 0xfffffffffffffff9, 0x100000000, 0xfffffffffffffff9)
  CHECK_AMO(43, amoor.d.aq, sd, ld, 0x7fffffffffffffff, 0x7fff, 0x7fffffffffffffff)
  CHECK_AMO(45, amoor.d.rl, sd, ld, 0xa34b6256324265bf, 0x1b79811d881db74e, 0xbb7be35fba5ff7ff)
  CHECK_AMO(47, amoor.d.aqrl, sd, ld, 0xea012e7d1c5a9f34, 0x2f13fa20a6e2815e, 0xef13fe7dbefa9f7e)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoor.d, sd, ld, 0x5748cb5e9727aa, 0xb46a0eb68f09432f, 0xb47f4effdf9f67af)
  CHECK_AMO(51, amoor.d.aq, sd, ld, 0x40e96a0d4efa4b19, 0xd316bf93b07eadb6, 0xd3ffff9ffefeefbf)
  CHECK_AMO(53, amoor.d.rl, sd, ld, 0xa6f81fcce625a02c, 0xd980f8a8e9148c16, 0xfff8ffecef35ac3e)
  CHECK_AMO(55, amoor.d.aqrl, sd, ld, 0x9079f407bd8cbc50, 0xa2b49bde64bef12b, 0xb2fdffdffdbefd7b)
  CHECK(57, a0, 0x3ecedd7f, la a1, isa_word; li a2, 0x32ce9d70; sd a2, 0(a1); li a3, 0xc4a4d5f; amoor.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x3ecedd7f, la a1, isa_word; li a2, 0x32ce9d70; sd a2, 0(a1); li a3, 0xc4a4d5f; amoor.d a4, a3, (a1); amoor.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
