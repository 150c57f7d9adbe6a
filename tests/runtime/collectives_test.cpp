// Collectives in the network on both backends: trees that the runtime makes, lines and sums along them, barriers, and
// what is said when a program uses them wrongly.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "programs/collectives.h"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

using routing::CollectiveTree;
using routing::TreeBarrier;
using routing::TreeShape;

constexpr std::size_t lanes = hw::line_bytes / sizeof(std::uint32_t);
constexpr std::size_t most_lines = 40;
constexpr std::uint64_t collectives_limit = 200'000;
constexpr unsigned multicast = static_cast<unsigned>(hw::TreeMode::multicast);
constexpr unsigned reduce = static_cast<unsigned>(hw::TreeMode::reduce);
constexpr unsigned all_reduce = static_cast<unsigned>(hw::TreeMode::all_reduce);

using Words = std::vector<std::uint32_t>;

/// FP32 values that often cancel, and special ones.
Words random_words(std::mt19937_64& random, std::size_t lines) {
  static constexpr std::uint32_t special[] = {0,          0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
                                              0x7f800001, 0xffffffff, 1,          0x807fffff, 0x7f7fffff};
  Words words(lines * lanes);
  for (std::uint32_t& word : words) {
    const auto bits = static_cast<std::uint32_t>(random());
    word = (bits & 0x807fffff) | static_cast<std::uint32_t>(120 + random() % 12) << 23;
    if (random() % 16 == 0) word = bits;
    if (random() % 64 == 0) word = special[random() % std::size(special)];
  }
  return words;
}

std::uint32_t sum_of(std::uint32_t a, std::uint32_t b) {
  const float sum = std::bit_cast<float>(a) + std::bit_cast<float>(b);
  return std::isnan(sum) ? 0x7fc00000u : std::bit_cast<std::uint32_t>(sum);
}

/// What goes up from a site: the sum of what its members contribute, own lines first, then those of its children.
Words sum_below(const Topology& topology, const CollectiveTree& tree, unsigned site,
                const std::function<Words(unsigned)>& contribution) {
  std::optional<Words> sum;
  if (tree.nodes[site].member) sum = contribution(site);
  for (unsigned d = 0; d < directions; ++d) {
    if ((tree.nodes[site].children >> d & 1) == 0) continue;
    const Words below = sum_below(topology, tree, *topology.neighbour(site, d), contribution);
    if (sum) {
      std::transform(sum->begin(), sum->end(), below.begin(), sum->begin(), sum_of);
    } else {
      sum = below;
    }
  }
  return *sum;
}

class Collectives : public testing::TestWithParam<std::string> {
 protected:
  /// A machine with the test's program on all nodes, and room for plans, sources and targets at the same addresses.
  void make(MeshSize mesh, Faults faults = {}, bool lockstep = false) {
    buffers_.clear();
    machine_.emplace(
        MachineConfig{.backend = GetParam(), .mesh = mesh, .faults = std::move(faults), .lockstep = lockstep});
    machine().load(program_, machine().all());
    for (unsigned i = 0; i < machine().all().nodes(); ++i) {
      const Coordinates node = machine().all().node(i);
      for (const std::size_t bytes : {sizeof(collectives_plan_t), 2 * room, 2 * room}) {
        buffers_.push_back(machine().allocate(node, bytes));
        buffers_.back().write(std::vector<std::byte>(bytes));
      }
    }
  }
  Machine& machine() { return *machine_; }
  [[nodiscard]] const Topology& topology() { return machine().backend().topology(); }
  [[nodiscard]] unsigned nodes() { return machine().all().nodes(); }
  [[nodiscard]] unsigned site(unsigned index) { return topology().number(machine().all().node(index)); }
  Buffer& plan(unsigned index) { return buffers_[3 * index]; }
  Buffer& source(unsigned index) { return buffers_[3 * index + 1]; }
  Buffer& target(unsigned index) { return buffers_[3 * index + 2]; }

