# amominu.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amominu.w, sw, lw, 0xffffffffffffffff, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(3, amominu.w.aq, sw, lw, 0xffffffff80000000, 0x100000000, 0x0)
  CHECK_AMO(5, amominu.w.rl, sw, lw, 0x3, 0x7fffffffffffffff, 0x3)
  CHECK_AMO_RESULT_IS_OPERAND(7, amominu.w.aqrl, sw, lw, 0x0, 0xfffffffffffffff9, 0x0)
  CHECK_AMO(9, amominu.w, sw, lw, 0x7fffffff, 0xffffffff, 0x7fffffff)
  CHECK_AMO(11, amominu.w.aq, sw, lw, 0x0, 0x100000000, 0x0)
  CHECK_AMO(13, amominu.w.rl, sw, lw, 0xffffffff89abcdef, 0x3, 0x3)
  CHECK_AMO(15, amominu.w.aqrl, sw, lw, 0x0, 0x3, 0x0)
  CHECK_AMO(17, amominu.w, sw, lw, 0x0, 0xfffffffffffffff9, 0x0)
  CHECK_AMO(19, amominu.w.aq, sw, lw, 0x0, 0xffffffffffff8000, 0x0)
  CHECK_AMO_RESULT_IS_OPERAND(21, amominu.w.rl, sw, lw, 0x7fffffff, 0x100000000, 0x0)
  CHECK_AMO(23, amominu.w.aqrl, sw, lw, 0xffffffffffffffff, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(25, amominu.w, sw, lw, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffff80000000)
  CHECK_AMO(27, amominu.w.aq, sw, lw, 0x76543210, 0x80000000, 0x76543210)
  CHECK_AMO(29, amominu.w.rl, sw, lw, 0x76543210, 0x7fffffffffffffff, 0x76543210)
  CHECK_AMO(31, amominu.w.aqrl, sw, lw, 0x0, 0x8000000000000000, 0x0)
  CHECK_AMO(33, amominu.w, sw, lw, 0xffffffff80000000, 0xfedcba9876543210, 0x76543210)
  CHECK_AMO_RESULT_IS_OPERAND(35, amominu.w.aq, sw, lw, 0x0, 0xffffffffffff8000, 0x0)
  CHECK_AMO(37, amominu.w.rl, sw, lw, 0xfffffffffffffff9, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(39, amominu.w.aqrl, sw, lw, 0xffffffffffffffff, 0xfedcba9876543210, 0x76543210)
  CHECK_AMO(41, amominu.w, sw, lw, 0x7fffffff, 0xffffffffffff8000, 0x7fffffff)
  CHECK_AMO(43, amominu.w.aq, sw, lw, 0x55555555, 0x8000000000000000, 0x0)
  CHECK_AMO(45, amominu.w.rl, sw, lw, 0xfffffffff6d6fa74, 0x6bf9edb426cb4573, 0x26cb4573)
  CHECK_AMO(47, amominu.w.aqrl, sw, lw, 0xffffffff9b6743be, 0xc2c98172ed7cf375, 0xffffffff9b6743be)
  CHECK_AMO_RESULT_IS_OPERAND(49, amominu.w, sw, lw, 0x38cc06c5, 0xa58aa81c4a5ddf, 0x1c4a5ddf)
  CHECK_AMO(51, amominu.w.aq, sw, lw, 0x1d1ef19c, 0x40ffc4bebdaf68c, 0x1d1ef19c)
  CHECK_AMO(53, amominu.w.rl, sw, lw, 0x51f33fc7, 0xdef1ead898681667, 0x51f33fc7)
  CHECK_AMO(55, amominu.w.aqrl, sw, lw, 0x4fe2fb3a, 0x4fd24e440de431c1, 0xde431c1)
  CHECK(57, a0, 0x1122334455667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amominu.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x1122334455667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amominu.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x583a93ec, la a1, isa_word; li a2, 0x738dfb98; sw a2, 0(a1); li a3, 0x583a93ec; amominu.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x583a93ec, la a1, isa_word; li a2, 0x738dfb98; sw a2, 0(a1); li a3, 0x583a93ec; amominu.w a4, a3, (a1); amominu.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
