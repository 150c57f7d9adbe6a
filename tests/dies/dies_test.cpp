// Dies as one machine: the same cycles whatever the threads, sleep, stops, lockstep, dead nodes and links.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/die.hpp"
#include "common/error.hpp"
#include "tests/sim/traffic.hpp"

namespace dojo::sim {
namespace {

TEST(Dies, ThreadsChangeNothing) {
  const auto config = [](unsigned threads) {
    return RtlConfig{.mesh = {2, 3}, .dies = {2, 2}, .threads = threads, .link_hash = true};
  };
  const TrafficOutcome one = run_all_to_all(config(1));
  EXPECT_NE(one.hash, 0u);
  EXPECT_NE(one.checksum, 0u);
  for (const unsigned threads : {2u, 3u, 4u, 9u})
    EXPECT_EQ(run_all_to_all(config(threads)), one) << threads << " threads";
}

TEST(Dies, ThreadsChangeNothingWithBitErrors) {
  const auto config = [](unsigned threads) {
    return RtlConfig{.mesh = {2, 2},
                     .dies = {3, 1},
                     .errors = {.bit_error_rate = 1e-5, .drop_rate = 1e-3},
                     .threads = threads,
                     .link_hash = true};
  };
  const TrafficOutcome one = run_all_to_all(config(1));
  for (const unsigned threads : {2u, 3u}) EXPECT_EQ(run_all_to_all(config(threads)), one) << threads << " threads";
}

TEST(Dies, PartsOfARunMakeTheWhole) {
  const RtlConfig config{.mesh = {2, 2}, .dies = {2, 1}, .link_hash = true};
  const TrafficOutcome whole = run_all_to_all(config);
  Launched traffic(config, "test_traffic", hw::harts, {traffic_rounds});
  StopReason reason = StopReason::max_cycles;
  for (std::uint64_t part = 1; reason == StopReason::max_cycles; part = part * 7 % 1009) {
    const std::uint64_t before = traffic.machine().cycles();
    reason = traffic.machine().run(part);
    ASSERT_LE(traffic.machine().cycles() - before, part);
  }
  EXPECT_EQ(reason, StopReason::all_stopped);
  EXPECT_EQ(traffic.machine().engine().link_hash(), whole.hash);
  EXPECT_EQ(traffic.checksum(), whole.checksum);
}

TEST(Dies, SameResultsAsOneMesh) {
  const TrafficOutcome mesh = run_all_to_all({.mesh = {6, 2}});
  EXPECT_EQ(run_all_to_all({.mesh = {3, 2}, .dies = {2, 1}}).checksum, mesh.checksum);
  EXPECT_EQ(run_all_to_all({.mesh = {2, 2}, .dies = {3, 1}}).checksum, mesh.checksum);
  EXPECT_EQ(run_all_to_all({.mesh = {6, 1}, .dies = {1, 2}}).checksum, mesh.checksum);
}

TEST(Dies, SleepingDiesSkipCycles) {
  constexpr std::uint64_t wake = 1000000;
  Launched sleepers({.mesh = {2, 2}, .dies = {2, 1}}, "test_sleep", 1, {wake});
  sleepers.run(2 * wake);
  EXPECT_GE(sleepers.machine().cycles(), wake);
  EXPECT_LT(sleepers.machine().engine().evaluations(), 8 * 2000u);
  // Nothing is left that could cost time.
  const std::uint64_t before = sleepers.machine().engine().evaluations();
  EXPECT_EQ(sleepers.machine().run(1000), StopReason::all_stopped);
  EXPECT_EQ(sleepers.machine().engine().evaluations(), before);
}

TEST(Dies, ASingleDieStopsAsBefore) {
  const TrafficOutcome mesh = run_all_to_all({.mesh = {3, 3}, .link_hash = true});
  EXPECT_EQ(run_all_to_all({.mesh = {3, 3}, .dies = {1, 1}, .link_hash = true}), mesh);
}

TEST(Dies, LockstepWithTheModel) {
  Launched traffic({.mesh = {2, 2}, .dies = {2, 1}, .lockstep = true}, "test_traffic", hw::harts, {1});
  traffic.run(traffic_limit);
  EXPECT_GT(traffic.machine().lockstep()->compared(), 1000u);
  traffic.machine().compare_with_model();
}

/// Dead: a node at the edge, one behind it, and a link across.
RtlConfig faulty(unsigned threads) {
  return {.mesh = {3, 3},
          .dies = {2, 1},
          .faults = {.nodes = {{2, 1}, {4, 1}}, .links = {{{2, 0}, {3, 0}}}},
          .threads = threads,
          .link_hash = true};
}

TEST(Dies, TablesGoAroundDeadNodesAndLinksAtTheEdge) {
  const TrafficOutcome one = run_all_to_all(faulty(1));
  EXPECT_EQ(run_all_to_all(faulty(2)), one);
  RtlConfig mesh = faulty(1);
  mesh.mesh = {6, 3};
  mesh.dies = {};
  EXPECT_EQ(run_all_to_all(mesh).checksum, one.checksum);
}

TEST(Dies, PartOfATopology) {
  const Topology whole({6, 3}, {.nodes = {{2, 1}, {4, 1}}, .links = {{{2, 0}, {3, 0}}, {{5, 0}, {5, 1}}}});
  const Topology west = whole.part({0, 0}, {3, 3});
  const Topology east = whole.part({3, 0}, {3, 3});
  EXPECT_EQ(west.live_nodes(), 8u);
  EXPECT_FALSE(west.is_alive(Coordinates{2, 1}));
  EXPECT_FALSE(east.is_alive(Coordinates{1, 1}));
  EXPECT_FALSE(west.is_whole());
  for (unsigned y = 0; y < 3; ++y) EXPECT_FALSE(west.neighbour(west.number({2, y}), 1).has_value());
  EXPECT_FALSE(east.neighbour(east.number({2, 0}), 2).has_value());
  EXPECT_EQ(east.neighbour(east.number({0, 0}), 2), east.number({0, 1}));
  EXPECT_TRUE(Topology({6, 3}).part({3, 0}, {3, 3}).is_whole());
}

template <typename Call>
std::string input_error_of(Call call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

TEST(Dies, BadMachinesAreRefused) {
  const auto error = [](const RtlConfig& config) { return input_error_of([&] { const RtlMachine machine(config); }); };
  EXPECT_NE(error({.mesh = {1, 21}, .dies = {2, 1}}), "");
  EXPECT_NE(error({.mesh = {21, 1}, .dies = {1, 2}}), "");
  EXPECT_NE(error({.mesh = {1, 1}, .dies = {0, 1}}), "");
  EXPECT_NE(error({.mesh = {1, 1}, .dies = {5000, 1}}), "");
  EXPECT_NE(error({.mesh = {65536, 65536}, .dies = {65536, 65536}}), "");
  EXPECT_NE(error({.mesh = {1, 1}, .errors = {.bit_error_rate = 1e-6}}), "");
  EXPECT_NE(error({.mesh = {1, 1}, .dies = {2, 1}, .errors = {.bit_error_rate = 2}}), "");
  EXPECT_NE(error({.mesh = {1, 1}, .dies = {2, 1}, .errors = {.cuts = {{{0, 0}, {0, 1}, 5}}}}), "");
  EXPECT_NE(error({.mesh = {2, 2}, .dies = {2, 1}, .faults = {.nodes = {{4, 0}}}}), "");
}

}  // namespace
}  // namespace dojo::sim
