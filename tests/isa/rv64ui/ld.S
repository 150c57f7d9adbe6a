# ld: every place of two double words around the base, offsets at the limits, results used at once.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_LOAD(1, ld, 0xe4127f800ff000ff, isa_middle, -16)
  CHECK_LOAD(2, ld, 0x7fffffff80000000, isa_middle, -8)
  CHECK_LOAD(3, ld, 0xfedcba987654321, isa_middle, 0)
  CHECK_LOAD(4, ld, 0x1032547698badcfe, isa_middle, 8)
  CHECK_LOAD_USED_AFTER(5, 0, ld, 0x7fffffff80000000, isa_middle, -8)
  CHECK_LOAD_USED_AFTER(6, 1, ld, 0xfedcba987654321, isa_middle, 0)
  CHECK_LOAD_USED_AFTER(7, 2, ld, 0x1032547698badcfe, isa_middle, 8)
  CHECK_LOAD_BASE_IS_RESULT(8, ld, 0x1032547698badcfe, isa_middle, 8)
  CHECK(9, a0, 0xfedcba987654321, la a1, isa_middle + 2048; ld a0, -2048(a1))
  CHECK(10, a0, 0xfedcba987654321, la a1, isa_middle - 2040; ld a0, 2040(a1))
  CHECK(11, zero, 0, la a1, isa_middle; ld zero, 0(a1))
  CHECK(12, a2, 0x202020202020201f, la a1, isa_middle; ld a0, 0(a1); ld a2, 8(a1); add a2, a2, a0)
  TEST_END
isa_first:
  .byte 0xff, 0x00, 0xf0, 0x0f, 0x80, 0x7f, 0x12, 0xe4
  .byte 0x00, 0x00, 0x00, 0x80, 0xff, 0xff, 0xff, 0x7f
isa_middle:
  .byte 0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f
  .byte 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10
