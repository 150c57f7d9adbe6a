// A node that is recorded for a while: the run stays the same, and so are the waves from wherever they begin.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "launched.hpp"
#include "sim/assertion.hpp"
#include "sim/node_error.hpp"
#include "sim/wave_save_file.hpp"
#include "tests/cli/subprocess.hpp"
#include "wave_values.hpp"

namespace dojo::sim::waves {
namespace {

constexpr std::uint64_t rounds = 2;
constexpr std::uint64_t limit = 400000;
constexpr Coordinates recorded{.x = 1, .y = 0};
constexpr MeshSize mesh{.columns = 2, .rows = 2};

class Waves : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] WaveConfig range(std::uint64_t first, std::uint64_t last, const std::string& name) const {
    return {.first_cycle = first, .last_cycle = last, .file = file(name), .node = recorded};
  }
  test::TemporaryFolder folder_;
};

/// Cycles, hash over all links, what was received, evaluations.
using Outcome = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;

Outcome run_traffic(const RtlConfig& config) {
  Launched traffic(config, "test_traffic", hw::harts, {rounds});
  traffic.run(limit);
  DieArray& engine = traffic.machine().engine();
  return {traffic.machine().cycles(), engine.link_hash(), traffic.checksum(), engine.evaluations()};
}

RtlConfig traffic_config() {
  return {.mesh = mesh, .threads = 1, .link_hash = true};
}

TEST_F(Waves, RecordingChangesNothing) {
  const Outcome expected = run_traffic(traffic_config());
  for (const auto& [first, last, threads] :
       {std::tuple(0u, 40u, 1u), std::tuple(100u, 300u, 1u), std::tuple(100u, 300u, 2u), std::tuple(300u, 5000u, 1u)}) {
    RtlConfig config = traffic_config();
    config.threads = threads;
    config.waves = range(first, last, "range.fst");
    EXPECT_EQ(run_traffic(config), expected) << first << " to " << last << " on " << threads;
  }
}

TEST_F(Waves, RecordingChangesNothingOnSeveralDies) {
  RtlConfig config = traffic_config();
  config.dies = {.columns = 2, .rows = 1};
  config.mesh = {.columns = 1, .rows = 2};
  const Outcome expected = run_traffic(config);
  config.waves = range(300, 500, "dies.fst");
  EXPECT_EQ(run_traffic(config), expected);
  const WaveContents contents = read_waves(file("dies.fst"));
  EXPECT_EQ(contents.first_time, 300 * ticks_per_cycle);
  EXPECT_EQ(contents.last_time, 501 * ticks_per_cycle - 1);
}

// A node of the traced class from the start, and one that took the state of a node of the fast class.
TEST_F(Waves, AreTheSameFromWhereverTheyBegin) {
  constexpr std::uint64_t first = 400;
  constexpr std::uint64_t last = 500;
  RtlConfig config = traffic_config();
  config.waves = range(0, last, "long.fst");
  run_traffic(config);
  config.waves = range(first, last, "short.fst");
  run_traffic(config);
  const WaveContents from_start = read_waves(file("long.fst"), first * ticks_per_cycle);
  const WaveContents from_there = read_waves(file("short.fst"), first * ticks_per_cycle);
  EXPECT_EQ(from_there.first_time, first * ticks_per_cycle);
  EXPECT_EQ(from_there.last_time, from_start.last_time);
  std::vector<std::string> wrong;
  for (const std::string& name : differences(from_start, from_there)) {
    // What is left in variables of loops is no state.
    if (name.find(".unnamedblk") == std::string::npos) wrong.push_back(name);
  }
  EXPECT_EQ(wrong, std::vector<std::string>());
}

TEST_F(Waves, OfARepetitionFromASnapshotAreThoseOfTheWholeRun) {
  constexpr std::uint64_t first = 700;
  constexpr std::uint64_t last = 800;
  RtlConfig config = traffic_config();
  config.waves = range(first, last, "whole.fst");
  const Outcome expected = run_traffic(config);
  ASSERT_GT(std::get<0>(expected), last);
  config.waves.reset();
  config.snapshots = {.every = 300, .folder = file("snapshots")};
  run_traffic(config);
  // Snapshots of later cycles have taken the place of that of cycle 600.
  config.snapshots = {.resume_from = file("snapshots"), .resume_before = first};
  config.waves = range(first, last, "resumed.fst");
  EXPECT_THROW(run_traffic(config), InputError);

  RtlConfig cut = traffic_config();
  cut.snapshots = {.every = 300, .folder = file("other")};
  Launched traffic(cut, "test_traffic", hw::harts, {rounds});
  ASSERT_EQ(traffic.machine().run(first), StopReason::max_cycles);
  config.snapshots = {.resume_from = file("other"), .resume_before = first};
  EXPECT_EQ(run_traffic(config), expected);
  EXPECT_EQ(differences(read_waves(file("whole.fst")), read_waves(file("resumed.fst"))), std::vector<std::string>());
}

