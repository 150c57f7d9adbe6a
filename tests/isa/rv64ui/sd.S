# sd: every place of four double words, neighbours untouched, loads right behind.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_STORE(1, sd, ld, 0xba8d7c658dfc1582, 0xba8d7c658dfc1582, isa_place, -16)
  CHECK_STORE(2, sd, ld, 0xca67942cfbaa92ef, 0xca67942cfbaa92ef, isa_place, -8)
  CHECK_STORE(3, sd, ld, 0x9ecce7a2b5c619d0, 0x9ecce7a2b5c619d0, isa_place, 0)
  CHECK_STORE(4, sd, ld, 0xa480fb64c17088ca, 0xa480fb64c17088ca, isa_place, 8)
  CHECK_STORE_LATER(5, 0, sd, ld, 0x6b523029df2d60af, 0x6b523029df2d60af, isa_place, 8)
  CHECK_STORE_LATER(6, 1, sd, ld, 0x3523dd02eb6ff96d, 0x3523dd02eb6ff96d, isa_place, 8)
  CHECK_STORE_LATER(7, 2, sd, ld, 0x58417a42ad2a6023, 0x58417a42ad2a6023, isa_place, 8)
  CHECK_STORE_LATER(8, 3, sd, ld, 0x269df44a139822ea, 0x269df44a139822ea, isa_place, 8)
  CHECK(9, a0, 0xfedcba98b7a69584, la a1, isa_place; li a2, 0x1122334455667788; sd a2, 0(a1); li a2, 0xfedcba98b7a69584; sd a2, 0(a1); ld a0, 0(a1))
  CHECK(10, a0, 0, la a1, isa_place; sd zero, 0(a1); ld a0, 0(a1))
  TEST_END
  .dword 0, 0
isa_place:
  .dword 0, 0, 0, 0
