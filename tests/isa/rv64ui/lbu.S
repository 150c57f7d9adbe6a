# lbu: every place of two double words around the base, offsets at the limits, results used at once.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_LOAD(1, lbu, 0xff, isa_middle, -16)
  CHECK_LOAD(2, lbu, 0x0, isa_middle, -15)
  CHECK_LOAD(3, lbu, 0xf0, isa_middle, -14)
  CHECK_LOAD(4, lbu, 0xf, isa_middle, -13)
  CHECK_LOAD(5, lbu, 0x80, isa_middle, -12)
  CHECK_LOAD(6, lbu, 0x7f, isa_middle, -11)
  CHECK_LOAD(7, lbu, 0x12, isa_middle, -10)
  CHECK_LOAD(8, lbu, 0xe4, isa_middle, -9)
  CHECK_LOAD(9, lbu, 0x0, isa_middle, -8)
  CHECK_LOAD(10, lbu, 0x0, isa_middle, -7)
  CHECK_LOAD(11, lbu, 0x0, isa_middle, -6)
  CHECK_LOAD(12, lbu, 0x80, isa_middle, -5)
  CHECK_LOAD(13, lbu, 0xff, isa_middle, -4)
  CHECK_LOAD(14, lbu, 0xff, isa_middle, -3)
  CHECK_LOAD(15, lbu, 0xff, isa_middle, -2)
  CHECK_LOAD(16, lbu, 0x7f, isa_middle, -1)
  CHECK_LOAD(17, lbu, 0x21, isa_middle, 0)
  CHECK_LOAD(18, lbu, 0x43, isa_middle, 1)
  CHECK_LOAD(19, lbu, 0x65, isa_middle, 2)
  CHECK_LOAD(20, lbu, 0x87, isa_middle, 3)
  CHECK_LOAD(21, lbu, 0xa9, isa_middle, 4)
  CHECK_LOAD(22, lbu, 0xcb, isa_middle, 5)
  CHECK_LOAD(23, lbu, 0xed, isa_middle, 6)
  CHECK_LOAD(24, lbu, 0xf, isa_middle, 7)
  CHECK_LOAD(25, lbu, 0xfe, isa_middle, 8)
  CHECK_LOAD(26, lbu, 0xdc, isa_middle, 9)
  CHECK_LOAD(27, lbu, 0xba, isa_middle, 10)
  CHECK_LOAD(28, lbu, 0x98, isa_middle, 11)
  CHECK_LOAD(29, lbu, 0x76, isa_middle, 12)
  CHECK_LOAD(30, lbu, 0x54, isa_middle, 13)
  CHECK_LOAD(31, lbu, 0x32, isa_middle, 14)
  CHECK_LOAD(32, lbu, 0x10, isa_middle, 15)
  CHECK_LOAD_USED_AFTER(33, 0, lbu, 0x0, isa_middle, -8)
  CHECK_LOAD_USED_AFTER(34, 1, lbu, 0x21, isa_middle, 0)
  CHECK_LOAD_USED_AFTER(35, 2, lbu, 0xfe, isa_middle, 8)
  CHECK_LOAD_BASE_IS_RESULT(36, lbu, 0xfe, isa_middle, 8)
  CHECK(37, a0, 0x21, la a1, isa_middle + 2048; lbu a0, -2048(a1))
  CHECK(38, a0, 0x21, la a1, isa_middle - 2040; lbu a0, 2040(a1))
  CHECK(39, zero, 0, la a1, isa_middle; lbu zero, 0(a1))
  CHECK(40, a2, 0x11f, la a1, isa_middle; lbu a0, 0(a1); lbu a2, 8(a1); add a2, a2, a0)
  TEST_END
isa_first:
  .byte 0xff, 0x00, 0xf0, 0x0f, 0x80, 0x7f, 0x12, 0xe4
  .byte 0x00, 0x00, 0x00, 0x80, 0xff, 0xff, 0xff, 0x7f
isa_middle:
  .byte 0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f
  .byte 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10
