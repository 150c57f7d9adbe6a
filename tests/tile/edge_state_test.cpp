// States of a die-edge link: training with losses, a far end that never answers, a link that dies, and one that starts
// again.

#include <gtest/gtest.h>

#include "small_pair.hpp"

namespace dojo::tb {
namespace {

TEST(EdgeState, IsDownUntilItIsEnabled) {
  SmallPair pair;
  pair.run(50);
  for (unsigned e = 0; e < edge_ends; ++e) EXPECT_EQ(pair.state(e), hw::EdgeState::down);
  EXPECT_EQ(pair.counters(0).frames, 0U);
  EXPECT_TRUE(pair.quiet());
}

TEST(EdgeState, FlitsOfALinkThatIsDownAreDiscarded) {
  SmallPair pair;
  for (unsigned i = 0; i < 20; ++i) pair.send(1, both_classes.at(i % 2));
  ASSERT_TRUE(pair.settle(100));
  EXPECT_EQ(pair.counters(0).discarded, 20U);
  EXPECT_EQ(pair.scoreboard.delivered(), 0U);
  pair.expect_credits();
}

TEST(EdgeState, FlitsWaitForTraining) {
  SmallPair pair;
  pair.enable(0, true);
  pair.run(3);
  for (unsigned i = 0; i < 20; ++i) pair.send(1, both_classes.at(i % 2));
  pair.run(100);
  EXPECT_EQ(pair.state(0), hw::EdgeState::training);
  pair.train();
  ASSERT_TRUE(pair.settle(1000));
  pair.expect_clean();
  EXPECT_EQ(pair.scoreboard.delivered(), 20U);
}

TEST(EdgeState, TrainsThroughLosses) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SmallPair pair({.bit_error_rate = 1e-4, .drop_rate = 0.03, .seed = seed});
    pair.train(small_timeout * small_retries);
    for (unsigned i = 0; i < 20; ++i) {
      for (unsigned node = 0; node < pair.nodes(); ++node) pair.send(node, both_classes.at(i % 2));
    }
    ASSERT_TRUE(pair.settle(20000)) << seed;
    pair.expect_clean();
  }
}

TEST(EdgeState, TrainsThroughHeavyLosses) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SmallPair pair({.drop_rate = 0.2, .seed = seed});
    pair.train(small_timeout * small_retries);
  }
}

TEST(EdgeState, FarEndThatNeverAnswersIsReported) {
  SmallPair pair;
  pair.enable(0, true);
  pair.run(small_timeout * small_retries - 1);
  EXPECT_EQ(pair.state(0), hw::EdgeState::training);
  pair.run(20);
  EXPECT_EQ(pair.state(0), hw::EdgeState::dead);
  ASSERT_TRUE(pair.settle(100));
}

/// Directions that are cut: bit 0 from end 0, bit 1 from end 1.
class EdgeDeath : public testing::TestWithParam<unsigned> {};

TEST_P(EdgeDeath, IsReportedAndTheMeshBehindDrains) {
  SmallPair pair;
  pair.train();
  for (unsigned i = 0; i < 500; ++i) {
    for (unsigned node = 0; node < pair.nodes(); ++node) pair.send(node, both_classes.at(i % 2));
  }
  pair.run(200);
  const std::uint64_t cut_at = pair.cycle();
  for (unsigned e = 0; e < edge_ends; ++e) pair.lane(e).cut(((GetParam() >> e) & 1U) != 0);
  const unsigned sender = GetParam() == 2 ? 1 : 0;
  while (pair.state(sender) != hw::EdgeState::dead && pair.cycle() < cut_at + 10000) pair.step();
  EXPECT_EQ(pair.state(sender), hw::EdgeState::dead);
  EXPECT_LE(pair.cycle() - cut_at, small_timeout * (small_retries + 1));
  EXPECT_GE(pair.counters(sender).timeouts, small_retries);
  // The other end hears nothing more from a dead one.
  ASSERT_TRUE(pair.settle(20000));
  EXPECT_EQ(pair.state(sender ^ 1U), hw::EdgeState::dead);
  for (unsigned e = 0; e < edge_ends; ++e) EXPECT_GT(pair.counters(e).discarded, 0U);
  pair.expect_credits();
  // What arrived is in order, though some is missing at the end.
  EXPECT_TRUE(pair.scoreboard.errors().empty());

  // Both ends down for a flight, then up again: the scoreboard of the first life does not fit the second.
  for (unsigned e = 0; e < edge_ends; ++e) {
    pair.lane(e).cut(false);
    pair.enable(e, false);
  }
  pair.run(2 * small_flight);
  EXPECT_EQ(pair.state(0), hw::EdgeState::down);
  pair.scoreboard = Scoreboard(small_ports);
  pair.train();
  for (unsigned i = 0; i < 200; ++i) {
    for (unsigned node = 0; node < pair.nodes(); ++node) pair.send(node, both_classes.at(i % 2));
  }
  ASSERT_TRUE(pair.settle(10000));
  pair.expect_clean();
  EXPECT_EQ(pair.scoreboard.delivered(), 200U * pair.nodes());
}

INSTANTIATE_TEST_SUITE_P(Directions, EdgeDeath, testing::Values(1U, 2U, 3U));

TEST(EdgeState, ShortInterruptionIsSurvived) {
  SmallPair pair;
  pair.train();
  for (unsigned i = 0; i < 500; ++i) {
    for (unsigned node = 0; node < pair.nodes(); ++node) pair.send(node, both_classes.at(i % 2));
  }
  pair.run(100);
  for (unsigned e = 0; e < edge_ends; ++e) pair.lane(e).cut(true);
  pair.run(2 * small_timeout);
  for (unsigned e = 0; e < edge_ends; ++e) pair.lane(e).cut(false);
  ASSERT_TRUE(pair.settle(20000));
  pair.expect_clean();
  EXPECT_EQ(pair.state(0), hw::EdgeState::up);
}

TEST(EdgeState, IdleLinkIsQuiet) {
  SmallPair pair;
  pair.train();
  pair.send(0, hw::PacketClass::data);
  ASSERT_TRUE(pair.settle(1000));
  const auto frames = pair.counters(0).frames + pair.counters(1).frames;
  pair.run(10 * small_timeout);
  EXPECT_EQ(pair.counters(0).frames + pair.counters(1).frames, frames);
  EXPECT_EQ(pair.state(0), hw::EdgeState::up);
  pair.expect_clean();
}

}  // namespace
}  // namespace dojo::tb
