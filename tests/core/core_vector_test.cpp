// Vector instructions in the core: state, vset*, order with scalar accesses, waiting and going on, precise traps.

#include <gtest/gtest.h>

#include "tb/core/core_machine.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;

constexpr std::uint64_t code_address = hw::sram_base;
constexpr std::uint64_t data_address = hw::sram_base + 0x10000;
constexpr std::uint64_t sram_end = hw::sram_base + hw::sram_size;
constexpr std::uint64_t both_on = 0x2200;  // mstatus.FS and VS: Initial
constexpr std::uint64_t float_on = 0x2000;
constexpr std::uint64_t vector_on = 0x200;
constexpr Word e32 = 2 << 3;
constexpr Word m8 = 3;

constexpr Word vsetivli(Word rd, Word length, Word type) {
  return 0x3u << 30 | type << 20 | length << 15 | 7 << 12 | rd << 7 | 0x57;
}
constexpr Word vsetvli(Word rd, Word rs1, Word type) {
  return type << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57;
}
/// Unmasked, with vector operands (form 0, 1, 2) or one scalar operand (4, 5, 6).
constexpr Word operation(Word funct6, Word form, Word vd, Word vs2, Word operand) {
  return funct6 << 26 | 1u << 25 | vs2 << 20 | operand << 15 | form << 12 | vd << 7 | 0x57;
}
constexpr Word vid(Word vd) {
  return operation(0x14, 2, vd, 0, 17);
}
constexpr Word vadd_vx(Word vd, Word vs2, Word rs1) {
  return operation(0x00, 4, vd, vs2, rs1);
}
constexpr Word vdivu(Word vd, Word vs2, Word vs1) {
  return operation(0x20, 2, vd, vs2, vs1);
}
constexpr Word vmv_x_s(Word rd, Word vs2) {
  return operation(0x10, 2, rd, vs2, 0);
}
constexpr Word vle32(Word vd, Word rs1) {
  return 1u << 25 | rs1 << 15 | 6 << 12 | vd << 7 | 0x07;
}
constexpr Word vse32(Word vd, Word rs1) {
  return 1u << 25 | rs1 << 15 | 6 << 12 | vd << 7 | 0x27;
}

class CoreVector : public testing::Test {
 protected:
  /// Runs `body` in lockstep; the hart stops, or faults at a trap.
  void run(std::uint64_t status, const Program& body) {
    Program program;
    program.constant(s0, data_address);
    program.constant(t0, status);
    program += csrrw(zero, hw::csr_mstatus, t0);
    program += body;
    program.stop(0);
    machine_.load(code_address, program.data());
    machine_.start(0, code_address);
    ASSERT_TRUE(machine_.run_to_stop(4000));
    machine_.checker().compare_memory(CoreMachine::position, machine_.sram());
  }
  void run(std::uint64_t status, std::initializer_list<Word> body) {
    Program program;
    program += body;
    run(status, program);
  }
  [[nodiscard]] bool faulted() const { return machine_.state(0) == hw::HartState::faulted; }

  CoreMachine machine_;
};

TEST_F(CoreVector, IsIllegalWhileItsStateIsOff) {
  for (const Word word : {vsetivli(a0, 4, e32), vid(1), vle32(1, s0), csrrs(a0, hw::csr_vl, zero),
                          csrrwi(zero, hw::csr_vxrm, 1), csrrs(a0, hw::csr_xseed, zero)}) {
    run(float_on, {word});
    EXPECT_TRUE(faulted()) << std::hex << word;
    EXPECT_EQ(machine_.mcause(0), 2U);
    EXPECT_EQ(machine_.mtval(0), word);
  }
}

TEST_F(CoreVector, FloatsNeedBothStates) {
  const Word vfadd = operation(0x00, 1, 4, 2, 3);
  run(vector_on, {vsetivli(zero, 4, e32), vfadd});
  EXPECT_TRUE(faulted());
  run(both_on, {vsetivli(zero, 4, e32), vfadd, csrrs(a0, hw::csr_mstatus, zero)});
  EXPECT_FALSE(faulted());
  EXPECT_EQ(machine_.reg(0, a0), 0x8000000000007e00U);
  run(both_on, {vsetivli(zero, 4, e32), csrrwi(zero, hw::csr_frm, 5), vfadd});
  EXPECT_TRUE(faulted());
}

TEST_F(CoreVector, NothingIsLegalBeforeATypeIsSet) {
  run(both_on, {csrrs(a0, hw::csr_vtype, zero), vid(1)});
  EXPECT_EQ(machine_.reg(0, a0), std::uint64_t{1} << 63);
  EXPECT_TRUE(faulted());
}

