# amoxor.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoxor.w, sw, lw, 0xffffffff80000000, 0x80000000, 0x0)
  CHECK_AMO(3, amoxor.w.aq, sw, lw, 0x1, 0x8000000000000000, 0x1)
  CHECK_AMO(5, amoxor.w.rl, sw, lw, 0xfffffffffffffff9, 0x7fff, 0xffffffffffff8006)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoxor.w.aqrl, sw, lw, 0x0, 0x0, 0x0)
  CHECK_AMO(9, amoxor.w, sw, lw, 0x1, 0x7fff, 0x7ffe)
  CHECK_AMO(11, amoxor.w.aq, sw, lw, 0xffffffff80000000, 0xffffffff80000000, 0x0)
  CHECK_AMO(13, amoxor.w.rl, sw, lw, 0xffffffffffffffff, 0x7fffffffffffffff, 0x0)
  CHECK_AMO(15, amoxor.w.aqrl, sw, lw, 0x3, 0x80000000, 0xffffffff80000003)
  CHECK_AMO(17, amoxor.w, sw, lw, 0x76543210, 0x8000000000000000, 0x76543210)
  CHECK_AMO(19, amoxor.w.aq, sw, lw, 0x7fffffff, 0x100000000, 0x7fffffff)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoxor.w.rl, sw, lw, 0x1, 0xfffffffffffffff9, 0xfffffffffffffff8)
  CHECK_AMO(23, amoxor.w.aqrl, sw, lw, 0x3, 0xaaaaaaaa55555555, 0x55555556)
  CHECK_AMO(25, amoxor.w, sw, lw, 0x76543210, 0x0, 0x76543210)
  CHECK_AMO(27, amoxor.w.aq, sw, lw, 0x1, 0xffffffffffff8000, 0xffffffffffff8001)
  CHECK_AMO(29, amoxor.w.rl, sw, lw, 0x76543210, 0xaaaaaaaa55555555, 0x23016745)
  CHECK_AMO(31, amoxor.w.aqrl, sw, lw, 0x0, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(33, amoxor.w, sw, lw, 0x1, 0x100000000, 0x1)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoxor.w.aq, sw, lw, 0xffffffffffffffff, 0x80000000, 0x7fffffff)
  CHECK_AMO(37, amoxor.w.rl, sw, lw, 0x0, 0x80000000, 0xffffffff80000000)
  CHECK_AMO(39, amoxor.w.aqrl, sw, lw, 0xfffffffffffffff9, 0xaaaaaaaa55555555, 0xffffffffaaaaaaac)
  CHECK_AMO(41, amoxor.w, sw, lw, 0x7fffffff, 0xffffffff80000000, 0xffffffffffffffff)
  CHECK_AMO(43, amoxor.w.aq, sw, lw, 0xffffffff80000000, 0xfedcba9876543210, 0xfffffffff6543210)
  CHECK_AMO(45, amoxor.w.rl, sw, lw, 0x7f117cc, 0xadd32aacabd33abe, 0xffffffffac222d72)
  CHECK_AMO(47, amoxor.w.aqrl, sw, lw, 0xffffffffe508e2fe, 0xd098442497ed7b90, 0x72e5996e)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoxor.w, sw, lw, 0x2949ee3d, 0xde416fe8abab7278, 0xffffffff82e29c45)
  CHECK_AMO(51, amoxor.w.aq, sw, lw, 0xffffffffb5d2510a, 0xc50f7080ad92115a, 0x18404050)
  CHECK_AMO(53, amoxor.w.rl, sw, lw, 0x5780094a, 0xdc27bc25f6c58b60, 0xffffffffa145822a)
  CHECK_AMO(55, amoxor.w.aqrl, sw, lw, 0xffffffffe83e459a, 0xa245f378b56f3535, 0x5d5170af)
  CHECK(57, a0, 0x11223344d5667789, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amoxor.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x9122334555667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amoxor.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x45f6fb22, la a1, isa_word; li a2, 0x5a6c0743; sw a2, 0(a1); li a3, 0x1f9afc61; amoxor.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x5a6c0743, la a1, isa_word; li a2, 0x5a6c0743; sw a2, 0(a1); li a3, 0x1f9afc61; amoxor.w a4, a3, (a1); amoxor.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
