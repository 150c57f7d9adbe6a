// Routing tables around dead nodes and links: the maker's are accepted, planted faults are refused and named.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "routing/dependency_graph.hpp"
#include "routing/route_checker.hpp"
#include "routing/route_maker.hpp"

namespace dojo::routing {
namespace {

constexpr MeshSize die{.columns = hw::die_columns, .rows = hw::die_rows};

/// Why the checker refuses, or nothing.
std::string refusal(const Topology& topology, const RouteTables& tables) {
  try {
    check_routes(topology, tables);
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

bool is_connected(const Topology& topology) {
  std::vector<unsigned> order;
  std::vector<bool> seen(topology.sites());
  for (unsigned site = 0; order.empty(); ++site) {
    if (topology.is_alive(site)) order.push_back(site);
  }
  seen[order.front()] = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (unsigned d = 0; d < directions; ++d) {
      const auto other = topology.neighbour(order[i], d);
      if (!other || seen[*other]) continue;
      seen[*other] = true;
      order.push_back(*other);
    }
  }
  return order.size() == topology.live_nodes();
}

Coordinates random_node(MeshSize mesh, std::mt19937_64& random) {
  return {static_cast<unsigned>(random() % mesh.columns), static_cast<unsigned>(random() % mesh.rows)};
}

Link random_link(MeshSize mesh, std::mt19937_64& random) {
  for (;;) {
    const Coordinates first = random_node(mesh, random);
    const Coordinates second =
        random() % 2 != 0 ? Coordinates{first.x + 1, first.y} : Coordinates{first.x, first.y + 1};
    if (second.x < mesh.columns && second.y < mesh.rows) return {first, second};
  }
}

/// A mesh with so many different dead nodes and some dead links.
Topology random_topology(MeshSize mesh, unsigned dead_nodes, unsigned dead_links, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Faults faults;
  while (faults.nodes.size() < dead_nodes) {
    const Coordinates node = random_node(mesh, random);
    if (std::find(faults.nodes.begin(), faults.nodes.end(), node) == faults.nodes.end()) faults.nodes.push_back(node);
  }
  for (unsigned i = 0; i < dead_links; ++i) faults.links.push_back(random_link(mesh, random));
  return {mesh, faults};
}

/// What tables cost against the shortest ways, over all pairs and both classes.
struct Quality {
  double hops = 0.0;           ///< per hop of the shortest ways
  double kept = 0.0;           ///< share in dimension order of the pairs that dimension order still connects
  unsigned longest_extra = 0;  ///< most hops by which a way is longer than the shortest
};

std::vector<unsigned> shortest_ways(const Topology& topology, unsigned destination) {
  std::vector<unsigned> hops(topology.sites(), ~0u);
  std::vector<unsigned> order{destination};
  hops[destination] = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (unsigned d = 0; d < directions; ++d) {
      const auto other = topology.neighbour(order[i], d);
      if (!other || hops[*other] != ~0u) continue;
      hops[*other] = hops[order[i]] + 1;
      order.push_back(*other);
    }
  }
  return hops;
}

/// Hops of a way, or nothing if it ends early.
template <typename Next>
std::optional<unsigned> way_length(const Topology& topology, unsigned source, unsigned destination, Next next) {
  unsigned hops = 0;
  for (std::optional<unsigned> node = source;; ++hops) {
    if (!node) return std::nullopt;
    if (*node == destination) return hops;
    node = topology.neighbour(*node, static_cast<unsigned>(next(*node)));
  }
}

Quality quality_of(const Topology& topology, const RouteTables& tables) {
  Quality result;
  double hops = 0.0;
  double least = 0.0;
  unsigned undisturbed = 0;
  unsigned kept = 0;
  for (unsigned destination = 0; destination < topology.sites(); ++destination) {
    if (!topology.is_alive(destination)) continue;
    const std::vector<unsigned> shortest = shortest_ways(topology, destination);
    for (const hw::PacketClass cls : packet_classes) {
      for (unsigned source = 0; source < topology.sites(); ++source) {
        if (!topology.is_alive(source)) continue;
        const auto in_order = [&](unsigned node) { return dimension_order(topology, cls, node, destination); };
        const auto by_table = [&](unsigned node) { return tables.at(node, cls, destination); };
        const unsigned length = way_length(topology, source, destination, by_table).value();
        hops += length;
        least += shortest[source];
        result.longest_extra = std::max(result.longest_extra, length - shortest[source]);
        if (!way_length(topology, source, destination, in_order)) continue;
        ++undisturbed;
        if (by_table(source) == in_order(source)) ++kept;
      }
    }
  }
  result.hops = hops / least;
  result.kept = static_cast<double>(kept) / undisturbed;
  return result;
}

TEST(Routing, WholeMeshHasDimensionOrder) {
  for (const MeshSize mesh : {die, MeshSize{1, 1}, MeshSize{1, 7}, MeshSize{5, 4}}) {
    const Topology topology(mesh);
    const RouteTables tables = make_routes(topology);
    EXPECT_EQ(refusal(topology, tables), "");
    for (const hw::PacketClass cls : packet_classes) {
      for (unsigned source = 0; source < topology.sites(); ++source) {
        for (unsigned destination = 0; destination < topology.sites(); ++destination) {
          ASSERT_EQ(tables.at(source, cls, destination), dimension_order(topology, cls, source, destination));
        }
      }
    }
  }
}

TEST(Routing, EverySingleDeadNode) {
  Quality worst{.kept = 1.0};
  for (unsigned dead = 0; dead < die.nodes(); ++dead) {
    const Topology topology(die, {.nodes = {{dead % die.columns, dead / die.columns}}});
    const RouteTables tables = make_routes(topology);
    EXPECT_EQ(refusal(topology, tables), "") << dead;
    if (dead % 7 != 0) continue;
    const Quality quality = quality_of(topology, tables);
    worst.hops = std::max(worst.hops, quality.hops);
    worst.kept = std::min(worst.kept, quality.kept);
    worst.longest_extra = std::max(worst.longest_extra, quality.longest_extra);
  }
  fmt::print("one dead node, worst of every seventh: {:.4f} of the shortest ways' hops, at most {} more, {:.4f} kept\n",
             worst.hops, worst.longest_extra, worst.kept);
  EXPECT_LE(worst.hops, 1.02);
  EXPECT_GE(worst.kept, 0.98);
}

/// All that can be dead of a mesh, each thing alone.
std::vector<Faults> single_faults(MeshSize mesh) {
  std::vector<Faults> faults;
  const Topology whole(mesh);
  for (unsigned site = 0; site < whole.sites(); ++site) {
    faults.push_back({.nodes = {whole.place(site)}});
    for (const hw::Route to : {hw::Route::east, hw::Route::south}) {
      const auto other = whole.neighbour(site, static_cast<unsigned>(to));
      if (other) faults.push_back({.links = {{whole.place(site), whole.place(*other)}}});
    }
  }
  return faults;
}

/// DOJO_NIGHTLY=1: of a larger mesh, for a minute or two.
TEST(Routing, EveryPairOfDeadNodesAndLinks) {
  const MeshSize mesh = std::getenv("DOJO_NIGHTLY") != nullptr ? MeshSize{10, 9} : MeshSize{7, 6};
  const std::vector<Faults> faults = single_faults(mesh);
  unsigned parted = 0;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    for (std::size_t j = i; j < faults.size(); ++j) {
      Faults both = faults[i];
      both.nodes.insert(both.nodes.end(), faults[j].nodes.begin(), faults[j].nodes.end());
      both.links.insert(both.links.end(), faults[j].links.begin(), faults[j].links.end());
      const Topology topology(mesh, both);
      if (is_connected(topology)) {
        ASSERT_EQ(refusal(topology, make_routes(topology)), "") << i << " and " << j;
      } else {
        ++parted;
      }
    }
  }
  // Only a corner can be cut off by two faults: by both neighbours, both links, or one of each.
  EXPECT_EQ(parted, 4 * 4u);
}

/// Random machines of a size with dead nodes and links, and what was found out about them.
struct Sweep {
  unsigned made = 0;
  unsigned parted = 0;
};

Sweep sweep(MeshSize mesh, unsigned dead_nodes, unsigned dead_links, unsigned seeds) {
  Sweep result;
  Quality mean;
  unsigned measured = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const Topology topology = random_topology(mesh, dead_nodes, dead_links, seed);
    if (!is_connected(topology)) {
      ++result.parted;
      EXPECT_THROW(static_cast<void>(make_routes(topology)), InputError) << seed;
      continue;
    }
    const RouteTables tables = make_routes(topology);
    EXPECT_EQ(refusal(topology, tables), "") << "seed " << seed;
    if (result.made++ % 4 != 0) continue;
    ++measured;
    const Quality quality = quality_of(topology, tables);
    mean.hops += quality.hops;
    mean.kept += quality.kept;
    mean.longest_extra = std::max(mean.longest_extra, quality.longest_extra);
  }
  fmt::print(
      "{}x{}, {} dead nodes, {} dead links: {} made, {} parted; {:.4f} of the shortest ways' hops, at most {} more; "
      "{:.4f} of the undisturbed pairs keep dimension order\n",
      mesh.columns, mesh.rows, dead_nodes, dead_links, result.made, result.parted, mean.hops / measured,
      mean.longest_extra, mean.kept / measured);
  return result;
}

