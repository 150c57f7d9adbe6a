# lb: every place of two double words around the base, offsets at the limits, results used at once.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_LOAD(1, lb, 0xffffffffffffffff, isa_middle, -16)
  CHECK_LOAD(2, lb, 0x0, isa_middle, -15)
  CHECK_LOAD(3, lb, 0xfffffffffffffff0, isa_middle, -14)
  CHECK_LOAD(4, lb, 0xf, isa_middle, -13)
  CHECK_LOAD(5, lb, 0xffffffffffffff80, isa_middle, -12)
  CHECK_LOAD(6, lb, 0x7f, isa_middle, -11)
  CHECK_LOAD(7, lb, 0x12, isa_middle, -10)
  CHECK_LOAD(8, lb, 0xffffffffffffffe4, isa_middle, -9)
  CHECK_LOAD(9, lb, 0x0, isa_middle, -8)
  CHECK_LOAD(10, lb, 0x0, isa_middle, -7)
  CHECK_LOAD(11, lb, 0x0, isa_middle, -6)
  CHECK_LOAD(12, lb, 0xffffffffffffff80, isa_middle, -5)
  CHECK_LOAD(13, lb, 0xffffffffffffffff, isa_middle, -4)
  CHECK_LOAD(14, lb, 0xffffffffffffffff, isa_middle, -3)
  CHECK_LOAD(15, lb, 0xffffffffffffffff, isa_middle, -2)
  CHECK_LOAD(16, lb, 0x7f, isa_middle, -1)
  CHECK_LOAD(17, lb, 0x21, isa_middle, 0)
  CHECK_LOAD(18, lb, 0x43, isa_middle, 1)
  CHECK_LOAD(19, lb, 0x65, isa_middle, 2)
  CHECK_LOAD(20, lb, 0xffffffffffffff87, isa_middle, 3)
  CHECK_LOAD(21, lb, 0xffffffffffffffa9, isa_middle, 4)
  CHECK_LOAD(22, lb, 0xffffffffffffffcb, isa_middle, 5)
  CHECK_LOAD(23, lb, 0xffffffffffffffed, isa_middle, 6)
  CHECK_LOAD(24, lb, 0xf, isa_middle, 7)
  CHECK_LOAD(25, lb, 0xfffffffffffffffe, isa_middle, 8)
  CHECK_LOAD(26, lb, 0xffffffffffffffdc, isa_middle, 9)
  CHECK_LOAD(27, lb, 0xffffffffffffffba, isa_middle, 10)
  CHECK_LOAD(28, lb, 0xffffffffffffff98, isa_middle, 11)
  CHECK_LOAD(29, lb, 0x76, isa_middle, 12)
  CHECK_LOAD(30, lb, 0x54, isa_middle, 13)
  CHECK_LOAD(31, lb, 0x32, isa_middle, 14)
  CHECK_LOAD(32, lb, 0x10, isa_middle, 15)
  CHECK_LOAD_USED_AFTER(33, 0, lb, 0x0, isa_middle, -8)
  CHECK_LOAD_USED_AFTER(34, 1, lb, 0x21, isa_middle, 0)
  CHECK_LOAD_USED_AFTER(35, 2, lb, 0xfffffffffffffffe, isa_middle, 8)
  CHECK_LOAD_BASE_IS_RESULT(36, lb, 0xfffffffffffffffe, isa_middle, 8)
  CHECK(37, a0, 0x21, la a1, isa_middle + 2048; lb a0, -2048(a1))
  CHECK(38, a0, 0x21, la a1, isa_middle - 2040; lb a0, 2040(a1))
  CHECK(39, zero, 0, la a1, isa_middle; lb zero, 0(a1))
  CHECK(40, a2, 0x1f, la a1, isa_middle; lb a0, 0(a1); lb a2, 8(a1); add a2, a2, a0)
  TEST_END
isa_first:
  .byte 0xff, 0x00, 0xf0, 0x0f, 0x80, 0x7f, 0x12, 0xe4
  .byte 0x00, 0x00, 0x00, 0x80, 0xff, 0xff, 0xff, 0x7f
isa_middle:
  .byte 0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f
  .byte 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10
