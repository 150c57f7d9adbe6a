// Physical memory protection and the external interrupt.

#include <gtest/gtest.h>

#include "tb/core/core_machine.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;

constexpr std::uint64_t code_address = hw::sram_base;
constexpr std::uint64_t handler_address = hw::sram_base + 0x1000;
constexpr std::uint64_t data_address = hw::sram_base + 0x10000;
constexpr std::uint64_t locked = 0x80;
constexpr std::uint64_t range = 0x08;
constexpr std::uint64_t power_of_two = 0x18;

/// Runs `body` on hart 0 with entries 0 and 1 of its protection set; the trap handler stops the hart.
class CoreProtection : public testing::Test {
 protected:
  void run(std::uint64_t configuration, std::uint64_t address_0, std::uint64_t address_1, const Program& body,
           unsigned hart = 0) {
    Program program;
    const auto set = [&](Word csr, std::uint64_t value) {
      program.constant(t0, value);
      program += csrrw(zero, csr, t0);
    };
    set(hw::csr_mtvec, handler_address);
    set(hw::csr_pmpaddr0, address_0);
    set(hw::csr_pmpaddr1, address_1);
    set(hw::csr_pmpcfg0, configuration);
    program.constant(s0, data_address);
    program += body;
    program.stop(1, hart);
    Program handler;
    handler.stop(2, hart);
    machine_.load(code_address + 0x4000 * hart, program.data());
    machine_.load(handler_address, handler.data());
    machine_.start(hart, code_address + 0x4000 * hart);
    ASSERT_TRUE(machine_.run_to_stop(2000));
    trapped_ = machine_.exit_code(hart) == 2;
  }
  void run(std::uint64_t configuration, std::uint64_t address_0, std::uint64_t address_1, std::vector<Word> body) {
    Program program;
    for (const Word word : body) program += word;
    run(configuration, address_0, address_1, program);
  }
  void expect_trap(std::uint64_t cause, std::uint64_t value) const {
    EXPECT_TRUE(trapped_);
    EXPECT_EQ(machine_.mcause(0), cause);
    EXPECT_EQ(machine_.mtval(0), value);
  }

  CoreMachine machine_;
  bool trapped_ = false;
};

constexpr std::uint64_t word_of(std::uint64_t address) {
  return address >> 2;
}
constexpr std::uint64_t line_of(std::uint64_t address) {
  return address >> 2 | 7;
}

TEST_F(CoreProtection, ALockedEntryWithoutPermissionsRefusesLoads) {
  run(locked | power_of_two, line_of(data_address), 0, {ld(a0, s0, 8)});
  expect_trap(5, data_address + 8);
}

TEST_F(CoreProtection, AReadOnlyEntryRefusesStoresAndAtomicOperations) {
  run(locked | power_of_two | 1, line_of(data_address), 0, {ld(a0, s0, 8), sd(a0, s0, 16)});
  expect_trap(7, data_address + 16);
  run(locked | power_of_two | 1, line_of(data_address), 0, {lr_d(a0, s0), atomic(0, true, a0, s0, a0)});
  expect_trap(7, data_address);
  EXPECT_EQ(machine_.word(data_address + 16), 0U);
}

TEST_F(CoreProtection, AnUnlockedEntryBindsNobodyInMachineMode) {
  run(power_of_two, line_of(data_address), 0, {sd(s0, s0, 8), ld(a0, s0, 8)});
  EXPECT_FALSE(trapped_);
  EXPECT_EQ(machine_.reg(0, a0), data_address);
}

TEST_F(CoreProtection, AnAccessAcrossTheEdgeOfAnEntryFailsEvenUnlocked) {
  run(0x10 | 7, word_of(data_address + 4), 0, {lw(a0, s0, 4), ld(a0, s0, 0)});
  expect_trap(5, data_address);
}

