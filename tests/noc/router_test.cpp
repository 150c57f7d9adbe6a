// The router in meshes of 2 to 64: latency, order, back-pressure, independence of the classes.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <vector>

#include "noc/router_mesh.hpp"
#include "tb/noc/scoreboard.hpp"

namespace dojo::tb {
namespace {

using hw::PacketClass;
using noc::RouterMesh;

constexpr std::array<PacketClass, 2> both_classes{PacketClass::request, PacketClass::data};

unsigned hops(const RouterMesh& mesh, unsigned from, unsigned to) {
  const int dx = static_cast<int>(from % mesh.columns()) - static_cast<int>(to % mesh.columns());
  const int dy = static_cast<int>(from / mesh.columns()) - static_cast<int>(to / mesh.columns());
  return static_cast<unsigned>(std::abs(dx) + std::abs(dy));
}

void expect_clean(const RouterMesh& mesh, const Scoreboard& scoreboard) {
  for (const std::string& error : scoreboard.errors()) ADD_FAILURE() << error;
  EXPECT_EQ(scoreboard.outstanding(), 0U);
  EXPECT_EQ(scoreboard.delivered(), scoreboard.made());
  EXPECT_EQ(mesh.unsettled(), "");
}

TEST(Router, OneCyclePerHop) {
  RouterMesh mesh({.columns = 8, .rows = 8});
  std::vector<std::uint64_t> link_cycles;
  std::uint64_t delivered = 0;
  mesh.set_flit_tap([&](unsigned, unsigned, Packet&) {
    link_cycles.push_back(mesh.cycle());
    return true;
  });
  mesh.set_sink([&](unsigned, const Packet&, std::uint64_t cycle) { delivered = cycle; });
  Scoreboard scoreboard(8);
  mesh.offer(0, scoreboard.make(0, 63, PacketClass::data));
  for (int i = 0; i < 32; ++i) mesh.step();
  ASSERT_EQ(link_cycles.size(), 14U);
  for (std::size_t i = 1; i < link_cycles.size(); ++i) EXPECT_EQ(link_cycles[i], link_cycles[i - 1] + 1) << "hop " << i;
  EXPECT_EQ(delivered, link_cycles.back() + 1);
}

TEST(Router, ZeroLoadLatencyIsHopsPlusTwo) {
  RouterMesh mesh({.columns = 5, .rows = 4});
  Scoreboard scoreboard(5);
  std::uint64_t delivered = 0;
  mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t cycle) {
    scoreboard.deliver(node, packet);
    delivered = cycle;
  });
  for (const PacketClass cls : both_classes) {
    for (unsigned from = 0; from < mesh.nodes(); ++from) {
      for (unsigned to = 0; to < mesh.nodes(); ++to) {
        const std::uint64_t offered = mesh.cycle();
        mesh.offer(from, scoreboard.make(from, to, cls));
        mesh.settle(100);
        ASSERT_EQ(delivered - offered, hops(mesh, from, to) + 2) << from << " -> " << to;
      }
    }
  }
  expect_clean(mesh, scoreboard);
}

TEST(Router, DataGoesXFirstAndRequestsYFirst) {
  RouterMesh mesh({.columns = 4, .rows = 4});
  std::vector<unsigned> path;
  mesh.set_flit_tap([&](unsigned, unsigned direction, Packet&) {
    path.push_back(direction);
    return true;
  });
  Scoreboard scoreboard(4);
  mesh.offer(0, scoreboard.make(0, 15, PacketClass::data));
  mesh.settle(100);
  EXPECT_EQ(path, (std::vector<unsigned>{1, 1, 1, 2, 2, 2}));
  path.clear();
  mesh.offer(15, scoreboard.make(15, 0, PacketClass::request));
  mesh.settle(100);
  EXPECT_EQ(path, (std::vector<unsigned>{0, 0, 0, 3, 3, 3}));
}