  /// The node's pushes; `part` names halves of its source and target.
  struct Push {
    unsigned tree;
    unsigned mode;
    unsigned lines;
    unsigned part = 0;
    unsigned to_part = part;
  };
  void set_plan(unsigned index, const std::vector<Push>& pushes, unsigned arrivals) {
    collectives_plan_t orders{.pushes = static_cast<unsigned>(pushes.size()), .arrivals = arrivals, .push = {}};
    for (std::size_t i = 0; i < pushes.size(); ++i) {
      orders.push[i] = {pushes[i].tree, pushes[i].mode, pushes[i].lines,
                        static_cast<unsigned>(source(index).address() + pushes[i].part * room),
                        static_cast<unsigned>(target(index).address() + pushes[i].to_part * room)};
    }
    plan(index).write(std::vector{orders});
  }
  Event launch_pushes() { return machine().launch(program_, machine().all(), {COLLECTIVES_PUSH, plan(0).address()}); }
  [[nodiscard]] Words received(unsigned index, std::size_t lines, unsigned part = 0) {
    return target(index).read<std::uint32_t>(lines * lanes, part * room / sizeof(std::uint32_t));
  }
  void clear_targets() {
    for (unsigned i = 0; i < nodes(); ++i) target(i).write(std::vector<std::byte>(2 * room));
  }
  std::vector<Words> write_contributions(std::size_t lines, unsigned part = 0) {
    std::vector<Words> contributions(topology().sites());
    for (unsigned i = 0; i < nodes(); ++i) {
      contributions[site(i)] = random_words(random_, lines);
      source(i).write(contributions[site(i)], part * room / sizeof(std::uint32_t));
    }
    return contributions;
  }
  /// The whole tree at work once in each mode.
  void check_lines(unsigned number, const CollectiveTree& tree, std::size_t lines) {
    const auto count = static_cast<unsigned>(lines);
    const auto contributions = write_contributions(lines);
    const Words sum = sum_below(topology(), tree, tree.root, [&](unsigned s) { return contributions[s]; });
    const Words nothing(sum.size());
    for (const unsigned mode : {multicast, reduce, all_reduce}) {
      clear_targets();
      const unsigned origin = nodes() - 1;
      for (unsigned i = 0; i < nodes(); ++i) {
        const hw::Tree& place = tree.nodes[site(i)];
        const bool sends = place.member && (mode != multicast || i == origin);
        const bool receives = mode == reduce ? site(i) == tree.root : place.member;
        set_plan(i, sends ? std::vector<Push>{{number, mode, count}} : std::vector<Push>{}, receives ? 1 : 0);
      }
      launch_pushes().wait(collectives_limit);
      for (unsigned i = 0; i < nodes(); ++i) {
        const bool receives = mode == reduce ? site(i) == tree.root : static_cast<bool>(tree.nodes[site(i)].member);
        const Words& expected = !receives ? nothing : mode == multicast ? contributions[site(origin)] : sum;
        ASSERT_EQ(received(i, lines), expected) << "mode " << mode << ", node " << i;
      }
    }
  }
  /// The message with which the pushes end.
  std::string failure() {
    try {
      launch_pushes().wait(collectives_limit);
    } catch (const RunError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "";
  }
  static void expect_part(const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
  }

  static constexpr std::size_t room = most_lines * hw::line_bytes;
  std::mt19937_64 random_{3};
  Program program_ = load_firmware("test_collectives");

 private:
  std::optional<Machine> machine_;
  std::vector<Buffer> buffers_;
};

const Faults some_faults{.nodes = {{1, 1}}, .links = {{{2, 1}, {3, 1}}}};

TEST_P(Collectives, LinesAndSumsReachTheirNodesInEveryMode) {
  make({4, 3}, some_faults);
  for (const TreeShape shape : {TreeShape::wide, TreeShape::narrow}) {
    for (const unsigned number : {0u, 3u}) {
      const CollectiveTree tree = machine().set_tree(number, machine().all(), {}, shape);
      check_lines(number, tree, 1);
      check_lines(number, tree, most_lines);
    }
  }
}

TEST_P(Collectives, LockstepComparesWhatTreesDeliver) {
  make({3, 2}, {}, GetParam() == "rtl");
  check_lines(1, machine().set_tree(1, machine().all()), 8);
  machine().set_tree(2, machine().all(), {.semaphore = COLLECTIVES_SEM_BARRIER});
  machine().set_tree(3, machine().all(), {.semaphore = COLLECTIVES_SEM_OTHER_BARRIER});
  machine().launch(program_, machine().all(), {COLLECTIVES_BARRIER, target(0).address(), 2, 4}).wait(collectives_limit);
}

TEST_P(Collectives, NodesThatAreNoMembersPassOn) {
  make({4, 3});
  CollectiveTree tree = machine().set_tree(2, machine().all());
  for (unsigned i = 0; i < nodes(); ++i) {
    hw::Tree& place = tree.nodes[site(i)];
    place.member = place.children == 0 || i % 3 == 0 || i == nodes() - 1;
    machine().backend().write_register(machine().all().node(i), static_cast<std::uint32_t>(hw::control_tree_address(2)),
                                       place.encode());
  }
  check_lines(2, tree, 12);
}

TEST_P(Collectives, ATreeOfOneNodeGivesItItsLinesBack) {
  make({2, 1});
  const CollectiveTree tree = machine().set_tree(0, {.origin = {1, 0}});
  EXPECT_EQ(tree.root, 1u);
  const auto contributions = write_contributions(4);
  set_plan(0, {}, 0);
  for (const unsigned mode : {multicast, reduce, all_reduce}) {
    clear_targets();
    set_plan(1, {{0, mode, 4}}, 1);
    launch_pushes().wait(collectives_limit);
    EXPECT_EQ(received(1, 4), contributions[1]);
    EXPECT_EQ(received(0, 4), Words(4 * lanes));
  }
}

TEST_P(Collectives, RandomLinesGoAlongRandomTreesThatOverlap) {
  struct Operation {
    unsigned tree;
    unsigned mode;
    unsigned lines;
    unsigned origin;  ///< of a multicast: its node
  };
  constexpr unsigned part_lines = most_lines / COLLECTIVES_MOST_PUSHES;  // of source and target, for each operation
  constexpr std::size_t part_words = part_lines * lanes;
  for (unsigned round = 0; round < 24; ++round) {
    if (round % 4 == 0) make({4, 3}, round % 8 == 0 ? some_faults : Faults{}, GetParam() == "rtl" && round % 12 == 0);
    std::vector<CollectiveTree> trees;
    trees.reserve(hw::trees);
    for (unsigned number = 0; number < hw::trees; ++number) {
      const Coordinates origin{static_cast<unsigned>(random_() % 2), static_cast<unsigned>(random_() % 2)};
      const Rectangle rectangle{.origin = origin, .columns = 4 - origin.x, .rows = 3 - origin.y};
      trees.push_back(machine().set_tree(number, rectangle, {}, random_() % 2 ? TreeShape::narrow : TreeShape::wide));
    }
    std::vector<Operation> operations(COLLECTIVES_MOST_PUSHES);
    for (Operation& operation : operations) {
      operation = {static_cast<unsigned>(random_() % hw::trees), static_cast<unsigned>(random_() % 3),
                   static_cast<unsigned>(1 + random_() % part_lines), 0};
      do operation.origin = static_cast<unsigned>(random_() % nodes());
      while (!trees[operation.tree].nodes[site(operation.origin)].valid);
    }
    const auto contributions = write_contributions(most_lines);
    clear_targets();
    const auto receives = [&](const Operation& operation, unsigned node) {
      const CollectiveTree& tree = trees[operation.tree];
      return operation.mode == reduce ? site(node) == tree.root : static_cast<bool>(tree.nodes[site(node)].valid);
    };
    for (unsigned i = 0; i < nodes(); ++i) {
      collectives_plan_t orders{};
      for (unsigned part = 0; part < operations.size(); ++part) {
        const Operation& operation = operations[part];
        if (receives(operation, i)) ++orders.arrivals;
        const bool sends = operation.mode == multicast ? i == operation.origin
                                                       : static_cast<bool>(trees[operation.tree].nodes[site(i)].valid);
        if (!sends) continue;
        const auto offset = static_cast<unsigned>(part * part_lines * hw::line_bytes);
        orders.push[orders.pushes++] = {operation.tree, operation.mode, operation.lines,
                                        static_cast<unsigned>(source(i).address()) + offset,
                                        static_cast<unsigned>(target(i).address()) + offset};
      }
      plan(i).write(std::vector{orders});
    }
    launch_pushes().wait(collectives_limit);
    for (unsigned part = 0; part < operations.size(); ++part) {
      const Operation& operation = operations[part];
      const CollectiveTree& tree = trees[operation.tree];
      const auto part_of = [&](const Words& words) {
        const auto begin = words.begin() + static_cast<std::ptrdiff_t>(part * part_words);
        return Words(begin, begin + static_cast<std::ptrdiff_t>(operation.lines * lanes));
      };
      const Words expected =
          operation.mode == multicast
              ? part_of(contributions[site(operation.origin)])
              : sum_below(topology(), tree, tree.root, [&](unsigned s) { return part_of(contributions[s]); });
      for (unsigned i = 0; i < nodes(); ++i) {
        EXPECT_EQ(part_of(received(i, most_lines)), receives(operation, i) ? expected : Words(expected.size()))
            << "round " << round << ", operation " << part << ", node " << i;
      }
    }
    if (HasFailure()) return;
  }
}

TEST_P(Collectives, StoresAndIncrementsGoToAllNodes) {
  make({3, 3});
  machine().set_tree(1, machine().all());
  for (const unsigned origin : {0u, 4u, 8u}) {
    clear_targets();
    machine()
        .launch(program_, machine().all(), {COLLECTIVES_STORE, target(0).address(), 1, 0, origin})
        .wait(collectives_limit);
    for (unsigned i = 0; i < nodes(); ++i) {
      const auto words = received(i, 1);
      EXPECT_EQ(words[0], static_cast<std::uint32_t>(COLLECTIVES_STORED));
      EXPECT_EQ(words[1], static_cast<std::uint32_t>(COLLECTIVES_STORED >> 32));
      EXPECT_EQ(words[3], (COLLECTIVES_STORED & 0xff) << 8);
      EXPECT_EQ(machine().backend().semaphore(machine().all().node(i), COLLECTIVES_SEM_STORED), 0u);
    }
  }
}

TEST_P(Collectives, BarriersHoldEveryHartUntilTheLastHasArrived) {
  make({4, 3}, some_faults);
  constexpr std::uint64_t rounds = 6;
  for (const unsigned harts : {1u, 4u}) {
    const TreeBarrier barrier{.arrivals = harts, .semaphore = COLLECTIVES_SEM_BARRIER, .amount = harts};
    TreeBarrier other = barrier;
    other.semaphore = COLLECTIVES_SEM_OTHER_BARRIER;
    machine().set_tree(1, machine().all(), barrier);
    machine().set_tree(2, machine().all(), other, TreeShape::narrow);
    machine()
        .launch(program_, machine().all(), {COLLECTIVES_BARRIER, target(0).address(), 1, rounds, 0, 60}, harts)
        .wait(collectives_limit);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      std::uint64_t last_arrival = 0;
      std::uint64_t first_release = no_cycle_limit;
      for (unsigned i = 0; i < nodes(); ++i) {
        const auto notes = target(i).read<std::uint64_t>(harts * 2 * rounds);
        for (unsigned hart = 0; hart < harts; ++hart) {
          last_arrival = std::max(last_arrival, notes[2 * (hart * rounds + round)]);
          first_release = std::min(first_release, notes[2 * (hart * rounds + round) + 1]);
        }
      }
      // The model's nodes have no common time.
      if (GetParam() == "rtl") EXPECT_GT(first_release, last_arrival) << "round " << round;
    }
    for (unsigned i = 0; i < nodes(); ++i) {
      for (const unsigned id : {COLLECTIVES_SEM_BARRIER, COLLECTIVES_SEM_OTHER_BARRIER}) {
        EXPECT_EQ(machine().backend().semaphore(machine().all().node(i), id), 0u);
      }
    }
  }
}

