// Throughput of an 8x8 mesh under the field's standard patterns, against a reference model of an input-queued router
// with one cycle per hop, one class of four slots and round-robin arbitration: saturation at three times the zero-load
// latency (docs/network.md).

#include <gtest/gtest.h>

#include <cstdio>

#include "tb/noc/traffic.hpp"

namespace dojo::tb {
namespace {

struct Reference {
  Pattern pattern;
  double saturation;
  double zero_load_latency;
};

std::ostream& operator<<(std::ostream& out, const Reference& reference) {
  return out << name_of(reference.pattern);
}

class Traffic8x8 : public testing::TestWithParam<Reference> {};

TEST_P(Traffic8x8, SaturatesNoEarlierThanTheReference) {
  const Reference& reference = GetParam();
  const TrafficResult idle = measure_traffic(8, 8, {.pattern = reference.pattern, .load = 0.005, .window = 20000});
  const double reached = saturation(8, 8, {.pattern = reference.pattern});
  const TrafficResult full = measure_traffic(8, 8, {.pattern = reference.pattern, .load = 1.0, .drain = 0});
  std::printf(
      "%-15s zero-load latency %.2f (hops + %.2f), saturation %.3f (reference %.3f), accepted past it %.3f, worst node "
      "%.3f\n",
      std::string(name_of(reference.pattern)).c_str(), idle.latency_mean, idle.latency_mean - idle.hops_mean, reached,
      reference.saturation, full.accepted, full.worst_node);
  EXPECT_TRUE(idle.drained);
  EXPECT_LT(idle.latency_mean - idle.hops_mean, 2.2);
  EXPECT_NEAR(idle.latency_mean, reference.zero_load_latency, 0.25);
  EXPECT_GE(reached, 0.95 * reference.saturation);
}

INSTANTIATE_TEST_SUITE_P(Patterns, Traffic8x8,
                         testing::Values(Reference{Pattern::uniform, 0.349, 7.26},
                                         Reference{Pattern::transpose, 0.142, 7.30},
                                         Reference{Pattern::tornado, 0.239, 9.51},
                                         Reference{Pattern::neighbor, 1.000, 5.47},
                                         Reference{Pattern::bit_complement, 0.223, 9.99}));

TEST(Traffic8x8, TwoClassesCarryAtLeastAsMuchAsOne) {
  const double both = saturation(8, 8, {.data_share = 0.5});
  std::printf("uniform, half requests: saturation %.3f\n", both);
  EXPECT_GE(both, 0.349);
}

}  // namespace
}  // namespace dojo::tb
