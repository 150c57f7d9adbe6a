// The measurement itself: patterns, latencies, ports, and results that depend on nothing but the input.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "common/error.hpp"
#include "noc/latency_histogram.hpp"
#include "noc/sweep.hpp"

namespace dojo::noc {
namespace {

TEST(LatencyHistogram, AgreesWithTheSortedList) {
  std::mt19937_64 random(1);
  for (const std::size_t count : {1, 2, 99, 100, 101, 5000}) {
    LatencyHistogram histogram;
    std::vector<std::uint64_t> list;
    for (std::size_t i = 0; i < count; ++i) {
      list.push_back(random() % (random() % 50 == 0 ? 4000 : 40));
      histogram.add(list.back());
    }
    std::sort(list.begin(), list.end());
    EXPECT_EQ(histogram.count(), count);
    double sum = 0;
    for (const std::uint64_t cycles : list) sum += static_cast<double>(cycles);
    EXPECT_DOUBLE_EQ(histogram.mean(), sum / static_cast<double>(count));
    for (const unsigned percent : {1U, 50U, 99U, 100U}) {
      const std::size_t rank = std::max<std::size_t>(1, (count * percent + 99) / 100);
      EXPECT_EQ(histogram.percentile(percent), list[rank - 1]) << percent << " % of " << count;
    }
  }
}

TEST(LatencyHistogram, SumsUp) {
  LatencyHistogram sum;
  EXPECT_EQ(sum.mean(), 0);
  EXPECT_EQ(sum.percentile(99), 0U);
  LatencyHistogram other;
  for (const std::uint64_t cycles : {3, 5, 1000}) other.add(cycles);
  sum.add(4);
  sum.add(other);
  EXPECT_EQ(sum.count(), 4U);
  EXPECT_EQ(sum.mean(), 253);
  EXPECT_EQ(sum.percentile(50), 4U);
  EXPECT_EQ(sum.percentile(99), 1000U);
}

TEST(Pattern, IsFoundByItsName) {
  for (const Pattern pattern : standard_patterns) EXPECT_EQ(pattern_of(name_of(pattern)), pattern);
  EXPECT_EQ(pattern_of("edge"), Pattern::edge);
  EXPECT_EQ(pattern_of("bit complement"), std::nullopt);
}

TEST(Pattern, SendsWhereItsDefinitionSays) {
  constexpr MeshSize mesh{.columns = 4, .rows = 4};
  std::mt19937_64 random(1);
  const auto to = [&](Pattern pattern, unsigned node) { return destination_of(pattern, node, mesh, random); };
  // Node 6 is (2, 1).
  EXPECT_EQ(to(Pattern::transpose, 6), 9U);
  EXPECT_EQ(to(Pattern::tornado, 6), 11U);
  EXPECT_EQ(to(Pattern::neighbor, 6), 11U);
  EXPECT_EQ(to(Pattern::neighbor, 15), 0U);
  EXPECT_EQ(to(Pattern::bitcomp, 6), 9U);
  EXPECT_EQ(to(Pattern::shuffle, 6), 12U);
  EXPECT_EQ(to(Pattern::shuffle, 9), 3U);
  const auto all_of = [&](Pattern pattern) {
    std::set<unsigned> found;
    for (int i = 0; i < 1000; ++i) found.insert(to(pattern, 6));
    return found;
  };
  EXPECT_EQ(all_of(Pattern::hotspot), (std::set<unsigned>{0, 3, 12, 15}));
  EXPECT_EQ(all_of(Pattern::uniform).size(), 16U);
  EXPECT_EQ(all_of(Pattern::edge), (std::set<unsigned>{16, 17, 18, 19, 20, 21, 22, 23}));
}

TEST(Pattern, RefusesMeshesOnWhichItIsNotDefined) {
  for (const Pattern pattern : standard_patterns) EXPECT_NO_THROW(check_pattern(pattern, {.columns = 8, .rows = 8}));
  EXPECT_THROW(check_pattern(Pattern::transpose, {.columns = 4, .rows = 2}), InputError);
  EXPECT_NO_THROW(check_pattern(Pattern::shuffle, {.columns = 4, .rows = 2}));
  EXPECT_THROW(check_pattern(Pattern::shuffle, {.columns = 3, .rows = 3}), InputError);
}

TEST(RouterMeshPorts, AreReachedFromEveryNodeAndReturnAllCredits) {
  RouterMesh mesh({.columns = 3, .rows = 2, .ports = true});
  ASSERT_EQ(mesh.sites(), 10U);
  unsigned reached = 0;
  std::uint64_t arrival = 0;
  mesh.set_sink([&](unsigned site, const Packet&, std::uint64_t cycle) {
    reached = site;
    arrival = cycle;
  });
  for (unsigned from = 0; from < mesh.nodes(); ++from) {
    for (unsigned to = 0; to < mesh.sites(); ++to) {
      Packet packet;
      packet.header.dst_x = static_cast<std::uint16_t>(mesh.position(to).x);
      packet.header.dst_y = static_cast<std::uint16_t>(mesh.position(to).y);
      packet.header.cls = hw::PacketClass::request;
      const std::uint64_t start = mesh.cycle();
      mesh.offer(from, packet);
      for (int i = 0; i < 20; ++i) mesh.step();
      EXPECT_EQ(reached, to) << from;
      // The link to a port is itself the last hop; a local port comes after it.
      EXPECT_EQ(arrival - start, mesh.hops(from, to) + (to < mesh.nodes() ? 2 : 1)) << from << " -> " << to;
    }
  }
  EXPECT_EQ(mesh.in_flight(), 0U);
  EXPECT_EQ(mesh.unsettled(), "");
}

TEST(RouterMeshPorts, TakeAFlitInEveryCycle) {
  RouterMesh mesh({.columns = 1, .rows = 1, .ports = true});
  Packet packet;
  packet.header.dst_x = static_cast<std::uint16_t>(mesh.position(2).x);
  packet.header.cls = hw::PacketClass::request;
  for (int i = 0; i < 1000; ++i) mesh.offer(0, packet);
  while (mesh.in_flight() != 0 && mesh.cycle() < 2000) mesh.step();
  EXPECT_LE(mesh.cycle(), 1002U);
}

TEST(Traffic, CountsTheClassesApart) {
  const TrafficResult result =
      measure_traffic({.columns = 4, .rows = 4}, {.load = 0.2, .data_share = 0.25, .warm_up = 200, .window = 4000});
  ASSERT_TRUE(result.drained);
  EXPECT_NEAR(result.by_class[0].offered, 0.15, 0.01);
  EXPECT_NEAR(result.by_class[1].offered, 0.05, 0.01);
  EXPECT_DOUBLE_EQ(result.by_class[0].accepted + result.by_class[1].accepted, result.all.accepted);
  EXPECT_EQ(result.by_class[0].packets + result.by_class[1].packets, result.all.packets);
  const auto [low, high] = std::minmax(result.by_class[0].latency_mean, result.by_class[1].latency_mean);
  EXPECT_LE(low, result.all.latency_mean);
  EXPECT_GE(high, result.all.latency_mean);
  EXPECT_GT(result.all.latency_p99, static_cast<std::uint64_t>(high));
}

TEST(Traffic, ZeroLoadLatencyIsHopsAndAFewCycles) {
  for (const Pattern pattern : standard_patterns) {
    const TrafficResult result = measure_zero_load({.columns = 4, .rows = 4}, {.pattern = pattern, .data_share = 0.5});
    for (const TrafficFigures& figures : result.by_class) {
      EXPECT_GE(figures.latency_mean, figures.hops_mean + 2) << name_of(pattern);
      EXPECT_LE(figures.latency_mean, figures.hops_mean + 4) << name_of(pattern);
    }
  }
}

TEST(Traffic, DataToAPortWouldLeaveInTheWrongRow) {
  EXPECT_THROW(measure_traffic({.columns = 2, .rows = 2}, {.pattern = Pattern::edge, .load = 0.5}), RunError);
}

TEST(Sweep, FindsTheSaturationOfAHotSpot) {
  // Four corners that take a flit per cycle each, for nine nodes: 4/9 at most, which are 98 % of 0.4535.
  constexpr MeshSize mesh{.columns = 3, .rows = 3};
  const TrafficOptions options{.pattern = Pattern::hotspot, .warm_up = 500, .window = 1000, .drain = 1000};
  WorkerPool one(1);
  const Sweep sweep = measure_sweep(mesh, options, one);
  EXPECT_GT(sweep.saturation_latency, 0.36);
  EXPECT_LT(sweep.saturation_latency, 0.4445);
  EXPECT_GT(sweep.saturation_accepted, 0.36);
  EXPECT_LT(sweep.saturation_accepted, 0.4536);
  EXPECT_LE(sweep.peak_accepted, 4.0 / 9);
  EXPECT_DOUBLE_EQ(sweep.points.back().load, 2 * sweep.saturation_latency);
  EXPECT_LE(sweep.points.front().load, 1.0 / 64);
  for (std::size_t i = 1; i < sweep.points.size(); ++i) EXPECT_LT(sweep.points[i - 1].load, sweep.points[i].load);

  WorkerPool three(3);
  const Sweep again = measure_sweep(mesh, options, three);
  EXPECT_EQ(again.cycles, sweep.cycles);
  ASSERT_EQ(again.points.size(), sweep.points.size());
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    EXPECT_EQ(again.points[i].load, sweep.points[i].load);
    EXPECT_EQ(again.points[i].result.all.latency_mean, sweep.points[i].result.all.latency_mean);
    EXPECT_EQ(again.points[i].result.all.accepted, sweep.points[i].result.all.accepted);
  }
}

TEST(Sweep, EndsAtFullLoadWhereNothingSaturates) {
  WorkerPool pool(1);
  const Sweep sweep = measure_sweep({.columns = 1, .rows = 1}, {.window = 1000}, pool);
  EXPECT_EQ(sweep.saturation_latency, 1.0);
  EXPECT_EQ(sweep.saturation_accepted, 1.0);
  EXPECT_EQ(sweep.points.back().load, 1.0);
  EXPECT_DOUBLE_EQ(sweep.twice().all.accepted, 1.0);
}

}  // namespace
}  // namespace dojo::noc
