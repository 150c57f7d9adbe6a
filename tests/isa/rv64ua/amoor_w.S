# amoor.w: old value in the register, new one in memory; values at the limits, ordering bits, coinciding registers.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_AMO(1, amoor.w, sw, lw, 0x0, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(3, amoor.w.aq, sw, lw, 0xffffffff80000000, 0x3, 0xffffffff80000003)
  CHECK_AMO(5, amoor.w.rl, sw, lw, 0xffffffff89abcdef, 0x80000000, 0xffffffff89abcdef)
  CHECK_AMO_RESULT_IS_OPERAND(7, amoor.w.aqrl, sw, lw, 0xffffffffffffffff, 0xaaaaaaaa55555555, 0xffffffffffffffff)
  CHECK_AMO(9, amoor.w, sw, lw, 0xffffffff80000000, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(11, amoor.w.aq, sw, lw, 0x7fff, 0x1, 0x7fff)
  CHECK_AMO(13, amoor.w.rl, sw, lw, 0x0, 0xfffffffffffffff9, 0xfffffffffffffff9)
  CHECK_AMO(15, amoor.w.aqrl, sw, lw, 0xffffffffffff8000, 0x0, 0xffffffffffff8000)
  CHECK_AMO(17, amoor.w, sw, lw, 0xffffffffffffffff, 0x80000000, 0xffffffffffffffff)
  CHECK_AMO(19, amoor.w.aq, sw, lw, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(21, amoor.w.rl, sw, lw, 0xffffffffffffffff, 0x3, 0xffffffffffffffff)
  CHECK_AMO(23, amoor.w.aqrl, sw, lw, 0xffffffffffffffff, 0x7fffffff, 0xffffffffffffffff)
  CHECK_AMO(25, amoor.w, sw, lw, 0xffffffff80000000, 0x0, 0xffffffff80000000)
  CHECK_AMO(27, amoor.w.aq, sw, lw, 0x0, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(29, amoor.w.rl, sw, lw, 0x55555555, 0xffffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO(31, amoor.w.aqrl, sw, lw, 0xffffffffffffffff, 0x80000000, 0xffffffffffffffff)
  CHECK_AMO(33, amoor.w, sw, lw, 0xffffffffffff8000, 0x7fffffffffffffff, 0xffffffffffffffff)
  CHECK_AMO_RESULT_IS_OPERAND(35, amoor.w.aq, sw, lw, 0xffffffff80000000, 0xffffffffffff8000, 0xffffffffffff8000)
  CHECK_AMO(37, amoor.w.rl, sw, lw, 0xffffffff80000000, 0x1, 0xffffffff80000001)
  CHECK_AMO(39, amoor.w.aqrl, sw, lw, 0x7fff, 0xaaaaaaaa55555555, 0x55557fff)
  CHECK_AMO(41, amoor.w, sw, lw, 0x3, 0xfedcba9876543210, 0x76543213)
  CHECK_AMO(43, amoor.w.aq, sw, lw, 0x3, 0x7fff, 0x7fff)
  CHECK_AMO(45, amoor.w.rl, sw, lw, 0x1213a9b7, 0x83e16b3e57311621, 0x5733bfb7)
  CHECK_AMO(47, amoor.w.aqrl, sw, lw, 0xffffffffab1a9a73, 0xe6cfdb49d3482b31, 0xfffffffffb5abb73)
  CHECK_AMO_RESULT_IS_OPERAND(49, amoor.w, sw, lw, 0x6cda4f7d, 0xc7fc5c3c92bcec11, 0xfffffffffefeef7d)
  CHECK_AMO(51, amoor.w.aq, sw, lw, 0x58b8bab5, 0xd11713bd4318949a, 0x5bb8bebf)
  CHECK_AMO(53, amoor.w.rl, sw, lw, 0xffffffff87f5e133, 0x9c8e954f7ce6d915, 0xfffffffffff7f937)
  CHECK_AMO(55, amoor.w.aqrl, sw, lw, 0xffffffff9cf8c2ba, 0x5a308c309f853b9f, 0xffffffff9ffdfbbf)
  CHECK(57, a0, 0x11223344d5667789, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 0; li a3, 0x80000001; amoor.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(58, a0, 0x9122334555667788, la a1, isa_word; li a2, 0x1122334455667788; sd a2, 0(a1); addi a1, a1, 4; li a3, 0x80000001; amoor.w zero, a3, (a1); la a1, isa_word; ld a0, 0(a1))
  CHECK(59, a0, 0x74bbbeef, la a1, isa_word; li a2, 0x14b0ba6d; sw a2, 0(a1); li a3, 0x603b9e82; amoor.w zero, a3, (a1); lw a0, 0(a1))
  CHECK(60, a0, 0x74bbbeef, la a1, isa_word; li a2, 0x14b0ba6d; sw a2, 0(a1); li a3, 0x603b9e82; amoor.w a4, a3, (a1); amoor.w a4, a3, (a1); lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
