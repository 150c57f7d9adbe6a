// Random traffic reaches every cover property of the router and of its checker: every legal turn of both classes, every
// full queue, every missing credit, every contended output, every overtaking and favoured flit, flits by a table,
// links that lines of trees take; and a packet without a way.

#include <gtest/gtest.h>

#include <random>

#include "noc/router_mesh.hpp"
#include "routing/route_maker.hpp"
#include "tb/noc/cover_counts.hpp"
#include "tb/noc/scoreboard.hpp"

namespace dojo::tb {
namespace {

using noc::RouterMesh;

TEST(RouterCover, RandomTrafficReachesEveryCase) {
  RouterMesh mesh({.columns = 3, .rows = 3});
  Scoreboard scoreboard(3);
  std::mt19937_64 random(1);
  unsigned speed = 4;
  unsigned density = 4;
  mesh.set_sink([&](unsigned node, const Packet& packet, std::uint64_t) { scoreboard.deliver(node, packet); });
  mesh.set_sink_policy([&](unsigned, unsigned) { return random() % 4 < speed; });
  const auto run = [&](unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) {
      if (i % 500 == 0) {
        speed = static_cast<unsigned>(random() % 5);
        density = static_cast<unsigned>(random() % 8);
      }
      for (unsigned from = 0; from < mesh.nodes(); ++from) {
        const unsigned to = static_cast<unsigned>(random() % mesh.nodes());
        if (random() % 8 < density && mesh.queued(from) < 8) {
          mesh.offer(from,
                     scoreboard.make(from, to, random() % 2 != 0 ? hw::PacketClass::data : hw::PacketClass::request));
        }
        if (random() % 8 == 0) mesh.take_links(from, static_cast<unsigned>(random() % 16));
      }
      mesh.step();
    }
    speed = 4;
    while (mesh.in_flight() != 0) mesh.step();
    for (int i = 0; i < 50; ++i) mesh.step();
  };
  run(30000);
  mesh.load(routing::make_routes(mesh.topology()));
  run(3000);
  EXPECT_TRUE(scoreboard.errors().empty());
  EXPECT_EQ(scoreboard.outstanding(), 0U);
  mesh.write_register(0, hw::control_route_limit_address(), 0);
  mesh.offer(0, scoreboard.make(0, 1, hw::PacketClass::data));
  for (int i = 0; i < 50; ++i) mesh.step();
  const auto counts = cover_counts(mesh.context(), "router");
  EXPECT_EQ(counts.size(), 115U);
  for (const auto& [name, count] : counts) EXPECT_GT(count, 0U) << name << " was never reached";
}

}  // namespace
}  // namespace dojo::tb
