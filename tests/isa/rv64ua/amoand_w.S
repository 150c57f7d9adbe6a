# amoand.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoand.w, sw, lw, 0x55555555, 0x7fffffffffffffff, 0x55555555)
  CHECK_AMO(3, amoand.w.aq, sw, lw, 0x0, 0x8000000000000000, 0x0)
  CHECK_AMO(5, amoand.w.rl, sw, lw, 0x55555555, 0x3, 0x1)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoand.w.aqrl, sw, lw, 0xffffffffffff8000, 0xfffffffffffffff9, 0xffffffffffff8000)
  CHECK_AMO(9, amoand.w, sw, lw, 0xffffffffffffffff, 0x1, 0x1)
  CHECK_AMO(11, amoand.w.aq, sw, lw, 0x7fffffff, 0x3, 0x3)
  CHECK_AMO(13, amoand.w.rl, sw, lw, 0x7fffffff, 0x100000000, 0x0)
  CHECK_AMO(15, amoand.w.aqrl, sw, lw, 0xffffffff80000000, 0x80000000, 0xffffffff80000000)
  CHECK_AMO(17, amoand.w, sw, lw, 0x7fff, 0x123456789abcdef, 0x4def)
  CHECK_AMO(19, amoand.w.aq, sw, lw, 0xffffffffffffffff, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoand.w.rl, sw, lw, 0xffffffff80000000, 0x100000000, 0x0)
  CHECK_AMO(23, amoand.w.aqrl, sw, lw, 0x7fff, 0x0, 0x0)
  CHECK_AMO(25, amoand.w, sw, lw, 0xffffffff89abcdef, 0x100000000, 0x0)
  CHECK_AMO(27, amoand.w.aq, sw, lw, 0x3, 0x80000000, 0x0)
  CHECK_AMO(29, amoand.w.rl, sw, lw, 0xffffffff89abcdef, 0x123456789abcdef, 0xffffffff89abcdef)
  CHECK_AMO(31, amoand.w.aqrl, sw, lw, 0x1, 0x7fffffff, 0x1)
  CHECK_AMO(33, amoand.w, sw, lw, 0xffffffffffff8000, 0xffffffffffffffff, 0xffffffffffff8000)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoand.w.aq, sw, lw, 0x3, 0x7fff, 0x3)
  CHECK_AMO(37, amoand.w.rl, sw, lw, 0xfffffffffffffff9, 0x3, 0x1)
  CHECK_AMO(39, amoand.w.aqrl, sw, lw, 0xffffffff80000000, 0xaaaaaaaa55555555, 0x0)
  CHECK_AMO(41, amoand.w, sw, lw, 0xffffffffffffffff, 0x7fff, 0x7fff)
  CHECK_AMO(43, amoand.w.aq, sw, lw, 0xffffffffffffffff, 0x1, 0x1)
  CHECK_AMO(45, amoand.w.rl, sw, lw, 0xffffffffc7efed5c, 0xe2e39b5f5c331af4, 0x44230854)
  CHECK_AMO(47, amoand.w.aqrl, sw, lw, 0xffffffffe80b849f, 0xc502f78ff04b73c, 0xffffffffe800841c)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoand.w, sw, lw, 0x58e5d216, 0x2fa6faac1a3ccfeb, 0x1824c202)
  CHECK_AMO(51, amoand.w.aq, sw, lw, 0xffffffffb172c95e, 0xc3eae3b2a6c8a4ef, 0xffffffffa040804e)
  CHECK_AMO(53, amoand.w.rl, sw, lw, 0x439ffdd2, 0xb5f7c3152c0aecd3, 0xaecd2)
  CHECK_AMO(55, amoand.w.aqrl, sw, lw, 0xffffffff91e1ea02, 0x666dbcdc74c6c6f2, 0x10c0c202)
  CHECK(57, a0, 0x1122334400000000, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amoand.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x55667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amoand.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x8040085, la a1, isa_word; li a2, 0x2916c2f5; sw a2, 0(a1); li a3, 0x5824158f; amoand.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x8040085, la a1, isa_word; li a2, 0x2916c2f5; sw a2, 0(a1); li a3, 0x5824158f; amoand.w a4, a3, (a1); amoand.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