TEST_F(CoreVector, SettingATypeGivesTheLength) {
  run(both_on,
      {vsetvli(a0, zero, e32 | m8), vsetivli(a1, 5, e32), vsetvli(zero, zero, 1 << 3 | 7), csrrs(a2, hw::csr_vl, zero),
       csrrs(a3, hw::csr_vtype, zero), vsetvli(a4, zero, 3 << 3), csrrs(a5, hw::csr_vtype, zero)});
  EXPECT_EQ(machine_.reg(0, a0), 128U);
  EXPECT_EQ(machine_.reg(0, a1), 5U);
  EXPECT_EQ(machine_.reg(0, a2), 5U);
  EXPECT_EQ(machine_.reg(0, a3), 0xfU);
  EXPECT_EQ(machine_.reg(0, a4), 0U);
  EXPECT_EQ(machine_.reg(0, a5), std::uint64_t{1} << 63);
}

TEST_F(CoreVector, ScalarAndVectorAccessesKeepTheirOrder) {
  // Store, load it as a vector, store that elsewhere, load it again; all by the same hart and without a fence.
  run(both_on,
      {vsetivli(zero, 16, e32), addi(a0, zero, 77), sw(a0, s0, 0), vle32(1, s0), addi(s1, s0, 64), vadd_vx(2, 1, a0),
       vse32(2, s1), i_type(0x03, 2, a1, s1, 0), addi(a2, zero, 5), sw(a2, s1, 0), vle32(3, s1), vmv_x_s(a3, 3)});
  EXPECT_EQ(machine_.reg(0, a1), 154U);
  EXPECT_EQ(machine_.reg(0, a3), 5U);
  EXPECT_EQ(machine_.word(data_address + 64) & 0xffffffff, 5U);
}

TEST_F(CoreVector, AHartGoesOnBesideALongInstruction) {
  std::uint64_t division = 0;
  std::uint64_t last = 0;
  std::uint64_t result = 0;
  const Word divide = vdivu(24, 8, 16);
  const Word end = addi(a1, a1, 9);
  machine_.on_retire = [&](const model::RetireEvent& event) {
    if (event.instruction == divide) division = event.cycle;
    if (event.instruction == end) last = event.cycle;
    if (event.instruction == vmv_x_s(a2, 24)) result = event.cycle;
  };
  run(both_on, {vsetvli(a3, zero, e32 | m8), vid(8), vid(16), divide, addi(a0, a0, 1), addi(a1, a1, 1), addi(a0, a0, 1),
                addi(a1, a1, 1), end, vmv_x_s(a2, 24)});
  EXPECT_LT(last - division, 10U);
  EXPECT_GT(result - division, 30U);
  EXPECT_EQ(machine_.reg(0, a2), 0xffffffffffffffffU);  // 0 / 0
}

TEST_F(CoreVector, AnAccessThatFailsTrapsAtItsElement) {
  Program body;
  body.constant(s1, sram_end - 12);
  body += {vsetivli(zero, 8, e32), vle32(4, s1)};
  run(both_on, body);
  EXPECT_TRUE(faulted());
  EXPECT_EQ(machine_.mcause(0), 5U);
  EXPECT_EQ(machine_.mtval(0), sram_end);
  EXPECT_EQ(machine_.mepc(0), machine_.pc(0));
  // vstart names the element; a misaligned store stops at its first one.
  run(both_on, {csrrs(a0, hw::csr_vstart, zero), csrrwi(zero, hw::csr_vstart, 0), vsetivli(zero, 8, e32),
                addi(s1, s0, 2), vse32(4, s1)});
  EXPECT_EQ(machine_.reg(0, a0), 3U);
  EXPECT_EQ(machine_.mcause(0), 6U);
  EXPECT_EQ(machine_.mtval(0), data_address + 2);
}

TEST_F(CoreVector, FaultOnlyFirstShortensTheVector) {
  Program body;
  body.constant(s1, sram_end - 20);
  body += {vsetivli(zero, 16, e32), 1u << 25 | 16u << 20 | s1 << 15 | 6 << 12 | 4 << 7 | 0x07,
           csrrs(a0, hw::csr_vl, zero), csrrs(a1, hw::csr_vstart, zero)};
  run(both_on, body);
  EXPECT_FALSE(faulted());
  EXPECT_EQ(machine_.reg(0, a0), 5U);
  EXPECT_EQ(machine_.reg(0, a1), 0U);
}

TEST_F(CoreVector, ProtectionStopsAnAccessAtItsElement) {
  Program body;
  body.constant(t0, (data_address + 24) >> 2);
  body += csrrw(zero, hw::csr_pmpaddr0, t0);
  body += {addi(t0, zero, 0x91),    csrrw(zero, hw::csr_pmpcfg0, t0),  // locked, four bytes, read only
           vsetivli(zero, 16, e32), vle32(4, s0),
           vadd_vx(4, 4, s0),       vse32(4, s0)};
  run(both_on, body);
  EXPECT_TRUE(faulted());
  EXPECT_EQ(machine_.mcause(0), 7U);
  EXPECT_EQ(machine_.mtval(0), data_address + 24);
  EXPECT_EQ(machine_.word(data_address + 16) & 0xffffffff, data_address & 0xffffffff);
}

}  // namespace
}  // namespace dojo::tb
