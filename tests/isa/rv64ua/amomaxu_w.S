# amomaxu.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amomaxu.w, sw, lw, 0xffffffff89abcdef, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(3, amomaxu.w.aq, sw, lw, 0xffffffff80000000, 0x123456789abcdef, 0xffffffff89abcdef)
  CHECK_AMO(5, amomaxu.w.rl, sw, lw, 0xffffffffffffffff, 0x80000000, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(7, amomaxu.w.aqrl, sw, lw, 0xffffffff80000000, 0x7fff, 0xffffffff80000000)
  CHECK_AMO(9, amomaxu.w, sw, lw, 0x0, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(11, amomaxu.w.aq, sw, lw, 0x7fffffff, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(13, amomaxu.w.rl, sw, lw, 0xffffffff80000000, 0x100000000, 0xffffffff80000000)
  CHECK_AMO(15, amomaxu.w.aqrl, sw, lw, 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000000)
  CHECK_AMO(17, amomaxu.w, sw, lw, 0x76543210, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(19, amomaxu.w.aq, sw, lw, 0x76543210, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(21, amomaxu.w.rl, sw, lw, 0xffffffffffffffff, 0xfedcba9876543210, 0xffffffffffffffff)
  CHECK_AMO(23, amomaxu.w.aqrl, sw, lw, 0x1, 0xaaaaaaaa55555555, 0x55555555)
  CHECK_AMO(25, amomaxu.w, sw, lw, 0xfffffffffffffff9, 0x3, 0xfffffffffffffff9)
  CHECK_AMO(27, amomaxu.w.aq, sw, lw, 0xffffffffffffffff, 0xffffffffffff8000, 0xffffffffffffffff)
  CHECK_AMO(29, amomaxu.w.rl, sw, lw, 0x76543210, 0x1, 0x76543210)
  CHECK_AMO(31, amomaxu.w.aqrl, sw, lw, 0x0, 0x0, 0x0)
  CHECK_AMO(33, amomaxu.w, sw, lw, 0xffffffffffffffff, 0xaaaaaaaa55555555, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(35, amomaxu.w.aq, sw, lw, 0xffffffffffffffff, 0x8000000000000000, 0xffffffffffffffff)
  CHECK_AMO(37, amomaxu.w.rl, sw, lw, 0xffffffffffff8000, 0x8000000000000000, 0xffffffffffff8000)
  CHECK_AMO(39, amomaxu.w.aqrl, sw, lw, 0x55555555, 0x3, 0x55555555)
  CHECK_AMO(41, amomaxu.w, sw, lw, 0x0, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(43, amomaxu.w.aq, sw, lw, 0x7fffffff, 0x8000000000000000, 0x7fffffff)
  CHECK_AMO(45, amomaxu.w.rl, sw, lw, 0x7af9f7f6, 0x88ecca0b1e183428, 0x7af9f7f6)
  CHECK_AMO(47, amomaxu.w.aqrl, sw, lw, 0x3d1644ab, 0x13aee163ffa27bb6, 0xffffffffffa27bb6)
  CHECK_AMO_RESULT_IS_OPERAND(49, amomaxu.w, sw, lw, 0xffffffffe774cffc, 0x3db29b2a49764153, 0xffffffffe774cffc)
  CHECK_AMO(51, amomaxu.w.aq, sw, lw, 0xffffffff9a8623fa, 0xb5a7a91ee2454370, 0xffffffffe2454370)
  CHECK_AMO(53, amomaxu.w.rl, sw, lw, 0x1e172807, 0xe31ba4cd8d239b14, 0xffffffff8d239b14)
  CHECK_AMO(55, amomaxu.w.aqrl, sw, lw, 0xe244b4, 0x9de21a299e16e8af, 0xffffffff9e16e8af)
  CHECK(57, a0, 0x1122334480000001, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amomaxu.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x8000000155667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amomaxu.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x6645b105, la a1, isa_word; li a2, 0x6645b105; sw a2, 0(a1); li a3, 0x7ba7019; amomaxu.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x6645b105, la a1, isa_word; li a2, 0x6645b105; sw a2, 0(a1); li a3, 0x7ba7019; amomaxu.w a4, a3, (a1); amomaxu.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