TEST(Router, SaturatedLinkCarriesAFlitPerCycle) {
  // Nodes 0 and 1 both send to node 2; data alone, requests alone, and both classes in turn.
  for (const unsigned share : {0U, 1U, 2U}) {
    RouterMesh mesh({.columns = 3, .rows = 1});
    Scoreboard scoreboard(3);
    mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) { scoreboard.deliver(node, packet); });
    constexpr unsigned cycles = 4000;
    for (unsigned i = 0; i < cycles; ++i) {
      const PacketClass cls = share == 2 ? both_classes[i % 2] : both_classes[share];
      mesh.offer(0, scoreboard.make(0, 2, cls));
      if (i % 2 == 0) mesh.offer(1, scoreboard.make(1, 2, cls));
    }
    for (int i = 0; i < 10; ++i) mesh.step();
    const std::uint64_t before = mesh.link_flits(1, 1);
    for (unsigned i = 0; i < cycles; ++i) mesh.step();
    const double rate = static_cast<double>(mesh.link_flits(1, 1) - before) / cycles;
    RecordProperty(share == 0 ? "requests" : share == 1 ? "data" : "both", std::to_string(rate));
    EXPECT_GE(rate, 0.99);
    mesh.settle(10 * cycles);
    expect_clean(mesh, scoreboard);
  }
}

TEST(Router, NeighboursShareAnOutput) {
  RouterMesh mesh({.columns = 3, .rows = 3});
  std::array<unsigned, 9> received{};
  mesh.set_sink([&](unsigned, const Packet& packet, std::uint64_t) {
    ++received.at(packet.header.src_y * 3U + packet.header.src_x);
  });
  Scoreboard scoreboard(3);
  constexpr unsigned cycles = 4000;
  constexpr unsigned settling = 500;
  for (unsigned i = 0; i < settling + cycles; ++i) {
    for (const unsigned from : {1U, 3U, 4U, 5U, 7U}) mesh.offer(from, scoreboard.make(from, 4, PacketClass::data));
  }
  for (unsigned i = 0; i < settling; ++i) mesh.step();
  received.fill(0);
  for (unsigned i = 0; i < cycles; ++i) mesh.step();
  for (const unsigned from : {1U, 3U, 4U, 5U, 7U})
    EXPECT_NEAR(received.at(from), cycles / 5.0, 0.1 * cycles / 5) << "node " << from;
}

TEST(Router, AllSourcesOfARowShareItsLastLink) {
  // Each router on the way merges one more source: taking turns, the first of seven would get 1/64 of the link.
  for (const PacketClass cls : both_classes) {
    RouterMesh mesh({.columns = 8, .rows = 1});
    std::array<unsigned, 8> received{};
    mesh.set_sink([&](unsigned, const Packet& packet, std::uint64_t) { ++received.at(packet.header.src_x); });
    Scoreboard scoreboard(8);
    constexpr unsigned cycles = 7000;
    constexpr unsigned settling = 2000;
    for (unsigned i = 0; i < settling + cycles; ++i) {
      for (unsigned from = 0; from < 7; ++from) mesh.offer(from, scoreboard.make(from, 7, cls));
    }
    for (unsigned i = 0; i < settling; ++i) mesh.step();
    received.fill(0);
    for (unsigned i = 0; i < cycles; ++i) mesh.step();
    for (unsigned from = 0; from < 7; ++from)
      EXPECT_NEAR(received.at(from), cycles / 7.0, 0.2 * cycles / 7) << "node " << from;
  }
}

TEST(Router, BlockedFlitsHoldUpNoneThatGoElsewhere) {
  RouterMesh mesh({.columns = 3, .rows = 1});
  Scoreboard scoreboard(3);
  bool blocked = true;
  std::array<unsigned, 3> received{};
  mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) {
    scoreboard.deliver(node, packet);
    ++received.at(node);
  });
  mesh.set_sink_policy([&](unsigned node, unsigned) { return !(blocked && node == 1); });
  // What the sink of node 1 takes without giving credits back, and all slots but one of its router.
  for (unsigned i = 0; i < 2 * hw::router_depth - 1; ++i) mesh.offer(0, scoreboard.make(0, 1, PacketClass::data));
  for (unsigned i = 0; i < 100; ++i) mesh.offer(0, scoreboard.make(0, 2, PacketClass::data));
  for (unsigned i = 0; i < 500; ++i) mesh.step();
  EXPECT_EQ(received.at(1), hw::router_depth);
  EXPECT_EQ(received.at(2), 100U);
  blocked = false;
  mesh.settle(100);
  expect_clean(mesh, scoreboard);
}

