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
  EXPECT_GT(straight, 0.93);  // one cycle per line
  EXPECT_GT(loop, 0.93);      // one cycle per iteration
}

TEST(CoreSpeed, FourHartsFillTheIssueSlot) {
  EXPECT_GT(loop_ipc(repeat(addi(a0, a0, 1), 14), 4), 0.99);
  EXPECT_GT(loop_ipc(repeat(addi(a0, a0, 1), 100), 4), 0.95);
}

TEST(CoreSpeed, LoadsAndStoresOfFourHartsTakeOneSlotEach) {
  EXPECT_GT(
      loop_ipc({addi(a0, a0, 1), ld(a1, s0, 0), add(a2, a1, a0), addi(a3, a0, 2), sd(a3, s0, 8), addi(a4, a4, 1)}, 4),
      0.9);
}

TEST(CoreSpeed, Latencies) {
  EXPECT_NEAR(cycles_each(ld(a0, s0, 0)), 3, 0.2);
  EXPECT_NEAR(cycles_each(sd(a0, s0, 0)), 3, 0.2);
  EXPECT_NEAR(cycles_each(atomic(0, true, a0, s0, a1)), 3, 0.2);
  EXPECT_NEAR(cycles_each(r_type(0x33, 0, 1, a0, a0, a1)), 2, 0.2);
  EXPECT_NEAR(cycles_each(r_type(0x33, 4, 1, a0, a0, a1)), 34, 0.5);
  EXPECT_NEAR(cycles_each(r_type(0x3b, 4, 1, a0, a0, a1)), 18, 0.5);
  EXPECT_NEAR(cycles_each(beq(zero, zero, 4)), 3, 0.2);  // forward and taken: mispredicted
  EXPECT_NEAR(cycles_each(bne(zero, zero, 4)), 1, 0.1);
}

}  // namespace
}  // namespace dojo::tb
