// Barriers in meshes: latency, that nobody is released early and everybody is in the end, and faults on the wires.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "common/die.hpp"
#include "common/error.hpp"
#include "sim/assertion.hpp"
#include "tb/noc/barrier_mesh.hpp"
#include "tb/noc/barrier_rounds.hpp"
#include "tb/noc/random_tree.hpp"

namespace dojo::tb {
namespace {

/// Cycles from the arrival of the last node to the last increment of a semaphore.
std::uint64_t cycles_of_barrier(const Topology& topology, const GrownTree& tree, unsigned last) {
  BarrierMesh mesh(topology);
  mesh.configure(0, tree.nodes);
  std::uint64_t released = 0;
  unsigned releases = 0;
  mesh.set_release([&](unsigned, unsigned, unsigned) {
    ++releases;
    released = mesh.cycle();
  });
  for (const unsigned site : tree.sites) {
    if (site != last) mesh.arrive(site, 0);
  }
  for (int i = 0; i < 1000; ++i) mesh.step();
  EXPECT_EQ(releases, 0U);
  const std::uint64_t arrived = mesh.cycle();
  mesh.arrive(last, 0);
  for (unsigned i = 0; i < 1000 && releases < tree.sites.size(); ++i) mesh.step();
  EXPECT_EQ(releases, tree.sites.size());
  return released - arrived;
}

TEST(Barrier, TakesACyclePerHopEachWayAndOneInTheRoot) {
  const Topology row(MeshSize{.columns = 9, .rows = 1});
  std::mt19937_64 random(1);
  const GrownTree tree = grow_tree(row, 0, Growth::deep, 9, random);
  // The farthest node sends in the cycle after its arrival, and counts in the cycle after its token comes.
  EXPECT_EQ(cycles_of_barrier(row, tree, 8), 8U + 8U + 1U);
  EXPECT_EQ(cycles_of_barrier(row, tree, 0), 8U + 1U);
}

TEST(Barrier, WholeDie) {
  const Topology die(die_size, {.nodes = {harvested_sites.begin(), harvested_sites.end()}});
  std::mt19937_64 random(1);
  const GrownTree tree = grow_tree(die, middle_of(die), Growth::wide, die.sites(), random);
  ASSERT_EQ(tree.sites.size(), die.live_nodes());
  const std::uint64_t cycles = cycles_of_barrier(die, tree, tree.sites.back());
  RecordProperty("hops", static_cast<int>(tree.depth.back()));
  RecordProperty("cycles", static_cast<int>(cycles));
  EXPECT_EQ(cycles, 2 * tree.depth.back() + 1U);
  EXPECT_LE(cycles, 40U);
}

class RandomBarriers : public testing::TestWithParam<unsigned> {};

TEST_P(RandomBarriers, ReleaseEverybodyAfterTheLast) {
  for (unsigned round = 0; round < 20; ++round) {
    const unsigned seed = 100 * GetParam() + round;
    BarrierRounds rounds(seed, static_cast<int>(seed));
    EXPECT_TRUE(rounds.run(40, 20000)) << "seed " << seed;
    for (const std::string& error : rounds.errors()) ADD_FAILURE() << "seed " << seed << ": " << error;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomBarriers, testing::Values(1U, 2U, 3U));

TEST(Barrier, NothingDependsOnUninitialisedState) {
  const auto hash_of_run = [](int reset_seed) {
    BarrierRounds rounds(5, reset_seed);
    EXPECT_TRUE(rounds.run(40, 20000));
    return rounds.mesh().hash();
  };
  const std::uint64_t first = hash_of_run(1);
  EXPECT_EQ(hash_of_run(2), first);
  EXPECT_EQ(hash_of_run(99), first);
}

TEST(Barrier, JoinReleasesTheRootAlone) {
  const Topology row(MeshSize{.columns = 4, .rows = 1});
  std::mt19937_64 random(1);
  GrownTree tree = grow_tree(row, 1, Growth::wide, 4, random);
  for (hw::Tree& node : tree.nodes) node.join_only = true;
  tree.nodes[1].sem = 7;
  tree.nodes[1].amount = 5;
  BarrierMesh mesh(row);
  mesh.configure(2, tree.nodes);
  unsigned released = 0;
  mesh.set_release([&](unsigned node, unsigned sem, unsigned amount) {
    EXPECT_EQ(node, 1U);
    EXPECT_EQ(sem, 7U);
    EXPECT_EQ(amount, 5U);
    ++released;
  });
  // The others are three rounds ahead of the root.
  for (int i = 0; i < 3; ++i) {
    for (const unsigned node : {0U, 2U, 3U}) mesh.arrive(node, 2);
  }
  for (int i = 0; i < 30; ++i) mesh.step();
  EXPECT_EQ(released, 0U);
  for (unsigned i = 1; i <= 3; ++i) {
    mesh.arrive(1, 2);
    for (int k = 0; k < 5; ++k) mesh.step();
    EXPECT_EQ(released, i);
  }
  EXPECT_TRUE(mesh.is_quiet());
}

TEST(Barrier, ReleasesOfAllTreesWaitForTheSemaphore) {
  const Topology one;
  BarrierMesh mesh(one);
  std::vector<unsigned> released;
  bool ready = false;
  mesh.set_release([&](unsigned, unsigned sem, unsigned) { released.push_back(sem); });
  mesh.set_ready([&](unsigned) { return ready; });
  for (unsigned t = 0; t < hw::trees; ++t) {
    mesh.configure(t, {hw::Tree{.valid = true,
                                .amount = 1,
                                .sem = static_cast<std::uint8_t>(10 + t),
                                .member = true,
                                .arrivals = 2,
                                .parent = static_cast<std::uint8_t>(hw::Route::local)}});
  }
  for (int i = 0; i < 2; ++i) {
    for (unsigned t = 0; t < hw::trees; ++t) mesh.arrive(0, t);
  }
  for (int i = 0; i < 20; ++i) mesh.step();
  EXPECT_TRUE(released.empty());
  ready = true;
  for (int i = 0; i < 5; ++i) mesh.step();
  std::sort(released.begin(), released.end());
  EXPECT_EQ(released, (std::vector<unsigned>{10, 11, 12, 13}));
  EXPECT_TRUE(mesh.is_quiet());
}

TEST(Barrier, ArrivalsThatNoTreeWaitsForCountNowhere) {
  const Topology one;
  BarrierMesh mesh(one);
  mesh.set_release([](unsigned, unsigned, unsigned) { ADD_FAILURE() << "released"; });
  mesh.configure(1, {hw::Tree{.valid = true, .member = true, .parent = 4}});
  for (int i = 0; i < 200; ++i) {
    mesh.arrive(0, 0);
    mesh.arrive(0, 1);
    mesh.step();
  }
  for (int i = 0; i < 3; ++i) mesh.step();
  EXPECT_TRUE(mesh.is_quiet());
}

/// Three nodes in a row, the root in the west, with barriers one after the other.
class BarrierFault : public testing::Test {
 protected:
  BarrierFault() {
    std::mt19937_64 random(1);
    tree_ = grow_tree(mesh_.topology(), 0, Growth::deep, 3, random);
    mesh_.configure(0, tree_.nodes);
    mesh_.set_release([this](unsigned node, unsigned, unsigned) {
      ++released_;
      mesh_.arrive(node, 0);
    });
    for (const unsigned site : tree_.sites) mesh_.arrive(site, 0);
  }

  std::string error_of_run(unsigned cycles) {
    try {
      for (unsigned i = 0; i < cycles; ++i) mesh_.step();
    } catch (const AssertionError& error) {
      return error.text();
    } catch (const RunError& error) {
      return error.what();
    }
    return {};
  }

  BarrierMesh mesh_{Topology(MeshSize{.columns = 3, .rows = 1})};
  GrownTree tree_;
  unsigned released_ = 0;
};

TEST_F(BarrierFault, WithoutAFaultRoundFollowsRound) {
  EXPECT_EQ(error_of_run(500), "");
  EXPECT_GE(released_, 200U);
}

TEST_F(BarrierFault, LostTokenStopsAllRounds) {
  bool lost = false;
  mesh_.set_token_tap([&](unsigned node, unsigned, std::uint8_t& tokens) {
    if (node != 2 || tokens == 0 || lost || mesh_.cycle() < 50) return;
    lost = true;
    tokens = 0;
  });
  EXPECT_EQ(error_of_run(100), "");
  const unsigned before = released_;
  EXPECT_EQ(error_of_run(500), "");
  EXPECT_EQ(released_, before);
}

TEST_F(BarrierFault, DuplicatedTokenFailsAnAssertion) {
  bool twice = false;
  mesh_.set_token_tap([&](unsigned node, unsigned direction, std::uint8_t& tokens) {
    if (node != 2 || direction != 3 || mesh_.cycle() < 50) return;
    if (twice) tokens |= 1U;
    twice = tokens != 0;
  });
  EXPECT_EQ(error_of_run(100), "OneTokenPerRound: assertion failed");
}

TEST_F(BarrierFault, TokenOfAnotherTreeFailsAnAssertion) {
  mesh_.set_token_tap(
      [&](unsigned, unsigned, std::uint8_t& tokens) { tokens = static_cast<std::uint8_t>(tokens << 1U); });
  EXPECT_EQ(error_of_run(100), "TokenFollowsTree: assertion failed");
}

TEST_F(BarrierFault, ReleaseThatNobodyAskedForFailsAnAssertion) {
  mesh_.set_token_tap([&](unsigned node, unsigned direction, std::uint8_t& tokens) {
    if (node == 0 && direction == 1 && mesh_.cycle() == 2) tokens |= 0x10U;
  });
  EXPECT_EQ(error_of_run(100), "TokenFollowsTree: assertion failed");
}

TEST_F(BarrierFault, TreeThatChangesInUseFailsAnAssertion) {
  EXPECT_EQ(error_of_run(2), "");
  tree_.nodes[1].amount = 2;
  mesh_.configure(0, tree_.nodes);
  EXPECT_EQ(error_of_run(100), "TreeIsConstantInUse: assertion failed");
}

TEST_F(BarrierFault, TooManyArrivalsFailAnAssertion) {
  for (int i = 0; i < 70; ++i) mesh_.arrive(1, 0);
  mesh_.set_token_tap([&](unsigned, unsigned, std::uint8_t& tokens) { tokens = 0; });
  EXPECT_EQ(error_of_run(100), "CountersHold: assertion failed");
}

}  // namespace
}  // namespace dojo::tb
