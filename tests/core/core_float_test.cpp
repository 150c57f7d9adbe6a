// Floating point in the core: state, rounding modes, flags, boxed values, waiting for results.

#include <gtest/gtest.h>

#include "tb/core/core_machine.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;

constexpr std::uint64_t code_address = hw::sram_base;
constexpr std::uint64_t data_address = hw::sram_base + 0x10000;
constexpr std::uint64_t float_initial = 0x2000;
constexpr std::uint64_t float_dirty = 0x6000;
constexpr Word nearest = 0;
constexpr Word dynamic = 7;

constexpr Word operation(Word funct7, Word rounding, Word rd, Word rs1, Word rs2) {
  return r_type(0x53, rounding, funct7, rd, rs1, rs2);
}
constexpr Word fadd(Word rd, Word rs1, Word rs2, Word rounding = nearest) {
  return operation(0x00, rounding, rd, rs1, rs2);
}
constexpr Word fdiv(Word rd, Word rs1, Word rs2) {
  return operation(0x0c, nearest, rd, rs1, rs2);
}
constexpr Word fmv_w_x(Word rd, Word rs1) {
  return operation(0x78, 0, rd, rs1, 0);
}
constexpr Word fmv_x_w(Word rd, Word rs1) {
  return operation(0x70, 0, rd, rs1, 0);
}
constexpr Word flw(Word rd, Word rs1, std::int32_t offset) {
  return i_type(0x07, 2, rd, rs1, offset);
}
constexpr Word fsw(Word rs2, Word rs1, std::int32_t offset) {
  return (s_type(2, rs1, rs2, offset) & ~0x7fu) | 0x27;
}

class CoreFloat : public testing::Test {
 protected:
  /// Runs `body` in lockstep after mstatus.FS has been set; the hart stops, or faults at an illegal instruction.
  void run(std::uint64_t status, const std::vector<Word>& body) {
    Program program;
    program.constant(s0, data_address);
    program.constant(t0, status);
    program += csrrs(zero, hw::csr_mstatus, t0);
    for (const Word word : body) program += word;
    program.stop(0);
    machine_.load(code_address, program.data());
    machine_.start(0, code_address);
    ASSERT_TRUE(machine_.run_to_stop(2000));
  }
  [[nodiscard]] bool faulted() const { return machine_.state(0) == hw::HartState::faulted; }

  CoreMachine machine_;
};

TEST_F(CoreFloat, IsIllegalWhileItsStateIsOff) {
  for (const Word word : {fadd(1, 2, 3), flw(1, s0, 0), fsw(1, s0, 0), fmv_x_w(a0, 1), csrrs(a0, hw::csr_fcsr, zero),
                          csrrwi(zero, hw::csr_frm, 1), r_type(0x43, 0, 0, 1, 2, 3), operation(0x72, 0, a0, 1, 0)}) {
    run(0, {word});
    EXPECT_TRUE(faulted()) << std::hex << word;
    EXPECT_EQ(machine_.mcause(0), 2U);
    EXPECT_EQ(machine_.mtval(0), word);
  }
}

TEST_F(CoreFloat, ReservedRoundingModesAreIllegal) {
  for (const Word mode : {5u, 6u}) {
    run(float_initial, {fadd(1, 2, 3, mode)});
    EXPECT_TRUE(faulted());
  }
  for (const Word mode : {5u, 6u, 7u}) {
    run(float_initial, {csrrwi(zero, hw::csr_frm, mode), fadd(1, 2, 3, dynamic)});
    EXPECT_TRUE(faulted());
    // What does not round does not care.
    run(float_initial, {csrrwi(zero, hw::csr_frm, mode), operation(0x10, 0, 1, 2, 3)});
    EXPECT_FALSE(faulted());
  }
}

TEST_F(CoreFloat, ChangesMakeItsStateDirty) {
  const Word read = csrrs(a0, hw::csr_mstatus, zero);
  run(float_initial, {fsw(1, s0, 0), csrrs(a1, hw::csr_fcsr, zero), read});
  EXPECT_EQ(machine_.reg(0, a0) & float_dirty, float_initial);
  for (const Word word :
       {fadd(1, 2, 3), flw(1, s0, 0), csrrwi(zero, hw::csr_fflags, 0), operation(0x7a, 0, 1, a0, 0)}) {
    run(0, {addi(t1, zero, 0), lui(t1, 6), csrrc(zero, hw::csr_mstatus, t1), lui(t1, 2),
            csrrs(zero, hw::csr_mstatus, t1), word, read});
    EXPECT_EQ(machine_.reg(0, a0), 0x8000000000007800U) << std::hex << word;
  }
}

TEST_F(CoreFloat, FlagsAreThereWhenACsrIsRead) {
  // 1 / 3 is inexact, 1 / 0 divides by zero; the read waits for the division.
  run(float_initial, {lui(t0, 0x3f800), fmv_w_x(1, t0), lui(t0, 0x40400), fmv_w_x(2, t0), fdiv(3, 1, 2),
                      csrrs(a0, hw::csr_fflags, zero), fmv_w_x(4, zero), fdiv(5, 1, 4), csrrs(a1, hw::csr_fcsr, zero),
                      fmv_x_w(a2, 3)});
  EXPECT_EQ(machine_.reg(0, a0), 1U);
  EXPECT_EQ(machine_.reg(0, a1), 9U);
  EXPECT_EQ(machine_.reg(0, a2), 0x3eaaaaabU);
}

TEST_F(CoreFloat, OtherInstructionsGoOnBesideADivision) {
  std::vector<Word> body{lui(t0, 0x3f800), fmv_w_x(1, t0), fmv_x_w(a0, 1), fdiv(2, 1, 1)};
  const std::size_t before = body.size();
  for (unsigned i = 0; i < 12; ++i) body.push_back(addi(a1, a1, 1));
  std::uint64_t division = 0;
  std::uint64_t last = 0;
  machine_.on_retire = [&](const model::RetireEvent& event) {
    if (event.instruction == body[before - 1]) division = event.cycle;
    if (event.instruction == body.back()) last = event.cycle;
  };
  run(float_initial, body);
  EXPECT_LE(last - division, 14U);
}

TEST_F(CoreFloat, BoxedHalvesAreKept) {
  run(float_initial,
      {lui(t0, 0x18), addi(t0, t0, -0x7c), operation(0x7a, 0, 1, t0, 0), fsw(1, s0, 0),
       (s_type(1, s0, 1, 8) & ~0x7fu) | 0x27, i_type(0x07, 1, 2, s0, 8), fmv_x_w(a0, 2), operation(0x72, 0, a1, 2, 0)});
  EXPECT_EQ(machine_.word(data_address), 0xffff7f84U);
  EXPECT_EQ(machine_.word(data_address + 8), 0x7f84U);
  EXPECT_EQ(machine_.reg(0, a0), 0xffffffffffff7f84U);
  EXPECT_EQ(machine_.reg(0, a1), 0x7f84U);
}

}  // namespace
}  // namespace dojo::tb
