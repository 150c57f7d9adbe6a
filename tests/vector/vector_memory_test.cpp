// The vector unit's loads and stores against an element-by-element reference, and their rates.

#include <gtest/gtest.h>

#include <vector>

#include "tb/vector/random_memory.hpp"
#include "tb/vector/vector_machine.hpp"

namespace dojo::tb {
namespace {

TEST(VectorMemory, RandomAccessesAreThoseOfTheReference) {
  const auto counts = run_random_memory({.seed = 1, .instructions = 12000});
  EXPECT_GT(counts.asynchronous, 1000U);
  for (const unsigned cause : {4U, 5U, 6U, 7U}) EXPECT_GT(counts.traps[cause], 5U) << "cause " << cause;
  EXPECT_GT(counts.shortened, 5U);
}

TEST(VectorMemory, RefusedRequestsChangeNothing) {
  run_random_memory({.seed = 2, .instructions = 6000, .refusal = 0.4});
}

TEST(VectorMemory, ProtectedHartsAreCheckedFieldByField) {
  const auto counts = run_random_memory({.seed = 3, .instructions = 6000, .refusal = 0.1, .protected_harts = 0b0110});
  EXPECT_GT(counts.traps[5], 50U);
  EXPECT_GT(counts.traps[7], 20U);
}

TEST(VectorMemory, ArithmeticBetweenLoadsAndStoresSeesTheirRegisters) {
  run_random_memory({.seed = 5, .arithmetic = 60, .instructions = 12000});
  run_random_memory({.seed = 6, .arithmetic = 40, .instructions = 6000, .refusal = 0.3, .protected_harts = 0b0100});
}

TEST(VectorMemory, CyclesDoNotDependOnTheInitialState) {
  const auto first = run_random_memory({.seed = 4, .reset_seed = 1, .instructions = 1500, .refusal = 0.2});
  for (const int seed : {2, 3}) {
    EXPECT_EQ(run_random_memory({.seed = 4, .reset_seed = seed, .instructions = 1500, .refusal = 0.2}).cycles,
              first.cycles);
  }
}

/// Lines per cycle that `instructions` repeated `rounds` times move, by one hart or by all four in turn.
struct Rate {
  double loads;
  double stores;
};
Rate measure(const std::vector<VectorInstruction>& instructions, unsigned rounds, unsigned harts = 1,
             std::uint64_t step = 256) {
  VectorMachine machine({});
  const std::uint64_t before = machine.cycle_number();
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned hart = 0; hart < harts; ++hart) {
      for (VectorInstruction instruction : instructions) {
        instruction.hart = hart;
        instruction.rs1 += (std::uint64_t{round} * harts + hart) * step;
        EXPECT_FALSE(machine.decode(instruction).synchronous);
        while (!machine.offer(instruction)) {
        }
      }
    }
  }
  machine.drain();
  const auto cycles = static_cast<double>(machine.cycle_number() - before);
  return {.loads = static_cast<double>(machine.reads()) / cycles,
          .stores = static_cast<double>(machine.writes()) / cycles};
}

/// vle32.v or vse32.v with LMUL 4.
VectorInstruction quad(bool store, unsigned vd, std::uint64_t offset) {
  return {.insn = encode({.store = store, .width = 6, .vd = vd}),
          .rs1 = VectorMachine::base + offset,
          .sew = 2,
          .lmul = 2,
          .vl = 64};
}

TEST(VectorMemory, TwoLoadsAndAStorePerCycleAreSustained) {
  const Rate rate = measure({quad(false, 0, 0), quad(false, 4, 0x20040), quad(true, 8, 0x40080),
                             quad(false, 12, 0x60000), quad(false, 16, 0x80040), quad(true, 20, 0xa0080)},
                            100);
  EXPECT_GT(rate.loads, 1.9);
  EXPECT_GT(rate.stores, 0.95);
}

TEST(VectorMemory, LoadsArithmeticAndStoreOverlapInALoopOfFourHarts) {
  // y += a * x with groups of eight: vl8re32 v8, vl8re32 v16, vfmacc.vf v16, fa0, v8, vs8r v16
  const auto whole = [](bool store, unsigned vd, std::uint64_t offset) {
    return VectorInstruction{.insn = encode({.store = store, .width = store ? 0U : 6U, .rs2 = 8, .vd = vd, .nf = 8}),
                             .rs1 = VectorMachine::base + offset,
                             .sew = 2,
                             .lmul = 3,
                             .vl = 128};
  };
  VectorInstruction multiply_add = whole(false, 16, 0);
  multiply_add.insn = 0b101100U << 26 | 1U << 25 | 8U << 20 | 10U << 15 | 5U << 12 | 16U << 7 | 0x57;
  for (const unsigned harts : {1U, 4U}) {
    const Rate rate = measure({whole(false, 8, 0), whole(false, 16, 0x80000), multiply_add, whole(true, 16, 0x80000)},
                              60, harts, 512);
    EXPECT_GT(rate.stores, harts == 4 ? 0.95 : 0.5);
  }
}

TEST(VectorMemory, StreamsOffTheLinesFetchEachLineOnce) {
  const Rate rate = measure({quad(false, 0, 4), quad(false, 4, 0x20044), quad(true, 8, 0x40084)}, 100);
  // Five lines for four registers.
  EXPECT_GT(rate.loads, 1.8);
}

TEST(VectorMemory, OneHartOverlapsStoresWithTheLoadsOfOtherBytes) {
  const Rate rate =
      measure({quad(false, 0, 0), quad(true, 0, 0x20040), quad(false, 4, 0x60000), quad(true, 4, 0x80040)}, 200);
  EXPECT_GT(rate.stores, 0.9);
}

}  // namespace
}  // namespace dojo::tb