TEST_P(Collectives, AJoinReleasesTheRootAlone) {
  make({3, 2});
  const CollectiveTree tree =
      machine().set_tree(3, machine().all(), {.semaphore = COLLECTIVES_SEM_BARRIER, .join = true});
  unsigned root = 0;
  while (site(root) != tree.root) ++root;
  machine().launch(program_, machine().all(), {COLLECTIVES_JOIN, 0, 3, 5, root}).wait(collectives_limit);
  for (unsigned i = 0; i < nodes(); ++i) {
    EXPECT_EQ(machine().backend().semaphore(machine().all().node(i), COLLECTIVES_SEM_BARRIER), 0u);
  }
}

TEST_P(Collectives, ContributionsForDifferentPlacesAreNamed) {
  make({2, 1});
  machine().set_tree(0, machine().all(), {}, TreeShape::narrow);
  for (unsigned i = 0; i < 2; ++i) set_plan(i, {{0, all_reduce, 1, 0, i}}, 1);
  const std::string message = failure();
  expect_part(message, "node (0,0): node (0,0) was given lines for different places as parts of a sum on a tree");
  EXPECT_EQ(machine().backend().semaphore({0, 0}, COLLECTIVES_SEM_ARRIVED), 0u);
}

TEST_P(Collectives, AnUncorrectableContributionIsNamed) {
  make({2, 1});
  machine().set_tree(0, machine().all());
  for (unsigned i = 0; i < 2; ++i) set_plan(i, {{0, all_reduce, 2}}, 1);
  const auto write = [&](std::uint64_t address, std::uint64_t value) {
    machine().backend().write_register({1, 0}, static_cast<std::uint32_t>(address), value);
  };
  write(hw::control_ecc_inject_mask_address(), 3);
  write(hw::control_ecc_inject_address(), source(1).address() + 8);
  const std::string message = failure();
  expect_part(message, "node (1,0) transfer unit: refused the descriptor");
  EXPECT_EQ(received(0, 1), Words(lanes));
}

