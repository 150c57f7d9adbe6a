// Cycles that instructions take: throughput of one and of four harts, latencies, penalties.

#include <gtest/gtest.h>

#include "tb/core/core_machine.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;

constexpr std::uint64_t code_address = hw::sram_base;
constexpr std::uint64_t data_address = hw::sram_base + 0x10000;

/// Instructions per cycle of `harts` harts that run a loop for ever, after a warm-up.
double loop_ipc(const std::vector<Word>& body, unsigned harts) {
  CoreMachine machine;
  Program program;
  program.constant(s0, data_address);
  while (program.bytes() % hw::line_bytes != 0) program += nop;
  const std::uint64_t loop = code_address + program.bytes();
  for (const Word word : body) program += word;
  program += jal(zero, static_cast<std::int32_t>(loop - (code_address + program.bytes())));
  machine.load(code_address, program.data());
  for (unsigned hart = 0; hart < harts; ++hart) machine.start(hart, code_address);
  machine.run(500);
  const auto retired = [&] {
    std::uint64_t sum = 0;
    for (unsigned hart = 0; hart < harts; ++hart) sum += machine.instructions(hart);
    return sum;
  };
  const std::uint64_t before = retired();
  constexpr std::uint64_t cycles = 10000;
  machine.run(cycles);
  return static_cast<double>(retired() - before) / cycles;
}

std::vector<Word> repeat(Word word, unsigned count) {
  return std::vector<Word>(count, word);
}

/// Cycles that each of `word` takes when one hart runs it back to back.
double cycles_each(Word word) {
  return 1 / loop_ipc(repeat(word, 200), 1);
}

TEST(CoreSpeed, OneHartRunsDependentAluCode) {
  const double straight = loop_ipc(repeat(addi(a0, a0, 1), 500), 1);
  const double loop = loop_ipc(repeat(addi(a0, a0, 1), 14), 1);
  RecordProperty("straight_ipc", std::to_string(straight));
  RecordProperty("loop_ipc", std::to_string(loop));
  EXPECT_GT(straight, 0.98);  // the next line is fetched ahead
  EXPECT_GT(loop, 0.98);      // the jump is predicted
}

TEST(CoreSpeed, TwoAndFourHartsFillBothSlots) {
  EXPECT_GT(loop_ipc(repeat(addi(a0, a0, 1), 14), 2), 1.95);
  EXPECT_GT(loop_ipc(repeat(addi(a0, a0, 1), 14), 4), 1.98);
  EXPECT_GT(loop_ipc(repeat(addi(a0, a0, 1), 100), 4), 1.9);
}

TEST(CoreSpeed, LoadsAndStoresOfFourHartsTakeOneSlotEach) {
  EXPECT_GT(
      loop_ipc({addi(a0, a0, 1), ld(a1, s0, 0), add(a2, a1, a0), addi(a3, a0, 2), sd(a3, s0, 8), addi(a4, a4, 1)}, 4),
      1.85);
  // One access per cycle.
  EXPECT_NEAR(loop_ipc(repeat(ld(a1, s0, 0), 14), 4), 1.0, 0.08);
}

TEST(CoreSpeed, SlotZeroTakesWhatSlotOneCannot) {
  const Word multiply = r_type(0x33, 0, 1, a1, a0, a0);
  EXPECT_NEAR(loop_ipc(repeat(multiply, 30), 4), 1.0, 0.05);
  EXPECT_GT(loop_ipc({multiply, addi(a0, a0, 1), multiply, addi(a2, a2, 1)}, 4), 1.8);
}

TEST(CoreSpeed, AHartGoesOnUntilALoadedValueIsNeeded) {
  // The fourth instruction needs the value: nothing is lost.
  const double late = loop_ipc({ld(a1, s0, 0), addi(a2, a2, 1), addi(a3, a3, 1), add(a4, a4, a1)}, 1);
  const double early = loop_ipc({ld(a1, s0, 0), add(a4, a4, a1), addi(a2, a2, 1), addi(a3, a3, 1)}, 1);
  EXPECT_NEAR(late, 1.0, 0.02);
  EXPECT_NEAR(early, 5.0 / 6.0, 0.02);
}

TEST(CoreSpeed, HartsHaveEqualShares) {
  CoreMachine machine;
  Program program;
  for (unsigned i = 0; i < 15; ++i) program += addi(a0, a0, 1);
  program += jal(zero, -60);
  machine.load(code_address, program.data());
  for (unsigned hart = 0; hart < hw::harts; ++hart) machine.start(hart, code_address);
  machine.run(10000);
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    EXPECT_NEAR(static_cast<double>(machine.instructions(hart)), 5000.0, 100.0) << "hart " << hart;
  }
}

TEST(CoreSpeed, ReturnsAndLoopsArePredicted) {
  CoreMachine machine;
  Program program;
  // A function in the line after the loop; seven iterations of an inner loop.
  program += {addi(a1, zero, 7), addi(a1, a1, -1), bne(a1, zero, -4), jal(ra, 12), jal(zero, -16), nop,
              addi(a0, a0, 1),   jalr(zero, ra, 0)};
  machine.load(code_address, program.data());
  machine.start(0, code_address);
  machine.run(500);
  const std::uint64_t instructions = machine.instructions(0);
  const std::uint64_t missed = machine.mispredictions(0);
  machine.run(10000);
  // Only the end of the inner loop is a surprise: once in 19 instructions, and two cycles.
  EXPECT_NEAR(static_cast<double>(machine.instructions(0) - instructions), 10000.0 * 19 / 21, 100.0);
  EXPECT_NEAR(static_cast<double>(machine.mispredictions(0) - missed), 10000.0 / 21, 10.0);
}

TEST(CoreSpeed, Latencies) {
  const auto pair = [](Word first, Word second) {
    std::vector<Word> body;
    for (unsigned i = 0; i < 100; ++i) body.insert(body.end(), {first, second});
    return 2 / loop_ipc(body, 1);
  };
  // A dependent instruction after each: its own cycle, and what it waits.
  EXPECT_NEAR(pair(ld(a0, s0, 0), addi(a0, a0, 1)), 3, 0.1);
  EXPECT_NEAR(pair(sd(a0, s0, 0), addi(a0, a0, 1)), 2, 0.1);
  EXPECT_NEAR(pair(atomic(0, true, a0, s0, a1), addi(a0, a0, 1)), 3, 0.1);
  EXPECT_NEAR(pair(r_type(0x33, 0, 1, a0, a0, a1), addi(a0, a0, 1)), 3, 0.1);
  EXPECT_NEAR(cycles_each(r_type(0x33, 0, 1, a0, a1, a1)), 2,
              0.1);  // a register with a late result is not written again
  EXPECT_NEAR(cycles_each(r_type(0x33, 4, 1, a0, a0, a1)), 34, 0.5);
  EXPECT_NEAR(cycles_each(r_type(0x3b, 4, 1, a0, a0, a1)), 18, 0.5);
  EXPECT_NEAR(cycles_each(beq(zero, zero, 4)), 1, 0.1);  // predicted after the first time
  EXPECT_NEAR(cycles_each(bne(zero, zero, 4)), 1, 0.1);
  EXPECT_NEAR(pair(auipc(t0, 0), jalr(zero, t0, 8)), 4, 0.1);  // an indirect jump that is no return: mispredicted
}

}  // namespace
}  // namespace dojo::tb
