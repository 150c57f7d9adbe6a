// Physical memory protection: matching, locks, and precise traps of every kind of access.

#include <random>

#include "hart_bench.hpp"
#include "model/pmp.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

constexpr unsigned locked = 0x80;
constexpr unsigned off = 0x00;
constexpr unsigned top = 0x08;
constexpr unsigned word_match = 0x10;
constexpr unsigned power = 0x18;
constexpr unsigned r = 1;
constexpr unsigned w = 2;
constexpr unsigned x = 4;

bool readable(const Pmp& pmp, std::uint64_t address, unsigned bytes = 4) {
  return pmp.allows(address, bytes, PmpAccess::read);
}

TEST(Pmp, RegionsAreWhatTheAddressesSay) {
  Pmp pmp;
  EXPECT_FALSE(pmp.is_on());
  pmp.set_address(0, 0x80001000 >> 2);
  pmp.set_address(1, 0x80002000 >> 2);
  pmp.set_configuration(0, (locked | top) << 8);  // 0x80001000 .. 0x80001fff: nothing
  EXPECT_TRUE(pmp.is_on());
  EXPECT_TRUE(readable(pmp, 0x80000ffc));
  EXPECT_FALSE(readable(pmp, 0x80001000));
  EXPECT_FALSE(readable(pmp, 0x80001ffc));
  EXPECT_TRUE(readable(pmp, 0x80002000));
  EXPECT_FALSE(readable(pmp, 0x80000ffc, 8));  // half of it

  Pmp power_of_two;
  power_of_two.set_address(0, 0x80004000 >> 2 | 0x1ff);  // 4 KiB
  power_of_two.set_configuration(0, locked | power | r);
  EXPECT_TRUE(readable(power_of_two, 0x80004ffc));
  EXPECT_FALSE(power_of_two.allows(0x80004ffc, 4, PmpAccess::write));
  EXPECT_FALSE(power_of_two.allows(0x80004000, 4, PmpAccess::execute));
  EXPECT_TRUE(power_of_two.allows(0x80005000, 4, PmpAccess::write));

  Pmp everything;
  everything.set_address(0, ~std::uint64_t{0});
  everything.set_configuration(0, locked | power);
  EXPECT_FALSE(readable(everything, 0));
  EXPECT_FALSE(readable(everything, 0x8013fffc));
}

TEST(Pmp, TheLowestMatchingEntryDecidesAndOnlyLockedOnesBind) {
  Pmp pmp;
  pmp.set_address(0, 0x80000100 >> 2);
  pmp.set_address(1, 0x80000000 >> 2 | 0x1ff);
  pmp.set_configuration(0, word_match | (locked | power) << 8);
  EXPECT_TRUE(readable(pmp, 0x80000100));
  EXPECT_FALSE(readable(pmp, 0x80000104));
  EXPECT_FALSE(readable(pmp, 0x80000100, 8));  // an unlocked entry that matches a part only
}

TEST(Pmp, LocksHoldAndReservedPermissionsAreNotTaken) {
  Pmp pmp;
  pmp.set_configuration(0, w);
  EXPECT_EQ(pmp.configuration(0), 0u);
  pmp.set_configuration(0, 0x60 | r | w | x);
  EXPECT_EQ(pmp.configuration(0), r | w | x);
  pmp.set_address(2, 123);
  pmp.set_address(3, 456);
  pmp.set_configuration(0, std::uint64_t{locked | top | r} << 24);
  pmp.set_address(2, 1);  // the lower bound of a locked range
  pmp.set_address(3, 1);
  EXPECT_EQ(pmp.address(2), 123u);
  EXPECT_EQ(pmp.address(3), 456u);
  pmp.set_configuration(0, 0);
  EXPECT_EQ(pmp.configuration(0), std::uint64_t{locked | top | r} << 24);
  pmp.set_address(15, ~std::uint64_t{0});
  EXPECT_EQ(pmp.address(15), (std::uint64_t{1} << 54) - 1);
  pmp.set_configuration(8, std::uint64_t{locked | off} << 56);
  pmp.set_address(15, 0);
  EXPECT_EQ(pmp.address(15), (std::uint64_t{1} << 54) - 1);
}

