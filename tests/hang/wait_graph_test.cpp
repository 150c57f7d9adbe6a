// Circles in graphs of waits.

#include "hang/wait_graph.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace dojo::hang {
namespace {

using Circles = std::vector<std::vector<unsigned>>;

Circles circles_of(unsigned parties, const std::vector<std::pair<unsigned, unsigned>>& waits) {
  WaitGraph graph;
  for (unsigned party = 0; party < parties; ++party) graph.add({.number = party}, "");
  for (const auto& [from, to] : waits) graph.wait(from, to, "");
  return graph.circles();
}

TEST(WaitGraph, HasNoCircleInChains) {
  EXPECT_EQ(circles_of(4, {{0, 1}, {1, 2}, {0, 3}, {3, 2}}), Circles{});
}

TEST(WaitGraph, FindsWhoWaitsForItself) {
  EXPECT_EQ(circles_of(2, {{0, 1}, {1, 1}}), (Circles{{1}}));
}

TEST(WaitGraph, FindsTheShortestOfCirclesThatMeet) {
  EXPECT_EQ(circles_of(5, {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {2, 0}, {4, 0}}), (Circles{{0, 1, 2}}));
}

TEST(WaitGraph, FindsCirclesApart) {
  EXPECT_EQ(circles_of(5, {{0, 1}, {1, 0}, {2, 0}, {3, 4}, {4, 3}}), (Circles{{0, 1}, {3, 4}}));
}

TEST(WaitGraph, KeepsOnePartyAndOneWait) {
  WaitGraph graph;
  const unsigned first = graph.add({.number = 1}, "first");
  EXPECT_EQ(graph.add({.number = 1}, "again"), first);
  const unsigned second = graph.add({.number = 2}, "second");
  graph.wait(first, second, "one");
  graph.wait(first, second, "two");
  ASSERT_EQ(graph.waits().size(), 1U);
  EXPECT_EQ(graph.waits()[0].reason, "one");
  EXPECT_EQ(graph.parties()[first].name, "first");
}

}  // namespace
}  // namespace dojo::hang
