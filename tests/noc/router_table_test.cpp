// Routers with routing tables: around dead nodes and links, beside the window, and where there is no way.

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/memory_edge.hpp"
#include "noc/router_mesh.hpp"
#include "routing/route_checker.hpp"
#include "routing/route_maker.hpp"
#include "sim/assertion.hpp"
#include "tb/noc/scoreboard.hpp"

namespace dojo::tb {
namespace {

using hw::PacketClass;
using hw::Route;
using noc::RouterMesh;

RouterMesh::Options random_faults(unsigned columns, unsigned rows, unsigned seed) {
  std::mt19937_64 random(seed);
  RouterMesh::Options options{.columns = columns, .rows = rows, .reset_seed = static_cast<int>(seed)};
  for (unsigned i = 0; i < seed % 5; ++i) {
    options.faults.nodes.push_back({static_cast<unsigned>(random() % columns), static_cast<unsigned>(random() % rows)});
  }
  for (unsigned i = 0; i < seed % 4; ++i) {
    const Coordinates first{static_cast<unsigned>(random() % (columns - 1)),
                            static_cast<unsigned>(random() % (rows - 1))};
    const bool along_x = random() % 2 != 0;
    options.faults.links.push_back({first, {first.x + (along_x ? 1 : 0), first.y + (along_x ? 0 : 1)}});
  }
  return options;
}

/// Everybody sends to everybody as fast as it gets in; everything arrives, in order. Returns whether there is a machine
/// of these dies at all.
bool run_saturated(const RouterMesh::Options& options, MeshSize dies, unsigned seed) {
  RouterMesh mesh(options);
  const Topology& topology = mesh.topology();
  const DieGrid grid{.dies = dies, .die = {options.columns / dies.columns, options.rows / dies.rows}};
  try {
    const routing::RouteTables tables = routing::make_routes(topology, grid);
    routing::check_routes(topology, tables);
    mesh.load(tables);
  } catch (const InputError&) {
    return false;  // the faults part a die
  }
  Scoreboard scoreboard(mesh.columns());
  std::mt19937_64 random(seed);
  unsigned speed = 4;
  mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) { scoreboard.deliver(node, packet); });
  mesh.set_sink_policy([&](unsigned, unsigned) { return random() % 4 < speed; });
  for (unsigned i = 0; i < 1500; ++i) {
    if (i % 250 == 0) speed = 1 + static_cast<unsigned>(random() % 4);
    for (unsigned from = 0; from < mesh.nodes(); ++from) {
      const unsigned to = static_cast<unsigned>(random() % mesh.nodes());
      if (!topology.is_alive(from) || !topology.is_alive(to) || mesh.queued(from) >= 4) continue;
      mesh.offer(from, scoreboard.make(from, to, random() % 2 != 0 ? PacketClass::data : PacketClass::request));
    }
    mesh.step();
  }
  speed = 4;
  mesh.settle(20'000);
  for (const std::string& error : scoreboard.errors()) ADD_FAILURE() << "seed " << seed << ": " << error;
  EXPECT_EQ(scoreboard.outstanding(), 0U) << "seed " << seed;
  EXPECT_GT(scoreboard.delivered(), 1000U) << "seed " << seed;
  EXPECT_EQ(mesh.unsettled(), "") << "seed " << seed;
  return true;
}

TEST(RouterTable, SaturatingTrafficArrivesInOrderAroundRandomFaults) {
  unsigned machines = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    machines += run_saturated(random_faults(6, 5, seed), {.columns = 1, .rows = 1}, seed) ? 1 : 0;
  }
  EXPECT_GE(machines, 30U);
}

TEST(RouterTable, SaturatingTrafficArrivesInOrderOverDiesWithRandomFaults) {
  unsigned machines = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    machines += run_saturated(random_faults(8, 10, seed), {.columns = 2, .rows = 2}, seed) ? 1 : 0;
    machines += run_saturated(random_faults(9, 6, seed), {.columns = 3, .rows = 2}, seed) ? 1 : 0;
  }
  EXPECT_GE(machines, 20U);
}

