#include "common/memory_edge.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "common/error.hpp"

namespace dojo {
namespace {

constexpr unsigned north = 0;
constexpr unsigned east = 1;
constexpr unsigned south = 2;
constexpr unsigned west = 3;

std::vector<DipSite> sites_of(const DieGrid& grid, const Faults& faults = {}) {
  return dip_sites(Topology(grid.machine(), faults), grid);
}

TEST(MemoryEdge, MachineWithoutMemoryHasNone) {
  EXPECT_TRUE(sites_of({.dies = {2, 2}, .die = {4, 4}}).empty());
}

TEST(MemoryEdge, PortsOfADieAreSpreadOverItsEdges) {
  const auto sites = sites_of({.dies = {}, .die = die_size, .memory = true});
  ASSERT_EQ(sites.size(), 4u);
  const std::vector<unsigned> rows{1, 4, 7, 10, 12, 15, 18};
  const std::vector<unsigned> columns{1, 3, 6, 9, 11, 14, 16};
  for (unsigned p = 0; p < hw::dip_ports; ++p) {
    EXPECT_EQ(sites[0].ports[p], (DipPort{{0, rows[p]}, west, {hw::west_column, rows[p]}}));
    EXPECT_EQ(sites[1].ports[p], (DipPort{{17, rows[p]}, east, {18, rows[p]}}));
    EXPECT_EQ(sites[2].ports[p], (DipPort{{columns[p], 0}, north, {columns[p], hw::north_row}}));
    EXPECT_EQ(sites[3].ports[p], (DipPort{{columns[p], 19}, south, {columns[p], 20}}));
  }
}

TEST(MemoryEdge, ShortEdgesLeavePortsUnused) {
  const auto sites = sites_of({.dies = {}, .die = {.columns = 7, .rows = 2}, .memory = true});
  ASSERT_EQ(sites.size(), 4u);
  for (unsigned p = 0; p < hw::dip_ports; ++p) {
    EXPECT_EQ(sites[0].ports[p].has_value(), p < 2);
    EXPECT_EQ(sites[2].ports[p], (DipPort{{p, 0}, north, {p, hw::north_row}}));
  }
  EXPECT_EQ(sites[1].ports[1], (DipPort{{6, 1}, east, {7, 1}}));
}

TEST(MemoryEdge, TileHasFiveAtEachEdge) {
  const DieGrid grid{.dies = {5, 5}, .die = die_size, .memory = true};
  const auto sites = sites_of(grid);
  ASSERT_EQ(sites.size(), 20u);
  for (unsigned i = 0; i < 5; ++i) {
    const auto is_at = [&](unsigned number, Coordinates die, unsigned direction) {
      return sites[number].die == grid.number(die) && sites[number].direction == direction;
    };
    EXPECT_TRUE(is_at(i, {0, i}, west));
    EXPECT_TRUE(is_at(5 + i, {4, i}, east));
    EXPECT_TRUE(is_at(10 + i, {i, 0}, north));
    EXPECT_TRUE(is_at(15 + i, {i, 4}, south));
  }
  EXPECT_EQ(sites[9].ports[6], (DipPort{{89, 98}, east, {90, 98}}));
  EXPECT_EQ(sites[11].ports[0], (DipPort{{19, 0}, north, {19, hw::north_row}}));
  std::set<std::pair<unsigned, unsigned>> addresses;
  for (const DipSite& site : sites) {
    for (const auto& port : site.ports) addresses.emplace(port->address.x, port->address.y);
  }
  EXPECT_EQ(addresses.size(), 20 * hw::dip_ports);
}

TEST(MemoryEdge, PortOfADeadRouterDoesNotExist) {
  const auto sites = sites_of({.dies = {2, 1}, .die = {2, 2}, .memory = true}, {.nodes = {{3, 0}}});
  ASSERT_EQ(sites.size(), 6u);
  EXPECT_FALSE(sites[1].ports[0]);  // east
  EXPECT_TRUE(sites[1].ports[1]);
  EXPECT_TRUE(sites[3].ports[0]);  // north of the second die
  EXPECT_FALSE(sites[3].ports[1]);
}

TEST(MemoryEdge, LeavesCoordinatesForItself) {
  EXPECT_NO_THROW(check_dies({.dies = {}, .die = {mesh_limit, 1}}));
  EXPECT_NO_THROW(check_dies({.dies = {}, .die = {mesh_limit - 1, 1}, .memory = true}));
  EXPECT_THROW(check_dies({.dies = {}, .die = {mesh_limit, 1}, .memory = true}), InputError);
  EXPECT_THROW(check_dies({.dies = {}, .die = {1, mesh_limit}, .memory = true}), InputError);
}

}  // namespace
}  // namespace dojo