TEST(Router, NoAgeStarvesAnother) {
  // Whatever comes to node 1 claims to be as old as can be; the favourite's turn still comes.
  RouterMesh mesh({.columns = 3, .rows = 1});
  Scoreboard scoreboard(3);
  std::array<unsigned, 2> received{};
  std::uint64_t longest = 0;
  std::uint64_t last = 0;
  mesh.set_flit_tap([&](unsigned node, unsigned, Packet& packet) {
    if (node == 0) packet.header.age = (1U << hw::age_bits) - 1;
    return true;
  });
  mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t cycle) {
    scoreboard.deliver(node, packet);
    ++received.at(packet.header.src_x);
    if (packet.header.src_x != 1) return;
    longest = std::max(longest, cycle - last);
    last = cycle;
  });
  constexpr unsigned cycles = 20000;
  for (unsigned i = 0; i < cycles; ++i) {
    for (const unsigned from : {0U, 1U}) mesh.offer(from, scoreboard.make(from, 2, PacketClass::data));
  }
  for (unsigned i = 0; i < cycles; ++i) mesh.step();
  EXPECT_GE(received.at(1), cycles / 200);
  EXPECT_LE(longest, 200U);
  mesh.settle(2 * cycles);
  expect_clean(mesh, scoreboard);
}

TEST(Router, OutputsTakeTurnsAtAQueue) {
  // A flit that has waited for a credit passes by a stream from the same queue to another output: the flit per cycle
  // that a queue gives goes to each output in turn. It waits at ten places of the favourites' turns, which come to its
  // queue once in 160 cycles.
  constexpr std::array<unsigned, 5> destinations{1, 5, 7, 3, 4};  // of node 4, by output
  for (const PacketClass cls : both_classes) {
    for (unsigned stream = 0; stream < destinations.size(); ++stream) {
      for (unsigned other = 0; other < destinations.size(); ++other) {
        if (other == stream) continue;
        const unsigned waiting = destinations.at(other);
        std::uint64_t longest = 0;
        for (unsigned phase = 0; phase < 160; phase += 16) {
          RouterMesh mesh({.columns = 3, .rows = 3});
          Scoreboard scoreboard(3);
          std::uint64_t last = 0;
          bool blocked = true;
          mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t cycle) {
            scoreboard.deliver(node, packet);
            if (node == waiting) last = cycle;
          });
          mesh.set_sink_policy([&](unsigned node, unsigned) { return !(blocked && node == waiting); });
          const auto offer = [&](unsigned to, unsigned flits) {
            for (unsigned i = 0; i < flits; ++i) mesh.offer(4, scoreboard.make(4, to, cls));
          };
          const unsigned places = (waiting == 4 ? 1 : 2) * hw::router_depth;
          offer(destinations.at(stream), phase);
          offer(waiting, places + 1);
          offer(destinations.at(stream), 400);
          for (unsigned i = 0; i < phase + places + 10; ++i) mesh.step();
          blocked = false;
          const std::uint64_t freed = mesh.cycle();
          mesh.settle(1000);
          longest = std::max(longest, last - freed);
          expect_clean(mesh, scoreboard);
        }
        EXPECT_LE(longest, 16U) << "stream to output " << stream << ", flit to " << other;
      }
    }
  }
}

TEST(Router, EveryPermutationOfFourNodesArrivesInOrder) {
  std::array<unsigned, 4> to{0, 1, 2, 3};
  std::mt19937_64 random(7);
  do {
    RouterMesh mesh({.columns = 2, .rows = 2});
    Scoreboard scoreboard(2);
    mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) { scoreboard.deliver(node, packet); });
    mesh.set_sink_policy([&](unsigned, unsigned) { return random() % 3 != 0; });
    for (unsigned i = 0; i < 200; ++i) {
      for (unsigned from = 0; from < 4; ++from)
        mesh.offer(from, scoreboard.make(from, to[from], both_classes[random() % 2]));
    }
    mesh.settle(10000);
    expect_clean(mesh, scoreboard);
  } while (std::next_permutation(to.begin(), to.end()));
}

class RandomTraffic : public testing::TestWithParam<unsigned> {};

