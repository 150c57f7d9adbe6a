# Physical memory protection, as far as it binds machine mode: locked entries only; modes NA4, NAPOT and TOR; priority; locks.

#include "../isa_test.inc"

TEST_BEGIN
  # An entry that is not locked can be written and read back, and does not bind machine mode.
  CHECK(1, a0, 0x3fffffffffffff, li a1, -1; csrw pmpaddr0, a1; csrr a0, pmpaddr0)
  CHECK(2, a0, 0x18, li a1, 0x18; csrw pmpcfg0, a1; csrr a0, pmpcfg0)
  CHECK(3, a0, 0x1111, la a1, isa_place; li a2, 0x1111; sd a2, 0(a1); ld a0, 0(a1))
  CHECK(4, a0, 0, csrw pmpcfg0, zero; csrw pmpaddr0, zero; csrr a0, pmpcfg0)
  # Entry 0: NA4, locked, readable: the first word of isa_place can't be written.
  CHECK(5, a0, 0x91, la a1, isa_place; srli a1, a1, 2; csrw pmpaddr0, a1; li a1, 0x91; csrw pmpcfg0, a1; csrr a0, pmpcfg0)
  CHECK(6, a0, 0x1111, la a1, isa_place; lw a0, 0(a1))
  la a1, isa_place
  CHECK_TRAP_ADDRESS(7, 7, a1, sw a0, 0(a1))
  CHECK_TRAP_ADDRESS(8, 7, a1, sb a0, 0(a1))
  CHECK_TRAP_ADDRESS(9, 7, a1, amoadd.w a0, a0, (a1))
  CHECK(10, a0, 0x2222, li a2, 0x2222; sw a2, 4(a1); lw a0, 4(a1))
  CHECK(11, a0, 0x1111, lw a0, 0(a1))
  # Locked: neither its address nor its configuration changes.
  CHECK(12, a0, 0x91, csrw pmpcfg0, zero; csrr a0, pmpcfg0)
  CHECK(13, a0, 1, csrw pmpaddr0, zero; csrr a0, pmpaddr0; la a1, isa_place; srli a1, a1, 2; xor a0, a0, a1; seqz a0, a0)
  # Entry 1: NAPOT of 32 bytes without any permission.
  CHECK(14, a0, 0x9891, la a1, isa_place + 64; srli a1, a1, 2; ori a1, a1, 3; csrw pmpaddr1, a1; li a1, 0x9891; csrw pmpcfg0, a1; csrr a0, pmpcfg0)
  la a1, isa_place + 64
  CHECK_TRAP_ADDRESS(15, 5, a1, ld a0, 0(a1))
  addi a1, a1, 24
  CHECK_TRAP_ADDRESS(16, 5, a1, ld a0, 0(a1))
  CHECK_TRAP_ADDRESS(17, 7, a1, sd a0, 0(a1))
  CHECK(18, a0, 0x33, ld a0, 8(a1))
  CHECK(19, a0, 0x22, ld a0, -32(a1))
  # Entries 2 and 3: TOR from isa_place + 128 to isa_place + 144, reads and writes; entry 2 is off, its address is the lower end.
  CHECK(20, a0, 0x8b009891, la a1, isa_place + 128; srli a1, a1, 2; csrw pmpaddr2, a1; la a1, isa_place + 144; srli a1, a1, 2; csrw pmpaddr3, a1; li a1, 0x8b009891; csrw pmpcfg0, a1; csrr a0, pmpcfg0)
  # The entry above being locked in mode TOR, the address below it is locked too.
  CHECK(21, a0, 1, csrw pmpaddr2, zero; csrr a0, pmpaddr2; la a1, isa_place + 128; srli a1, a1, 2; xor a0, a0, a1; seqz a0, a0)
  la a1, isa_place + 128
  CHECK(22, a0, 0x44, ld a0, 0(a1))
  CHECK(23, a0, 0x55, ld a0, 8(a1))
  # Instructions: an entry without X.
  CHECK(24, s8, 1, la s9, 1f; jalr zero, 0(a1); 1:)
  CHECK(25, a0, 1, xor a0, s6, a1; seqz a0, a0)
  CHECK(26, a0, 1, xor a0, s7, a1; seqz a0, a0)
  # The entry with the lowest number decides: entry 4 would allow everything.
  CHECK(27, a0, 0x1f8b009891, li a1, -1; csrw pmpaddr4, a1; li a1, 0x1f8b009891; csrw pmpcfg0, a1; csrr a0, pmpcfg0)
  la a1, isa_place + 64
  CHECK_TRAP_ADDRESS(28, 5, a1, ld a0, 0(a1))
  TEST_END
isa_place:
  .zero 64 - 8
  .dword 0x22
  .zero 32
  .dword 0x33
  .zero 24
  .dword 0x44, 0x55
  .zero 48
