// Random programs on all four harts, every retired instruction compared with the golden model.

#include <gtest/gtest.h>

#include <cstdlib>

#include "model/lockstep.hpp"
#include "tb/core/random_run.hpp"

namespace dojo::tb {
namespace {

/// Instructions of one run; nine runs are the campaign: a million, or ten million in the nightly mode.
std::uint64_t campaign() {
  return std::getenv("DOJO_NIGHTLY") != nullptr ? 1200000 : 120000;  // NOLINT(concurrency-mt-unsafe)
}

class CoreLockstep : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CoreLockstep, RandomProgramsOfFourHarts) {
  const RandomOutcome outcome = run_random_reduced({.seed = GetParam(), .retired = campaign()});
  for (const std::uint64_t retired : outcome.retired_by) EXPECT_GT(retired, outcome.retired / 8);
  EXPECT_GT(outcome.traps, 1000U);
  EXPECT_GT(outcome.interrupts, 100U);
}

TEST_P(CoreLockstep, RandomProgramsUnderBankConflictsAndBackPressure) {
  const RandomOutcome outcome =
      run_random_reduced({.seed = GetParam() + 100, .retired = campaign(), .disturbed = true});
  EXPECT_GT(outcome.traps, 1000U);
  EXPECT_GT(outcome.interrupts, 100U);
}

TEST_P(CoreLockstep, RandomProgramOfOneHart) {
  const RandomOutcome outcome = run_random_reduced({.seed = GetParam() + 200, .retired = campaign(), .harts = 1});
  EXPECT_GT(outcome.traps, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CoreLockstep, testing::Values(1, 2, 3));

TEST(CoreLockstepInitialState, DoesNotChangeACycle) {
  const RandomOutcome first = run_random({.seed = 7, .reset_seed = 1, .retired = 30000, .disturbed = true});
  const RandomOutcome second = run_random({.seed = 7, .reset_seed = 99, .retired = 30000, .disturbed = true});
  EXPECT_EQ(first.hash, second.hash);
}

TEST(CoreLockstepFault, AFlippedRegisterBitIsReported) {
  EXPECT_THROW(run_random({.seed = 6, .retired = 40000, .corrupt = true}), model::LockstepMismatch);
}

TEST(CoreLockstepFault, AFailingProgramIsReduced) {
  const RandomRun run{.seed = 6, .retired = 3000, .harts = 1, .corrupt = true};
  const Reduction whole = reduce(run, 0);
  const Reduction reduced = reduce(run, 60);
  EXPECT_GT(reduced.attempts, 10U);
  EXPECT_LT(reduced.left.size(), whole.left.size() / 2);
  // What is left still fails, and as the report says.
  try {
    run_random(reduced.run);
    ADD_FAILURE() << "the reduced program does not fail";
  } catch (const model::LockstepMismatch& error) {
    EXPECT_EQ(reduced.mismatch, error.what());
  }
}

}  // namespace
}  // namespace dojo::tb
