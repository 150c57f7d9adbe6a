# lr.w and sc.w: success once, failure without reservation and elsewhere, a counter.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0xffffffff80000123, la a1, isa_word; li a2, 0xffffffff80000123; sw a2, 0(a1); lr.w a0, (a1))
  CHECK(2, a0, 0, la a1, isa_word; li a2, 0xfffffffffedcba98; lr.w a3, (a1); sc.w a0, a2, (a1))
  CHECK(3, a0, 0xfffffffffedcba98, lw a0, 0(a1))
  CHECK(4, a0, 1, li a2, 0xffffffff80000123; sc.w a0, a2, (a1))
  CHECK(5, a0, 0xfffffffffedcba98, lw a0, 0(a1))
  CHECK(6, a0, 1, la a1, isa_word; la a4, isa_far; lr.w a3, (a1); sc.w a0, a2, (a4))
  CHECK(7, a0, 0, lw a0, 0(a4))
  CHECK(8, a0, 1, sc.w a0, a2, (a1))
  CHECK(9, a0, 1000, la a1, isa_word; sw zero, 0(a1); li a4, 1000; 1: lr.w a0, (a1); addi a0, a0, 1; sc.w a2, a0, (a1); bnez a2, 1b; addi a4, a4, -1; bnez a4, 1b; lw a0, 0(a1))
  CHECK(10, a0, 0, lr.w.aq a3, (a1); sc.w.rl a0, zero, (a1))
  CHECK(11, a0, 0, lw a0, 0(a1))
  TEST_END
isa_word:
  .dword 0
  .balign 4096
isa_far:
  .dword 0