std::string failure_of_run(RouterMesh& mesh) {
  try {
    for (int i = 0; i < 50; ++i) mesh.step();
  } catch (const AssertionError& error) {
    return error.text();
  }
  return {};
}

/// 4x4 routers that note the directions in which flits leave them.
class RouterTableBench : public testing::Test {
 protected:
  RouterTableBench() {
    mesh_.set_flit_tap([this](unsigned, unsigned direction, Packet&) {
      path_.push_back(direction);
      return true;
    });
    mesh_.set_sink([this](unsigned node, const Packet& packet, std::uint64_t) { scoreboard_.deliver(node, packet); });
    mesh_.set_refusal(
        [this](unsigned node, unsigned cls, const hw::AccessError& error) { refusals_.push_back({node, cls, error}); });
  }

  std::vector<unsigned> path(unsigned from, unsigned to, PacketClass cls) {
    path_.clear();
    mesh_.offer(from, scoreboard_.make(from, to, cls));
    mesh_.settle(100);
    EXPECT_TRUE(scoreboard_.errors().empty());
    EXPECT_EQ(scoreboard_.outstanding(), 0U);
    return path_;
  }

  /// A packet that the scoreboard does not expect.
  static Packet stray(unsigned dst_x, unsigned dst_y, PacketClass cls, std::uint64_t address) {
    Packet packet{};
    packet.header.dst_x = dst_x;
    packet.header.dst_y = dst_y;
    packet.header.cls = cls;
    packet.header.addr = address;
    return packet;
  }

  struct Refused {
    unsigned node;
    unsigned cls;
    hw::AccessError error;
  };
  RouterMesh mesh_{{.columns = 4, .rows = 4}};
  Scoreboard scoreboard_{4};
  routing::RouteTables tables_ = routing::make_routes(mesh_.topology());
  std::vector<unsigned> path_;
  std::vector<Refused> refusals_;
};

TEST_F(RouterTableBench, FlitsFollowTheEntriesOfTheirClass) {
  tables_.set(0, PacketClass::data, 10, Route::south);
  tables_.set(4, PacketClass::data, 10, Route::south);
  tables_.set(8, PacketClass::data, 10, Route::south);
  tables_.set(12, PacketClass::data, 10, Route::east);
  tables_.set(13, PacketClass::data, 10, Route::east);
  tables_.set(14, PacketClass::data, 10, Route::north);
  mesh_.load(tables_);
  EXPECT_EQ(path(0, 10, PacketClass::data), (std::vector<unsigned>{2, 2, 2, 1, 1, 0}));
  EXPECT_EQ(path(0, 10, PacketClass::request), (std::vector<unsigned>{2, 2, 1, 1}));
  EXPECT_EQ(path(0, 9, PacketClass::data), (std::vector<unsigned>{1, 2, 2}));
}

