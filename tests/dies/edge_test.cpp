// The die-edge link between nodes: latency and throughput of pushes across it, and what goes wrong on its lanes.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "tests/sim/launched.hpp"

namespace dojo::sim {
namespace {

constexpr unsigned east = 1;
constexpr unsigned west = 3;
constexpr std::uint64_t cycle_limit = 400000;
constexpr std::uint64_t even_push = 1;
constexpr std::uint64_t all_push = 3;

/// Cycles in which flits leave a node through a port, and in which they come in through it.
class PortWatch : public NodeObserver {
 public:
  explicit PortWatch(unsigned direction) : direction_(direction) {}
  void after_cycle(NodeModel& node, std::uint64_t cycle) override {
    if ((*node.ports.flit_valid_out >> direction_ & 1) != 0) sent.push_back(cycle);
    if ((*node.ports.flit_valid_in >> direction_ & 1) != 0) arrived.push_back(cycle);
  }
  std::vector<std::uint64_t> sent;
  std::vector<std::uint64_t> arrived;

 private:
  unsigned direction_;
};

TEST(Edge, LatencyOfAPushIsTwoHundredCycles) {
  Launched push({.mesh = {1, 1}, .dies = {2, 1}}, "test_edge_push", 1, {0, even_push});
  PortWatch from(east);
  PortWatch to(west);
  push.machine().observe({0, 0}, from);
  push.machine().observe({1, 0}, to);
  push.run(cycle_limit);
  ASSERT_FALSE(from.sent.empty());
  ASSERT_EQ(from.sent.size(), to.arrived.size());
  // A flit that a neighbour on the same die sends in a cycle arrives in the next.
  constexpr std::uint64_t hop = 1;
  for (std::size_t i = 0; i < from.sent.size(); ++i) {
    EXPECT_GE(to.arrived[i] - from.sent[i], hw::edge_latency + hop - 10);
    EXPECT_LE(to.arrived[i] - from.sent[i], hw::edge_latency + hop + 10);
  }
  RecordProperty("latency_cycles", static_cast<int>(to.arrived.front() - from.sent.front()));
}

/// Flits per cycle that arrive in the given column in the middle of the run.
double rate(const std::vector<std::unique_ptr<PortWatch>>& watches) {
  constexpr std::uint64_t margin = 500;
  std::uint64_t first = never;
  std::uint64_t last = 0;
  for (const auto& watch : watches) {
    first = std::min(first, watch->arrived.front());
    last = std::max(last, watch->arrived.back());
  }
  std::uint64_t flits = 0;
  for (const auto& watch : watches) {
    flits += static_cast<std::uint64_t>(std::ranges::count_if(
        watch->arrived, [&](std::uint64_t cycle) { return cycle >= first + margin && cycle < last - margin; }));
  }
  return static_cast<double>(flits) / static_cast<double>(last - first - 2 * margin);
}

/// Pushes of the nodes along an edge of `rows` nodes; flits per cycle eastwards and, if all push, westwards.
std::array<double, 2> push_rates(unsigned rows, std::uint64_t who) {
  constexpr std::uint64_t descriptors = 8;
  Launched push({.mesh = {1, rows}, .dies = {2, 1}}, "test_edge_push", 1, {descriptors, who});
  std::array<std::vector<std::unique_ptr<PortWatch>>, 2> watches;
  for (unsigned y = 0; y < rows; ++y) {
    watches[0].push_back(std::make_unique<PortWatch>(west));
    watches[1].push_back(std::make_unique<PortWatch>(east));
    push.machine().observe({1, y}, *watches[0].back());
    push.machine().observe({0, y}, *watches[1].back());
  }
  push.run(cycle_limit);
  return {rate(watches[0]), who == all_push ? rate(watches[1]) : 0.0};
}

TEST(Edge, TwentyNodesPushAtTheRateOfTheLanes) {
  const auto [eastwards, westwards] = push_rates(hw::edge_ports, even_push);
  EXPECT_GE(eastwards, 15.5);
  EXPECT_EQ(westwards, 0.0);
  RecordProperty("flits_per_cycle", std::to_string(eastwards));
}

TEST(Edge, TwentyNodesPushBothWaysAtTheRateOfTheLanes) {
  const auto [eastwards, westwards] = push_rates(hw::edge_ports, all_push);
  EXPECT_GE(eastwards, 15.5);
  EXPECT_GE(westwards, 15.5);
  RecordProperty("flits_per_cycle_eastwards", std::to_string(eastwards));
  RecordProperty("flits_per_cycle_westwards", std::to_string(westwards));
}

TEST(Edge, FewNodesPushAtTheRateOfTheirLinks) {
  constexpr unsigned rows = 4;
  const double eastwards = push_rates(rows, even_push)[0];
  EXPECT_GE(eastwards, 0.95 * rows);
  RecordProperty("flits_per_cycle", std::to_string(eastwards));
}

hw::EdgeCounters counters_of(RtlMachine& machine, unsigned die, unsigned direction) {
  return machine.engine().edge_end(die, direction)->counters();
}

TEST(Edge, BitErrorsChangeNoResult) {
  constexpr std::uint64_t rounds = 2;
  Launched clean({.mesh = {3, 3}, .dies = {2, 1}}, "test_traffic", hw::harts, {rounds});
  clean.run(cycle_limit);
  EXPECT_EQ(counters_of(clean.machine(), 0, east).corrected, 0u);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    Launched noisy({.mesh = {3, 3}, .dies = {2, 1}, .errors = {.bit_error_rate = 1e-6}, .seed = seed}, "test_traffic",
                   hw::harts, {rounds});
    noisy.run(cycle_limit);
    EXPECT_EQ(noisy.checksum(), clean.checksum()) << "seed " << seed;
    const unsigned corrected =
        counters_of(noisy.machine(), 0, east).corrected + counters_of(noisy.machine(), 1, west).corrected;
    EXPECT_GT(corrected, 0u) << "seed " << seed;
  }
}

TEST(Edge, LostBeatsChangeNoResult) {
  Launched clean({.mesh = {2, 2}, .dies = {1, 2}}, "test_traffic", hw::harts, {3});
  clean.run(cycle_limit);
  Launched noisy({.mesh = {2, 2}, .dies = {1, 2}, .errors = {.bit_error_rate = 1e-5, .drop_rate = 0.02}},
                 "test_traffic", hw::harts, {3});
  noisy.run(cycle_limit);
  EXPECT_EQ(noisy.checksum(), clean.checksum());
  constexpr unsigned south = 2;
  EXPECT_GT(counters_of(noisy.machine(), 0, south).repeated + counters_of(noisy.machine(), 1, 0).repeated, 0u);
}

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const RunError& error) {
    return error.what();
  }
  return {};
}

