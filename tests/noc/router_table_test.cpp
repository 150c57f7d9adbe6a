// Routers with routing tables: around dead nodes and links, beside the window, and where there is no way.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "common/error.hpp"
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

RouterMesh::Options random_faults(unsigned seed) {
  std::mt19937_64 random(seed);
  RouterMesh::Options options{.columns = 6, .rows = 5, .reset_seed = static_cast<int>(seed)};
  for (unsigned i = 0; i < seed % 5; ++i) {
    options.faults.nodes.push_back({static_cast<unsigned>(random() % 6), static_cast<unsigned>(random() % 5)});
  }
  for (unsigned i = 0; i < seed % 4; ++i) {
    const Coordinates first{static_cast<unsigned>(random() % 5), static_cast<unsigned>(random() % 4)};
    const bool along_x = random() % 2 != 0;
    options.faults.links.push_back({first, {first.x + (along_x ? 1 : 0), first.y + (along_x ? 0 : 1)}});
  }
  return options;
}

TEST(RouterTable, SaturatingTrafficArrivesInOrderAroundRandomFaults) {
  unsigned machines = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    RouterMesh mesh(random_faults(seed));
    const Topology& topology = mesh.topology();
    try {
      const routing::RouteTables tables = routing::make_routes(topology);
      routing::check_routes(topology, tables);
      mesh.load(tables);
    } catch (const InputError&) {
      continue;  // the faults part the mesh
    }
    ++machines;
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
  }
  EXPECT_GE(machines, 30U);
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

TEST_F(RouterTableBench, DimensionOrderOutsideTheWindow) {
  // The window starts at (2,1); there the table sends what is for (3,2) the other way round.
  routing::RouteTables shifted(mesh_.topology().mesh());
  for (unsigned node = 0; node < mesh_.nodes(); ++node) {
    for (const PacketClass cls : routing::packet_classes) {
      const PacketClass other = cls == PacketClass::data ? PacketClass::request : PacketClass::data;
      shifted.set(node, cls, 1 * 4 + 1, routing::dimension_order(mesh_.topology(), other, node, 2 * 4 + 3));
    }
  }
  mesh_.load(shifted);
  for (unsigned node = 0; node < mesh_.nodes(); ++node) {
    mesh_.write_register(node, hw::control_route_window_address(), std::uint64_t{1} << 63 | 2U | 1U << 16);
  }
  EXPECT_EQ(path(0, 11, PacketClass::data), (std::vector<unsigned>{2, 2, 1, 1, 1}));
  EXPECT_EQ(path(0, 11, PacketClass::request), (std::vector<unsigned>{1, 1, 1, 2, 2}));
  EXPECT_EQ(path(0, 9, PacketClass::data), (std::vector<unsigned>{1, 2, 2})) << "left of the window";
  EXPECT_EQ(path(12, 3, PacketClass::request), (std::vector<unsigned>{0, 0, 0, 1, 1, 1})) << "above the window";
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

std::string failure_of_run(RouterMesh& mesh) {
  try {
    for (int i = 0; i < 50; ++i) mesh.step();
  } catch (const AssertionError& error) {
    return error.text();
  }
  return {};
}

TEST_F(RouterTableBench, HoleOnTheWayFailsAnAssertion) {
  tables_.set(5, PacketClass::data, 7, Route::none);
  mesh_.load(tables_);
  mesh_.offer(4, scoreboard_.make(4, 7, PacketClass::data));
  EXPECT_EQ(failure_of_run(mesh_), "TableHasARoute: assertion failed");
}

TEST_F(RouterTableBench, TurningBackFailsAnAssertion) {
  tables_.set(5, PacketClass::data, 7, Route::west);
  mesh_.load(tables_);
  mesh_.offer(4, scoreboard_.make(4, 7, PacketClass::data));
  EXPECT_EQ(failure_of_run(mesh_), "TurnsInDimensionOrder: assertion failed");
}

}  // namespace
}  // namespace dojo::tb
