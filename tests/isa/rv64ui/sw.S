# sw: every place of four double words, neighbours untouched, loads right behind.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_STORE(1, sw, lw, 0x1f468218, 0x977427da1f468218, isa_place, -16)
  CHECK_STORE(2, sw, lw, 0x72da80c7, 0xc3cfd30c72da80c7, isa_place, -12)
  CHECK_STORE(3, sw, lw, 0x69ef2a52, 0x3626e13669ef2a52, isa_place, -8)
  CHECK_STORE(4, sw, lw, 0xffffffff9932bc3f, 0x1ea994589932bc3f, isa_place, -4)
  CHECK_STORE(5, sw, lw, 0xffffffffb1eb16c7, 0x6856e059b1eb16c7, isa_place, 0)
  CHECK_STORE(6, sw, lw, 0xffffffffc6ccd33e, 0x6974ad17c6ccd33e, isa_place, 4)
  CHECK_STORE(7, sw, lw, 0x1a5c8702, 0x50b7f9191a5c8702, isa_place, 8)
  CHECK_STORE(8, sw, lw, 0x6fd78ed, 0x19567da106fd78ed, isa_place, 12)
  CHECK_STORE_LATER(9, 0, sw, lw, 0x593cd69f, 0x7f29bff9593cd69f, isa_place, 8)
  CHECK_STORE_LATER(10, 1, sw, lw, 0xffffffffb44f01ad, 0x4fe79aabb44f01ad, isa_place, 8)
  CHECK_STORE_LATER(11, 2, sw, lw, 0xffffffffd8e3235f, 0xfe9efacbd8e3235f, isa_place, 8)
  CHECK_STORE_LATER(12, 3, sw, lw, 0xffffffff99717e00, 0xe4c5911299717e00, isa_place, 8)
  CHECK(13, a0, 0x11223344b7a69584, la a1, isa_place; li a2, 0x1122334455667788; sd a2, 0(a1); li a2, 0xfedcba98b7a69584; sw a2, 0(a1); ld a0, 0(a1))
  CHECK(14, a0, 0xb7a6958455667788, la a1, isa_place; li a2, 0x1122334455667788; sd a2, 0(a1); li a2, 0xfedcba98b7a69584; sw a2, 4(a1); ld a0, 0(a1))
  CHECK(15, a0, 0, la a1, isa_place; sw zero, 0(a1); lw a0, 0(a1))
  TEST_END
  .dword 0, 0
isa_place:
  .dword 0, 0, 0, 0