TEST(Routing, DiesWithSixDeadNodes) {
  EXPECT_GE(sweep(die, 6, 0, 120).made, 110u);
}

TEST(Routing, DiesWithSixDeadNodesAndThreeDeadLinks) {
  EXPECT_GE(sweep(die, 6, 3, 120).made, 110u);
}

TEST(Routing, DiesFullOfFaults) {
  EXPECT_GE(sweep(die, 40, 20, 60).made, 10u);
}

TEST(Routing, SmallMeshesFullOfFaults) {
  const Sweep few = sweep({.columns = 5, .rows = 4}, 3, 3, 1000);
  const Sweep many = sweep({.columns = 6, .rows = 6}, 9, 9, 1000);
  EXPECT_GT(few.made, 500u);
  EXPECT_GT(few.parted, 10u);
  EXPECT_GT(many.made, 30u);
  EXPECT_GT(many.parted, 100u);
}

TEST(Routing, PartedMachineIsRefusedWithAPair) {
  const Faults faults{.nodes = {{1, 0}, {1, 1}}, .links = {{{0, 1}, {0, 2}}}};
  try {
    static_cast<void>(make_routes(Topology({.columns = 3, .rows = 3}, faults)));
    FAIL() << "tables for a machine in two parts";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "there is no way from node (0,0) to node (2,0): dead nodes and links part them");
  }
}

