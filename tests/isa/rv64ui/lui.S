# lui: the immediate in bits 31:12, sign-extended.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x0, lui a0, 0x0)
  CHECK(2, a0, 0x1000, lui a0, 0x1)
  CHECK(3, a0, 0x7ffff000, lui a0, 0x7ffff)
  CHECK(4, a0, 0xffffffff80000000, lui a0, 0x80000)
  CHECK(5, a0, 0xfffffffffffff000, lui a0, 0xfffff)
  CHECK(6, a0, 0x12345000, lui a0, 0x12345)
  CHECK(7, a0, 0xffffffffabcde000, lui a0, 0xabcde)
  CHECK(8, zero, 0, lui zero, 0x80000)
  CHECK(9, a1, 0x12345678, lui a0, 0x12345; addi a1, a0, 0x678)
  TEST_END
