// The bench and the router's assertions notice what goes wrong on a link: these tests plant the fault and look for the
// report.

#include <gtest/gtest.h>

#include "noc/router_mesh.hpp"
#include "sim/assertion.hpp"
#include "tb/noc/scoreboard.hpp"

namespace dojo::tb {
namespace {

using hw::PacketClass;
using noc::RouterMesh;

constexpr unsigned east = 1;

/// Three nodes in a row with a steady stream of data from node 0 to node 2.
class RouterFault : public testing::Test {
 protected:
  RouterFault() {
    mesh_.set_sink([this](unsigned node, const Packet& packet, std::uint64_t) { scoreboard_.deliver(node, packet); });
  }

  void stream(unsigned packets) {
    for (unsigned i = 0; i < packets; ++i) mesh_.offer(0, scoreboard_.make(0, 2, PacketClass::data));
  }

  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) mesh_.step();
  }

  std::string assertion_of_run(unsigned cycles) {
    try {
      run(cycles);
    } catch (const AssertionError& error) {
      return error.text();
    } catch (const RunError& error) {
      return error.what();
    }
    return {};
  }

  RouterMesh mesh_{{.columns = 3, .rows = 3}};
  Scoreboard scoreboard_{3};
};

TEST_F(RouterFault, WithoutAFaultNothingIsReported) {
  stream(100);
  EXPECT_EQ(assertion_of_run(200), "");
  EXPECT_TRUE(scoreboard_.errors().empty());
  EXPECT_EQ(mesh_.unsettled(), "");
}

TEST_F(RouterFault, LostCreditIsMissed) {
  bool lost = false;
  mesh_.set_credit_tap([&](unsigned node, unsigned, unsigned) {
    if (node != 1 || lost) return true;
    lost = true;
    return false;
  });
  stream(20);
  run(100);
  EXPECT_EQ(mesh_.unsettled(), "router 0 has 3 credits of class 1 for output 1");
}

TEST_F(RouterFault, ForgedCreditOfAnIdleLinkFailsAnAssertion) {
  mesh_.forge_credit(1, 3, 1);
  EXPECT_EQ(assertion_of_run(10), "NoCreditOverflow: assertion failed");
}

TEST_F(RouterFault, ForgedCreditOfABlockedLinkOverflowsItsQueue) {
  mesh_.set_sink_policy([](unsigned, unsigned) { return false; });
  stream(40);
  run(40);
  mesh_.forge_credit(1, 3, 1);
  EXPECT_EQ(assertion_of_run(20), "NoQueueOverflow: assertion failed");
}

TEST_F(RouterFault, LostFlitIsMissed) {
  bool lost = false;
  mesh_.set_flit_tap([&](unsigned node, unsigned, Packet&) {
    if (node != 1 || lost) return true;
    lost = true;
    return false;
  });
  stream(20);
  run(100);
  ASSERT_FALSE(scoreboard_.errors().empty());
  EXPECT_EQ(scoreboard_.errors().front(), "0 -> 2 class 1: packet 1 arrived, 0 is the next");
  EXPECT_EQ(scoreboard_.outstanding(), 1U);
}

TEST_F(RouterFault, ChangedPayloadIsSeen) {
  unsigned flits = 0;
  mesh_.set_flit_tap([&](unsigned, unsigned, Packet& packet) {
    if (++flits == 5) packet.data[15] ^= 0x80000000U;
    return true;
  });
  stream(20);
  run(100);
  ASSERT_EQ(scoreboard_.errors().size(), 1U);
  EXPECT_NE(scoreboard_.errors().front().find("arrived changed"), std::string::npos) << scoreboard_.errors().front();
}

TEST_F(RouterFault, DestinationTurnedBackFailsAnAssertion) {
  bool done = false;
  mesh_.set_flit_tap([&](unsigned node, unsigned direction, Packet& packet) {
    if (node == 1 && direction == east && !done) {
      packet.header.dst_x = 0;
      done = true;
    }
    return true;
  });
  stream(20);
  EXPECT_EQ(assertion_of_run(100), "TurnsInDimensionOrder: assertion failed");
}

TEST_F(RouterFault, DestinationOutsideTheMeshIsNamed) {
  mesh_.set_flit_tap([&](unsigned, unsigned, Packet& packet) {
    packet.header.dst_x = 7;
    return true;
  });
  stream(1);
  EXPECT_EQ(assertion_of_run(100), "a flit leaves the mesh at node 2 in direction 1");
}

}  // namespace
}  // namespace dojo::tb
