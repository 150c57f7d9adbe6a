# The six CSR instructions on mscratch: what they read, what they write, and that a mask of zero writes nothing.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x123456789abcdef0, li a1, 0x123456789abcdef0; csrw mscratch, a1; csrr a0, mscratch)
  CHECK(2, a0, 0x123456789abcdef0, li a1, 0x1111; csrrw a0, mscratch, a1)
  CHECK(3, a0, 0x1111, csrr a0, mscratch)
  CHECK(4, a0, 0x1111, li a1, 0x8000000000000222; csrrs a0, mscratch, a1)
  CHECK(5, a0, 0x8000000000001333, csrr a0, mscratch)
  CHECK(6, a0, 0x8000000000001333, li a1, 0x8000000000000033; csrrc a0, mscratch, a1)
  CHECK(7, a0, 0x1300, csrr a0, mscratch)
  CHECK(8, a0, 0x1300, csrrwi a0, mscratch, 31)
  CHECK(9, a0, 31, csrrsi a0, mscratch, 0)
  CHECK(10, a0, 31, csrrci a0, mscratch, 5)
  CHECK(11, a0, 26, csrrsi a0, mscratch, 4)
  CHECK(12, a0, 30, csrrs a0, mscratch, zero)
  CHECK(13, a0, 30, csrrc a0, mscratch, zero)
  CHECK(14, a0, 30, csrrw zero, mscratch, zero; li a0, 30)
  CHECK(15, a0, 0, csrr a0, mscratch)
  CHECK(16, a1, 7, li a1, 7; csrw mscratch, a1; li a1, 9; csrrw a1, mscratch, a1)
  CHECK(17, a1, 9, csrrs a1, mscratch, a1)
  CHECK(18, a2, 30, csrr a0, mscratch; csrr a1, mscratch; add a2, a0, a1)
  CHECK(19, a0, 1, csrwi mscratch, 0; li a0, 0; li a1, 10; 1: csrrsi a2, mscratch, 1; addi a1, a1, -1; bnez a1, 1b; csrr a0, mscratch)
  TEST_END