TEST_F(RouterTableBench, OtherDiesGoByTheRim) {
  routing::RouteTables tables = routing::make_routes(mesh_.topology(), {.dies = {2, 2}, .die = {2, 2}});
  tables.set(0, PacketClass::data, 10, Route::south);    // and all others in the south-east
  tables.set(15, PacketClass::request, 5, Route::west);  // in the north-west
  tables.set(4, PacketClass::data, 12, Route::east);     // in the south, in column 0
  tables.set(5, PacketClass::data, 12, Route::south);
  tables.set(3, PacketClass::request, 1, Route::south);  // in the west, in row 0
  tables.set(7, PacketClass::request, 1, Route::west);
  tables.set(11, PacketClass::data, 6, Route::north);  // in the north, in column 2
  mesh_.load(tables);
  EXPECT_EQ(path(0, 10, PacketClass::data), (std::vector<unsigned>{2, 1, 1, 2}));
  EXPECT_EQ(path(0, 15, PacketClass::data), (std::vector<unsigned>{2, 1, 1, 1, 2, 2}));
  EXPECT_EQ(path(0, 15, PacketClass::request), (std::vector<unsigned>{2, 2, 2, 1, 1, 1}));
  EXPECT_EQ(path(0, 7, PacketClass::data), (std::vector<unsigned>{1, 1, 1, 2}));
  EXPECT_EQ(path(15, 0, PacketClass::request), (std::vector<unsigned>{3, 0, 0, 0, 3, 3}));
  EXPECT_EQ(path(15, 1, PacketClass::data), (std::vector<unsigned>{3, 3, 0, 0, 0}));
  EXPECT_EQ(path(4, 8, PacketClass::data), (std::vector<unsigned>{1, 2, 3}));
  EXPECT_EQ(path(3, 0, PacketClass::request), (std::vector<unsigned>{2, 3, 0, 3, 3}));
  EXPECT_EQ(path(11, 2, PacketClass::data), (std::vector<unsigned>{0, 3, 0}));
  EXPECT_EQ(path(11, 3, PacketClass::data), (std::vector<unsigned>{0, 0}));
}

TEST_F(RouterTableBench, WindowThatLeavesTheNodeOutFailsAnAssertion) {
  mesh_.load(tables_);
  mesh_.write_register(5, hw::control_route_window_address(),
                       routing::window_word({.dies = {2, 2}, .die = {2, 2}}, {2, 2}));
  EXPECT_EQ(failure_of_run(mesh_), "WindowHoldsTheNode: assertion failed");
}