TEST_P(Collectives, APushToATreeOfOthersIsRefused) {
  make({3, 1});
  machine().set_tree(2, {.columns = 2});
  for (unsigned i = 0; i < 3; ++i) set_plan(i, {}, 0);
  set_plan(2, {{2, multicast, 1}}, 0);
  expect_part(failure(), "node (2,0): tree 2 does not have the node as a member");
  EXPECT_EQ(received(0, 1), Words(lanes));
}

TEST_P(Collectives, ANewTreeReplacesTheOldOneItOverlaps) {
  make({4, 1});
  machine().set_tree(1, machine().live({.columns = 2, .rows = 1}));
  machine().set_tree(1, machine().live({.origin = {2, 0}, .columns = 2, .rows = 1}));
  const auto multicast_from = [&](unsigned origin) {
    clear_targets();
    source(origin).write(Words{7});
    for (unsigned i = 0; i < 4; ++i) set_plan(i, {}, 0);
    set_plan(origin, {{1, multicast, 1}}, 1);
    const std::string message = failure();
    std::string reached;
    for (unsigned i = 0; i < 4; ++i) reached += received(i, 1)[0] == 7 ? '1' : '0';
    return message.empty() ? reached : "refused";
  };
  // Trees that share no node stand side by side.
  EXPECT_EQ(multicast_from(0), "1100");
  EXPECT_EQ(multicast_from(3), "0011");
  machine().set_tree(1, machine().live({.origin = {1, 0}, .columns = 1, .rows = 1}));
  EXPECT_EQ(multicast_from(1), "0100");
  EXPECT_EQ(multicast_from(3), "0011");
  EXPECT_EQ(multicast_from(0), "refused");
}