TEST_F(CoreProtection, TheLowestMatchingEntryDecides) {
  run((locked | power_of_two) << 8 | locked | power_of_two | 3, line_of(data_address), line_of(data_address),
      {sd(s0, s0, 8)});
  EXPECT_FALSE(trapped_);
}

TEST_F(CoreProtection, ARangeEndsBelowItsAddress) {
  run((locked | range) << 8, word_of(data_address), word_of(data_address + 16),
      {sd(s0, s0, 16), sd(s0, s0, -8), sd(s0, s0, 8)});
  expect_trap(7, data_address + 8);
}

TEST_F(CoreProtection, CodeWithoutPermissionIsNotExecuted) {
  const Word instruction = addi(a0, zero, 1);
  machine_.load(data_address, std::as_bytes(std::span(&instruction, 1)));
  run(locked | power_of_two | 3, line_of(data_address), 0, {jalr(ra, s0, 0)});
  expect_trap(1, data_address);
  EXPECT_EQ(machine_.mepc(0), data_address);
  EXPECT_EQ(machine_.reg(0, a0), 0U);
}

TEST_F(CoreProtection, RegistersAndRemoteAddressesAreProtectedToo) {
  Program body;
  body.constant(t1, hw::clint_mtime_address());
  body += ld(a0, t1, 0);
  run(locked | 0x10, word_of(hw::clint_mtime_address()), 0, body);
  expect_trap(5, hw::clint_mtime_address());
}

TEST_F(CoreProtection, LockedEntriesKeepTheirValues) {
  const std::vector<Word> body{addi(t1, zero, -1),
                               csrrw(zero, hw::csr_pmpaddr0, t1),
                               csrrw(zero, hw::csr_pmpaddr1, t1),
                               csrrw(zero, hw::csr_pmpcfg0, zero),
                               csrrs(a0, hw::csr_pmpaddr0, zero),
                               csrrs(a1, hw::csr_pmpaddr1, zero),
                               csrrs(a2, hw::csr_pmpcfg0, zero)};
  // Entry 1 is a locked range: the address below it is locked with it.
  run((locked | range | 1) << 8, word_of(data_address), word_of(data_address + 64), body);
  EXPECT_EQ(machine_.reg(0, a0), word_of(data_address));
  EXPECT_EQ(machine_.reg(0, a1), word_of(data_address + 64));
  EXPECT_EQ(machine_.reg(0, a2), (locked | range | 1) << 8);
}

TEST_F(CoreProtection, EachHartHasItsOwnEntries) {
  run(locked | power_of_two, line_of(data_address), 0, {ld(a0, s0, 8)});
  EXPECT_TRUE(trapped_);
  Program body;
  body += sd(s0, s0, 8);
  run(0, 0, 0, body, 1);
  EXPECT_FALSE(trapped_);
}

TEST(CoreExternalInterrupt, WakesAndInterruptsItsHart) {
  CoreMachine machine;
  Program program;
  program.constant(t0, handler_address);
  program += csrrw(zero, hw::csr_mtvec, t0);
  program.constant(t0, 0x800);
  program += {csrrw(zero, hw::csr_mie, t0), csrrsi(zero, hw::csr_mstatus, 8), wfi, nop};
  program.stop(1, 2);
  Program handler;
  handler += csrrs(a0, hw::csr_mip, zero);
  handler.stop(2, 2);
  machine.load(code_address, program.data());
  machine.load(handler_address, handler.data());
  machine.start(2, code_address);
  ASSERT_TRUE(machine.run_until([&] { return machine.state(2) == hw::HartState::wfi; }, 500));
  machine.run(20);
  machine.set_external_interrupt(2, true);
  ASSERT_TRUE(machine.run_to_stop(500));
  EXPECT_EQ(machine.exit_code(2), 2U);
  EXPECT_EQ(machine.mcause(2), (1ull << 63) | 11);
  EXPECT_EQ(machine.reg(2, a0), 0x800U);
}

}  // namespace
}  // namespace dojo::tb
