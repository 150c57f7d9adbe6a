# Encodings that are reserved, or that need what does not exist, trap with cause 2 and the instruction in mtval; nothing else happens.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK_TRAP(1, 2, 0, .2byte 0, 0)
  CHECK_TRAP(2, 2, 0xffffffff, .4byte 0xffffffff)
  # c.addiw, c.lwsp and c.ldsp with rd = x0, c.addi4spn and c.lui with immediate 0, c.jr x0
  CHECK_TRAP(3, 2, 0x2005, .2byte 0x2005, 1)
  CHECK_TRAP(4, 2, 0x4002, .2byte 0x4002, 1)
  CHECK_TRAP(5, 2, 0x6002, .2byte 0x6002, 1)
  CHECK_TRAP(6, 2, 0x0004, .2byte 0x0004, 1)
  CHECK_TRAP(7, 2, 0x6501, .2byte 0x6501, 1)
  CHECK_TRAP(8, 2, 0x8002, .2byte 0x8002, 1)
  # load, store, branch, jalr, shifts, op and op-32 with reserved fields
  CHECK_TRAP(9, 2, 0x0005f503, .4byte 0x0005f503)
  CHECK_TRAP(10, 2, 0x00a5c023, .4byte 0x00a5c023)
  CHECK_TRAP(11, 2, 0x00b52463, .4byte 0x00b52463)
  CHECK_TRAP(12, 2, 0x00051567, .4byte 0x00051567)
  CHECK_TRAP(13, 2, 0x04051513, .4byte 0x04051513)
  CHECK_TRAP(14, 2, 0x0205151b, .4byte 0x0205151b)
  CHECK_TRAP(15, 2, 0x40c59533, .4byte 0x40c59533)
  CHECK_TRAP(16, 2, 0x04c58533, .4byte 0x04c58533)
  CHECK_TRAP(17, 2, 0x02c5953b, .4byte 0x02c5953b)
  # lr with rs2, atomic operation 5, atomic width of a half word
  CHECK_TRAP(18, 2, 0x10c5a52f, .4byte 0x10c5a52f)
  CHECK_TRAP(19, 2, 0x28c5a52f, .4byte 0x28c5a52f)
  CHECK_TRAP(20, 2, 0x00c5952f, .4byte 0x00c5952f)
  # a CSR that does not exist, writes of read-only CSRs
  CHECK_TRAP(21, 2, 0x8ff02573, csrr a0, 0x8ff)
  CHECK_TRAP(22, 2, 0xf1459073, csrw mhartid, a1)
  CHECK_TRAP(23, 2, 0xf140e073, csrsi mhartid, 1)
  CHECK(24, a0, 0, csrrs a0, mhartid, zero)
  # rd keeps its value
  CHECK(25, a0, 77, li a0, 77)
  CHECK_TRAP(26, 2, 0x8ff02573, csrr a0, 0x8ff)
  CHECK(27, a0, 77, nop)
  # system instructions with a reserved field
  CHECK_TRAP(28, 2, 0x00200073, .4byte 0x00200073)
  CHECK_TRAP(29, 2, 0x00004073, .4byte 0x00004073)
  # legal although unusual: hints and fence with reserved fields
  CHECK(30, a0, 77, .2byte 0x0001; .2byte 0x6005; .4byte 0x00000013; .4byte 0x0ff5850f)
  TEST_END
