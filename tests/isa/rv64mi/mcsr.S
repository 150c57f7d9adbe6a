# The CSRs that tell what the hart is, and bits of others that are fixed: IALIGN is 16, only machine mode matters here.

#include "../isa_test.inc"

TEST_BEGIN
  # MXL = 2 (64 bits); extensions A, C, I and M are there.
  CHECK(1, a0, 2, csrr a0, misa; srli a0, a0, 62)
  CHECK(2, a0, 0x1105, csrr a0, misa; li a1, 0x1105; and a0, a0, a1)
  CHECK(3, a0, 0, csrr a0, mhartid)
  # mepc: bit 0 is always zero, bit 1 is kept.
  CHECK(4, a0, 0x80000006, li a1, 0x80000007; csrw mepc, a1; csrr a0, mepc)
  CHECK(5, a0, -2, li a1, -1; csrw mepc, a1; csrr a0, mepc)
  # mtval and mscratch hold any value.
  CHECK(6, a0, 0xfedcba9876543210, li a1, 0xfedcba9876543210; csrw mtval, a1; csrr a0, mtval)
  CHECK(7, a0, 0xfedcba9876543210, csrw mscratch, a1; csrr a0, mscratch)
  # mcause holds the causes that exist.
  CHECK(8, a0, 11, li a1, 11; csrw mcause, a1; csrr a0, mcause)
  CHECK(9, a0, 0x8000000000000007, li a1, 0x8000000000000007; csrw mcause, a1; csrr a0, mcause)
  # mie: software, timer and external interrupt of machine mode.
  CHECK(10, a0, 0x88, li a1, 0x88; csrw mie, a1; csrr a0, mie; andi a0, a0, 0x88)
  CHECK(11, a0, 0, csrw mie, zero; csrr a0, mie)
  # mtvec: what was written, mode direct.
  CHECK(12, a0, 1, la a1, isa_trap; csrr a2, mtvec; xor a0, a1, a2; seqz a0, a0)
  CHECK(13, a0, 8, csrsi mstatus, 8; csrr a0, mstatus; andi a0, a0, 8)
  CHECK(14, a0, 0, csrci mstatus, 8; csrr a0, mstatus; andi a0, a0, 8)
  TEST_END
