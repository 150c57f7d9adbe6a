// Random programs on all four harts, every retired instruction compared with the golden model.

#include <gtest/gtest.h>

#include "model/lockstep.hpp"
#include "tb/core/random_run.hpp"

namespace dojo::tb {
namespace {

class CoreLockstep : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CoreLockstep, RandomProgramsOfFourHarts) {
  const RandomOutcome outcome = run_random({.seed = GetParam()});
  for (const std::uint64_t retired : outcome.retired_by) EXPECT_GT(retired, outcome.retired / 8);
  EXPECT_GT(outcome.traps, 1000U);
  EXPECT_GT(outcome.interrupts, 100U);
}

TEST_P(CoreLockstep, RandomProgramsUnderBankConflictsAndBackPressure) {
  const RandomOutcome outcome = run_random({.seed = GetParam() + 100, .disturbed = true});
  EXPECT_GT(outcome.traps, 1000U);
  EXPECT_GT(outcome.interrupts, 100U);
}

TEST_P(CoreLockstep, RandomProgramOfOneHart) {
  const RandomOutcome outcome = run_random({.seed = GetParam() + 200, .harts = 1});
  EXPECT_GT(outcome.traps, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CoreLockstep, testing::Values(1, 2, 3));

TEST(CoreLockstepInitialState, DoesNotChangeACycle) {
  const RandomOutcome first = run_random({.seed = 7, .reset_seed = 1, .retired = 30000, .disturbed = true});
  const RandomOutcome second = run_random({.seed = 7, .reset_seed = 99, .retired = 30000, .disturbed = true});
  EXPECT_EQ(first.hash, second.hash);
}

TEST(CoreLockstepFault, AFlippedRegisterBitIsReported) {
  EXPECT_THROW(run_random({.seed = 5, .retired = 20000, .corrupt = true}), model::LockstepMismatch);
}

}  // namespace
}  // namespace dojo::tb