TEST_F(Waves, SnapshotsOnTheWayReachBackFarEnough) {
  constexpr std::uint64_t reach = 500;
  const Outcome expected = run_traffic(traffic_config());
  RtlConfig config = traffic_config();
  config.snapshots = {.folder = file("way"), .share = 1000, .least_wait = std::chrono::seconds(0), .reach = reach};
  EXPECT_EQ(run_traffic(config), expected);
  const auto start = SnapshotFolder(file("way"), 0, 1).newest(std::get<0>(expected) - reach);
  ASSERT_TRUE(start);
  EXPECT_GT(*start, 0u);
  config.snapshots = {.resume_from = file("way"), .resume_before = std::get<0>(expected) - reach};
  config.waves = range(*start + 10, *start + 20, "way.fst");
  EXPECT_EQ(run_traffic(config), expected);
  EXPECT_EQ(read_waves(file("way.fst")).first_time, (*start + 10) * ticks_per_cycle);
}

TEST_F(Waves, OnDemandWhileTheMachineRuns) {
  const Outcome expected = run_traffic(traffic_config());
  RtlConfig config = traffic_config();
  std::vector<std::filesystem::path> files;
  config.waves = range(never, never, "demand.fst");
  config.waves->written = [&files](const std::filesystem::path& name) { files.push_back(name); };
  {
    Launched traffic(config, "test_traffic", hw::harts, {rounds});
    for (const unsigned cycles : {100u, 50u, 70u, 60u}) {
      ASSERT_EQ(traffic.machine().run(cycles), StopReason::max_cycles);
      toggle_waves();
    }
    traffic.run(limit);
    EXPECT_EQ(traffic.machine().engine().link_hash(), std::get<1>(expected));
    EXPECT_EQ(traffic.machine().cycles(), std::get<0>(expected));
  }
  ASSERT_EQ(files, (std::vector{file("demand.fst"), file("demand-2.fst")}));
  const WaveContents one = read_waves(files[0]);
  EXPECT_EQ(one.first_time, 100 * ticks_per_cycle);
  EXPECT_EQ(one.last_time, 150 * ticks_per_cycle - 1);
  EXPECT_EQ(read_waves(files[1]).first_time, 220 * ticks_per_cycle);
}

/// Fails as an assertion of the node's RTL does, in one cycle.
class FailingNode : public NodeObserver {
 public:
  explicit FailingNode(std::uint64_t cycle) : cycle_(cycle) {}
  void after_cycle(NodeModel& /*node*/, std::uint64_t cycle) override {
    if (cycle == cycle_) throw AssertionError("planted", "core.sv", 1, "node_1_0.node.u_core");
  }

 private:
  std::uint64_t cycle_;
};

TEST_F(Waves, EndWithTheCycleOfAnAssertion) {
  constexpr std::uint64_t cycle = 321;
  RtlConfig config = traffic_config();
  config.waves = range(0, cycle, "assertion.fst");
  config.waves->subject = {.problem = WaveProblem::assertion, .block = "u_core", .cycle = cycle};
  FailingNode failing(cycle);
  {
    Launched traffic(config, "test_traffic", hw::harts, {rounds});
    traffic.machine().observe(recorded, failing);
    try {
      traffic.machine().run(limit);
      FAIL() << "no assertion";
    } catch (const NodeError& error) {
      EXPECT_EQ(error.node(), recorded);
      EXPECT_EQ(error.cycle(), cycle);
      EXPECT_THROW(std::rethrow_exception(error.cause()), AssertionError);
      EXPECT_NE(std::string(error.what()).find("node (1,0), cycle 321: core.sv:1"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(read_waves(file("assertion.fst")).last_time, (cycle + 1) * ticks_per_cycle - 1);
}

TEST(SnapshotPaceTest, NoneInTheFirstSeconds) {
  SnapshotPace pace(0.02, std::chrono::seconds(1000));
  EXPECT_FALSE(pace.is_due([] {
    ADD_FAILURE() << "asked too early";
    return std::chrono::seconds(1);
  }));
  SnapshotPace never_due(0, std::chrono::seconds(0));
  EXPECT_FALSE(never_due.is_due([] { return std::chrono::seconds(0); }));
  SnapshotPace costly(0.02, std::chrono::seconds(0));
  EXPECT_FALSE(costly.is_due([] { return std::chrono::seconds(100); })) << "would take far more than its share";
  SnapshotPace cheap(0.02, std::chrono::seconds(0));
  EXPECT_TRUE(cheap.is_due([] { return std::chrono::seconds(0); }));
  cheap.took(std::chrono::seconds(100));
  EXPECT_FALSE(cheap.is_due([] { return std::chrono::seconds(0); }));
}

TEST(TimeSliceTest, FollowsTheSpeedOfTheMachine) {
  TimeSlice slice;
  for (int i = 0; i < 100; ++i) {
    // 100,000 cycles per second
    slice.ran(slice.cycles(), std::chrono::duration<double>(static_cast<double>(slice.cycles()) * 1e-5));
  }
  EXPECT_GE(slice.cycles(), 1000u);
  EXPECT_LE(slice.cycles(), 4000u);
}

}  // namespace
}  // namespace dojo::sim::waves
