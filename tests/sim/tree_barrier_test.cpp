// Barriers along trees on RTL machines: nobody leaves before all have come, whatever the threads and unreset bits.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "launched.hpp"
#include "random_node.hpp"
#include "trees.hpp"

namespace dojo::sim {
namespace {

constexpr std::uint64_t barrier_rounds = 3;
constexpr std::uint64_t barrier_limit = 20000;
constexpr unsigned most_rounds = 8;
constexpr unsigned semaphore_even = 8;
constexpr unsigned semaphore_stores = 20;

/// Two trees over all nodes for all harts: what programs/tree_barrier.c needs.
void write_trees(RtlMachine& machine) {
  const std::vector<Coordinates> set = all_nodes(machine.topology());
  for (const unsigned tree : {0u, 1u}) {
    write_tree(machine, tree,
               routing::make_tree(machine.topology(), set,
                                  {.arrivals = hw::harts, .semaphore = semaphore_even + tree, .amount = hw::harts},
                                  tree == 0 ? routing::TreeShape::wide : routing::TreeShape::narrow));
  }
}

/// What must be the same in two runs.
struct BarrierOutcome {
  std::uint64_t cycles = 0;
  std::uint64_t hash = 0;
  friend bool operator==(const BarrierOutcome&, const BarrierOutcome&) = default;
};

/// All harts of all nodes pass barriers; checks that nobody left early and that no count was lost or is left.
BarrierOutcome meet(const RtlConfig& config) {
  Launched program(config, "test_tree_barrier", hw::harts, {barrier_rounds, 100, nobody, 0});
  RtlMachine& machine = program.machine();
  write_trees(machine);
  program.run(barrier_limit);
  using Notes = std::array<std::array<std::array<std::uint64_t, 2>, most_rounds>, hw::harts>;
  std::vector<Notes> notes;
  std::uint64_t stores = 0;
  for (const Coordinates node : all_nodes(machine.topology())) {
    notes.push_back(program.object<Notes>(node, "notes"));
    stores += machine.semaphore(node, semaphore_stores);
    EXPECT_EQ(machine.semaphore(node, semaphore_even), 0u);
    EXPECT_EQ(machine.semaphore(node, semaphore_even + 1), 0u);
  }
  EXPECT_GT(stores, 0u);
  for (std::uint64_t round = 0; round < barrier_rounds; ++round) {
    std::uint64_t last_arrival = 0;
    for (const Notes& node : notes) {
      for (const auto& hart : node) last_arrival = std::max(last_arrival, hart[round][0]);
    }
    for (const Notes& node : notes) {
      for (const auto& hart : node) EXPECT_GT(hart[round][1], last_arrival) << "round " << round;
    }
  }
  return {.cycles = machine.cycles(), .hash = machine.engine().link_hash()};
}

TEST(TreeBarrier, ThreadsChangeNothing) {
  const BarrierOutcome one = meet({.mesh = {3, 3}, .threads = 1, .link_hash = true});
  EXPECT_NE(one.hash, 0u);
  for (const unsigned threads : {2u, 3u}) {
    EXPECT_EQ(meet({.mesh = {3, 3}, .threads = threads, .link_hash = true}), one) << threads << " threads";
  }
}

TEST(TreeBarrier, OneNodeMeetsItself) {
  EXPECT_GT(meet({.mesh = {1, 1}}).cycles, 0u);
}

/// A 4x3 machine with everything that can be dead.
RtlConfig faulty() {
  return {.mesh = {4, 3},
          .faults = {.nodes = {{1, 1}, {3, 2}}, .links = {{{2, 0}, {2, 1}}}},
          .threads = 1,
          .link_hash = true};
}

TEST(TreeBarrier, UnresetStateChangesNothingAroundDeadNodes) {
  const BarrierOutcome plain = meet(faulty());
  RtlConfig random = faulty();
  random.node_factory = make_random_node;
  random.seed = 5;
  EXPECT_EQ(meet(random), plain);
}

TEST(TreeBarrier, RegistersAreWrittenFromHereAndFromElsewhere) {
  Launched program({.mesh = {2, 1}}, "test_tree_registers", 1, {0});
  program.run(barrier_limit);
}

TEST(TreeBarrier, ArrivalCannotBeRead) {
  Launched program({.mesh = {1, 1}}, "test_tree_registers", 1, {1});
  EXPECT_EQ(program.machine().run(barrier_limit), StopReason::faulted);
  EXPECT_EQ(program.machine().hart_status({0, 0}, 0).mcause, 5u);
}

/// The host arrives for nodes in which nothing runs.
void arrive(RtlMachine& machine, Coordinates node, unsigned tree) {
  machine.write_register(node, static_cast<std::uint32_t>(hw::control_tree_arrive_address()), tree);
}

TEST(TreeBarrier, JoinReleasesTheRootAlone) {
  RtlMachine machine({.mesh = {3, 2}});
  const std::vector<Coordinates> set = all_nodes(machine.topology());
  const auto tree = routing::make_tree(machine.topology(), set, {.semaphore = 7, .amount = 5, .join = true});
  write_tree(machine, 2, tree);
  for (unsigned round = 1; round <= 3; ++round) {
    for (const Coordinates node : set) {
      EXPECT_EQ(machine.run(1000), StopReason::all_stopped);
      EXPECT_EQ(machine.semaphore(machine.topology().place(tree.root), 7), 5 * (round - 1));
      arrive(machine, node, 2);
    }
    EXPECT_EQ(machine.run(1000), StopReason::all_stopped);
    for (const Coordinates node : set) {
      EXPECT_EQ(machine.semaphore(node, 7), machine.topology().number(node) == tree.root ? 5 * round : 0);
    }
  }
}

TEST(TreeBarrier, NodesSleepWhileTheyWait) {
  RtlMachine machine({.mesh = {4, 4}});
  const std::vector<Coordinates> set = all_nodes(machine.topology());
  write_tree(machine, 0, routing::make_tree(machine.topology(), set, {.semaphore = 1}));
  for (const Coordinates node : set) {
    if (node != Coordinates{3, 3}) arrive(machine, node, 0);
  }
  EXPECT_EQ(machine.run(1000), StopReason::all_stopped);
  const std::uint64_t before = machine.engine().evaluations();
  arrive(machine, {3, 3}, 0);
  EXPECT_EQ(machine.run(1000), StopReason::all_stopped);
  for (const Coordinates node : set) EXPECT_EQ(machine.semaphore(node, 1), 1u);
  EXPECT_LT(machine.engine().evaluations() - before, 16 * 8u);
}

TEST(TreeBarrier, TreeBeyondTheMeshNamesNodeAndDirection) {
  RtlMachine machine({.mesh = {2, 2}});
  hw::Tree leaf;
  leaf.valid = true;
  leaf.arrivals = 1;
  leaf.parent = static_cast<std::uint8_t>(hw::Route::east);
  machine.write_register({1, 0}, static_cast<std::uint32_t>(hw::control_tree_address(0)), leaf.encode());
  arrive(machine, {1, 0}, 0);
  try {
    machine.run(1000);
    FAIL() << "the token vanished";
  } catch (const RunError& error) {
    EXPECT_NE(std::string(error.what()).find("from node (1,0) to the east"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace dojo::sim
