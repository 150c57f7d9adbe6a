# lhu: every place of two double words around the base, offsets at the limits, results used at once.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_LOAD(1, lhu, 0xff, isa_middle, -16)
  CHECK_LOAD(2, lhu, 0xff0, isa_middle, -14)
  CHECK_LOAD(3, lhu, 0x7f80, isa_middle, -12)
  CHECK_LOAD(4, lhu, 0xe412, isa_middle, -10)
  CHECK_LOAD(5, lhu, 0x0, isa_middle, -8)
  CHECK_LOAD(6, lhu, 0x8000, isa_middle, -6)
  CHECK_LOAD(7, lhu, 0xffff, isa_middle, -4)
  CHECK_LOAD(8, lhu, 0x7fff, isa_middle, -2)
  CHECK_LOAD(9, lhu, 0x4321, isa_middle, 0)
  CHECK_LOAD(10, lhu, 0x8765, isa_middle, 2)
  CHECK_LOAD(11, lhu, 0xcba9, isa_middle, 4)
  CHECK_LOAD(12, lhu, 0xfed, isa_middle, 6)
  CHECK_LOAD(13, lhu, 0xdcfe, isa_middle, 8)
  CHECK_LOAD(14, lhu, 0x98ba, isa_middle, 10)
  CHECK_LOAD(15, lhu, 0x5476, isa_middle, 12)
  CHECK_LOAD(16, lhu, 0x1032, isa_middle, 14)
  CHECK_LOAD_USED_AFTER(17, 0, lhu, 0x0, isa_middle, -8)
  CHECK_LOAD_USED_AFTER(18, 1, lhu, 0x4321, isa_middle, 0)
  CHECK_LOAD_USED_AFTER(19, 2, lhu, 0xdcfe, isa_middle, 8)
  CHECK_LOAD_BASE_IS_RESULT(20, lhu, 0xdcfe, isa_middle, 8)
  CHECK(21, a0, 0x4321, la a1, isa_middle + 2048; lhu a0, -2048(a1))
  CHECK(22, a0, 0x4321, la a1, isa_middle - 2040; lhu a0, 2040(a1))
  CHECK(23, zero, 0, la a1, isa_middle; lhu zero, 0(a1))
  CHECK(24, a2, 0x1201f, la a1, isa_middle; lhu a0, 0(a1); lhu a2, 8(a1); add a2, a2, a0)
  TEST_END
isa_first:
  .byte 0xff, 0x00, 0xf0, 0x0f, 0x80, 0x7f, 0x12, 0xe4
  .byte 0x00, 0x00, 0x00, 0x80, 0xff, 0xff, 0xff, 0x7f
isa_middle:
  .byte 0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f
  .byte 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10
