# lwu: every place of two double words around the base, offsets at the limits, results used at once.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_LOAD(1, lwu, 0xff000ff, isa_middle, -16)
  CHECK_LOAD(2, lwu, 0xe4127f80, isa_middle, -12)
  CHECK_LOAD(3, lwu, 0x80000000, isa_middle, -8)
  CHECK_LOAD(4, lwu, 0x7fffffff, isa_middle, -4)
  CHECK_LOAD(5, lwu, 0x87654321, isa_middle, 0)
  CHECK_LOAD(6, lwu, 0xfedcba9, isa_middle, 4)
  CHECK_LOAD(7, lwu, 0x98badcfe, isa_middle, 8)
  CHECK_LOAD(8, lwu, 0x10325476, isa_middle, 12)
  CHECK_LOAD_USED_AFTER(9, 0, lwu, 0x80000000, isa_middle, -8)
  CHECK_LOAD_USED_AFTER(10, 1, lwu, 0x87654321, isa_middle, 0)
  CHECK_LOAD_USED_AFTER(11, 2, lwu, 0x98badcfe, isa_middle, 8)
  CHECK_LOAD_BASE_IS_RESULT(12, lwu, 0x98badcfe, isa_middle, 8)
  CHECK(13, a0, 0x87654321, la a1, isa_middle + 2048; lwu a0, -2048(a1))
  CHECK(14, a0, 0x87654321, la a1, isa_middle - 2040; lwu a0, 2040(a1))
  CHECK(15, zero, 0, la a1, isa_middle; lwu zero, 0(a1))
  CHECK(16, a2, 0x12020201f, la a1, isa_middle; lwu a0, 0(a1); lwu a2, 8(a1); add a2, a2, a0)
  TEST_END
isa_first:
  .byte 0xff, 0x00, 0xf0, 0x0f, 0x80, 0x7f, 0x12, 0xe4
  .byte 0x00, 0x00, 0x00, 0x80, 0xff, 0xff, 0xff, 0x7f
isa_middle:
  .byte 0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f
  .byte 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10
