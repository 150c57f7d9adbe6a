// Routing tables around dead nodes and links: the maker's are accepted, planted faults are refused and named.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "routing/dependency_graph.hpp"
#include "routing/route_checker.hpp"
#include "routing/route_maker.hpp"
#include "tests/routing/machines.hpp"

namespace dojo::routing {
namespace {

constexpr MeshSize die = die_size;

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

/// What tables cost against the shortest ways, over all pairs and both classes; of machines of several dies over some
/// destinations.
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
  const unsigned stride = 1 + topology.sites() / 700;
  for (unsigned destination = 0; destination < topology.sites(); destination += stride) {
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
            "routing tables, class data: no way from node (1,1) to node (2,1): it has no entry");
}

TEST_F(RouteFault, KeptByAnotherNode) {
  EXPECT_EQ(refusal_with(1, hw::PacketClass::request, 8, hw::Route::local),
            "routing tables, class request: no way from node (1,0) to node (2,2): it keeps the packet");
}

TEST_F(RouteFault, NotKeptAtTheDestination) {
  EXPECT_EQ(refusal_with(8, hw::PacketClass::request, 8, hw::Route::north),
            "routing tables, class request: no way from node (2,2) to node (2,2): the node does not keep it");
}

TEST_F(RouteFault, OverTheEdge) {
  EXPECT_EQ(refusal_with(2, hw::PacketClass::data, 8, hw::Route::east),
            "routing tables, class data: no way from node (2,0) to node (2,2): it goes east, where nothing is");
}

TEST_F(RouteFault, Loop) {
  EXPECT_EQ(refusal_with(1, hw::PacketClass::data, 2, hw::Route::west),
            "routing tables, class data: no way from node (0,0) to node (2,0): it comes back from node (1,0)");
}

TEST_F(RouteFault, OverADeadLinkAndToADeadNode) {
  const RouteTables whole = make_routes(topology_);
  EXPECT_EQ(refusal(Topology({.columns = 3, .rows = 3}, {.links = {{{1, 0}, {1, 1}}}}), whole),
            "routing tables, class request: no way from node (1,1) to node (0,0): it goes north, where nothing is");
  EXPECT_EQ(refusal(Topology({.columns = 3, .rows = 3}, {.nodes = {{1, 1}}}), whole),
            "routing tables, class request: no way from node (1,2) to node (0,0): it goes north, where nothing is");
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
  std::vector<unsigned> order(topology.sites() * directions);
  std::iota(order.begin(), order.end(), 0u);
  DependencyGraph graph(topology, order);
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

/// All links across the edge between a die and the next one in the east or south.
std::vector<Link> links_across(const DieGrid& grid, Coordinates die, hw::Route edge) {
  const Coordinates first = grid.origin(die.y * grid.dies.columns + die.x);
  std::vector<Link> links;
  if (edge == hw::Route::east) {
    const unsigned x = first.x + grid.die.columns - 1;
    for (unsigned y = first.y; y < first.y + grid.die.rows; ++y) links.push_back({{x, y}, {x + 1, y}});
  } else {
    const unsigned y = first.y + grid.die.rows - 1;
    for (unsigned x = first.x; x < first.x + grid.die.columns; ++x) links.push_back({{x, y}, {x, y + 1}});
  }
  return links;
}

bool dies_are_connected(const Topology& topology, const DieGrid& grid) {
  try {
    check_connected(topology, grid);
  } catch (const InputError&) {
    return false;
  }
  return true;
}

TEST(Dies, WholeMachinesHaveDimensionOrder) {
  for (const DieGrid& grid : {DieGrid{{2, 2}, {5, 4}}, DieGrid{{3, 3}, {4, 3}}, DieGrid{{4, 1}, {1, 2}},
                              DieGrid{{2, 3}, {1, 1}}, DieGrid{{2, 2}, die}}) {
    const Topology topology(grid.machine());
    const RouteTables tables = make_routes(topology, grid);
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

/// Makes and proves the tables of a machine of the standard die, and says what they cost.
void check_harvested(MeshSize dies, bool measured) {
  const DieGrid grid{.dies = dies, .die = die_size};
  const Topology topology = harvested(grid);
  const auto start = std::clock();
  const RouteTables tables = make_routes(topology, grid);
  const auto made = std::clock();
  EXPECT_EQ(refusal(topology, tables), "");
  const auto proved = std::clock();
  fmt::print("{}x{} dies with harvested sites: made in {:.2f} s of processor time, proved in {:.2f} s\n", dies.columns,
             dies.rows, static_cast<double>(made - start) / CLOCKS_PER_SEC,
             static_cast<double>(proved - made) / CLOCKS_PER_SEC);
  if (!measured) return;
  const Quality quality = quality_of(topology, tables);
  fmt::print("  {:.4f} of the shortest ways' hops, at most {} more; {:.4f} of the undisturbed pairs keep order\n",
             quality.hops, quality.longest_extra, quality.kept);
  EXPECT_LE(quality.hops, 1.03);
  EXPECT_GE(quality.kept, 0.9);
}

TEST(Dies, HarvestedSites) {
  check_harvested({.columns = 2, .rows = 1}, true);
  check_harvested({.columns = 2, .rows = 2}, true);
}

TEST(Dies, HarvestedSitesOfATile) {
  check_harvested({.columns = 5, .rows = 5}, false);
}

/// Random machines: all that are whole inside their dies get tables, which are proved, and of some of which every way
/// is followed.
unsigned sweep_dies(const DieGrid& grid, unsigned dead_nodes, unsigned dead_links, unsigned seeds) {
  unsigned made = 0;
  Quality mean;
  unsigned measured = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const Topology topology = random_dies(grid, dead_nodes, dead_links, seed);
    if (!dies_are_connected(topology, grid)) {
      EXPECT_THROW(static_cast<void>(make_routes(topology, grid)), InputError) << seed;
      continue;
    }
    const RouteTables tables = make_routes(topology, grid);
    EXPECT_EQ(refusal(topology, tables), "") << "seed " << seed;
    if (made++ % 4 != 0) continue;
    ++measured;
    const Quality quality = quality_of(topology, tables);
    mean.hops += quality.hops;
    mean.kept += quality.kept;
    mean.longest_extra = std::max(mean.longest_extra, quality.longest_extra);
  }
  fmt::print(
      "{}x{} dies of {}x{}, {} dead nodes and {} dead links each: {} of {} made; {:.4f} of the shortest ways' hops, at "
      "most {} more; {:.4f} of the undisturbed pairs keep dimension order\n",
      grid.dies.columns, grid.dies.rows, grid.die.columns, grid.die.rows, dead_nodes, dead_links, made, seeds,
      mean.hops / measured, mean.longest_extra, mean.kept / measured);
  return made;
}

/// DOJO_NIGHTLY=1: ten times as many machines.
unsigned seeds(unsigned normal) {
  return std::getenv("DOJO_NIGHTLY") != nullptr ? 10 * normal : normal;
}

TEST(Dies, TwoWithSixDeadNodesAndThreeDeadLinksEach) {
  EXPECT_GE(sweep_dies({.dies = {2, 1}, .die = die}, 6, 3, seeds(16)), 14u);
}

TEST(Dies, FourWithSixDeadNodesAndThreeDeadLinksEach) {
  EXPECT_GE(sweep_dies({.dies = {2, 2}, .die = die}, 6, 3, seeds(8)), 6u);
}

TEST(Dies, NineWithSixDeadNodesAndThreeDeadLinksEach) {
  EXPECT_GE(sweep_dies({.dies = {3, 3}, .die = die}, 6, 3, seeds(3)), 2u);
}

TEST(Dies, SmallOnesFullOfFaults) {
  EXPECT_GE(sweep_dies({.dies = {2, 2}, .die = {7, 6}}, 2, 1, seeds(100)), 80u);
  EXPECT_GE(sweep_dies({.dies = {3, 3}, .die = {6, 5}}, 1, 1, seeds(60)), 50u);
  EXPECT_GE(sweep_dies({.dies = {3, 2}, .die = {6, 6}}, 4, 4, seeds(100)), 10u);
}

TEST(Dies, WaysLeadAroundADeadEdge) {
  const DieGrid grid{.dies = {3, 3}, .die = {4, 5}};
  for (const hw::Route edge : {hw::Route::east, hw::Route::south}) {
    for (unsigned die = 0; die < grid.dies.nodes(); ++die) {
      const Coordinates place = grid.place(die);
      if ((edge == hw::Route::east ? place.x : place.y) == 2) continue;
      const Topology topology(grid.machine(), {.links = links_across(grid, place, edge)});
      const RouteTables tables = make_routes(topology, grid);
      EXPECT_EQ(refusal(topology, tables), "") << die;
      EXPECT_LE(quality_of(topology, tables).hops, 2.0) << die;
    }
  }
}

/// The error of a machine for which no tables are made.
std::string failure(const Topology& topology, const DieGrid& grid) {
  try {
    static_cast<void>(make_routes(topology, grid));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

TEST(Dies, DeadEdgesThatTablesCannotLeadAroundAreNamed) {
  const DieGrid grid{.dies = {3, 3}, .die = {4, 5}};
  std::vector<Link> links = links_across(grid, {0, 0}, hw::Route::east);
  for (const Link& link : links_across(grid, {2, 1}, hw::Route::south)) links.push_back(link);
  EXPECT_EQ(failure(Topology(grid.machine(), {.links = links}), grid),
            "no routing tables lead around the dead edges between dies (0,0)-(1,0), (2,1)-(2,2): they can while all "
            "edges between columns of dies are alive and those between rows in one column, or the other way round");
}

TEST(Dies, DeadOneAtTheEndOfARow) {
  for (const bool memory : {false, true}) {
    const DieGrid grid{.dies = {3, 1}, .die = {2, 1}, .memory = memory};
    const Topology topology(grid.machine(), {.nodes = {{4, 0}, {5, 0}}});
    EXPECT_EQ(refusal(topology, make_routes(topology, grid)), "");
  }
}

TEST(Dies, PartedDieIsRefusedWithAPair) {
  // Node (4,0) has only its link across the edge.
  const DieGrid grid{.dies = {2, 1}, .die = {4, 3}};
  EXPECT_EQ(failure(Topology(grid.machine(), {.nodes = {{4, 1}, {5, 0}}}), grid),
            "there is no way from node (4,0) to node (6,0): dead nodes and links part them");
  EXPECT_EQ(failure(Topology({.columns = 9, .rows = 3}), grid), "2x1 dies of 4x3 nodes are no machine of 9x3 nodes");
}

class DieFault : public testing::Test {
 protected:
  DieGrid grid_{.dies = {2, 2}, .die = {2, 2}};
  Topology topology_{grid_.machine()};
  RouteTables tables_ = make_routes(topology_, grid_);
};

TEST_F(DieFault, HoleBehindTheEdge) {
  tables_.set(6, hw::PacketClass::data, 7, hw::Route::none);
  EXPECT_EQ(refusal(topology_, tables_),
            "routing tables, class data: no way from node (2,1) to node (3,1): it has no entry");
}

TEST_F(DieFault, HoleInTheRim) {
  tables_.set(1, hw::PacketClass::request, 15, hw::Route::none);
  EXPECT_EQ(refusal(topology_, tables_),
            "routing tables, class request: no way from node (1,0) to node (2,2): it has no entry");
}

TEST_F(DieFault, KeptInsteadOfSentAcross) {
  tables_.set(1, hw::PacketClass::data, 3, hw::Route::local);
  EXPECT_EQ(refusal(topology_, tables_),
            "routing tables, class data: no way from node (1,0) to node (2,0): it keeps the packet");
}

TEST_F(DieFault, BackAcrossTheEdge) {
  tables_.set(2, hw::PacketClass::data, 3, hw::Route::west);
  EXPECT_EQ(refusal(topology_, tables_),
            "routing tables, class data: no way from node (1,0) to node (3,0): it comes back from node (2,0)");
}

TEST_F(DieFault, DeadEdgeLink) {
  EXPECT_EQ(refusal(Topology(grid_.machine(), {.links = {{{1, 1}, {2, 1}}}}), tables_),
            "routing tables, class request: no way from node (1,1) to node (2,1): it goes east, where nothing is");
}

TEST_F(DieFault, CycleOverFourDies) {
  // From each die to the opposite one, all clockwise: each way is good, together they can block one another.
  tables_.set(5, hw::PacketClass::data, 10, hw::Route::east);
  tables_.set(9, hw::PacketClass::data, 6, hw::Route::north);
  tables_.set(6, hw::PacketClass::data, 9, hw::Route::south);
  tables_.set(10, hw::PacketClass::data, 5, hw::Route::west);
  EXPECT_EQ(refusal(topology_, tables_),
            "routing tables, class data: a cycle of 4 channels that wait for one another: "
            "(2,1)->(2,2), (2,2)->(1,2), (1,2)->(1,1), (1,1)->(2,1)");
}

TEST_F(DieFault, OtherSize) {
  EXPECT_EQ(refusal(topology_, RouteTables(DieGrid{.dies = {2, 1}, .die = {2, 2}})),
            "routing tables for 4x2 nodes on a machine of 4x4");
}

TEST(RouteTables, WordsOfADieHoldItsRim) {
  const DieGrid grid{.dies = {3, 3}, .die = {18, 20}};
  RouteTables tables(grid);
  const unsigned node = 25 * 54 + 20;  // of the die in the middle
  tables.set(node, hw::PacketClass::request, 20 * 54 + 18, hw::Route::north);
  tables.set(node, hw::PacketClass::data, 20 * 54 + 17, hw::Route::west);
  tables.set(node, hw::PacketClass::data, 20 * 54 + 36, hw::Route::east);
  tables.set(node, hw::PacketClass::request, 19 * 54 + 18, hw::Route::local);
  tables.set(node, hw::PacketClass::data, 59 * 54 + 53, hw::Route::south);
  const auto words = table_words(tables, node);
  EXPECT_EQ(words[0], 0x77777777'77777770u) << "column 0, row 0";
  EXPECT_EQ(words[3], 0x37777777'77777777u) << "column -1, row 0";
  EXPECT_EQ(words[2], 0x77777777'77177777u) << "column 18, row 0";
  EXPECT_EQ(words[31 * 4], 0x77777777'77777774u) << "column 0, row -1";
  EXPECT_EQ(words[20 * 4 + 2], 0x77777777'77277777u) << "column 18, row 20";
  EXPECT_EQ(window_word(grid, {20, 25}), 0x8027'0023'0014'0012u);
  EXPECT_THROW(static_cast<void>(table_words(RouteTables(DieGrid{.dies = {2, 1}, .die = {32, 2}}), 0)), InputError);
  EXPECT_NO_THROW(static_cast<void>(table_words(RouteTables(DieGrid{.dies = {2, 1}, .die = {31, 2}}), 0)));
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
