// The mesh engine with nodes that are plain C++: links, sleep, timers, host writes, threads, failures.

#include "sim/mesh_engine.hpp"

#include <gtest/gtest.h>

#include <string>

#include "common/error.hpp"
#include "fake_node.hpp"

namespace dojo::sim {
namespace {

class FakeMesh {
 public:
  FakeMesh(MeshSize mesh, unsigned threads, const Faults& faults = {}) {
    const Topology topology(mesh, faults);
    std::vector<std::unique_ptr<NodeModel>> nodes;
    for (unsigned n = 0; n < topology.sites(); ++n) {
      auto node = topology.is_alive(n) ? std::make_unique<FakeNode>(topology, n) : nullptr;
      fakes_.push_back(node.get());
      nodes.push_back(std::move(node));
    }
    engine_ = std::make_unique<MeshEngine>(topology, std::move(nodes),
                                           MeshEngine::Options{.threads = threads, .link_hash = true});
  }
  MeshEngine& operator*() { return *engine_; }
  MeshEngine* operator->() { return engine_.get(); }
  FakeNode& fake(unsigned n) { return *fakes_[n]; }
  std::uint64_t flits_received() const {
    std::uint64_t sum = 0;
    for (const FakeNode* fake : fakes_) sum += fake != nullptr ? fake->flits_received : 0;
    return sum;
  }
  std::uint64_t credits_received() const {
    std::uint64_t sum = 0;
    for (const FakeNode* fake : fakes_) sum += fake != nullptr ? fake->credits_received : 0;
    return sum;
  }