TEST_P(RandomTraffic, PermutationsUnderBackPressureArriveOnceAndInOrder) {
  std::mt19937_64 random(GetParam());
  for (unsigned round = 0; round < 24; ++round) {
    RouterMesh mesh({.columns = 4, .rows = 4, .reset_seed = static_cast<int>(round + 1)});
    Scoreboard scoreboard(4);
    mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) { scoreboard.deliver(node, packet); });
    // Each sink has its own speed, from always to one credit in 16 cycles.
    mesh.set_sink_policy([&](unsigned node, unsigned cls) { return random() % 16 >= (node * 7 + cls * 5) % 16; });
    std::array<unsigned, 16> to{};
    std::iota(to.begin(), to.end(), 0U);
    std::shuffle(to.begin(), to.end(), random);
    for (unsigned i = 0; i < 100; ++i) {
      for (unsigned from = 0; from < 16; ++from)
        mesh.offer(from, scoreboard.make(from, to[from], both_classes[random() % 2]));
    }
    mesh.settle(20000);
    expect_clean(mesh, scoreboard);
  }
}

TEST_P(RandomTraffic, AllToAllUnderBackPressureArrivesOnceAndInOrder) {
  std::mt19937_64 random(GetParam());
  for (const auto& [columns, rows] : {std::pair{5U, 3U}, {1U, 1U}, {1U, 6U}, {6U, 1U}}) {
    RouterMesh mesh({.columns = columns, .rows = rows, .reset_seed = static_cast<int>(GetParam())});
    Scoreboard scoreboard(columns);
    bool blocked = false;
    mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) { scoreboard.deliver(node, packet); });
    mesh.set_sink_policy([&](unsigned, unsigned cls) { return !(blocked && cls == 0) && random() % 4 != 0; });
    for (unsigned i = 0; i < 3000; ++i) {
      if (i % 200 == 0) blocked = random() % 2 != 0;
      for (unsigned from = 0; from < mesh.nodes(); ++from) {
        const unsigned to = static_cast<unsigned>(random() % mesh.nodes());
        if (random() % 8 < 3) mesh.offer(from, scoreboard.make(from, to, both_classes[random() % 2]));
      }
      mesh.step();
    }
    blocked = false;
    mesh.settle(100000);
    expect_clean(mesh, scoreboard);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTraffic, testing::Values(1U, 2U, 3U));

TEST(Router, NeitherClassBlocksTheOther) {
  for (const unsigned blocked : {0U, 1U}) {
    RouterMesh mesh({.columns = 4, .rows = 4});
    Scoreboard scoreboard(4);
    std::array<std::uint64_t, 2> received{};
    bool blocking = true;
    mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) {
      scoreboard.deliver(node, packet);
      ++received.at(static_cast<unsigned>(packet.header.cls));
    });
    mesh.set_sink_policy([&](unsigned, unsigned cls) { return !(blocking && cls == blocked); });
    std::mt19937_64 random(3);
    for (unsigned i = 0; i < 200; ++i) {
      for (unsigned from = 0; from < 16; ++from) {
        for (const PacketClass cls : both_classes) {
          mesh.offer(from, scoreboard.make(from, static_cast<unsigned>(random() % 16), cls));
        }
      }
    }
    for (unsigned i = 0; i < 4000; ++i) mesh.step();
    EXPECT_EQ(received.at(blocked ^ 1U), 3200U) << "class " << blocked << " is blocked";
    EXPECT_LT(received.at(blocked), 3200U);
    blocking = false;
    mesh.settle(10000);
    expect_clean(mesh, scoreboard);
  }
}

std::uint64_t hash_of_run(int reset_seed) {
  RouterMesh mesh({.columns = 4, .rows = 3, .reset_seed = reset_seed});
  Scoreboard scoreboard(4);
  std::mt19937_64 random(11);
  mesh.set_sink_policy([&](unsigned, unsigned) { return random() % 2 != 0; });
  for (unsigned i = 0; i < 2000; ++i) {
    const unsigned from = static_cast<unsigned>(random() % 12);
    mesh.offer(from, scoreboard.make(from, static_cast<unsigned>(random() % 12), both_classes[random() % 2]));
    mesh.step();
  }
  return mesh.hash();
}

TEST(Router, NothingDependsOnUninitialisedState) {
  const std::uint64_t first = hash_of_run(1);
  EXPECT_EQ(hash_of_run(2), first);
  EXPECT_EQ(hash_of_run(99), first);
}

}  // namespace
}  // namespace dojo::tb
