# sh: every place of four double words, neighbours untouched, loads right behind.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_STORE(1, sh, lh, 0xffffffffffffca82, 0x439ab8132a81ca82, isa_place, -16)
  CHECK_STORE(2, sh, lh, 0xffffffffffff818f, 0xa2f08dff9249818f, isa_place, -14)
  CHECK_STORE(3, sh, lh, 0x5c60, 0x1583f6e4a2ef5c60, isa_place, -12)
  CHECK_STORE(4, sh, lh, 0xffffffffffff9278, 0x42def09a1fca9278, isa_place, -10)
  CHECK_STORE(5, sh, lh, 0x5b71, 0xafa918933fbd5b71, isa_place, -8)
  CHECK_STORE(6, sh, lh, 0xffffffffffffd044, 0xad20652d8048d044, isa_place, -6)
  CHECK_STORE(7, sh, lh, 0x4910, 0xbd883d675aa54910, isa_place, -4)
  CHECK_STORE(8, sh, lh, 0x76c2, 0x694ae5e915776c2, isa_place, -2)
  CHECK_STORE(9, sh, lh, 0x264d, 0xbdf64b9dd5a5264d, isa_place, 0)
  CHECK_STORE(10, sh, lh, 0x5d69, 0xd47fddf2b7805d69, isa_place, 2)
  CHECK_STORE(11, sh, lh, 0x6819, 0x7eaa527cbb106819, isa_place, 4)
  CHECK_STORE(12, sh, lh, 0x304f, 0xd29262446eb0304f, isa_place, 6)
  CHECK_STORE(13, sh, lh, 0x77f8, 0xa89094a2c38977f8, isa_place, 8)
  CHECK_STORE(14, sh, lh, 0xffffffffffff9ce5, 0x541627765c459ce5, isa_place, 10)
  CHECK_STORE(15, sh, lh, 0xffffffffffffba98, 0x2c5240f5c5d0ba98, isa_place, 12)
  CHECK_STORE(16, sh, lh, 0x502b, 0xfd8e3105258a502b, isa_place, 14)
  CHECK_STORE_LATER(17, 0, sh, lh, 0xffffffffffffe66d, 0xe50e59303932e66d, isa_place, 8)
  CHECK_STORE_LATER(18, 1, sh, lh, 0x1671, 0x5c0d2d9ad3081671, isa_place, 8)
  CHECK_STORE_LATER(19, 2, sh, lh, 0x2d4e, 0xc94d118d2bbc2d4e, isa_place, 8)
  CHECK_STORE_LATER(20, 3, sh, lh, 0x21e9, 0xf8e991c3d51f21e9, isa_place, 8)
  CHECK(21, a0, 0x1122334455669584, la a1, isa_place; li a2, 0x1122334455667788; sd a2, 0(a1); li a2, 0xfedcba98b7a69584; sh a2, 0(a1); ld a0, 0(a1))
  CHECK(22, a0, 0x1122334495847788, la a1, isa_place; li a2, 0x1122334455667788; sd a2, 0(a1); li a2, 0xfedcba98b7a69584; sh a2, 2(a1); ld a0, 0(a1))
  CHECK(23, a0, 0x1122958455667788, la a1, isa_place; li a2, 0x1122334455667788; sd a2, 0(a1); li a2, 0xfedcba98b7a69584; sh a2, 4(a1); ld a0, 0(a1))
  CHECK(24, a0, 0x9584334455667788, la a1, isa_place; li a2, 0x1122334455667788; sd a2, 0(a1); li a2, 0xfedcba98b7a69584; sh a2, 6(a1); ld a0, 0(a1))
  CHECK(25, a0, 0, la a1, isa_place; sh zero, 0(a1); lh a0, 0(a1))
  TEST_END
  .dword 0, 0
isa_place:
  .dword 0, 0, 0, 0
