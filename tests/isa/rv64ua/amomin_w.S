# amomin.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amomin.w, sw, lw, 0x3, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(3, amomin.w.aq, sw, lw, 0xffffffffffff8000, 0xaaaaaaaa55555555, 0xffffffffffff8000)
  CHECK_AMO(5, amomin.w.rl, sw, lw, 0xffffffffffffffff, 0x3, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(7, amomin.w.aqrl, sw, lw, 0x3, 0x8000000000000000, 0x0)
  CHECK_AMO(9, amomin.w, sw, lw, 0x0, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(11, amomin.w.aq, sw, lw, 0xffffffffffff8000, 0x123456789abcdef, 0xffffffff89abcdef)
  CHECK_AMO(13, amomin.w.rl, sw, lw, 0x7fffffff, 0xfedcba9876543210, 0x76543210)
  CHECK_AMO(15, amomin.w.aqrl, sw, lw, 0x0, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(17, amomin.w, sw, lw, 0xffffffff89abcdef, 0xfedcba9876543210, 0xffffffff89abcdef)
  CHECK_AMO(19, amomin.w.aq, sw, lw, 0xfffffffffffffff9, 0xffffffff80000000, 0xffffffff80000000)
  CHECK_AMO_RESULT_IS_OPERAND(21, amomin.w.rl, sw, lw, 0x0, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(23, amomin.w.aqrl, sw, lw, 0x3, 0x100000000, 0x0)
  CHECK_AMO(25, amomin.w, sw, lw, 0xfffffffffffffff9, 0x0, 0xfffffffffffffff9)
  CHECK_AMO(27, amomin.w.aq, sw, lw, 0xffffffffffffffff, 0xfedcba9876543210, 0xffffffffffffffff)
  CHECK_AMO(29, amomin.w.rl, sw, lw, 0xffffffff80000000, 0xffffffff, 0xffffffff80000000)
  CHECK_AMO(31, amomin.w.aqrl, sw, lw, 0xfffffffffffffff9, 0x7fffffff, 0xfffffffffffffff9)
  CHECK_AMO(33, amomin.w, sw, lw, 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000000)
  CHECK_AMO_RESULT_IS_OPERAND(35, amomin.w.aq, sw, lw, 0x55555555, 0x100000000, 0x0)
  CHECK_AMO(37, amomin.w.rl, sw, lw, 0xffffffff80000000, 0x7fffffffffffffff, 0xffffffff80000000)
  CHECK_AMO(39, amomin.w.aqrl, sw, lw, 0xffffffff89abcdef, 0xffffffff, 0xffffffff89abcdef)
  CHECK_AMO(41, amomin.w, sw, lw, 0x7fffffff, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(43, amomin.w.aq, sw, lw, 0x0, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(45, amomin.w.rl, sw, lw, 0x7317be74, 0xe9c5ddc526b7c931, 0x26b7c931)
  CHECK_AMO(47, amomin.w.aqrl, sw, lw, 0xffffffffe415fd36, 0xe45dfd140667de8a, 0xffffffffe415fd36)
  CHECK_AMO_RESULT_IS_OPERAND(49, amomin.w, sw, lw, 0xffffffffe18a5a0d, 0xfc4b727f6223ae17, 0xffffffffe18a5a0d)
  CHECK_AMO(51, amomin.w.aq, sw, lw, 0xffffffff9481d84f, 0xd1152a74f0dace70, 0xffffffff9481d84f)
  CHECK_AMO(53, amomin.w.rl, sw, lw, 0xffffffffe1fb46ff, 0xbef092cc33db0dbe, 0xffffffffe1fb46ff)
  CHECK_AMO(55, amomin.w.aqrl, sw, lw, 0xffffffffe03af2c6, 0xf3693609d86195e3, 0xffffffffd86195e3)
  CHECK(57, a0, 0x1122334480000001, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amomin.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x8000000155667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amomin.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x3050367e, la a1, isa_word; li a2, 0x727fd6b4; sw a2, 0(a1); li a3, 0x3050367e; amomin.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x3050367e, la a1, isa_word; li a2, 0x727fd6b4; sw a2, 0(a1); li a3, 0x3050367e; amomin.w a4, a3, (a1); amomin.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
