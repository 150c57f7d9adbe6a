// An 8x8 mesh under the field's standard patterns, class data alone (X first, then Y): saturation at three times the
// zero-load latency, and what the mesh and its slowest source get at twice that load (docs/network.md).

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tb/noc/traffic.hpp"

namespace dojo::tb {
namespace {

struct Bar {
  Pattern pattern;
  double saturation;
  double zero_load_latency;  ///< of a reference model with one cycle per hop
};

std::ostream& operator<<(std::ostream& out, const Bar& bar) {
  return out << name_of(bar.pattern);
}

class Traffic8x8 : public testing::TestWithParam<Bar> {};

TEST_P(Traffic8x8, SaturatesLateAndSharesTheLoadThatIsTooMuch) {
  const Bar& bar = GetParam();
  const TrafficResult idle = measure_traffic(8, 8, {.pattern = bar.pattern, .load = 0.005, .window = 20000});
  EXPECT_TRUE(idle.drained);
  EXPECT_LT(idle.latency_mean - idle.hops_mean, 2.2);
  EXPECT_NEAR(idle.latency_mean, bar.zero_load_latency, 0.25);

  const double reached = saturation(8, 8, {.pattern = bar.pattern});
  EXPECT_GE(reached, bar.saturation);

  double peak = 0;
  TrafficResult twice;
  for (const double factor : {1.0, 1.1, 1.25, 1.5, 2.0}) {
    twice = measure_traffic(
        8, 8, {.pattern = bar.pattern, .load = std::min(1.0, factor * reached), .window = 8000, .drain = 0});
    peak = std::max(peak, twice.accepted);
  }
  EXPECT_GE(twice.accepted, 0.9 * peak);
  EXPECT_GE(twice.worst_node, 0.5 * twice.accepted);
  std::printf(
      "%-15s zero-load latency %.2f (hops + %.2f), saturation %.3f, peak %.3f, at twice the saturation %.3f, worst "
      "source %.3f\n",
      std::string(name_of(bar.pattern)).c_str(), idle.latency_mean, idle.latency_mean - idle.hops_mean, reached, peak,
      twice.accepted, twice.worst_node);
}

// Bounds of the channels: transpose 0.143, tornado 0.333, bit complement 0.250, hotspot 0.0625; of these 98, 76, 93 and
// 90 %.
INSTANTIATE_TEST_SUITE_P(Patterns, Traffic8x8,
                         testing::Values(Bar{Pattern::uniform, 0.400, 7.26}, Bar{Pattern::transpose, 0.140, 7.30},
                                         Bar{Pattern::tornado, 0.253, 9.51}, Bar{Pattern::neighbor, 0.990, 5.47},
                                         Bar{Pattern::bit_complement, 0.2325, 9.99}, Bar{Pattern::shuffle, 0.220, 5.99},
                                         Bar{Pattern::hotspot, 0.056, 9.00}));

TEST(Traffic8x8, TwoClassesCarryAtLeastAsMuchAsOne) {
  const double both = saturation(8, 8, {.data_share = 0.5});
  std::printf("uniform, half requests: saturation %.3f\n", both);
  EXPECT_GE(both, 0.400);
}

}  // namespace
}  // namespace dojo::tb