 private:
  std::vector<FakeNode*> fakes_;
  std::unique_ptr<MeshEngine> engine_;
};

TEST(MeshEngine, EveryHopArrivesAndTheMeshFallsAsleep) {
  FakeMesh mesh({4, 3}, 1);
  mesh->write_register(5, 0, 1000);
  EXPECT_EQ(mesh->run(never), EngineStop::quiet);
  EXPECT_EQ(mesh.flits_received(), 1000u);
  EXPECT_EQ(mesh.credits_received(), 1000u);
  // One hop per cycle, and a few cycles until the first flit leaves and the last credit is counted.
  EXPECT_GE(mesh->cycles(), 1000u);
  EXPECT_LE(mesh->cycles(), 1005u);
}

TEST(MeshEngine, ResultDoesNotDependOnThreads) {
  std::uint64_t hash = 0;
  std::uint64_t cycles = 0;
  for (const unsigned threads : {1u, 2u, 3u, 7u}) {
    FakeMesh mesh({7, 5}, threads);
    for (unsigned n = 0; n < 35; n += 2) mesh->write_register(n, 0, 300 + n);
    EXPECT_EQ(mesh->run(100), EngineStop::limit);
    EXPECT_EQ(mesh->cycles(), 100u);
    EXPECT_EQ(mesh->run(never), EngineStop::quiet);
    if (threads == 1) {
      hash = mesh->link_hash();
      cycles = mesh->cycles();
    }
    EXPECT_EQ(mesh->link_hash(), hash) << threads << " threads";
    EXPECT_EQ(mesh->cycles(), cycles) << threads << " threads";
  }
  EXPECT_NE(hash, 0u);
}

TEST(MeshEngine, DeadSitesAreLeftOut) {
  const Faults faults{.nodes = {{0, 0}, {2, 2}, {4, 2}, {6, 4}}, .links = {{{1, 1}, {2, 1}}}};
  std::uint64_t hash = 0;
  for (const unsigned threads : {1u, 2u, 3u, 31u}) {
    FakeMesh mesh({7, 5}, threads, faults);
    for (unsigned n = 1; n < 34; n += 4) mesh->write_register(n, 0, 300 + n);
    EXPECT_EQ(mesh->run(never), EngineStop::quiet);
    EXPECT_EQ(mesh.flits_received(), 9 * 300u + 9 * 17u);
    EXPECT_EQ(mesh.credits_received(), mesh.flits_received());
    if (threads == 1) hash = mesh->link_hash();
    EXPECT_EQ(mesh->link_hash(), hash) << threads << " threads";
  }
}

TEST(MeshEngine, BootWritesTakeNoTime) {
  FakeMesh mesh({2, 1}, 1);
  mesh->boot_write(1, 1, 40);
  EXPECT_EQ(mesh->cycles(), 0u);
  EXPECT_EQ(mesh->run(never), EngineStop::quiet);
  EXPECT_EQ(mesh.fake(1).timer_fired_in, 40u);
  EXPECT_EQ(mesh.fake(1).host_write_cycles, std::vector<std::uint64_t>{0});
}

TEST(MeshEngine, HashSeesOneHopMore) {
  FakeMesh one({3, 3}, 1);
  one->write_register(0, 0, 20);
  one->run(never);
  FakeMesh other({3, 3}, 1);
  other->write_register(0, 0, 21);
  other->run(never);
  EXPECT_NE(one->link_hash(), other->link_hash());
}

TEST(MeshEngine, SleepingNodesAreNotEvaluated) {
  FakeMesh mesh({16, 16}, 1);
  mesh->run(never);
  const std::uint64_t before = mesh->evaluations();
  mesh->write_register(0, 0, 100);
  mesh->run(never);
  // Each hop wakes the receiver and, by the credit, the sender; a node stays awake one cycle after an input.
  EXPECT_LT(mesh->evaluations() - before, 100u * 6u);
  EXPECT_GE(mesh->evaluations() - before, 100u);
}

TEST(MeshEngine, CycleJumpsToTheNextTimer) {
  for (const unsigned threads : {1u, 2u}) {
    FakeMesh mesh({2, 2}, threads);
    mesh->write_register(3, 1, 1'000'000'000'000u);
    mesh->write_register(1, 1, 500u);
    EXPECT_EQ(mesh->run(never), EngineStop::quiet);
    EXPECT_EQ(mesh.fake(1).timer_fired_in, 500u);
    EXPECT_EQ(mesh.fake(3).timer_fired_in, 1'000'000'000'000u);
    EXPECT_LT(mesh->evaluations(), 40u);
  }
}

TEST(MeshEngine, LimitHoldsAlsoWhileAllSleep) {
  FakeMesh mesh({1, 1}, 1);
  mesh->write_register(0, 1, 5000);
  EXPECT_EQ(mesh->run(1000), EngineStop::limit);
  EXPECT_EQ(mesh->cycles(), 1000u);
  EXPECT_EQ(mesh.fake(0).timer_fired_in, never);
  EXPECT_EQ(mesh->run(never), EngineStop::quiet);
  EXPECT_EQ(mesh.fake(0).timer_fired_in, 5000u);
}

TEST(MeshEngine, HostWritesArriveInOrderOnePerCycle) {
  FakeMesh mesh({2, 1}, 1);
  for (unsigned i = 0; i < 3; ++i) mesh->write_register(1, 1, 100 + i);
  mesh->run(never);
  EXPECT_EQ(mesh.fake(1).host_write_cycles, (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(mesh.fake(1).timer_fired_in, 102u);
  EXPECT_TRUE(mesh.fake(0).host_write_cycles.empty());
}

TEST(MeshEngine, WatchedWordStopsTheRun) {
  for (const unsigned threads : {1u, 3u}) {
    FakeMesh mesh({3, 1}, threads);
    mesh->watch(mesh.fake(2).memory.data());
    mesh->write_register(0, 0, 1u << 20);
    EXPECT_EQ(mesh->run(50), EngineStop::limit);
    mesh.fake(2).memory[7] = std::byte{1};
    EXPECT_EQ(mesh->run(never), EngineStop::watched);
    EXPECT_EQ(mesh->cycles(), 51u);
  }
}

TEST(MeshEngine, FaultStopsTheRunAndStays) {
  FakeMesh mesh({2, 2}, 2);
  mesh->write_register(2, 2, 0);
  EXPECT_EQ(mesh->run(never), EngineStop::faulted);
  const std::uint64_t cycle = mesh->cycles();
  EXPECT_EQ(mesh->run(never), EngineStop::faulted);
  EXPECT_EQ(mesh->cycles(), cycle);
}

TEST(MeshEngine, FlitOverTheEdgeNamesNodeAndDirection) {
  FakeMesh mesh({3, 2}, 2);
  mesh->write_register(1, 4, 0);
  try {
    mesh->run(never);
    FAIL() << "the flit vanished";
  } catch (const RunError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("node (1,0)"), std::string::npos) << what;
    EXPECT_NE(what.find("north"), std::string::npos) << what;
  }
  EXPECT_THROW(mesh->run(1), RunError);
}

TEST(MeshEngine, TokensWakeANodePerCycle) {
  std::uint64_t hash = 0;
  for (const unsigned threads : {1u, 2u, 5u}) {
    FakeMesh mesh({20, 1}, threads);
    mesh->run(never);
    const std::uint64_t start = mesh->cycles();
    const std::uint64_t evaluations = mesh->evaluations();
    mesh->write_register(0, 5, 0xa5);
    EXPECT_EQ(mesh->run(never), EngineStop::quiet);
    for (unsigned n = 1; n < 20; ++n) {
      EXPECT_EQ(mesh.fake(n).tokens_received, std::vector<unsigned>{0xa5}) << n;
      EXPECT_EQ(mesh.fake(n).token_cycles, std::vector<std::uint64_t>{start + n}) << n;
    }
    EXPECT_LE(mesh->evaluations() - evaluations, 2 * 20u);
    if (threads == 1) hash = mesh->link_hash();
    EXPECT_EQ(mesh->link_hash(), hash) << threads << " threads";
  }
  EXPECT_NE(hash, 0u);
  FakeMesh other({20, 1}, 1);
  other->run(never);
  other->write_register(0, 5, 0xa4);
  other->run(never);
  EXPECT_NE(other->link_hash(), hash);
}

TEST(MeshEngine, LinesOfTreesAndTheirCreditsArrive) {
  for (unsigned tree = 0; tree < hw::trees; ++tree) {
    std::uint64_t hash = 0;
    for (const unsigned threads : {1u, 3u}) {
      FakeMesh mesh({9, 1}, threads);
      mesh->write_register(0, 7, tree);
      EXPECT_EQ(mesh->run(never), EngineStop::quiet);
      EXPECT_EQ(mesh.flits_received() + mesh.credits_received(), 0u);
      for (unsigned n = 0; n < 9; ++n) {
        EXPECT_EQ(mesh.fake(n).lines_received, std::vector<unsigned>(n > 0 ? 1 : 0, tree)) << n;
        // From the east, as bit 4 * tree + 1.
        EXPECT_EQ(mesh.fake(n).tree_credits_received, std::vector<unsigned>(n < 8 ? 1 : 0, 2u << (4 * tree))) << n;
      }
      if (threads == 1) hash = mesh->link_hash();
      EXPECT_EQ(mesh->link_hash(), hash);
      EXPECT_NE(hash, 0u);
    }
  }
}

TEST(MeshEngine, LineOfATreeOverTheEdgeNamesNodeAndDirection) {
  FakeMesh mesh({2, 2}, 1);
  mesh->write_register(3, 7, 0);
  try {
    mesh->run(never);
    FAIL() << "the line vanished";
  } catch (const RunError& error) {
    EXPECT_NE(std::string(error.what()).find("from node (1,1) to the east"), std::string::npos) << error.what();
  }
}

TEST(MeshEngine, TokenOverTheEdgeOrToADeadNodeNamesNodeAndDirection) {
  for (const Faults& faults : {Faults{}, Faults{.nodes = {{1, 0}}}}) {
    FakeMesh mesh({3, 2}, 2, faults);
    const unsigned node = faults.nodes.empty() ? 1 : 4;
    mesh->write_register(node, 6, 0);
    try {
      mesh->run(never);
      FAIL() << "the token vanished";
    } catch (const RunError& error) {
      const std::string what = error.what();
      EXPECT_NE(what.find(node == 1 ? "from node (1,0) to the north" : "from node (1,1) to the north"),
                std::string::npos)
          << what;
    }
    EXPECT_THROW(mesh->run(1), RunError);
  }
}

TEST(MeshEngine, FailureOfANodeReachesTheCaller) {
  for (const unsigned threads : {1u, 4u}) {
    FakeMesh mesh({2, 2}, threads);
    mesh->write_register(3, 3, 0);
    EXPECT_THROW(mesh->run(never), std::runtime_error);
  }
}

class CountingObserver : public NodeObserver {
 public:
  void host_write(std::uint32_t address, std::uint64_t) override { addresses.push_back(address); }
  void after_cycle(NodeModel&, std::uint64_t cycle) override { cycles.push_back(cycle); }
  std::vector<std::uint32_t> addresses;
  std::vector<std::uint64_t> cycles;
};

TEST(MeshEngine, ObserverSeesEveryEvaluatedCycle) {
  FakeMesh mesh({2, 1}, 1);
  CountingObserver observer;
  mesh->observe(0, observer);
  mesh->write_register(0, 1, 40);
  mesh->run(never);
  EXPECT_EQ(observer.addresses, std::vector<std::uint32_t>{1});
  EXPECT_EQ(observer.cycles, (std::vector<std::uint64_t>{0, 1, 40}));
}

TEST(MeshEngine, ObserversOfANodeComeAndGo) {
  FakeMesh mesh({2, 1}, 1);
  CountingObserver first;
  CountingObserver second;
  mesh->observe(0, first);
  mesh->observe(0, second);
  mesh->write_register(0, 1, 40);
  mesh->run(10);
  mesh->ignore(0, first);
  mesh->run(never);
  EXPECT_EQ(first.cycles, (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(second.cycles, (std::vector<std::uint64_t>{0, 1, 40}));
  EXPECT_EQ(second.addresses, std::vector<std::uint32_t>{1});
}

}  // namespace
}  // namespace dojo::sim
