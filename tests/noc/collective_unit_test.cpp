// Lines along trees in meshes: contents and order under random traffic, latency, throughput, and what is refused.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "common/die.hpp"
#include "tb/noc/collective_traffic.hpp"

namespace dojo::tb {
namespace {

using hw::TreeMode;

class RandomLines : public testing::TestWithParam<unsigned> {};

TEST_P(RandomLines, ArriveOnceUnchangedAndInOrder) {
  for (unsigned round = 0; round < 20; ++round) {
    const unsigned seed = 100 * GetParam() + round;
    CollectiveTraffic traffic(seed, static_cast<int>(seed), 200);
    EXPECT_TRUE(traffic.run(40000)) << "seed " << seed;
    for (const std::string& error : traffic.errors()) ADD_FAILURE() << "seed " << seed << ": " << error;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLines, testing::Values(1U, 2U, 3U));

TEST(Collective, NothingDependsOnUninitialisedState) {
  const auto hash_of_run = [](int reset_seed) {
    CollectiveTraffic traffic(10, reset_seed, 200);
    EXPECT_TRUE(traffic.run(40000));
    return traffic.mesh().hash();
  };
  const std::uint64_t first = hash_of_run(1);
  EXPECT_EQ(hash_of_run(2), first);
  EXPECT_EQ(hash_of_run(99), first);
}

/// A tree of members over a mesh, and the cycles in which lines arrive.
class Measurement {
 public:
  Measurement(const Topology& topology, unsigned root, Growth growth) : mesh_(topology) {
    std::mt19937_64 random(1);
    tree_ = grow_tree(topology, root, growth, topology.sites(), random);
    mesh_.configure(0, tree_.nodes);
    arrivals_.resize(topology.sites());
    mesh_.set_sink([this](unsigned node, const Packet&) { arrivals_[node].push_back(mesh_.cycle()); });
  }

  /// A line from `origin` to everybody.
  void multicast(unsigned origin) { mesh_.offer(origin, group_packet(0, TreeMode::multicast, 0)); }

  /// Lines whose sum goes to everybody.
  void all_reduce(unsigned lines) {
    for (unsigned i = 0; i < lines; ++i) {
      for (const unsigned site : tree_.sites) mesh_.offer(site, group_packet(0, TreeMode::all_reduce, 64 * i));
    }
  }

  /// Runs until all members have `lines` lines; the cycles that it took.
  std::uint64_t run(unsigned lines) {
    const std::uint64_t start = mesh_.cycle();
    const auto is_done = [&] {
      for (const unsigned site : tree_.sites) {
        if (arrivals_[site].size() < lines) return false;
      }
      return true;
    };
    while (!is_done() && mesh_.cycle() < start + 100'000) mesh_.step();
    EXPECT_TRUE(is_done());
    return mesh_.cycle() - start;
  }

  /// Lines per cycle that reach `site`, between the first and the last.
  [[nodiscard]] double rate(unsigned site) const {
    const auto& cycles = arrivals_[site];
    return static_cast<double>(cycles.size() - 1) / static_cast<double>(cycles.back() - cycles.front());
  }

  CollectiveMesh& mesh() { return mesh_; }
  [[nodiscard]] const GrownTree& tree() const { return tree_; }
  [[nodiscard]] const std::vector<std::uint64_t>& arrivals(unsigned site) const { return arrivals_[site]; }

 private:
  CollectiveMesh mesh_;
  GrownTree tree_;
  std::vector<std::vector<std::uint64_t>> arrivals_;
};

Topology row(unsigned columns) {
  return {MeshSize{.columns = columns, .rows = 1}};
}

Topology die() {
  return {die_size, {.nodes = {harvested_sites.begin(), harvested_sites.end()}}};
}

TEST(Collective, MulticastTakesTwoCyclesPerHop) {
  Measurement down(row(9), 0, Growth::deep);
  down.multicast(0);
  down.run(1);
  EXPECT_EQ(down.arrivals(0).front(), 1U);
  for (unsigned node = 1; node < 9; ++node) EXPECT_EQ(down.arrivals(node).front(), down.arrivals(node - 1).front() + 2);
  // From the other end it goes to the root first.
  Measurement both(row(9), 0, Growth::deep);
  both.multicast(8);
  both.run(1);
  EXPECT_EQ(both.arrivals(0).front(), 1U + 2 * 8);
  EXPECT_EQ(both.arrivals(8).front(), 1U + 2 * 16);
}

TEST(Collective, MulticastOverTheDie) {
  Measurement die_wide(die(), middle_of(die()), Growth::wide);
  die_wide.multicast(die_wide.tree().root);
  const std::uint64_t cycles = die_wide.run(1);
  RecordProperty("cycles", static_cast<int>(cycles));
  EXPECT_EQ(cycles, 1 + 2 * die_wide.tree().depth.back());
}

TEST(Collective, MulticastGivesEveryMemberALinePerCycle) {
  Measurement wide({MeshSize{.columns = 5, .rows = 5}}, 12, Growth::wide);
  for (unsigned i = 0; i < 500; ++i) wide.multicast(12);
  wide.run(500);
  for (unsigned node = 0; node < 25; ++node) EXPECT_DOUBLE_EQ(wide.rate(node), 1.0) << "node " << node;
}

TEST(Collective, ChainSumsALinePerCycle) {
  for (const unsigned root : {0U, 4U}) {
    // From the end of a row every node has one child. From its middle the root has two: its second addition has to wait
    // for the one before, but not for that of another line.
    Measurement chain(row(9), root, Growth::deep);
    chain.all_reduce(1);
    EXPECT_EQ(chain.run(1), root == 0 ? 1U + 8 * (2 + 5) + 8 * 2 : 1U + 4 * 2 + 3 * 5 + 2 * 5 + 4 * 2);
    chain.all_reduce(500);
    chain.run(501);
    const double rate = 499.0 / static_cast<double>(chain.arrivals(8).back() - chain.arrivals(8)[1]);
    RecordProperty(root == 0 ? "end" : "middle", std::to_string(rate));
    EXPECT_NEAR(rate, 1.0, 0.01);
  }
}

TEST(Collective, NodeOfFiveContributionsSumsALineInThreeCycles) {
  Measurement star({MeshSize{.columns = 3, .rows = 3}}, 4, Growth::wide);
  ASSERT_EQ(star.tree().nodes[4].children, 0xf);
  star.all_reduce(200);
  star.run(200);
  EXPECT_NEAR(star.rate(4), 1.0 / 3, 0.01);
}

TEST(Collective, SumsOverTheDie) {
  for (const Growth growth : {Growth::wide, Growth::deep}) {
    const unsigned root = growth == Growth::wide ? middle_of(die()) : 0;
    Measurement sums(die(), root, growth);
    ASSERT_EQ(sums.tree().sites.size(), die().live_nodes());
    sums.all_reduce(1);
    const std::uint64_t latency = sums.run(1);
    sums.all_reduce(300);
    sums.run(301);
    const auto& arrivals = sums.arrivals(root);
    const double rate = 299.0 / static_cast<double>(arrivals.back() - arrivals[1]);
    const std::string name = growth == Growth::wide ? "wide" : "deep";
    RecordProperty(name + "_depth",
                   static_cast<int>(*std::max_element(sums.tree().depth.begin(), sums.tree().depth.end())));
    RecordProperty(name + "_cycles", static_cast<int>(latency));
    RecordProperty(name + "_rate", std::to_string(rate));
    EXPECT_GE(rate, 1.0 / 3);
  }
}

TEST(Collective, TreesAndRouterShareALinkHalfAndHalf) {
  Measurement chain(row(4), 0, Growth::deep);
  chain.mesh().set_router_policy([](unsigned node, unsigned direction) { return node == 1 && direction == 1; });
  for (unsigned i = 0; i < 400; ++i) chain.multicast(0);
  chain.run(400);
  EXPECT_NEAR(chain.rate(3), 0.5, 0.01);
  EXPECT_NEAR(static_cast<double>(chain.mesh().router_flits()), 400, 20);
}

TEST(Collective, LineThatGaveWayLeavesWithoutAnotherInput) {
  // Sums of three trees pass node 1 one after the other. The root, which does not contribute, gives no credit back:
  // nothing but its turn makes the third line, which gives way twice, leave node 1.
  CollectiveMesh mesh(row(3));
  std::mt19937_64 random(1);
  GrownTree tree = grow_tree(mesh.topology(), 0, Growth::deep, 3, random);
  tree.nodes[1].member = false;
  unsigned passed = 0;
  mesh.set_line_tap([&](unsigned node, unsigned, Packet&) {
    passed += node == 1 ? 1 : 0;
    return true;
  });
  mesh.set_router_policy([](unsigned node, unsigned direction) { return node == 1 && direction == 3; });
  for (unsigned t = 0; t < 3; ++t) {
    mesh.configure(t, tree.nodes);
    mesh.offer(2, group_packet(t, TreeMode::reduce, 0));
  }
  for (int i = 0; i < 12; ++i) mesh.step();
  EXPECT_EQ(passed, 3U);
}

TEST(Collective, UpAndDownShareALinkHalfAndHalf) {
  // East from node 1 to node 2: down in tree 0, up in tree 1.
  CollectiveMesh mesh(row(4));
  std::mt19937_64 random(1);
  const GrownTree down = grow_tree(mesh.topology(), 0, Growth::deep, 4, random);
  const GrownTree up = grow_tree(mesh.topology(), 3, Growth::deep, 4, random);
  mesh.configure(0, down.nodes);
  mesh.configure(1, up.nodes);
  std::array<unsigned, 2> received{};
  mesh.set_sink([&](unsigned node, const Packet& packet) {
    if (node == 3) ++received[packet.header.src_x];
  });
  for (unsigned i = 0; i < 1000; ++i) {
    for (const unsigned t : {0U, 1U}) {
      // Reduce on a chain with one contribution is a line that only goes up.
      Packet packet = group_packet(t, TreeMode::multicast, 0);
      packet.header.src_x = static_cast<std::uint16_t>(t);
      mesh.offer(t, packet);
    }
  }
  for (int i = 0; i < 400; ++i) mesh.step();
  const std::array<unsigned, 2> before = received;
  for (int i = 0; i < 400; ++i) mesh.step();
  EXPECT_NEAR(received[0] - before[0], 200, 10);
  EXPECT_NEAR(received[1] - before[1], 200, 10);
}

TEST(Collective, FourTreesAroundASquareDoNotBlockEachOther) {
  // Each tree turns another corner of the square; together their links close a circle. The sinks hardly take anything.
  CollectiveMesh mesh({MeshSize{.columns = 2, .rows = 2}});
  constexpr std::array<std::array<unsigned, 3>, 4> ways{{{0, 1, 3}, {1, 3, 2}, {3, 2, 0}, {2, 0, 1}}};
  for (unsigned t = 0; t < 4; ++t) {
    std::vector<hw::Tree> nodes(4);
    const auto direction_to = [&](unsigned from, unsigned to) {
      unsigned direction = 0;
      while (mesh.topology().neighbour(from, direction) != to) ++direction;
      return direction;
    };
    for (unsigned k = 0; k < 3; ++k) {
      hw::Tree& node = nodes[ways[t][k]];
      node = {.valid = true, .member = true, .parent = static_cast<std::uint8_t>(hw::Route::local)};
      if (k > 0) node.parent = static_cast<std::uint8_t>(direction_to(ways[t][k], ways[t][k - 1]));
      if (k < 2) node.children = static_cast<std::uint8_t>(1U << direction_to(ways[t][k], ways[t][k + 1]));
    }
    mesh.configure(t, nodes);
    for (unsigned i = 0; i < 100; ++i) mesh.offer(ways[t][0], group_packet(t, TreeMode::multicast, 0));
  }
  std::mt19937_64 random(1);
  unsigned received = 0;
  mesh.set_sink([&](unsigned, const Packet&) { ++received; });
  mesh.set_sink_policy([&](unsigned) { return random() % 8 == 0; });
  for (unsigned i = 0; i < 10'000 && received < 1200; ++i) mesh.step();
  EXPECT_EQ(received, 1200U);
}

TEST(Collective, OrderOfASumIsThatOfTheTree) {
  // Own, north, east, south, west; what these sums are depends on it.
  CollectiveMesh mesh({MeshSize{.columns = 3, .rows = 3}});
  std::mt19937_64 random(1);
  const GrownTree star = grow_tree(mesh.topology(), 4, Growth::wide, 5, random);
  mesh.configure(3, star.nodes);
  struct Case {
    std::array<float, 5> terms;  // own, north, east, south, west
    float sum;
  };
  constexpr std::array<Case, 3> cases{
      {{{0x1p24F, 1.0F, 1.0F, 2.0F, 1.0F}, 0x1.000004p24F},
       {{1.0F, 0x1p24F, -0x1p24F, 1.0F, 1.0F}, 2.0F},
       {{0x1p127F, 0x1p127F, -0x1p127F, -0x1p127F, 0.0F}, std::bit_cast<float>(0x7f800000U)}}};
  constexpr std::array<unsigned, 5> senders{4, 1, 5, 7, 3};
  // The last one first.
  for (unsigned k = 5; k > 0; --k) {
    for (const Case& one : cases) {
      Packet packet = group_packet(3, TreeMode::reduce, 0);
      packet.data.fill(std::bit_cast<std::uint32_t>(one.terms[k - 1]));
      mesh.offer(senders[k - 1], packet);
    }
    for (int i = 0; i < 20; ++i) mesh.step();
  }
  std::vector<float> sums;
  mesh.set_sink([&](unsigned node, const Packet& packet) {
    EXPECT_EQ(node, 4U);
    sums.push_back(std::bit_cast<float>(packet.data[9]));
  });
  for (int i = 0; i < 100; ++i) mesh.step();
  ASSERT_EQ(sums.size(), cases.size());
  for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(sums[i], cases[i].sum) << "case " << i;
}

TEST(Collective, NodesThatWaitForOthersAreNotEvaluated) {
  Measurement chain(row(4), 0, Growth::deep);
  for (const unsigned node : {0U, 1U, 3U}) chain.mesh().offer(node, group_packet(0, TreeMode::reduce, 0));
  for (int i = 0; i < 30; ++i) chain.mesh().step();
  EXPECT_EQ(chain.mesh().evaluated(), 0U);
  chain.mesh().offer(2, group_packet(0, TreeMode::reduce, 0));
  for (int i = 0; i < 40; ++i) chain.mesh().step();
  EXPECT_EQ(chain.arrivals(0).size(), 1U);
  EXPECT_EQ(chain.mesh().evaluated(), 0U);
  EXPECT_EQ(chain.mesh().unsettled(), "");
}

TEST(Collective, SendersThatHeedTheRoomNeverWait) {
  // Each line that a node chooses is on its way for four cycles. Node 1 begins late; node 0 waits for it with full
  // queues.
  Measurement chain(row(2), 0, Growth::deep);
  CollectiveMesh& mesh = chain.mesh();
  std::array<std::deque<std::uint64_t>, 2> under_way;
  std::array<unsigned, 2> chosen{};
  constexpr unsigned lines = 200;
  constexpr std::uint64_t late = 100;
  while (mesh.cycle() < late + lines + 30) {
    for (const unsigned node : {0U, 1U}) {
      if (!under_way[node].empty() && under_way[node].front() == mesh.cycle()) {
        under_way[node].pop_front();
        mesh.offer(node, group_packet(0, TreeMode::all_reduce, 0));
      }
      if (chosen[node] < lines && mesh.has_room(node) && (node == 0 || mesh.cycle() >= late)) {
        under_way[node].push_back(mesh.cycle() + CollectiveMesh::send_ahead - 1);
        ++chosen[node];
      }
    }
    mesh.step();
    ASSERT_EQ(mesh.queued(0), 0U);
    ASSERT_EQ(mesh.queued(1), 0U);
    if (mesh.cycle() == late) EXPECT_LT(chosen[0], 10U);
  }
  // And a line per cycle goes through.
  EXPECT_EQ(chain.arrivals(0).size(), lines);
  EXPECT_EQ(chain.arrivals(1).size(), lines);
}

TEST(Collective, RefusedPacketsNameTheirAddressAndHoldUpNothing) {
  CollectiveMesh mesh(row(2));
  std::mt19937_64 random(1);
  GrownTree tree = grow_tree(mesh.topology(), 0, Growth::deep, 2, random);
  tree.nodes[0].member = false;
  mesh.configure(2, tree.nodes);
  std::vector<hw::AccessError> refused;
  unsigned received = 0;
  mesh.set_refusal([&](unsigned, const hw::AccessError& error) { refused.push_back(error); });
  mesh.set_sink([&](unsigned node, const Packet&) {
    EXPECT_EQ(node, 1U);
    ++received;
  });
  mesh.offer(0, group_packet(2, TreeMode::multicast, 0x1000));  // no member
  mesh.offer(1, group_packet(1, TreeMode::multicast, 0x2000));  // no such tree
  mesh.offer(1, group_packet(2, static_cast<TreeMode>(3), 0x3000));
  Packet part = group_packet(2, TreeMode::reduce, 0x4000);
  part.header.size = 3;
  mesh.offer(1, part);
  part = group_packet(2, TreeMode::multicast, 0x5000);
  part.header.op = hw::PacketOp::read;
  mesh.offer(1, part);
  mesh.offer(1, group_packet(2, TreeMode::multicast, 0x6000));
  for (int i = 0; i < 20; ++i) mesh.step();
  ASSERT_EQ(refused.size(), 5U);
  for (const hw::AccessError& error : refused) {
    const bool is_unknown = error.address == 0x4000 || error.address == 0x5000;
    EXPECT_EQ(error.kind, is_unknown ? hw::AccessKind::unknown : hw::AccessKind::unreachable) << error.address;
    EXPECT_EQ(error.x, hw::group_column);
  }
  EXPECT_EQ(received, 1U);
  EXPECT_EQ(mesh.unsettled(), "");
}

}  // namespace
}  // namespace dojo::tb
