// Random barriers reach every cover property of the barrier unit, in some unit.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "tb/noc/barrier_rounds.hpp"
#include "tb/noc/cover_counts.hpp"

namespace dojo::tb {
namespace {

TEST(BarrierCover, RandomRoundsReachEveryCase) {
  std::map<std::string, std::uint64_t> counts;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    BarrierRounds rounds(seed, 1);
    EXPECT_TRUE(rounds.run(40, 20000)) << "seed " << seed;
    for (const auto& [name, count] : cover_counts(rounds.mesh().context(), "barrier_unit")) counts[name] += count;
  }
  EXPECT_EQ(counts.size(), 24U);
  for (const auto& [name, count] : counts) EXPECT_GT(count, 0U) << name << " was never reached";
}

}  // namespace
}  // namespace dojo::tb