class RouteFault : public testing::Test {
 protected:
  std::string refusal_with(unsigned node, hw::PacketClass cls, unsigned destination, hw::Route route) {
    RouteTables tables = make_routes(topology_);
    tables.set(node, cls, destination, route);
    return refusal(topology_, tables);
  }
  Topology topology_{MeshSize{.columns = 3, .rows = 3}};
};

TEST_F(RouteFault, Hole) {
  EXPECT_EQ(refusal_with(4, hw::PacketClass::data, 5, hw::Route::none),
            "routing tables, class data: no way from node (0,1) to node (2,1): node (1,1) has no entry for it");
}

TEST_F(RouteFault, KeptByAnotherNode) {
  EXPECT_EQ(refusal_with(1, hw::PacketClass::request, 8, hw::Route::local),
            "routing tables, class request: no way from node (1,0) to node (2,2): node (1,0) keeps it");
}

TEST_F(RouteFault, NotKeptAtTheDestination) {
  EXPECT_EQ(refusal_with(8, hw::PacketClass::request, 8, hw::Route::north),
            "routing tables, class request: no way from node (2,2) to node (2,2): the node does not keep it");
}

TEST_F(RouteFault, OverTheEdge) {
  EXPECT_EQ(
      refusal_with(2, hw::PacketClass::data, 8, hw::Route::east),
      "routing tables, class data: no way from node (0,0) to node (2,2): node (2,0) sends it east, where nothing is");
}

