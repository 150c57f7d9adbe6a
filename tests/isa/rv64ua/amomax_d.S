# amomax.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amomax.d, sd, ld, 0xaaaaaaaa55555555, 0x7fff, 0x7fff)
  CHECK_AMO(3, amomax.d.aq, sd, ld, 0xffffffff, 0xaaaaaaaa55555555, 0xffffffff)
  CHECK_AMO(5, amomax.d.rl, sd, ld, 0x7fff, 0xffffffffffffffff, 0x7fff)
  CHECK_AMO_RESULT_IS_OPERAND(7, amomax.d.aqrl, sd, ld, 0x0, 0x80000000, 0x80000000)
  CHECK_AMO(9, amomax.d, sd, ld, 0xffffffff, 0x7fffffffffffffff, 0x7fffffffffffffff)
  CHECK_AMO(11, amomax.d.aq, sd, ld, 0x3, 0x3, 0x3)
  CHECK_AMO(13, amomax.d.rl, sd, ld, 0x7fffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff)
  CHECK_AMO(15, amomax.d.aqrl, sd, ld, 0x80000000, 0xffffffff80000000, 0x80000000)
  CHECK_AMO(17, amomax.d, sd, ld, 0xaaaaaaaa55555555, 0x100000000, 0x100000000)
  CHECK_AMO(19, amomax.d.aq, sd, ld, 0xffffffff, 0x3, 0xffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(21, amomax.d.rl, sd, ld, 0x0, 0x100000000, 0x100000000)
  CHECK_AMO(23, amomax.d.aqrl, sd, ld, 0x100000000, 0x1, 0x100000000)
  CHECK_AMO(25, amomax.d, sd, ld, 0x7fffffff, 0x100000000, 0x100000000)
  CHECK_AMO(27, amomax.d.aq, sd, ld, 0xfffffffffffffff9, 0x7fff, 0x7fff)
  CHECK_AMO(29, amomax.d.rl, sd, ld, 0xffffffff80000000, 0xfedcba9876543210, 0xffffffff80000000)
  CHECK_AMO(31, amomax.d.aqrl, sd, ld, 0xffffffff, 0xfffffffffffffff9, 0xffffffff)
  CHECK_AMO(33, amomax.d, sd, ld, 0xffffffff80000000, 0x3, 0x3)
  CHECK_AMO_RESULT_IS_OPERAND(35, amomax.d.aq, sd, ld, 0xffffffffffffffff, 0x80000000, 0x80000000)
  CHECK_AMO(37, amomax.d.rl, sd, ld, 0x100000000, 0x7fffffff, 0x100000000)
  CHECK_AMO(39, amomax.d.aqrl, sd, ld, 0xfffffffffffffff9, 0x3, 0x3)
  CHECK_AMO(41, amomax.d, sd, ld, 0x123456789abcdef, 0x80000000, 0x123456789abcdef)
  CHECK_AMO(43, amomax.d.aq, sd, ld, 0xfffffffffffffff9, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(45, amomax.d.rl, sd, ld, 0x2b3bdfa79f05d482, 0x219a52ef139ca90e, 0x2b3bdfa79f05d482)
  CHECK_AMO(47, amomax.d.aqrl, sd, ld, 0xcc7eccda3fa28cf8, 0x7a41f0ccbace3715, 0x7a41f0ccbace3715)
  CHECK_AMO_RESULT_IS_OPERAND(49, amomax.d, sd, ld, 0x665d156a3da10886, 0x81088aefe2f3e52a, 0x665d156a3da10886)
  CHECK_AMO(51, amomax.d.aq, sd, ld, 0x1d02661122ec37dd, 0x29601eefa3211328, 0x29601eefa3211328)
  CHECK_AMO(53, amomax.d.rl, sd, ld, 0x4916230d270eba21, 0xf5877d45c1f6f79c, 0x4916230d270eba21)
  CHECK_AMO(55, amomax.d.aqrl, sd, ld, 0xfd459bb3a317f6e0, 0x43a2f129f95eab45, 0x43a2f129f95eab45)
  CHECK(57, a0, 0x765ad74d, la a1, isa_word; li a2, 0x2c171642; sd a2, 0(a1); li a3, 0x765ad74d; amomax.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x765ad74d, la a1, isa_word; li a2, 0x2c171642; sd a2, 0(a1); li a3, 0x765ad74d; amomax.d a4, a3, (a1); amomax.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