TEST_F(RouterTableBench, OwnPacketsWithoutAWayAreNamedAndNothingElseIsLost) {
  tables_.set(5, PacketClass::data, 10, Route::none);
  mesh_.load(tables_);
  for (unsigned i = 0; i < 50; ++i) {
    for (const PacketClass cls : {PacketClass::request, PacketClass::data}) {
      mesh_.offer(5, scoreboard_.make(5, 15, cls));
      mesh_.offer(4, scoreboard_.make(4, 7, cls));
      mesh_.offer(5, stray(i % 2 == 0 ? 4 : 2, i % 2 == 0 ? 1 : 4, cls, 0x8000'0040));  // beyond the last column or row
    }
    mesh_.offer(5, stray(2, 2, PacketClass::data, 0x8000'0080));  // a hole
  }
  mesh_.settle(5000);
  EXPECT_EQ(refusals_.size(), 150U);
  EXPECT_TRUE(scoreboard_.errors().empty());
  EXPECT_EQ(scoreboard_.outstanding(), 0U);
  EXPECT_EQ(mesh_.unsettled(), "");
}

TEST_F(RouterTableBench, RefusalNamesTheDestination) {
  tables_.set(5, PacketClass::data, 10, Route::none);
  mesh_.load(tables_);
  mesh_.offer(5, stray(2, 2, PacketClass::data, 0x8000'0080));
  mesh_.offer(5, stray(4, 0, PacketClass::request, 0x8000'0040));
  mesh_.settle(100);
  ASSERT_EQ(refusals_.size(), 2U);
  const auto find = [this](unsigned cls) { return refusals_[refusals_[0].cls == cls ? 0 : 1]; };
  const Refused data = find(1);
  EXPECT_EQ(data.node, 5U);
  EXPECT_EQ(data.error.valid, 1U);
  EXPECT_EQ(data.error.kind, hw::AccessKind::unreachable);
  EXPECT_EQ(data.error.x, 2U);
  EXPECT_EQ(data.error.y, 2U);
  EXPECT_EQ(data.error.address, 0x8000'0080U);
  const Refused request = find(0);
  EXPECT_EQ(request.error.x, 4U);
  EXPECT_EQ(request.error.y, 0U);
  EXPECT_EQ(request.error.address, 0x8000'0040U);
}

TEST_F(RouterTableBench, HoleOnTheWayEndsAtTheNodeThere) {
  tables_.set(5, PacketClass::data, 7, Route::none);
  mesh_.load(tables_);
  std::vector<unsigned> ends;
  mesh_.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) {
    EXPECT_EQ(packet.header.dst_x, 3U);
    ends.push_back(node);
  });
  for (unsigned i = 0; i < 20; ++i) mesh_.offer(4, stray(3, 1, PacketClass::data, 0x8000'0080));
  mesh_.settle(500);
  EXPECT_EQ(ends, std::vector<unsigned>(20, 5));
  EXPECT_TRUE(refusals_.empty());
}

/// Every outer link of 2x2 dies of 2x2 nodes leads to a port of memory.
TEST_F(RouterTableBench, PacketsForMemoryLeaveAtItsPort) {
  const DieGrid grid{.dies = {2, 2}, .die = {2, 2}, .memory = true};
  const routing::RouteTables tables = routing::make_routes(mesh_.topology(), grid);
  mesh_.load(tables);
  std::vector<DipPort> ports;
  for (const DipSite& site : dip_sites(mesh_.topology(), grid)) {
    for (const auto& port : site.ports) {
      if (port) ports.push_back(*port);
    }
  }
  EXPECT_EQ(ports.size(), 16U);
  for (const DipPort& port : ports) {
    std::optional<std::pair<unsigned, unsigned>> left;
    unsigned links = 0;
    mesh_.set_flit_tap([&](unsigned node, unsigned direction, Packet&) {
      ++links;
      if (mesh_.neighbour(node, direction) >= 0) return true;
      left = {node, direction};
      return false;
    });
    const auto distance = [](unsigned a, unsigned b) { return a > b ? a - b : b - a; };
    for (const unsigned from : {0U, 5U, 11U, 14U}) {  // as many as the link has credits
      for (const PacketClass cls : {PacketClass::request, PacketClass::data}) {
        links = 0;
        left = std::nullopt;
        mesh_.offer(from, stray(port.address.x, port.address.y, cls, 64));
        for (unsigned i = 0; i < 12; ++i) mesh_.step();
        ASSERT_TRUE(left);
        EXPECT_EQ(*left, std::pair(mesh_.topology().number(port.router), port.direction));
        EXPECT_EQ(links, distance(from % 4, port.router.x) + distance(from / 4, port.router.y) + 1);
      }
    }
  }
}

TEST_F(RouterTableBench, MemoryThatDoesNotExistIsRefused) {
  const auto refused = [this](unsigned dst_x, unsigned dst_y) {
    refusals_.clear();
    mesh_.offer(5, stray(dst_x, dst_y, PacketClass::data, 64));
    mesh_.settle(100);
    return refusals_.size() == 1 && refusals_[0].error.x == dst_x && refusals_[0].error.y == dst_y;
  };
  mesh_.load(tables_);
  EXPECT_TRUE(refused(hw::west_column, 1)) << "a machine without memory";
  EXPECT_TRUE(refused(1, hw::north_row));
  EXPECT_TRUE(refused(4, 1));
  mesh_.load(routing::make_routes(mesh_.topology(), {.dies = {}, .die = {4, 4}, .memory = true}));
  EXPECT_TRUE(refused(hw::west_column, hw::north_row)) << "a corner";
  EXPECT_TRUE(refused(4, hw::north_row));
  EXPECT_TRUE(refused(4, 4));
  EXPECT_TRUE(refused(5, 1));
  EXPECT_TRUE(refused(1, 5));
  EXPECT_TRUE(refused(hw::west_column, 5));
}

TEST_F(RouterTableBench, TurningBackFailsAnAssertion) {
  tables_.set(5, PacketClass::data, 7, Route::west);
  mesh_.load(tables_);
  mesh_.offer(4, scoreboard_.make(4, 7, PacketClass::data));
  EXPECT_EQ(failure_of_run(mesh_), "TurnsInDimensionOrder: assertion failed");
}

}  // namespace
}  // namespace dojo::tb
