# amoadd.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoadd.w, sw, lw, 0xffffffff80000000, 0x1, 0xffffffff80000001)
  CHECK_AMO(3, amoadd.w.aq, sw, lw, 0xffffffff80000000, 0x0, 0xffffffff80000000)
  CHECK_AMO(5, amoadd.w.rl, sw, lw, 0x1, 0x7fff, 0x8000)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoadd.w.aqrl, sw, lw, 0x76543210, 0x0, 0x76543210)
  CHECK_AMO(9, amoadd.w, sw, lw, 0x0, 0x7fffffff, 0x7fffffff)
  CHECK_AMO(11, amoadd.w.aq, sw, lw, 0xffffffffffffffff, 0x3, 0x2)
  CHECK_AMO(13, amoadd.w.rl, sw, lw, 0x55555555, 0x123456789abcdef, 0xffffffffdf012344)
  CHECK_AMO(15, amoadd.w.aqrl, sw, lw, 0x7fff, 0x1, 0x8000)
  CHECK_AMO(17, amoadd.w, sw, lw, 0xffffffff89abcdef, 0x3, 0xffffffff89abcdf2)
  CHECK_AMO(19, amoadd.w.aq, sw, lw, 0xffffffff80000000, 0x7fffffff, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoadd.w.rl, sw, lw, 0xffffffffffffffff, 0xffffffff80000000, 0x7fffffff)
  CHECK_AMO(23, amoadd.w.aqrl, sw, lw, 0x3, 0xffffffffffff8000, 0xffffffffffff8003)
  CHECK_AMO(25, amoadd.w, sw, lw, 0xffffffffffff8000, 0xffffffff80000000, 0x7fff8000)
  CHECK_AMO(27, amoadd.w.aq, sw, lw, 0xffffffff80000000, 0x100000000, 0xffffffff80000000)
  CHECK_AMO(29, amoadd.w.rl, sw, lw, 0xffffffff80000000, 0x100000000, 0xffffffff80000000)
  CHECK_AMO(31, amoadd.w.aqrl, sw, lw, 0xffffffffffff8000, 0x8000000000000000, 0xffffffffffff8000)
  CHECK_AMO(33, amoadd.w, sw, lw, 0x0, 0x123456789abcdef, 0xffffffff89abcdef)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoadd.w.aq, sw, lw, 0xffffffffffff8000, 0x7fffffffffffffff, 0xffffffffffff7fff)
  CHECK_AMO(37, amoadd.w.rl, sw, lw, 0xffffffffffffffff, 0x7fffffffffffffff, 0xfffffffffffffffe)
  CHECK_AMO(39, amoadd.w.aqrl, sw, lw, 0x0, 0xffffffff80000000, 0xffffffff80000000)
  CHECK_AMO(41, amoadd.w, sw, lw, 0x0, 0xffffffff80000000, 0xffffffff80000000)
  CHECK_AMO(43, amoadd.w.aq, sw, lw, 0x7fffffff, 0x3, 0xffffffff80000002)
  CHECK_AMO(45, amoadd.w.rl, sw, lw, 0xffffffffc3076105, 0x930aacab9f39b193, 0x62411298)
  CHECK_AMO(47, amoadd.w.aqrl, sw, lw, 0xffffffffee692d3d, 0xf261b5fb5182e01a, 0x3fec0d57)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoadd.w, sw, lw, 0x7b4b18a9, 0x7d6e026905efcd63, 0xffffffff813ae60c)
  CHECK_AMO(51, amoadd.w.aq, sw, lw, 0xffffffffc5f95a05, 0xa650fd1700864dde, 0xffffffffc67fa7e3)
  CHECK_AMO(53, amoadd.w.rl, sw, lw, 0x3ca7040e, 0xc45f23eaaac17128, 0xffffffffe7687536)
  CHECK_AMO(55, amoadd.w.aqrl, sw, lw, 0x4d589742, 0x4fbf9cdab36c9905, 0xc53047)
  CHECK(57, a0, 0x11223344d5667789, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amoadd.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x9122334555667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amoadd.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0xffffffffc1d690b3, la a1, isa_word; li a2, 0x7340c2b3; sw a2, 0(a1); li a3, 0x4e95ce00; amoadd.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x106c5eb3, la a1, isa_word; li a2, 0x7340c2b3; sw a2, 0(a1); li a3, 0x4e95ce00; amoadd.w a4, a3, (a1); amoadd.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
