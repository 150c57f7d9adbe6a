# c.lwsp: offsets at the limits, sign extension.

#include "../isa_test.inc"

TEST_BEGIN
  CHECK(1, a0, 0x0, la sp, isa_place; .option rvc; c.lwsp a0, 0(sp); .option norvc)
  CHECK(2, a0, 0xffffffff80000000, la sp, isa_place; .option rvc; c.lwsp a0, 4(sp); .option norvc)
  CHECK(3, a0, 0x1010101, la sp, isa_place; .option rvc; c.lwsp a0, 8(sp); .option norvc)
  CHECK(4, a0, 0x2020202, la sp, isa_place; .option rvc; c.lwsp a0, 16(sp); .option norvc)
  CHECK(5, a0, 0x4040404, la sp, isa_place; .option rvc; c.lwsp a0, 32(sp); .option norvc)
  CHECK(6, a0, 0x8080808, la sp, isa_place; .option rvc; c.lwsp a0, 64(sp); .option norvc)
  CHECK(7, a0, 0x10101010, la sp, isa_place; .option rvc; c.lwsp a0, 128(sp); .option norvc)
  CHECK(8, a0, 0xffffffff9f1f1f1f, la sp, isa_place; .option rvc; c.lwsp a0, 252(sp); .option norvc)
  CHECK(9, t6, 0x0, la sp, isa_place; .option rvc; c.lwsp t6, 0(sp); .option norvc)
  CHECK(10, t6, 0xffffffff80000000, la sp, isa_place; .option rvc; c.lwsp t6, 4(sp); .option norvc)
  CHECK(11, t6, 0x1010101, la sp, isa_place; .option rvc; c.lwsp t6, 8(sp); .option norvc)
  CHECK(12, t6, 0x2020202, la sp, isa_place; .option rvc; c.lwsp t6, 16(sp); .option norvc)
  CHECK(13, t6, 0x4040404, la sp, isa_place; .option rvc; c.lwsp t6, 32(sp); .option norvc)
  CHECK(14, t6, 0x8080808, la sp, isa_place; .option rvc; c.lwsp t6, 64(sp); .option norvc)
  CHECK(15, t6, 0x10101010, la sp, isa_place; .option rvc; c.lwsp t6, 128(sp); .option norvc)
  CHECK(16, t6, 0xffffffff9f1f1f1f, la sp, isa_place; .option rvc; c.lwsp t6, 252(sp); .option norvc)
  TEST_END
isa_place:
  .dword 0x8000000000000000, 0x8101010101010101, 0x8202020202020202, 0x8303030303030303
  .dword 0x404040404040404, 0x8505050505050505, 0x606060606060606, 0x8707070707070707
  .dword 0x808080808080808, 0x8909090909090909, 0xa0a0a0a0a0a0a0a, 0x8b0b0b0b0b0b0b0b
  .dword 0xc0c0c0c0c0c0c0c, 0x8d0d0d0d0d0d0d0d, 0xe0e0e0e0e0e0e0e, 0x8f0f0f0f0f0f0f0f
  .dword 0x1010101010101010, 0x9111111111111111, 0x1212121212121212, 0x9313131313131313
  .dword 0x1414141414141414, 0x9515151515151515, 0x1616161616161616, 0x9717171717171717
  .dword 0x1818181818181818, 0x9919191919191919, 0x1a1a1a1a1a1a1a1a, 0x9b1b1b1b1b1b1b1b
  .dword 0x1c1c1c1c1c1c1c1c, 0x9d1d1d1d1d1d1d1d, 0x1e1e1e1e1e1e1e1e, 0x9f1f1f1f1f1f1f1f
  .dword 0x2020202020202020, 0xa121212121212121, 0x2222222222222222, 0xa323232323232323
  .dword 0x2424242424242424, 0xa525252525252525, 0x2626262626262626, 0xa727272727272727
  .dword 0x2828282828282828, 0xa929292929292929, 0x2a2a2a2a2a2a2a2a, 0xab2b2b2b2b2b2b2b
  .dword 0x2c2c2c2c2c2c2c2c, 0xad2d2d2d2d2d2d2d, 0x2e2e2e2e2e2e2e2e, 0xaf2f2f2f2f2f2f2f
  .dword 0x3030303030303030, 0xb131313131313131, 0x3232323232323232, 0xb333333333333333
  .dword 0x3434343434343434, 0xb535353535353535, 0x3636363636363636, 0xb737373737373737
  .dword 0x3838383838383838, 0xb939393939393939, 0x3a3a3a3a3a3a3a3a, 0xbb3b3b3b3b3b3b3b
  .dword 0x3c3c3c3c3c3c3c3c, 0xbd3d3d3d3d3d3d3d, 0x3e3e3e3e3e3e3e3e, 0xbf3f3f3f3f3f3f3f
