// Random traffic of both classes over a small die-edge link: bit errors, lost beats, back-pressure, blocked classes and
// ports.

#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "small_pair.hpp"

namespace dojo::tb {
namespace {

/// Bit error rate, rate of lost beats, seed.
class EdgeTraffic : public testing::TestWithParam<std::tuple<double, double, unsigned>> {};

TEST_P(EdgeTraffic, ArrivesOnceAndInOrder) {
  const auto& [bit_error_rate, drop_rate, seed] = GetParam();
  SmallPair pair(
      {.bit_error_rate = bit_error_rate, .drop_rate = drop_rate, .seed = seed, .reset_seed = static_cast<int>(seed)});
  pair.train();
  std::mt19937_64 random(seed);
  unsigned speed = 8;
  unsigned density = 4;
  pair.set_sink_policy([&](unsigned node, unsigned cls) { return random() % 8 < (speed + node + cls) % 9; });
  for (unsigned i = 0; i < 20000; ++i) {
    if (i % 500 == 0) {
      speed = static_cast<unsigned>(random() % 9);
      density = static_cast<unsigned>(random() % 9);
    }
    for (unsigned node = 0; node < pair.nodes(); ++node) {
      const unsigned c = random() % 2;
      if (random() % 8 < density && pair.queued(node, c) < 8) pair.send(node, both_classes.at(c));
    }
    pair.step();
  }
  pair.set_sink_policy({});
  ASSERT_TRUE(pair.settle(200000));
  pair.expect_clean();
  EXPECT_GT(pair.scoreboard.delivered(), 10000U);
  for (unsigned e = 0; e < edge_ends; ++e) {
    if (drop_rate >= 1e-3) EXPECT_GT(pair.counters(e).repeated, 0U);
    if (bit_error_rate > 0) EXPECT_GT(pair.counters(e).corrected, 0U);
    EXPECT_EQ(pair.counters(e).refused, 0U);
    EXPECT_EQ(pair.counters(e).discarded, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, EdgeTraffic,
                         testing::Combine(testing::Values(0.0, 1e-6, 1e-5, 1e-4),
                                          testing::Values(0.0, 1e-4, 1e-3, 1e-2), testing::Values(1U, 2U, 3U)));

TEST(EdgeTraffic, CleanLinkCarriesTheLineRateAndRepeatsNothing) {
  SmallPair pair;
  pair.train();
  constexpr unsigned cycles = 4000;
  std::uint64_t before = 0;
  for (unsigned i = 0; i < cycles + 200; ++i) {
    if (i == 200) before = pair.scoreboard.delivered();
    for (unsigned node = 0; node < pair.nodes(); ++node) {
      for (unsigned c = 0; c < edge_classes; ++c) {
        if (pair.queued(node, c) < 2) pair.send(node, both_classes.at(c));
      }
    }
    pair.step();
  }
  const double rate = static_cast<double>(pair.scoreboard.delivered() - before) / cycles / edge_ends;
  EXPECT_NEAR(rate, small_slots - 1.0 / hw::edge_beats, 0.01);
  ASSERT_TRUE(pair.settle(5000));
  pair.expect_clean();
  for (unsigned e = 0; e < edge_ends; ++e) {
    EXPECT_EQ(pair.counters(e).repeated, 0U);
    EXPECT_EQ(pair.counters(e).bad, 0U);
    EXPECT_EQ(pair.counters(e).timeouts, 0U);
  }
}

TEST(EdgeTraffic, NeitherClassBlocksTheOther) {
  for (const unsigned blocked : {0U, 1U}) {
    SmallPair pair;
    pair.train();
    bool blocking = true;
    pair.set_sink_policy([&](unsigned, unsigned cls) { return !(blocking && cls == blocked); });
    constexpr unsigned packets = 300;
    for (unsigned i = 0; i < packets; ++i) {
      for (unsigned node = 0; node < pair.nodes(); ++node) {
        for (const hw::PacketClass cls : both_classes) pair.send(node, cls);
      }
    }
    pair.run(4 * packets);
    for (unsigned node = 0; node < pair.nodes(); ++node) {
      EXPECT_EQ(pair.received.at(node).at(blocked ^ 1U), packets) << node;
      EXPECT_EQ(pair.received.at(node).at(blocked), hw::router_depth) << node;
      // What waits at the far end, in the link, and in the router before it.
      EXPECT_EQ(pair.queued(node, blocked), packets - small_queue_depth - 2 * hw::router_depth) << node;
    }
    EXPECT_EQ(pair.state(0), hw::EdgeState::up);
    // However long it lasts, the link does not take back-pressure for death.
    pair.run(2 * small_retries * small_timeout);
    EXPECT_EQ(pair.state(0), hw::EdgeState::up);
    blocking = false;
    ASSERT_TRUE(pair.settle(10000));
    pair.expect_clean();
  }
}

TEST(EdgeTraffic, NoPortBlocksAnother) {
  SmallPair pair;
  pair.train();
  bool blocking = true;
  pair.set_sink_policy([&](unsigned node, unsigned) { return !(blocking && node % small_ports == 1); });
  constexpr unsigned packets = 300;
  for (unsigned i = 0; i < packets; ++i) {
    for (unsigned node = 0; node < pair.nodes(); ++node) pair.send(node, both_classes.at(i % 2));
  }
  pair.run(2 * packets);
  for (unsigned node = 0; node < pair.nodes(); ++node) {
    const std::uint64_t received = pair.received.at(node)[0] + pair.received.at(node)[1];
    EXPECT_EQ(received, node % small_ports == 1 ? 2 * hw::router_depth : packets) << node;
  }
  blocking = false;
  ASSERT_TRUE(pair.settle(10000));
  pair.expect_clean();
}

std::uint64_t hash_of_run(int reset_seed) {
  SmallPair pair({.bit_error_rate = 1e-4, .drop_rate = 1e-3, .reset_seed = reset_seed});
  pair.train();
  std::mt19937_64 random(11);
  pair.set_sink_policy([&](unsigned, unsigned) { return random() % 2 != 0; });
  for (unsigned i = 0; i < 5000; ++i) {
    pair.send(static_cast<unsigned>(random() % pair.nodes()), both_classes.at(random() % 2));
    pair.step();
  }
  pair.settle(100000);
  return pair.hash();
}

TEST(EdgeTraffic, NothingDependsOnUninitialisedState) {
  const std::uint64_t first = hash_of_run(1);
  EXPECT_EQ(hash_of_run(2), first);
  EXPECT_EQ(hash_of_run(99), first);
}

}  // namespace
}  // namespace dojo::tb
