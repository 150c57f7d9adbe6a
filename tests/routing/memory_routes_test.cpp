// Routing tables of machines with memory at their edges: every node and port reaches every other.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "common/memory_edge.hpp"
#include "routing/route_checker.hpp"
#include "routing/route_maker.hpp"
#include "tests/routing/machines.hpp"

namespace dojo::routing {
namespace {

/// A node, or a port of memory behind it.
struct End {
  Coordinates node;
  std::optional<DipPort> port = {};
  [[nodiscard]] Coordinates address() const { return port ? port->address : node; }
};

std::vector<End> ports_of_machine(const Topology& topology, const DieGrid& grid) {
  std::vector<End> ends;
  for (const DipSite& site : dip_sites(topology, grid)) {
    for (const auto& port : site.ports) {
      if (port) ends.push_back({port->router, port});
    }
  }
  return ends;
}

std::vector<End> ends_of_machine(const Topology& topology, const DieGrid& grid) {
  std::vector<End> ends = ports_of_machine(topology, grid);
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (topology.is_alive(site)) ends.push_back({topology.place(site)});
  }
  return ends;
}

/// Links from one end to another by the tables, those of ports included; nothing if the way does not lead there.
std::optional<unsigned> way(const Topology& topology, const RouteTables& tables, hw::PacketClass cls, const End& from,
                            const End& to) {
  unsigned hops = from.port ? 1 : 0;
  for (unsigned node = topology.number(from.node); hops <= 4 * topology.sites(); ++hops) {
    const hw::Route route = tables.at(node, cls, to.address());
    const bool is_there = topology.place(node) == to.node;
    if (route == hw::Route::local) return is_there && !to.port ? std::optional(hops) : std::nullopt;
    if (route == hw::Route::none) return std::nullopt;
    const auto direction = static_cast<unsigned>(route);
    const auto next = topology.neighbour(node, direction);
    if (!next) return is_there && to.port && to.port->direction == direction ? std::optional(hops + 1) : std::nullopt;
    node = *next;
  }
  return std::nullopt;
}

unsigned distance(const End& from, const End& to) {
  const auto between = [](unsigned a, unsigned b) { return a > b ? a - b : b - a; };
  return between(from.node.x, to.node.x) + between(from.node.y, to.node.y) + (from.port ? 1 : 0) + (to.port ? 1 : 0);
}

/// Follows the ways between all ends and some of them, both ways. Returns the most links by which one is longer than
/// the shortest of a whole mesh.
unsigned follow_ways(const Topology& topology, const RouteTables& tables, const std::vector<End>& some) {
  unsigned most = 0;
  for (const End& end : ends_of_machine(topology, tables.grid())) {
    for (const End& other : some) {
      if (end.address() == other.address()) continue;
      for (const hw::PacketClass cls : packet_classes) {
        for (const bool back : {false, true}) {
          const End& from = back ? other : end;
          const End& to = back ? end : other;
          const auto hops = way(topology, tables, cls, from, to);
          if (!hops) {
            ADD_FAILURE() << fmt::format("class {}: no way from ({},{}) to ({},{})", hw::to_string(cls),
                                         from.address().x, from.address().y, to.address().x, to.address().y);
            return most;
          }
          most = std::max(most, *hops - distance(from, to));
        }
      }
    }
  }
  return most;
}

TEST(MemoryRoutes, WholeMachinesHaveTheShortestWaysAndDimensionOrder) {
  for (const DieGrid& grid :
       {DieGrid{{1, 1}, {1, 1}, true}, DieGrid{{1, 1}, {2, 2}, true}, DieGrid{{1, 1}, {4, 4}, true},
        DieGrid{{1, 1}, {8, 1}, true}, DieGrid{{1, 1}, die_size, true}, DieGrid{{2, 1}, {3, 3}, true},
        DieGrid{{3, 3}, {2, 2}, true}, DieGrid{{2, 3}, {1, 1}, true}, DieGrid{{2, 2}, {8, 9}, true}}) {
    const Topology topology(grid.machine());
    const RouteTables tables = make_routes(topology, grid);
    ASSERT_EQ(refusal(topology, tables), "");
    EXPECT_EQ(follow_ways(topology, tables, ports_of_machine(topology, grid)), 0u);
    for (const hw::PacketClass cls : packet_classes) {
      for (unsigned source = 0; source < topology.sites(); ++source) {
        for (unsigned destination = 0; destination < topology.sites(); ++destination) {
          ASSERT_EQ(tables.at(source, cls, destination), dimension_order(topology, cls, source, destination));
        }
      }
    }
  }
}

TEST(MemoryRoutes, EverySingleDeadNodeOfAMesh) {
  const DieGrid grid{.dies = {}, .die = {4, 4}, .memory = true};
  for (unsigned dead = 0; dead < 16; ++dead) {
    const Topology topology(grid.machine(), {.nodes = {{dead % 4, dead / 4}}});
    const RouteTables tables = make_routes(topology, grid);
    EXPECT_EQ(refusal(topology, tables), "") << dead;
    EXPECT_LE(follow_ways(topology, tables, ports_of_machine(topology, grid)), 4u) << dead;
  }
}

/// Makes and proves the tables of a machine of the standard die, and says what they cost.
void check_harvested_with_memory(MeshSize dies) {
  const DieGrid grid{.dies = dies, .die = die_size, .memory = true};
  const Topology topology = harvested(grid);
  const auto start = std::clock();
  const RouteTables tables = make_routes(topology, grid);
  const auto made = std::clock();
  EXPECT_EQ(refusal(topology, tables), "");
  const auto proved = std::clock();
  std::vector<End> some;
  for (const DipSite& site : dip_sites(topology, grid)) {
    constexpr unsigned middle = hw::dip_ports / 2;
    if (site.ports[middle]) some.push_back({site.ports[middle]->router, site.ports[middle]});
  }
  const unsigned most = follow_ways(topology, tables, some);
  fmt::print("{}x{} dies with memory: made in {:.2f} s of processor time, proved in {:.2f} s; at most {} hops more\n",
             dies.columns, dies.rows, static_cast<double>(made - start) / CLOCKS_PER_SEC,
             static_cast<double>(proved - made) / CLOCKS_PER_SEC, most);
  EXPECT_LE(most, 10u);
}

TEST(MemoryRoutes, HarvestedDies) {
  check_harvested_with_memory({.columns = 1, .rows = 1});
  check_harvested_with_memory({.columns = 2, .rows = 1});
}

TEST(MemoryRoutes, HarvestedTile) {
  check_harvested_with_memory({.columns = 5, .rows = 5});
}

std::optional<RouteTables> tables_if_any(const Topology& topology, const DieGrid& grid) {
  try {
    return make_routes(topology, grid);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

/// Random machines: all that have tables without memory have some with it, which are proved, and whose ways are
/// followed.
unsigned sweep_with_memory(const DieGrid& grid, unsigned dead_nodes, unsigned dead_links, unsigned seeds) {
  unsigned made = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const Topology topology = random_dies(grid, dead_nodes, dead_links, seed);
    const auto tables = tables_if_any(topology, grid);
    EXPECT_EQ(tables.has_value(), tables_if_any(topology, {.dies = grid.dies, .die = grid.die}).has_value()) << seed;
    if (!tables) continue;
    ++made;
    EXPECT_EQ(refusal(topology, *tables), "") << "seed " << seed;
    follow_ways(topology, *tables, ports_of_machine(topology, grid));
  }
  return made;
}

TEST(MemoryRoutes, RandomMachinesFullOfFaults) {
  EXPECT_GE(sweep_with_memory({.dies = {}, .die = {5, 4}, .memory = true}, 3, 3, 50), 25u);
  EXPECT_GE(sweep_with_memory({.dies = {2, 1}, .die = {4, 4}, .memory = true}, 2, 1, 50), 25u);
  EXPECT_GE(sweep_with_memory({.dies = {2, 2}, .die = {7, 6}, .memory = true}, 3, 2, 20), 10u);
  EXPECT_GE(sweep_with_memory({.dies = {3, 3}, .die = {4, 4}, .memory = true}, 1, 1, 15), 10u);
}

TEST(MemoryRoutes, WaysLeadAroundADeadEdge) {
  const DieGrid grid{.dies = {2, 2}, .die = {3, 3}, .memory = true};
  const Topology topology(grid.machine(), {.links = {{{2, 0}, {3, 0}}, {{2, 1}, {3, 1}}, {{2, 2}, {3, 2}}}});
  const RouteTables tables = make_routes(topology, grid);
  EXPECT_EQ(refusal(topology, tables), "");
  follow_ways(topology, tables, ports_of_machine(topology, grid));
}

/// 2x1 dies of 2x2 nodes: ports at every outer link.
class PortFault : public testing::Test {
 protected:
  std::string refusal_with(unsigned node, hw::PacketClass cls, Coordinates destination, hw::Route route) {
    tables_.set(node, cls, destination, route);
    return refusal(topology_, tables_);
  }
  DieGrid grid_{.dies = {2, 1}, .die = {2, 2}, .memory = true};
  Topology topology_{grid_.machine()};
  RouteTables tables_ = make_routes(topology_, grid_);
};

TEST_F(PortFault, Hole) {
  EXPECT_EQ(refusal_with(5, hw::PacketClass::data, {hw::west_column, 0}, hw::Route::none),
            "routing tables, class data: no way from node (1,1) to memory (2046,0): it has no entry");
}

TEST_F(PortFault, HoleAtTheRouter) {
  EXPECT_EQ(refusal_with(3, hw::PacketClass::request, {4, 0}, hw::Route::none),
            "routing tables, class request: no way from node (3,0) to memory (4,0): it has no entry");
}

TEST_F(PortFault, KeptByTheRouter) {
  EXPECT_EQ(refusal_with(1, hw::PacketClass::data, {1, hw::north_row}, hw::Route::local),
            "routing tables, class data: no way from node (1,0) to memory (1,2046): it keeps the packet");
}

TEST_F(PortFault, OtherPort) {
  EXPECT_EQ(refusal_with(0, hw::PacketClass::data, {hw::west_column, 0}, hw::Route::north),
            "routing tables, class data: no way from node (0,0) to memory (2046,0): it goes north, to memory (0,2046)");
}

TEST_F(PortFault, PacketForANodeSentToAPort) {
  EXPECT_EQ(refusal_with(0, hw::PacketClass::request, {1, 0}, hw::Route::west),
            "routing tables, class request: no way from node (0,0) to node (1,0): it goes west, to memory (2046,0)");
}

TEST_F(PortFault, PortThatDoesNotExist) {
  // A machine without memory has the same tables but for the rim.
  const DieGrid none{.dies = {2, 1}, .die = {2, 2}};
  RouteTables tables(none);
  for (unsigned node = 0; node < topology_.sites(); ++node) {
    for (const hw::PacketClass cls : packet_classes) {
      for (unsigned entry = 0; entry < tables.entries().count(); ++entry) {
        tables.set_entry(node, cls, entry, tables_.entry(node, cls, entry));
      }
    }
  }
  EXPECT_EQ(refusal(topology_, tables), "");
  tables.set(0, hw::PacketClass::request, Coordinates{1, 0}, hw::Route::west);
  EXPECT_EQ(refusal(topology_, tables),
            "routing tables, class request: no way from node (0,0) to node (1,0): it goes west, where nothing is");
}

TEST_F(PortFault, ComesBackFromTheNextDie) {
  EXPECT_EQ(refusal_with(1, hw::PacketClass::data, {hw::west_column, 0}, hw::Route::east),
            "routing tables, class data: no way from node (1,0) to memory (2046,0): it comes back from node (2,0)");
}

TEST(MemoryRoutes, WordsHoldThePortsInTheRim) {
  const DieGrid grid{.dies = {}, .die = die_size, .memory = true};
  const RouteTables tables = make_routes(Topology(die_size), grid);
  const auto words = table_words(tables, 18);  // node (0,1)
  EXPECT_EQ(words[1 * 4 + 3] >> 56, 0x33u) << "column -1, row 1: a port here";
  EXPECT_EQ(words[4 * 4 + 3] >> 56, 0x22u) << "column -1, row 4: a port in the south";
  EXPECT_EQ(words[2 * 4 + 3] >> 56, 0x77u) << "column -1, row 2: no port";
  EXPECT_EQ(words[31 * 4] >> 8 & 0xff, 0x10u) << "column 1, row -1";
  EXPECT_EQ(limit_word(grid), std::uint64_t{1} << 63 | 20u << 16 | 18u);
  EXPECT_EQ(limit_word({.dies = {2, 1}, .die = {4, 3}}), 2u << 16 | 7u);
  EXPECT_NO_THROW(static_cast<void>(table_words(RouteTables(DieGrid{{1, 1}, {30, 1}, true}), 0)));
  EXPECT_THROW(static_cast<void>(table_words(RouteTables(DieGrid{{1, 1}, {31, 1}, true}), 0)), InputError);
}

}  // namespace
}  // namespace dojo::routing