TEST_P(Collectives, WhatCannotBeATreeIsRefused) {
  // Nodes (0,1), (0,2) and (2,1) are joined to the others by way of the north row and the east column.
  make({4, 3}, {.nodes = {{1, 1}, {1, 2}, {2, 2}}, .links = {}});
  const auto message = [&](unsigned number, const Rectangle& rectangle, const TreeBarrier& barrier = {}) {
    try {
      machine().set_tree(number, rectangle, barrier);
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message(4, {}), "tree 4: a node has trees 0 to 3");
  EXPECT_EQ(message(0, {.columns = 5, .rows = 1}), "the rectangle of 5x1 nodes at (0,0) is not inside the mesh of 4x3");
  EXPECT_EQ(message(0, {.origin = {3, 1}, .columns = 1, .rows = 3}),
            "the rectangle of 1x3 nodes at (3,1) is not inside the mesh of 4x3");
  expect_part(message(0, {.origin = {1, 1}, .columns = 1, .rows = 2}), "a tree of no nodes");
  expect_part(message(0, {.origin = {0, 1}, .columns = 4, .rows = 2}), "join node (2,1) to node (0,1)");
  expect_part(message(0, {}, {.arrivals = 8}), "8 arrivals");
  EXPECT_EQ(message(0, {.origin = {1, 0}, .columns = 3, .rows = 3}), "");
  EXPECT_EQ(message(0, {.columns = 4, .rows = 3}), "");
}

INSTANTIATE_TEST_SUITE_P(Backends, Collectives, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace dojo