TEST_F(RouteFault, Loop) {
  EXPECT_EQ(refusal_with(1, hw::PacketClass::data, 2, hw::Route::west),
            "routing tables, class data: no way from node (0,0) to node (2,0): it comes back to node (0,0)");
}

TEST_F(RouteFault, OverADeadLinkAndToADeadNode) {
  const RouteTables whole = make_routes(topology_);
  EXPECT_EQ(refusal(Topology({.columns = 3, .rows = 3}, {.links = {{{1, 0}, {1, 1}}}}), whole),
            "routing tables, class request: no way from node (1,1) to node (0,0): node (1,1) sends it north, where "
            "nothing is");
  EXPECT_EQ(refusal(Topology({.columns = 3, .rows = 3}, {.nodes = {{1, 1}}}), whole),
            "routing tables, class request: no way from node (1,2) to node (0,0): node (1,2) sends it north, where "
            "nothing is");
}

TEST_F(RouteFault, OtherSize) {
  EXPECT_EQ(refusal(topology_, RouteTables({.columns = 3, .rows = 2})),
            "routing tables for 3x2 nodes on a machine of 3x3");
}

TEST_F(RouteFault, CycleOfChannels) {
  // Four pairs of opposite corners of a square, all clockwise: each way is good, together they can block one another.
  RouteTables tables = make_routes(topology_);
  tables.set(0, hw::PacketClass::data, 4, hw::Route::east);
  tables.set(1, hw::PacketClass::data, 3, hw::Route::south);
  tables.set(4, hw::PacketClass::data, 0, hw::Route::west);
  tables.set(3, hw::PacketClass::data, 1, hw::Route::north);
  EXPECT_EQ(refusal(topology_, tables),
            "routing tables, class data: a cycle of 4 channels that wait for one another: "
            "(0,0)->(1,0), (1,0)->(1,1), (1,1)->(0,1), (0,1)->(0,0)");
}

TEST(DependencyGraph, RefusesTheLastTurnOfACircleOnly) {
  const Topology topology({.columns = 2, .rows = 2});
  DependencyGraph graph(topology);
  const auto channel = [](unsigned node, hw::Route direction) {
    return node * directions + static_cast<unsigned>(direction);
  };
  const auto turn = [&](unsigned node, hw::Route in, hw::Route out) {
    return graph.add(channel(node, in), static_cast<unsigned>(out));
  };
  EXPECT_TRUE(turn(0, hw::Route::east, hw::Route::south));
  EXPECT_TRUE(turn(1, hw::Route::south, hw::Route::west));
  EXPECT_TRUE(turn(3, hw::Route::west, hw::Route::north));
  EXPECT_FALSE(turn(2, hw::Route::north, hw::Route::east));
  EXPECT_FALSE(turn(2, hw::Route::north, hw::Route::east));
  EXPECT_TRUE(turn(0, hw::Route::south, hw::Route::east)) << "the other way round";
  EXPECT_TRUE(turn(0, hw::Route::east, hw::Route::south)) << "it is there already";
}

TEST(RouteTables, WordsHoldAByteForEachDestination) {
  RouteTables tables({.columns = 18, .rows = 20});
  tables.set(5, hw::PacketClass::request, 0, hw::Route::west);
  tables.set(5, hw::PacketClass::data, 0, hw::Route::local);
  tables.set(5, hw::PacketClass::request, 2 * 18 + 9, hw::Route::south);
  const auto words = table_words(tables, 5);
  EXPECT_EQ(words[0], 0x77777777'77777743u);
  EXPECT_EQ(words[2 * 4 + 1], 0x77777777'77777277u);
  EXPECT_EQ(words[127], 0x77777777'77777777u);
  EXPECT_THROW(static_cast<void>(table_words(RouteTables({.columns = 33, .rows = 1}), 0)), InputError);
}

}  // namespace
}  // namespace dojo::routing
