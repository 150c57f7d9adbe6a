// Random lines reach every cover property of the collective unit, in some unit.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "tb/noc/collective_traffic.hpp"
#include "tb/noc/cover_counts.hpp"

namespace dojo::tb {
namespace {

TEST(CollectiveCover, RandomLinesReachEveryCase) {
  std::map<std::string, std::uint64_t> counts;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CollectiveTraffic traffic(seed, 1, 200);
    EXPECT_TRUE(traffic.run(40000)) << "seed " << seed;
    for (const auto& [name, count] : cover_counts(traffic.mesh().context(), "collective_unit")) {
      // The adders have a test of their own.
      if (!name.starts_with("gen_adders")) counts[name] += count;
    }
  }
  EXPECT_EQ(counts.size(), 35U);
  for (const auto& [name, count] : counts) EXPECT_GT(count, 0U) << name << " was never reached";
}

}  // namespace
}  // namespace dojo::tb
