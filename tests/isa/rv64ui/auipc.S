# auipc: the immediate in bits 31:12, sign-extended, and the program counter.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a2, 0x0, la a1, 1f; .balign 4; 1: auipc a0, 0x0; sub a2, a0, a1)
  CHECK(2, a2, 0x1000, la a1, 1f; .balign 4; 1: auipc a0, 0x1; sub a2, a0, a1)
  CHECK(3, a2, 0x10000, la a1, 1f; .balign 4; 1: auipc a0, 0x10; sub a2, a0, a1)
  CHECK(4, a2, 0x7ffff000, la a1, 1f; .balign 4; 1: auipc a0, 0x7ffff; sub a2, a0, a1)
  CHECK(5, a2, 0xffffffff80000000, la a1, 1f; .balign 4; 1: auipc a0, 0x80000; sub a2, a0, a1)
  CHECK(6, a2, 0xfffffffffffff000, la a1, 1f; .balign 4; 1: auipc a0, 0xfffff; sub a2, a0, a1)
  CHECK(7, zero, 0, auipc zero, 1)
  TEST_END
