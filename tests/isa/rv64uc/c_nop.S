# c.nop: nothing changes.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 5, li a0, 5; .option rvc; c.nop; c.nop; c.nop; .option norvc)
  TEST_END
