# The counters: every retired instruction counts once, cycles go on, both are read-only at their user addresses.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 1, csrr a0, minstret; csrr a1, minstret; sub a0, a1, a0)
  CHECK(2, a0, 5, csrr a0, minstret; nop; nop; nop; nop; csrr a1, minstret; sub a0, a1, a0)
  CHECK(3, a0, 1, csrr a0, mcycle; nop; nop; csrr a1, mcycle; sltu a0, a0, a1)
  CHECK(4, a0, 1, csrr a0, cycle; nop; nop; csrr a1, cycle; sltu a0, a0, a1)
  CHECK(5, a0, 1, csrr a0, instret; csrr a1, minstret; sub a0, a1, a0)
  CHECK_TRAP(6, 2, 0xc0259073, csrw instret, a1)
  CHECK_TRAP(7, 2, 0xc0059073, csrw cycle, a1)
  TEST_END
