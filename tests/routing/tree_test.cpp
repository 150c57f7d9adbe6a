// Trees of collectives: they reach every node of their set once over live links, from the middle or with at most two
// children each.

#include "routing/tree_maker.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "common/die.hpp"
#include "common/error.hpp"

namespace dojo::routing {
namespace {

constexpr auto local = static_cast<unsigned>(hw::Route::local);

Topology harvested_die() {
  return {die_size, {.nodes = {harvested_sites.begin(), harvested_sites.end()}}};
}

std::vector<Coordinates> rectangle(const Topology& topology, Coordinates origin, MeshSize size) {
  std::vector<Coordinates> set;
  for (unsigned y = origin.y; y < origin.y + size.rows; ++y) {
    for (unsigned x = origin.x; x < origin.x + size.columns; ++x) {
      if (topology.is_alive(Coordinates{x, y})) set.push_back({x, y});
    }
  }
  return set;
}

std::vector<Coordinates> all(const Topology& topology) {
  return rectangle(topology, {0, 0}, topology.mesh());
}

/// What is wrong with a tree over `set`, or nothing.
std::string fault_of(const Topology& topology, const std::vector<Coordinates>& set, const CollectiveTree& tree) {
  std::vector<bool> reached(topology.sites());
  std::vector<unsigned> order{tree.root};
  std::vector<unsigned> depth(topology.sites());
  unsigned most_children = 0;
  reached[tree.root] = true;
  if (tree.nodes[tree.root].parent != local) return "the root has a parent";
  for (std::size_t i = 0; i < order.size(); ++i) {
    const hw::Tree& node = tree.nodes[order[i]];
    if (!node.valid || !node.member) return fmt::format("site {} is not in the tree", order[i]);
    unsigned children = 0;
    for (unsigned d = 0; d < directions; ++d) {
      if ((node.children >> d & 1u) == 0) continue;
      ++children;
      const auto child = topology.neighbour(order[i], d);
      if (!child) return fmt::format("site {} has no child in direction {}", order[i], d);
      if (reached[*child]) return fmt::format("site {} has two parents", *child);
      if (tree.nodes[*child].parent != opposite(d)) return fmt::format("site {} has another parent", *child);
      reached[*child] = true;
      depth[*child] = depth[order[i]] + 1;
      order.push_back(*child);
    }
    most_children = std::max(most_children, children);
  }
  if (order.size() != set.size()) return fmt::format("{} nodes of {}", order.size(), set.size());
  for (const Coordinates place : set) {
    if (!reached[topology.number(place)]) return fmt::format("node ({},{}) is missing", place.x, place.y);
  }
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (!reached[site] && tree.nodes[site].valid) return fmt::format("site {} hangs nowhere", site);
  }
  if (*std::max_element(depth.begin(), depth.end()) != tree.depth) return "the depth is another";
  return most_children == tree.most_children ? "" : "the most children are others";
}

std::string refusal(const Topology& topology, const std::vector<Coordinates>& set, const TreeBarrier& barrier = {}) {
  try {
    static_cast<void>(make_tree(topology, set, barrier));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

TEST(Tree, WholeMeshFromTheMiddle) {
  for (const MeshSize mesh :
       {MeshSize{1, 1}, MeshSize{2, 2}, MeshSize{4, 4}, MeshSize{5, 3}, MeshSize{1, 7}, die_size}) {
    const Topology topology(mesh);
    const CollectiveTree tree = make_tree(topology, all(topology), {});
    EXPECT_EQ(fault_of(topology, all(topology), tree), "") << mesh.columns << 'x' << mesh.rows;
    EXPECT_EQ(tree.depth, mesh.columns / 2 + mesh.rows / 2) << mesh.columns << 'x' << mesh.rows;
  }
}

TEST(Tree, DieFromTheMiddle) {
  const Topology topology = harvested_die();
  const CollectiveTree tree = make_tree(topology, all(topology), {});
  EXPECT_EQ(fault_of(topology, all(topology), tree), "");
  EXPECT_LE(tree.depth, 20u);
}

TEST(Tree, PartOfAMesh) {
  const Topology topology = harvested_die();
  const auto set = rectangle(topology, {6, 6}, {7, 5});
  const CollectiveTree tree = make_tree(topology, set, {});
  EXPECT_EQ(fault_of(topology, set, tree), "");
  const Coordinates root = topology.place(tree.root);
  EXPECT_TRUE(root.x >= 6 && root.x < 13 && root.y >= 6 && root.y < 11) << root.x << ',' << root.y;
  // The nodes of an L: nothing in between belongs to it.
  const std::vector<Coordinates> bent{{0, 0}, {0, 1}, {0, 2}, {1, 2}, {2, 2}};
  const CollectiveTree bent_tree = make_tree(topology, bent, {});
  EXPECT_EQ(fault_of(topology, bent, bent_tree), "");
  EXPECT_EQ(bent_tree.root, topology.number({0, 2}));
}

TEST(Tree, NarrowTreesHaveAtMostTwoChildrenEach) {
  for (const MeshSize mesh : {MeshSize{1, 1}, MeshSize{2, 2}, MeshSize{4, 4}, MeshSize{5, 3}, MeshSize{7, 1},
                              MeshSize{8, 8}, MeshSize{3, 16}, die_size}) {
    const Topology topology(mesh);
    const CollectiveTree narrow = make_tree(topology, all(topology), {}, TreeShape::narrow);
    EXPECT_EQ(fault_of(topology, all(topology), narrow), "") << mesh.columns << 'x' << mesh.rows;
    fmt::print("{}x{}: depth {}, sum {}\n", mesh.columns, mesh.rows, narrow.depth, narrow.sum_cycles);
    EXPECT_LE(narrow.depth, mesh.columns / 2 + mesh.rows / 2 + 3) << mesh.columns << 'x' << mesh.rows;
    EXPECT_LE(narrow.most_children, 2u) << mesh.columns << 'x' << mesh.rows;
  }
}

TEST(Tree, NarrowTreeOfADie) {
  const Topology topology = harvested_die();
  const CollectiveTree narrow = make_tree(topology, all(topology), {}, TreeShape::narrow);
  EXPECT_EQ(fault_of(topology, all(topology), narrow), "");
  EXPECT_EQ(narrow.most_children, 2u);
  fmt::print("die: depth {}, sum {}\n", narrow.depth, narrow.sum_cycles);
  EXPECT_LE(narrow.depth, 23u);
}

TEST(Tree, SumCyclesFollowTheAdditions) {
  // A row of five from its middle: two hops up and one addition, a hop up and two additions, two hops down.
  const Topology topology({.columns = 5, .rows = 1});
  EXPECT_EQ(make_tree(topology, all(topology), {}, TreeShape::narrow).sum_cycles, 2u + 5 + 2 + 5 + 5 + 4 + 1);
}

TEST(Tree, RandomSetsAreReachedOrRefused) {
  unsigned made = 0;
  unsigned refused = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    std::mt19937_64 random(seed);
    const MeshSize mesh{.columns = 1 + static_cast<unsigned>(random() % 9),
                        .rows = 1 + static_cast<unsigned>(random() % 9)};
    Faults faults;
    for (unsigned i = 0; i < mesh.nodes() / 8; ++i) {
      const Coordinates dead{static_cast<unsigned>(random() % mesh.columns),
                             static_cast<unsigned>(random() % mesh.rows)};
      faults.nodes.push_back(dead);
    }
    const Topology topology(mesh, faults);
    const auto set = all(topology);
    const std::string refused_because = refusal(topology, set);
    EXPECT_EQ(is_joined(topology, set), refused_because.empty()) << "seed " << seed;
    if (!refused_because.empty()) {
      ++refused;
      EXPECT_EQ(refused_because.find("no live links"), 0u) << refused_because;
      continue;
    }
    ++made;
    for (const TreeShape shape : {TreeShape::wide, TreeShape::narrow}) {
      const CollectiveTree tree = make_tree(topology, set, {}, shape);
      ASSERT_EQ(fault_of(topology, set, tree), "") << "seed " << seed;
    }
  }
  EXPECT_GT(made, 400u);
  EXPECT_GT(refused, 50u);
}

TEST(Tree, RegistersSayWhatTheBarrierDoes) {
  const Topology topology({2, 1});
  const CollectiveTree tree =
      make_tree(topology, all(topology), {.arrivals = 4, .semaphore = 31, .amount = 3, .join = true});
  EXPECT_EQ(tree.root, 0u);
  EXPECT_EQ(tree.nodes[0].encode(), 0x80000000'031f1c24u);
  EXPECT_EQ(tree.nodes[1].encode(), 0x80000000'031f1c03u);
}

TEST(Tree, BadSetsAreRefused) {
  const Topology topology({.columns = 3, .rows = 3}, {.nodes = {{1, 0}}, .links = {{{0, 1}, {0, 2}}}});
  EXPECT_EQ(refusal(topology, {}), "a tree of no nodes");
  EXPECT_EQ(refusal(topology, {{0, 0}, {1, 0}}), "node (1,0) of a tree is dead");
  EXPECT_EQ(refusal(topology, {{3, 1}}), "node (3,1) of a tree is outside the mesh");
  EXPECT_EQ(refusal(topology, {{0, 1}, {0, 2}}),
            "no live links inside the set of a tree join node (0,2) to node (0,1)");
  EXPECT_EQ(refusal(topology, {{0, 0}}, {.arrivals = 8}),
            "a tree's barrier with 8 arrivals, semaphore 0 and amount 1: at most 7, 31 and 7");
}

}  // namespace
}  // namespace dojo::routing