TEST(Edge, ALinkThatDiesIsNamed) {
  for (const unsigned threads : {1u, 2u}) {
    Launched traffic({.mesh = {2, 2},
                      .dies = {2, 2},
                      .errors = {.cuts = {{.first = {1, 1}, .second = {1, 0}, .cycle = 2000}}},
                      .threads = threads},
                     "test_traffic", hw::harts, {100});
    const std::string message = message_of([&] { traffic.machine().run(cycle_limit); });
    EXPECT_TRUE(std::regex_match(
        message, std::regex("cycle [0-9]+: the die-edge link from the (southern edge of die \\(1,0\\) to die "
                            "\\(1,1\\)|northern edge of die \\(1,1\\) to die \\(1,0\\)) is dead: .*")))
        << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    // And it must not be run on.
    EXPECT_NE(message_of([&] { traffic.machine().run(cycle_limit); }), "");
  }
}

TEST(Edge, ALinkThatDoesNotComeUpIsNamed) {
  const std::string message =
      message_of([] { const RtlMachine machine({.mesh = {1, 1}, .dies = {2, 1}, .errors = {.drop_rate = 1}}); });
  EXPECT_NE(message.find("the die-edge link from the eastern edge of die (0,0) to die (1,0) is dead"),
            std::string::npos)
      << message;
}

}  // namespace
}  // namespace dojo::sim
