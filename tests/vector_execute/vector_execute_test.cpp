// Block test of rtl/node/vector_execute.sv: streams of random instructions with hazards against the golden model.
// DOJO_NIGHTLY=1 makes them a hundred times as many.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tb/vector_execute/random_vector.hpp"
#include "tb/vector_execute/vector_machine.hpp"

namespace dojo::tb {
namespace {

struct RunOfInstructions {
  std::uint64_t history;
  std::uint64_t cycles;
};

/// Rounds of `length` instructions back to back, each after new register contents.
RunOfInstructions run(std::uint64_t seed, unsigned rounds, unsigned length, const EntryFilter& filter = {},
                      int reset_seed = 1) {
  VectorMachine machine(reset_seed);
  std::mt19937_64 random(seed);
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned hart = 0; hart < 4; ++hart) {
      for (unsigned number = 0; number < 32; ++number) machine.set_register(hart, number, random_register(random));
    }
    for (unsigned n = 0; n < length; ++n) {
      const auto kind = random() % 32;
      machine.dispatch(filter      ? random_vector_instruction(random, filter)
                       : kind == 0 ? random_cfloat_instruction(random)
                       : kind == 1 ? random_accumulator_instruction(random)
                                   : random_vector_instruction(random));
    }
    if (const auto difference = machine.difference()) {
      ADD_FAILURE() << "seed " << seed << " round " << round << ": " << *difference;
      break;
    }
  }
  return {machine.history(), machine.cycle()};
}

TEST(VectorExecute, EveryOperationAloneEqualsTheModel) {
  unsigned operations = 0;
  for (const model::VectorEntry& entry : model::vector_table()) {
    SCOPED_TRACE(entry.name);
    run(100 + operations, 12, 8, [&](const model::VectorEntry& other) { return &other == &entry; });
    ++operations;
  }
  EXPECT_GT(operations, 150U);
}

TEST(VectorExecute, StreamsOfRandomInstructionsEqualTheModel) {
  run(1, std::getenv("DOJO_NIGHTLY") != nullptr ? 200000 : 2000, 24);
}

TEST(VectorExecute, TheCyclesDoNotDependOnTheStateBeforeReset) {
  const RunOfInstructions first = run(2, 40, 24, {}, 1);
  for (const int reset_seed : {2, 3}) {
    const RunOfInstructions other = run(2, 40, 24, {}, reset_seed);
    EXPECT_EQ(other.history, first.history);
    EXPECT_EQ(other.cycles, first.cycles);
  }
}

}  // namespace
}  // namespace dojo::tb
