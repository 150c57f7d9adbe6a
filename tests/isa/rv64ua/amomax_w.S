# amomax.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amomax.w, sw, lw, 0x3, 0x3, 0x3)
  CHECK_AMO(3, amomax.w.aq, sw, lw, 0xffffffffffff8000, 0x8000000000000000, 0x0)
  CHECK_AMO(5, amomax.w.rl, sw, lw, 0xffffffffffffffff, 0x7fffffff, 0x7fffffff)
  CHECK_AMO_RESULT_IS_OPERAND(7, amomax.w.aqrl, sw, lw, 0xffffffff89abcdef, 0x0, 0x0)
  CHECK_AMO(9, amomax.w, sw, lw, 0x55555555, 0xfedcba9876543210, 0x76543210)
  CHECK_AMO(11, amomax.w.aq, sw, lw, 0xffffffff80000000, 0xaaaaaaaa55555555, 0x55555555)
  CHECK_AMO(13, amomax.w.rl, sw, lw, 0x0, 0x100000000, 0x0)
  CHECK_AMO(15, amomax.w.aqrl, sw, lw, 0xffffffff80000000, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(17, amomax.w, sw, lw, 0x0, 0xaaaaaaaa55555555, 0x55555555)
  CHECK_AMO(19, amomax.w.aq, sw, lw, 0x0, 0x80000000, 0x0)
  CHECK_AMO_RESULT_IS_OPERAND(21, amomax.w.rl, sw, lw, 0x76543210, 0x123456789abcdef, 0x76543210)
  CHECK_AMO(23, amomax.w.aqrl, sw, lw, 0x7fffffff, 0xffffffff80000000, 0x7fffffff)
  CHECK_AMO(25, amomax.w, sw, lw, 0x7fffffff, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(27, amomax.w.aq, sw, lw, 0x76543210, 0xfedcba9876543210, 0x76543210)
  CHECK_AMO(29, amomax.w.rl, sw, lw, 0x1, 0xffffffffffff8000, 0x1)
  CHECK_AMO(31, amomax.w.aqrl, sw, lw, 0xffffffff80000000, 0x7fff, 0x7fff)
  CHECK_AMO(33, amomax.w, sw, lw, 0xffffffffffff8000, 0x7fffffff, 0x7fffffff)
  CHECK_AMO_RESULT_IS_OPERAND(35, amomax.w.aq, sw, lw, 0xfffffffffffffff9, 0x8000000000000000, 0x0)
  CHECK_AMO(37, amomax.w.rl, sw, lw, 0xffffffffffffffff, 0x80000000, 0xffffffffffffffff)
  CHECK_AMO(39, amomax.w.aqrl, sw, lw, 0x3, 0xfedcba9876543210, 0x76543210)
  CHECK_AMO(41, amomax.w, sw, lw, 0x0, 0x3, 0x3)
  CHECK_AMO(43, amomax.w.aq, sw, lw, 0x0, 0xaaaaaaaa55555555, 0x55555555)
  CHECK_AMO(45, amomax.w.rl, sw, lw, 0xffffffff8c42a366, 0xc55c4fa23bf0e54e, 0x3bf0e54e)
  CHECK_AMO(47, amomax.w.aqrl, sw, lw, 0x4b66efce, 0xb2eaf52e509a2209, 0x509a2209)
  CHECK_AMO_RESULT_IS_OPERAND(49, amomax.w, sw, lw, 0xffffffffd90a86ff, 0xf09fc51c408a2939, 0x408a2939)
  CHECK_AMO(51, amomax.w.aq, sw, lw, 0xffffffff99346b92, 0xd695aeef590d7f7e, 0x590d7f7e)
  CHECK_AMO(53, amomax.w.rl, sw, lw, 0x2bd613b5, 0xc3b41da78fd7f96f, 0x2bd613b5)
  CHECK_AMO(55, amomax.w.aqrl, sw, lw, 0xffffffffff301093, 0x7688a8723fc3a06e, 0x3fc3a06e)
  CHECK(57, a0, 0x1122334455667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amomax.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x1122334455667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amomax.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x79484195, la a1, isa_word; li a2, 0x79484195; sw a2, 0(a1); li a3, 0x40a30fc3; amomax.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x79484195, la a1, isa_word; li a2, 0x79484195; sw a2, 0(a1); li a3, 0x40a30fc3; amomax.w a4, a3, (a1); amomax.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
