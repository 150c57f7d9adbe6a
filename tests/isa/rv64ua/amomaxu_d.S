# amomaxu.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amomaxu.d, sd, ld, 0x8000000000000000, 0xfedcba9876543210, 0xfedcba9876543210)
  CHECK_AMO(3, amomaxu.d.aq, sd, ld, 0xffffffff, 0x80000000, 0xffffffff)
  CHECK_AMO(5, amomaxu.d.rl, sd, ld, 0x7fff, 0x1, 0x7fff)
  CHECK_AMO_RESULT_IS_OPERAND(7, amomaxu.d.aqrl, sd, ld, 0x1, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(9, amomaxu.d, sd, ld, 0xaaaaaaaa55555555, 0x123456789abcdef, 0xaaaaaaaa55555555)
  CHECK_AMO(11, amomaxu.d.aq, sd, ld, 0x123456789abcdef, 0xffffffff80000000, 0xffffffff80000000)
  CHECK_AMO(13, amomaxu.d.rl, sd, ld, 0xffffffff80000000, 0x0, 0xffffffff80000000)
  CHECK_AMO(15, amomaxu.d.aqrl, sd, ld, 0x0, 0x0, 0x0)
  CHECK_AMO(17, amomaxu.d, sd, ld, 0x0, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO(19, amomaxu.d.aq, sd, ld, 0x1, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO_RESULT_IS_OPERAND(21, amomaxu.d.rl, sd, ld, 0xfffffffffffffff9, 0x0, 0xfffffffffffffff9)
  CHECK_AMO(23, amomaxu.d.aqrl, sd, ld, 0x7fffffff, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO(25, amomaxu.d, sd, ld, 0xffffffffffffffff, 0x3, 0xffffffffffffffff)
  CHECK_AMO(27, amomaxu.d.aq, sd, ld, 0x7fffffff, 0xffffffff, 0xffffffff)
  CHECK_AMO(29, amomaxu.d.rl, sd, ld, 0x3, 0x7fff, 0x7fff)
  CHECK_AMO(31, amomaxu.d.aqrl, sd, ld, 0xffffffffffff8000, 0x7fff, 0xffffffffffff8000)
  CHECK_AMO(33, amomaxu.d, sd, ld, 0xffffffffffffffff, 0xffffffff, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(35, amomaxu.d.aq, sd, ld, 0x3, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(37, amomaxu.d.rl, sd, ld, 0x123456789abcdef, 0x100000000, 0x123456789abcdef)
  CHECK_AMO(39, amomaxu.d.aqrl, sd, ld, 0xfffffffffffffff9, 0xfedcba9876543210, 0xfffffffffffffff9)
  CHECK_AMO(41, amomaxu.d, sd, ld, 0x0, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(43, amomaxu.d.aq, sd, ld, 0x7fffffffffffffff, 0x7fff, 0x7fffffffffffffff)
  CHECK_AMO(45, amomaxu.d.rl, sd, ld, 0x1c14afa18996638a, 0x52179c7e840117fb, 0x52179c7e840117fb)
  CHECK_AMO(47, amomaxu.d.aqrl, sd, ld, 0xc521222f599f1a41, 0xe81985d0be8c75db, 0xe81985d0be8c75db)
  CHECK_AMO_RESULT_IS_OPERAND(49, amomaxu.d, sd, ld, 0x4b26b12c50f2d58d, 0x23b2c989233a25a1, 0x4b26b12c50f2d58d)
  CHECK_AMO(51, amomaxu.d.aq, sd, ld, 0x22ab9363f1a89b3a, 0x6f7bcb07bf138007, 0x6f7bcb07bf138007)
  CHECK_AMO(53, amomaxu.d.rl, sd, ld, 0x303bbd4bca5bf6fc, 0x9be6588599d12f94, 0x9be6588599d12f94)
  CHECK_AMO(55, amomaxu.d.aqrl, sd, ld, 0x43f4516c3c1ec5ae, 0x5de8dd986aeedae9, 0x5de8dd986aeedae9)
  CHECK(57, a0, 0x7247fa46, la a1, isa_word; li a2, 0x7247fa46; sd a2, 0(a1); li a3, 0x664abe90; amomaxu.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x7247fa46, la a1, isa_word; li a2, 0x7247fa46; sd a2, 0(a1); li a3, 0x664abe90; amomaxu.d a4, a3, (a1); amomaxu.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
