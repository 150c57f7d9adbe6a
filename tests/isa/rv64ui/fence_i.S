# fence.i: instructions that the program has just written are executed; fence changes nothing.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 222, la a1, 1f; la a2, 2f; lw a3, 0(a2); sw a3, 0(a1); fence.i; .balign 4; 1: li a0, 111; j 3f; 2: li a0, 222; 3:)
  CHECK(2, a0, 30, li a0, 0; li a4, 2; la a1, 1f; la a2, 2f; .balign 4; 1: addi a0, a0, 10; lw a3, 0(a2); sw a3, 0(a1); fence.i; addi a4, a4, -1; bnez a4, 1b; j 3f; .balign 4; 2: addi a0, a0, 20; 3:)
  CHECK(3, a0, 5, la a1, isa_code; li a2, 0x00500513; sw a2, 0(a1); li a2, 0x00008067; sw a2, 4(a1); fence.i; jalr ra, 0(a1))
  CHECK(4, a0, 6, la a1, isa_code; li a2, 0x00600513; sw a2, 0(a1); fence.i; jalr ra, 0(a1))
  CHECK(5, a0, 1, li a0, 1; fence; fence r, w; fence rw, rw)
  TEST_END
isa_code:
  .dword 0, 0
