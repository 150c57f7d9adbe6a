# amoswap.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoswap.w, sw, lw, 0x7fffffff, 0x0, 0x0)
  CHECK_AMO(3, amoswap.w.aq, sw, lw, 0x1, 0x100000000, 0x0)
  CHECK_AMO(5, amoswap.w.rl, sw, lw, 0x76543210, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoswap.w.aqrl, sw, lw, 0x1, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(9, amoswap.w, sw, lw, 0xffffffffffff8000, 0x3, 0x3)
  CHECK_AMO(11, amoswap.w.aq, sw, lw, 0x0, 0xfedcba9876543210, 0x76543210)
  CHECK_AMO(13, amoswap.w.rl, sw, lw, 0x76543210, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(15, amoswap.w.aqrl, sw, lw, 0x7fff, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(17, amoswap.w, sw, lw, 0x0, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(19, amoswap.w.aq, sw, lw, 0xffffffffffffffff, 0x80000000, 0xffffffff80000000)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoswap.w.rl, sw, lw, 0xffffffffffffffff, 0x8000000000000000, 0x0)
  CHECK_AMO(23, amoswap.w.aqrl, sw, lw, 0xffffffff80000000, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(25, amoswap.w, sw, lw, 0xffffffffffffffff, 0xaaaaaaaa55555555, 0x55555555)
  CHECK_AMO(27, amoswap.w.aq, sw, lw, 0x3, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(29, amoswap.w.rl, sw, lw, 0x55555555, 0x80000000, 0xffffffff80000000)
  CHECK_AMO(31, amoswap.w.aqrl, sw, lw, 0x0, 0x1, 0x1)
  CHECK_AMO(33, amoswap.w, sw, lw, 0xffffffffffffffff, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoswap.w.aq, sw, lw, 0xffffffffffff8000, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(37, amoswap.w.rl, sw, lw, 0x76543210, 0x1, 0x1)
  CHECK_AMO(39, amoswap.w.aqrl, sw, lw, 0xfffffffffffffff9, 0xffffffff, 0xffffffffffffffff)
  CHECK_AMO(41, amoswap.w, sw, lw, 0x76543210, 0x0, 0x0)
  CHECK_AMO(43, amoswap.w.aq, sw, lw, 0xffffffff89abcdef, 0x0, 0x0)
  CHECK_AMO(45, amoswap.w.rl, sw, lw, 0xffffffff8723dd4e, 0x3530d19cd69c4e4f, 0xffffffffd69c4e4f)
  CHECK_AMO(47, amoswap.w.aqrl, sw, lw, 0xffffffffee05f907, 0x514d315747ce4ba, 0x747ce4ba)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoswap.w, sw, lw, 0xffffffffd49d51e0, 0x3215b7c1abaf69bf, 0xffffffffabaf69bf)
  CHECK_AMO(51, amoswap.w.aq, sw, lw, 0x7574074c, 0x7e72bcdb7d8cfa8d, 0x7d8cfa8d)
  CHECK_AMO(53, amoswap.w.rl, sw, lw, 0xffffffffadff3fa6, 0x3d49f5b531d45452, 0x31d45452)
  CHECK_AMO(55, amoswap.w.aqrl, sw, lw, 0x7feae16d, 0x57206ef935502c7b, 0x35502c7b)
  CHECK(57, a0, 0x1122334480000001, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amoswap.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x8000000155667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amoswap.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x6bf604c8, la a1, isa_word; li a2, 0x5a6dbfea; sw a2, 0(a1); li a3, 0x6bf604c8; amoswap.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x6bf604c8, la a1, isa_word; li a2, 0x5a6dbfea; sw a2, 0(a1); li a3, 0x6bf604c8; amoswap.w a4, a3, (a1); amoswap.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
