// The bench and the collective unit's assertions notice what goes wrong on a link: these tests plant the fault and look
// for the report.

#include <gtest/gtest.h>

#include <string>

#include "common/error.hpp"
#include "sim/assertion.hpp"
#include "tb/noc/collective_traffic.hpp"

namespace dojo::tb {
namespace {

using hw::TreeMode;

/// Four nodes in a row, the root in the west, with a steady stream of multicasts from node 0.
class CollectiveFault : public testing::Test {
 protected:
  CollectiveFault() {
    std::mt19937_64 random(1);
    tree_ = grow_tree(mesh_.topology(), 0, Growth::deep, 4, random);
    mesh_.configure(0, tree_.nodes);
    mesh_.set_sink([this](unsigned node, const Packet&) { received_ += node == 3 ? 1 : 0; });
  }

  void stream(unsigned lines) {
    for (unsigned i = 0; i < lines; ++i) mesh_.offer(0, group_packet(0, TreeMode::multicast, 64 * i));
  }

  std::string error_of_run(unsigned cycles) {
    try {
      for (unsigned i = 0; i < cycles; ++i) mesh_.step();
    } catch (const AssertionError& error) {
      return error.text();
    } catch (const RunError& error) {
      return error.what();
    }
    return {};
  }

  CollectiveMesh mesh_{Topology(MeshSize{.columns = 4, .rows = 1})};
  GrownTree tree_;
  unsigned received_ = 0;
};

TEST_F(CollectiveFault, WithoutAFaultNothingIsReported) {
  stream(100);
  EXPECT_EQ(error_of_run(200), "");
  EXPECT_EQ(received_, 100U);
  EXPECT_EQ(mesh_.unsettled(), "");
}

TEST_F(CollectiveFault, LostCreditIsMissed) {
  bool lost = false;
  mesh_.set_credit_tap([&](unsigned node, unsigned, unsigned) {
    if (node != 2 || lost) return true;
    lost = true;
    return false;
  });
  stream(20);
  EXPECT_EQ(error_of_run(200), "");
  EXPECT_EQ(mesh_.unsettled(), "unit 1 has 2 credits of tree 0 for output 1");
}

TEST_F(CollectiveFault, ForgedCreditOfAnIdleLinkFailsAnAssertion) {
  mesh_.forge_credit(1, 3, 2);
  EXPECT_EQ(error_of_run(10), "NoCreditOverflow: assertion failed");
}

TEST_F(CollectiveFault, ForgedCreditOfABlockedLinkOverflowsItsSlots) {
  mesh_.set_sink_policy([](unsigned node) { return node != 3; });
  stream(40);
  EXPECT_EQ(error_of_run(60), "");
  mesh_.forge_credit(1, 3, 0);
  EXPECT_EQ(error_of_run(20), "NoQueueOverflow: assertion failed");
}

TEST_F(CollectiveFault, LostLineIsMissed) {
  bool lost = false;
  mesh_.set_line_tap([&](unsigned node, unsigned, Packet&) {
    if (node != 1 || lost) return true;
    lost = true;
    return false;
  });
  stream(20);
  EXPECT_EQ(error_of_run(200), "");
  EXPECT_EQ(received_, 19U);
  EXPECT_EQ(mesh_.unsettled(), "unit 1 has 2 credits of tree 0 for output 1");
}

TEST_F(CollectiveFault, LineOfAnotherTreeFailsAnAssertion) {
  mesh_.set_line_tap([](unsigned, unsigned, Packet& packet) {
    packet.header.dst_y ^= 1U;
    return true;
  });
  stream(1);
  EXPECT_EQ(error_of_run(20), "LineFollowsTree: assertion failed");
}

TEST_F(CollectiveFault, LineDownThatSaysUpFailsAnAssertion) {
  mesh_.set_line_tap([](unsigned, unsigned, Packet& packet) {
    packet.header.cls = hw::PacketClass::request;
    return true;
  });
  stream(1);
  EXPECT_EQ(error_of_run(20), "LineFollowsTree: assertion failed");
}

TEST_F(CollectiveFault, TreeThatChangesInUseFailsAnAssertion) {
  mesh_.set_sink_policy([](unsigned node) { return node != 3; });
  stream(40);
  EXPECT_EQ(error_of_run(14), "");
  tree_.nodes[1].amount = 3;
  mesh_.configure(0, tree_.nodes);
  EXPECT_EQ(error_of_run(100), "TreeIsConstantInUse: assertion failed");
}

TEST(CollectiveScoreboard, LostAndChangedLinesAreSeen) {
  for (const bool is_lost : {true, false}) {
    CollectiveTraffic traffic(10, 1, 50);
    unsigned lines = 0;
    traffic.mesh().set_line_tap([&](unsigned, unsigned, Packet& packet) {
      if (++lines != 100) return true;
      packet.data[15] ^= 1U;
      return !is_lost;
    });
    EXPECT_FALSE(traffic.run(5000));
    ASSERT_FALSE(traffic.errors().empty());
  }
}

}  // namespace
}  // namespace dojo::tb
