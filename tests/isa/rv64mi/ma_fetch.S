# Targets of jumps: with compressed instructions no target is misaligned; jalr drops bit 0; mret goes to mepc with bit 0 clear.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 1, li a0, 0; la a1, 1f + 1; jalr zero, 0(a1); li a0, 9; 1: addi a0, a0, 1)
  CHECK(2, a0, 1, li a0, 0; .option rvc; j 1f; .balign 4; c.nop; 1: c.addi a0, 1; .balign 4; .option norvc)
  CHECK(3, a0, 1, li a0, 0; la a1, 1f; jalr zero, 0(a1); .option rvc; .balign 4; c.nop; 1: c.addi a0, 1; .balign 4; .option norvc)
  CHECK(4, a0, 1, li a0, 0x1800; csrs mstatus, a0; li a0, 0; la a1, 1f + 1; csrw mepc, a1; mret; li a0, 9; 1: addi a0, a0, 1)
  CHECK(5, a0, 1, li a0, 0; beqz a0, 1f; .option rvc; .balign 4; c.nop; 1: c.addi a0, 1; .balign 4; .option norvc)
  TEST_END
