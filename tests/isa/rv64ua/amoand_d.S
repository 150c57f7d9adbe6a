# amoand.d: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoand.d, sd, ld, 0xfffffffffffffff9, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO(3, amoand.d.aq, sd, ld, 0x80000000, 0x7fff, 0x0)
  CHECK_AMO(5, amoand.d.rl, sd, ld, 0xffffffffffffffff, 0x1, 0x1)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoand.d.aqrl, sd, ld, 0x7fff, 0xffffffff, 0x7fff)
  CHECK_AMO(9, amoand.d, sd, ld, 0xffffffffffffffff, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(11, amoand.d.aq, sd, ld, 0x7fffffff, 0x1, 0x1)
  CHECK_AMO(13, amoand.d.rl, sd, ld, 0xffffffffffff8000, 0x7fff, 0x0)
  CHECK_AMO(15, amoand.d.aqrl, sd, ld, 0x7fffffff, 0x100000000, 0x0)
  CHECK_AMO(17, amoand.d, sd, ld, 0xffffffffffffffff, 0xffffffff, 0xffffffff)
  CHECK_AMO(19, amoand.d.aq, sd, ld, 0xfedcba9876543210, 0x8000000000000000, 0x8000000000000000)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoand.d.rl, sd, ld, 0x8000000000000000, 0x123456789abcdef, 0x0)
  CHECK_AMO(23, amoand.d.aqrl, sd, ld, 0x100000000, 0xffffffffffffffff, 0x100000000)
  CHECK_AMO(25, amoand.d, sd, ld, 0x123456789abcdef, 0xaaaaaaaa55555555, 0x22002201014545)
  CHECK_AMO(27, amoand.d.aq, sd, ld, 0x3, 0x8000000000000000, 0x0)
  CHECK_AMO(29, amoand.d.rl, sd, ld, 0x0, 0xfffffffffffffff9, 0x0)
  CHECK_AMO(31, amoand.d.aqrl, sd, ld, 0x123456789abcdef, 0x7fff, 0x4def)
  CHECK_AMO(33, amoand.d, sd, ld, 0x7fffffff, 0xffffffff, 0x7fffffff)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoand.d.aq, sd, ld, 0x7fffffff, 0x3, 0x3)
  CHECK_AMO(37, amoand.d.rl, sd, ld, 0x7fffffff, 0x7fff, 0x7fff)
  CHECK_AMO(39, amoand.d.aqrl, sd, ld, 0x1, 0xfedcba9876543210, 0x0)
  CHECK_AMO(41, amoand.d, sd, ld, 0x7fffffff, 0x123456789abcdef, 0x9abcdef)
  CHECK_AMO(43, amoand.d.aq, sd, ld, 0xffffffff, 0x80000000, 0x80000000)
  CHECK_AMO(45, amoand.d.rl, sd, ld, 0x6c1caed4413a7e78, 0x4991ea0317610557, 0x4810aa0001200450)
  CHECK_AMO(47, amoand.d.aqrl, sd, ld, 0xee2bce3dfd4d88a6, 0x8a69fb1ed8936c1c, 0x8a29ca1cd8010804)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoand.d, sd, ld, 0x24f8ba6399c57702, 0x9ffd4f2053f4942f, 0x4f80a2011c41402)
  CHECK_AMO(51, amoand.d.aq, sd, ld, 0xd3510417119c9f5e, 0x284b536600fc1d4c, 0x410006009c1d4c)
  CHECK_AMO(53, amoand.d.rl, sd, ld, 0x3ed7cca2458585c8, 0xa50afbe8058261d1, 0x2402c8a0058001c0)
  CHECK_AMO(55, amoand.d.aqrl, sd, ld, 0x49474f5007ee82d5, 0xa7141c9439703efe, 0x1040c10016002d4)
  CHECK(57, a0, 0x28224800, la a1, isa_word; li a2, 0x2e3748b1; sd a2, 0(a1); li a3, 0x28225a04; amoand.d zero, a3, (a1); ld a0, 0(a1))
  CHECK(58, a0, 0x28224800, la a1, isa_word; li a2, 0x2e3748b1; sd a2, 0(a1); li a3, 0x28225a04; amoand.d a4, a3, (a1); amoand.d a4, a3, (a1); ld a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
