// Traffic over bad lanes, and a cut, reach every cover property of the die-edge link.

#include <gtest/gtest.h>

#include <random>

#include "small_pair.hpp"
#include "tb/noc/cover_counts.hpp"

namespace dojo::tb {
namespace {

TEST(EdgeCover, TrafficOverBadLanesReachesEveryCase) {
  SmallPair pair({.bit_error_rate = 1e-4, .drop_rate = 1e-3});
  pair.train();
  std::mt19937_64 random(1);
  unsigned speed = 4;
  unsigned density = 4;
  pair.set_sink_policy(
      [&](unsigned, unsigned cls) { return random() % 4 < speed && (cls == 0 || random() % 32 == 0 || speed > 2); });
  for (unsigned i = 0; i < 60000; ++i) {
    if (i % 500 == 0) {
      speed = static_cast<unsigned>(random() % 5);
      density = static_cast<unsigned>(random() % 9);
    }
    // Acknowledgements that are late fill the window.
    if (i % 5000 == 0) pair.lane(1).cut(true);
    if (i % 5000 == 150) pair.lane(1).cut(false);
    // Whole frames are lost.
    if (i % 1000 == 500) pair.lane(0).cut(true);
    if (i % 1000 == 510) pair.lane(0).cut(false);
    for (unsigned node = 0; node < pair.nodes(); ++node) {
      const unsigned c = random() % 2;
      if (random() % 8 < density && pair.queued(node, c) < 4) pair.send(node, both_classes.at(c));
    }
    pair.step();
  }
  pair.set_sink_policy({});
  ASSERT_TRUE(pair.settle(200000));
  pair.expect_clean();
  for (unsigned e = 0; e < edge_ends; ++e) pair.lane(e).cut(true);
  for (unsigned i = 0; i < 400; ++i) pair.send(0, both_classes.at(i % 2));
  ASSERT_TRUE(pair.settle(10000));
  EXPECT_EQ(pair.state(0), hw::EdgeState::dead);
  const auto counts = cover_counts(pair.context(), "edge_link");
  EXPECT_EQ(counts.size(), 18U);
  for (const auto& [name, count] : counts) EXPECT_GT(count, 0U) << name << " was never reached";
}

}  // namespace
}  // namespace dojo::tb
