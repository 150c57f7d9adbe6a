// Bars of the network on an 8x8 mesh under the field's standard patterns, class data alone (X first, then Y): the load
// up to which the mean latency is at most three times the zero-load latency, and what the mesh and its slowest source
// get at twice that load (docs/network.md). And a die whose nodes ask for memory beyond its edges.

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "noc/sweep.hpp"

namespace dojo::noc {
namespace {

constexpr MeshSize mesh{.columns = 8, .rows = 8};

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
  const TrafficResult idle = measure_zero_load(mesh, {.pattern = bar.pattern});
  EXPECT_TRUE(idle.drained);
  EXPECT_LT(idle.all.latency_mean - idle.all.hops_mean, 2.2);
  EXPECT_NEAR(idle.all.latency_mean, bar.zero_load_latency, 0.25);

  const TrafficResult loaded = measure_traffic(mesh, {.pattern = bar.pattern, .load = bar.saturation});
  EXPECT_TRUE(loaded.drained);
  EXPECT_LE(loaded.all.latency_mean, 3 * idle.all.latency_mean);

  // The saturation is at most 1.1 times the bar, so that the last of these is at least twice the saturation.
  double peak = 0;
  TrafficResult overloaded;
  for (const double factor : {1.0, 1.25, 1.6, 2.2}) {
    overloaded = measure_traffic(
        mesh, {.pattern = bar.pattern, .load = std::min(1.0, factor * bar.saturation), .window = 8000, .drain = 0});
    peak = std::max(peak, overloaded.all.accepted);
  }
  EXPECT_GE(overloaded.all.accepted, 0.9 * peak);
  EXPECT_GE(overloaded.worst_node, 0.5 * overloaded.all.accepted);
}

// Bounds of the channels: transpose 0.143, tornado 0.333, bit complement 0.250, hotspot 0.0625; of these 98, 76, 93 and
// 90 %.
INSTANTIATE_TEST_SUITE_P(Patterns, Traffic8x8,
                         testing::Values(Bar{Pattern::uniform, 0.400, 7.26}, Bar{Pattern::transpose, 0.140, 7.30},
                                         Bar{Pattern::tornado, 0.253, 9.51}, Bar{Pattern::neighbor, 0.990, 5.47},
                                         Bar{Pattern::bitcomp, 0.2325, 9.99}, Bar{Pattern::shuffle, 0.220, 5.99},
                                         Bar{Pattern::hotspot, 0.056, 9.00}));

TEST(Traffic, TwoClassesCarryAtLeastAsMuchAsOne) {
  const TrafficResult both = measure_traffic(mesh, {.load = 0.4, .data_share = 0.5});
  EXPECT_TRUE(both.drained);
  EXPECT_LE(both.all.latency_mean, 3 * 7.26);
}

// X first, these requests would saturate at 0.019 of the 0.111 flits that the 40 ports take.
TEST(Traffic, RequestsToTheEdgesOfADieUseThePorts) {
  constexpr MeshSize die{.columns = 18, .rows = 20};
  TrafficOptions options{.pattern = Pattern::edge, .load = 0.09, .data_share = 0, .warm_up = 1000, .window = 2000};
  const TrafficResult zero_load = measure_zero_load(die, options);
  const TrafficResult loaded = measure_traffic(die, options);
  EXPECT_TRUE(loaded.drained);
  EXPECT_LE(loaded.all.latency_mean, 3 * zero_load.all.latency_mean);
  EXPECT_GE(loaded.all.accepted, 0.98 * loaded.all.offered);
}

}  // namespace
}  // namespace dojo::noc
