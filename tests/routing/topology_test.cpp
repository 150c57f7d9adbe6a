#include "common/topology.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/error.hpp"

namespace dojo {
namespace {

TEST(Topology, WholeMeshJoinsAllNeighbours) {
  const Topology whole({.columns = 3, .rows = 2});
  EXPECT_TRUE(whole.is_whole());
  EXPECT_EQ(whole.live_nodes(), 6u);
  EXPECT_EQ(whole.neighbour(4, 0), 1u);
  EXPECT_EQ(whole.neighbour(4, 1), 5u);
  EXPECT_EQ(whole.neighbour(4, 2), std::nullopt);
  EXPECT_EQ(whole.neighbour(4, 3), 3u);
  EXPECT_FALSE(whole.is_alive(Coordinates{3, 0}));
}

TEST(Topology, DeadNodesTakeTheirLinksWithThem) {
  const Topology topology({.columns = 3, .rows = 2}, {.nodes = {{1, 0}, {1, 0}}});
  EXPECT_FALSE(topology.is_whole());
  EXPECT_EQ(topology.live_nodes(), 5u);
  EXPECT_FALSE(topology.is_alive(Coordinates{1, 0}));
  for (unsigned d = 0; d < directions; ++d) EXPECT_EQ(topology.neighbour(1, d), std::nullopt);
  EXPECT_EQ(topology.neighbour(0, 1), std::nullopt);
  EXPECT_EQ(topology.neighbour(4, 0), std::nullopt);
  EXPECT_EQ(topology.neighbour(0, 2), 3u);
}

TEST(Topology, DeadLinkIsDeadInBothDirections) {
  const Topology topology({.columns = 3, .rows = 2}, {.links = {{{1, 1}, {1, 0}}}});
  EXPECT_FALSE(topology.is_whole());
  EXPECT_EQ(topology.live_nodes(), 6u);
  EXPECT_EQ(topology.neighbour(1, 2), std::nullopt);
  EXPECT_EQ(topology.neighbour(4, 0), std::nullopt);
  EXPECT_EQ(topology.neighbour(1, 1), 2u);
}

std::string refusal(const Faults& faults) {
  try {
    const Topology topology({.columns = 2, .rows = 1}, faults);
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

TEST(Topology, ImpossibleOnesAreRefused) {
  EXPECT_EQ(refusal({.nodes = {{2, 0}}}), "dead node (2,0) is outside the mesh of 2x1");
  EXPECT_EQ(refusal({.links = {{{0, 0}, {0, 0}}}}), "dead link (0,0)-(0,0) joins no neighbours of the mesh of 2x1");
  EXPECT_EQ(refusal({.links = {{{1, 0}, {2, 0}}}}), "dead link (1,0)-(2,0) joins no neighbours of the mesh of 2x1");
  EXPECT_EQ(refusal({.nodes = {{0, 0}, {1, 0}}}), "every node of the machine is dead");
  EXPECT_EQ(refusal({.nodes = {{0, 0}}}), "");
}

}  // namespace
}  // namespace dojo
