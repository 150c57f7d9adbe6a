# amoadd.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoadd.d, sd, ld, 0x8000000000000000, 0xffffffffffffffff, 0x7fffffffffffffff)
  CHECK_AMO(3, amoadd.d.aq, sd, ld, 0xffffffffffff8000, 0x1, 0xffffffffffff8001)
  CHECK_AMO(5, amoadd.d.rl, sd, ld, 0x100000000, 0x8000000000000000, 0x8000000100000000)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoadd.d.aqrl, sd, ld, 0x7fffffff, 0xffffffff80000000, 0xffffffffffffffff)
  CHECK_AMO(9, amoadd.d, sd, ld, 0x0, 0x1, 0x1)
  CHECK_AMO(11, amoadd.d.aq, sd, ld, 0x100000000, 0xfffffffffffffff9, 0xfffffff9)
  CHECK_AMO(13, amoadd.d.rl, sd, ld, 0xaaaaaaaa55555555, 0xffffffff80000000, 0xaaaaaaa9d5555555)
  CHECK_AMO(15, amoadd.d.aqrl, sd, ld, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffffffff)
  CHECK_AMO(17, amoadd.d, sd, ld, 0x1, 0xffffffffffff8000, 0xffffffffffff8001)
  CHECK_AMO(19, amoadd.d.aq, sd, ld, 0x7fff, 0xfffffffffffffff9, 0x7ff8)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoadd.d.rl, sd, ld, 0x100000000, 0xffffffffffff8000, 0xffff8000)
  CHECK_AMO(23, amoadd.d.aqrl, sd, ld, 0xffffffff80000000, 0x8000000000000000, 0x7fffffff80000000)
  CHECK_AMO(25, amoadd.d, sd, ld, 0x80000000, 0x7fffffffffffffff, 0x800000007fffffff)
  CHECK_AMO(27, amoadd.d.aq, sd, ld, 0x3, 0xfffffffffffffff9, 0xfffffffffffffffc)
  CHECK_AMO(29, amoadd.d.rl, sd, ld, 0x100000000, 0xfedcba9876543210, 0xfedcba9976543210)
  CHECK_AMO(31, amoadd.d.aqrl, sd, ld, 0xfffffffffffffff9, 0x7fff, 0x7ff8)
  CHECK_AMO(33, amoadd.d, sd, ld, 0xffffffff80000000, 0x3, 0xffffffff80000003)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoadd.d.aq, sd, ld, 0x80000000, 0x123456789abcdef, 0x123456809abcdef)
  CHECK_AMO(37, amoadd.d.rl, sd, ld, 0x7fff, 0x8000000000000000, 0x8000000000007fff)
  CHECK_AMO(39, amoadd.d.aqrl, sd, ld, 0xffffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff)
  CHECK_AMO(41, amoadd.d, sd, ld, 0x123456789abcdef, 0xffffffff80000000, 0x123456709abcdef)
  CHECK_AMO(43, amoadd.d.aq, sd, ld, 0x7fffffffffffffff, 0x123456789abcdef, 0x8123456789abcdee)
  CHECK_AMO(45, amoadd.d.rl, sd, ld, 0x28e9f78e125815cf, 0x9363f6bcc4d07c36, 0xbc4dee4ad7289205)
  CHECK_AMO(47, amoadd.d.aqrl, sd, ld, 0x7da5cb6d4347f858, 0x24dc1fc1d853452, 0x7ff38d6960cd2caa)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoadd.d, sd, ld, 0x1fd5ba03450ca123, 0x946dae4d7454e2c, 0x291c94e81c51ef4f)
  CHECK_AMO(51, amoadd.d.aq, sd, ld, 0x574f71094a3f1b4d, 0x3e792bc9bb330f7f, 0x95c89cd305722acc)
  CHECK_AMO(53, amoadd.d.rl, sd, ld, 0x8b65928833c1b500, 0x3e37454e5100b27e, 0xc99cd7d684c2677e)
  CHECK_AMO(55, amoadd.d.aqrl, sd, ld, 0x4583e435b4d8e3d3, 0x70d633d75f9eb759, 0xb65a180d14779b2c)
  CHECK(57, a0, 0x5ea8c2f2, la a1, isa_word; li a2, 0xe5923e; sd a2, 0(a1); li a3, 0x5dc330b4; amoadd.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0xbc6bf3a6, la a1, isa_word; li a2, 0xe5923e; sd a2, 0(a1); li a3, 0x5dc330b4; amoadd.d a4, a3, (a1); amoadd.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
