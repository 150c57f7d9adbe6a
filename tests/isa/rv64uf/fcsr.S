# fcsr, frm, fflags: fields, accumulation, dirty state, reserved rounding modes, floating point switched off.

#include "../isa_test.inc"

TEST_BEGIN_FLOAT
  CHECK(1, a0, 0, frcsr a0)
  CHECK(2, a0, 0xff, li a1, -1; fscsr a1; frcsr a0)
  CHECK(3, a0, 0x1f, frflags a0)
  CHECK(4, a0, 7, frrm a0)
  CHECK(5, a0, 7, fsrmi a0, 2)
  CHECK(6, a0, 0x5f, frcsr a0)
  CHECK(7, a0, 0x1f, fsflagsi a0, 9)
  CHECK(8, a0, 0x49, frcsr a0)
  CHECK(9, a0, 0x49, fscsr a0, zero)
  CHECK(10, a0, 0, frcsr a0)
  # flags accumulate
  CHECK(11, a0, 9, li a1, 0x3f800000; fmv.w.x fa1, a1; fmv.w.x fa0, zero; fdiv.s fa2, fa1, fa0; li a2, 0x40400000; fmv.w.x fa3, a2; fdiv.s fa4, fa1, fa3; frflags a0)
  CHECK(12, a0, 0x19, fsqrt.s fa0, fa2; fneg.s fa2, fa2; fsqrt.s fa0, fa2; frflags a0)
  CHECK(13, a0, 0x19, fsflags a0, zero)
  # a state that was clean is dirty behind a write
  CHECK(14, a0, 3, li a0, 0x6000; csrc mstatus, a0; li a0, 0x2000; csrs mstatus, a0; fmv.w.x fa0, zero; csrr a0, mstatus; srli a0, a0, 13; andi a0, a0, 3)
  CHECK(15, a0, 1, csrr a0, mstatus; srli a0, a0, 63)
  # reserved rounding modes
  CHECK_TRAP(16, 2, 0x00b55553, .4byte 0x00b55553)
  CHECK_TRAP(17, 2, 0x00b56553, .4byte 0x00b56553)
  fsrmi 5
  CHECK_TRAP(18, 2, 0x00b57553, .4byte 0x00b57553)
  fsrmi 0
  # switched off, every instruction and CSR of floating point is illegal
  li a0, 0x6000
  csrc mstatus, a0
  CHECK_TRAP(19, 2, 0x00b57553, .4byte 0x00b57553)
  CHECK_TRAP(20, 2, 0x00302573, frcsr a0)
  CHECK_TRAP(21, 2, 0x00052507, flw fa0, 0(a0))
  CHECK_TRAP(22, 2, 0xf0050553, fmv.w.x fa0, a0)
  CHECK(23, a0, 0, csrr a0, mstatus; srli a0, a0, 63)
  TEST_END