/// Protects 64 bytes at `data` + 64.
class PmpTrapTest : public HartBench {
 protected:
  void protect(unsigned permissions, std::uint64_t address = data + 64) {
    set_csr(hw::csr_pmpaddr0 + 3, address >> 2 | 7);
    set_csr(hw::csr_pmpcfg0, std::uint64_t{locked | power | permissions} << 24);
    hart().set_reg(10, address);
  }
  void expect_trap(Word word, unsigned cause, std::uint64_t tval) {
    const StepResult result = execute(word);
    EXPECT_TRUE(result.trapped) << std::hex << word;
    EXPECT_EQ(result.cause, cause) << std::hex << word;
    EXPECT_EQ(result.tval, tval) << std::hex << word;
  }
};

TEST_F(PmpTrapTest, ScalarAccesses) {
  const std::uint64_t place = data + 64;
  protect(r);
  expect_legal(ld(11, 10, 0));
  expect_legal(lr_d(11, 10));
  expect_legal(i_type(0x07, 2, 1, 10, 4));
  expect_trap(sd(11, 10, 8), 7, place + 8);
  expect_trap(sb(11, 10, 63), 7, place + 63);
  expect_legal(sb(11, 10, 64));
  expect_trap(sc_d(12, 11, 10), 7, place);
  expect_trap(atomic(0, true, 12, 10, 11), 7, place);
  expect_trap((s_type(2, 10, 1, 4) & ~0x7fu) | 0x27, 7, place + 4);
  EXPECT_EQ(peek<std::uint64_t>(place + 8), 0u);
}

TEST_F(PmpTrapTest, NoPermissionAtAll) {
  const std::uint64_t place = data + 64;
  protect(0);
  expect_trap(ld(11, 10, 0), 5, place);
  expect_trap(lr_d(11, 10), 5, place);
  expect_trap(atomic(0, true, 12, 10, 11), 7, place);
  expect_trap(lw(11, 10, 2), 4, place + 2);  // misalignment comes first
}

TEST_F(PmpTrapTest, VectorAccessesStopAtTheElement) {
  const std::uint64_t place = data + 64;
  protect(r);
  configure(16, e32);
  hart().set_reg(10, data + 40);
  for (unsigned i = 0; i < 16; ++i) vector().set(2, i, 1 + i);
  expect_trap(vector_access(true, 1, 0, true, 0, 10, width_32, 2), 7, place);
  EXPECT_EQ(csr(hw::csr_vstart), 6u);
  EXPECT_EQ(peek<std::uint32_t>(place - 4), 6u);
  EXPECT_EQ(peek<std::uint32_t>(place), 0u);
  vector().start = 0;
  expect_legal(vector_access(false, 1, 0, true, 0, 10, width_32, 4));
  EXPECT_EQ(vector().get<std::uint32_t>(4, 5), 6u);
}

TEST_F(PmpTrapTest, Fetches) {
  const std::uint64_t place = data + 64;
  poke<std::uint16_t>(place - 4, 0x0001);  // c.nop
  poke<Word>(place - 2, nop);              // its second half is protected
  protect(r | w);
  hart().stop(0);
  hart().start(place - 4);
  EXPECT_FALSE(hart().step().trapped);
  StepResult result = hart().step();
  EXPECT_TRUE(result.trapped);
  EXPECT_EQ(result.cause, 1u);
  EXPECT_EQ(result.tval, place);
  hart().start(place);
  result = hart().step();
  EXPECT_EQ(result.cause, 1u);
  EXPECT_EQ(result.tval, place);
}

TEST_F(PmpTrapTest, ExternalInterruptsGoFirst) {
  node.set_external_interrupt(0, true);
  node.write_register(static_cast<std::uint32_t>(hw::clint_msip_address(0)), 1);
  EXPECT_EQ(csr(hw::csr_mip), 0x808u);
  set_csr(hw::csr_mie, ~std::uint64_t{0});
  EXPECT_EQ(csr(hw::csr_mie), 0x888u);
  set_csr(hw::csr_mtvec, data);
  hart().set_reg(5, 8);
  const Word enable = csrrs(0, hw::csr_mstatus, 5);
  node.write_memory(pc, std::as_bytes(std::span(&enable, 1)));
  hart().stop(0);
  hart().start(pc);
  node.run(2);
  EXPECT_EQ(hart().status().mcause, (std::uint64_t{1} << 63) | 11);
}

}  // namespace
}  // namespace dojo::model
