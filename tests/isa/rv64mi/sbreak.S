# ebreak and c.ebreak: cause 3, mepc and mtval at the instruction.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_TRAP_ADDRESS(1, 3, s6, ebreak)
  CHECK_TRAP_ADDRESS(2, 3, s6, .option rvc; c.ebreak; c.nop; .option norvc)
  CHECK_TRAP_ADDRESS(3, 3, s6, ebreak)
  TEST_END
