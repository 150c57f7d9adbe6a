// Lines along trees on RTL machines: multicast and sums arrive whole at whom they are for, whatever the threads and the
// other traffic; what cannot be sent is refused with its address.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "launched.hpp"
#include "random_node.hpp"
#include "trees.hpp"

namespace dojo::sim {
namespace {

constexpr std::uint64_t lines_limit = 1000000;

struct LinesCase {
  MeshSize mesh;
  hw::TreeMode mode;
  routing::TreeShape shape;
  std::uint64_t lines;
  Faults faults = {};
};

/// What must be the same in two runs.
struct LinesOutcome {
  std::uint64_t cycles = 0;
  std::uint64_t hash = 0;
  std::uint64_t last_round = 0;  ///< cycles of the last round: from the first issue to the last arrival
  friend bool operator==(const LinesOutcome&, const LinesOutcome&) = default;
};

/// Trees 0 for the barrier and 1 for lines over all nodes; the program checks what comes.
LinesOutcome run(const LinesCase& one, unsigned threads, NodeFactory factory = make_plain_node) {
  Launched program(
      {.mesh = one.mesh, .faults = one.faults, .threads = threads, .link_hash = true, .node_factory = factory},
      "test_tree_lines", 1, {static_cast<std::uint64_t>(one.mode), one.lines, 2, nobody});
  RtlMachine& machine = program.machine();
  const std::vector<Coordinates> set = all_nodes(machine.topology());
  write_tree(machine, 0, routing::make_tree(machine.topology(), set, {.semaphore = 5}));
  write_tree(machine, 1, routing::make_tree(machine.topology(), set, {.arrivals = 0}, one.shape));
  program.run(lines_limit);
  std::uint64_t first = ~std::uint64_t{0};
  std::uint64_t last = 0;
  for (const Coordinates node : set) {
    const auto cycles = program.object<std::array<std::uint64_t, 2>>(node, "cycles");
    first = std::min(first, cycles[0]);
    last = std::max(last, cycles[1]);
  }
  return {.cycles = machine.cycles(), .hash = machine.engine().link_hash(), .last_round = last - first};
}

class TreeLines : public testing::TestWithParam<LinesCase> {};

TEST_P(TreeLines, EverybodyGetsWhatItShould) {
  const LinesCase& one = GetParam();
  const LinesOutcome plain = run(one, 1);
  fmt::print("{} lines on {}x{}: {} cycles\n", one.lines, one.mesh.columns, one.mesh.rows, plain.last_round);
  EXPECT_EQ(plain.hash == 0, one.mesh.nodes() == 1) << "a node alone has no links";
  if (one.shape == routing::TreeShape::wide) EXPECT_EQ(run(one, 2), plain) << "two threads";
  EXPECT_EQ(run(one, 1, make_random_node), plain) << "unreset bits";
}

std::string name_of(const testing::TestParamInfo<LinesCase>& info) {
  constexpr std::array<const char*, 3> modes{"multicast", "reduce", "all_reduce"};
  const LinesCase& one = info.param;
  return fmt::format("{}_{}_of_{}_lines_on_{}x{}{}", one.shape == routing::TreeShape::wide ? "wide" : "narrow",
                     modes[static_cast<unsigned>(one.mode)], one.lines, one.mesh.columns, one.mesh.rows,
                     one.faults.nodes.empty() ? "" : "_with_faults");
}

std::vector<LinesCase> cases() {
  std::vector<LinesCase> result;
  for (const auto mode : {hw::TreeMode::multicast, hw::TreeMode::reduce, hw::TreeMode::all_reduce}) {
    for (const auto shape : {routing::TreeShape::wide, routing::TreeShape::narrow}) {
      result.push_back({{2, 2}, mode, shape, 12});
      result.push_back({{4, 4}, mode, shape, 8});
    }
    result.push_back({{1, 1}, mode, routing::TreeShape::wide, 3});
    result.push_back(
        {{4, 3}, mode, routing::TreeShape::wide, 6, {.nodes = {{1, 1}, {3, 2}}, .links = {{{2, 0}, {2, 1}}}}});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Modes, TreeLines, testing::ValuesIn(cases()), name_of);

/// A narrow tree sums a line in each cycle: 64 lines take little longer than 32 and 32 cycles more.
TEST(TreeLinesRate, NarrowTreeSumsALinePerCycle) {
  const auto cycles = [](std::uint64_t lines) {
    return run({{4, 4}, hw::TreeMode::reduce, routing::TreeShape::narrow, lines}, 1).last_round;
  };
  const std::uint64_t few = cycles(16);
  const std::uint64_t many = cycles(64);
  fmt::print("reduce on a narrow tree of 16 nodes: {} cycles for 16 lines, {} for 64\n", few, many);
  EXPECT_LE(many - few, 48 + 8u);
}

TEST(TreeLinesRefusal, NamesTheGroupAddress) {
  for (const std::uint64_t what : {0u, 1u, 2u}) {
    Launched program({.mesh = {2, 1}}, "test_tree_refusal", 1, {what, what == 1 ? 1u : 3u});
    RtlMachine& machine = program.machine();
    auto tree = routing::make_tree(machine.topology(), all_nodes(machine.topology()), {});
    for (hw::Tree& node : tree.nodes) node.member = false;
    write_tree(machine, 1, tree);
    program.run(lines_limit);
  }
}

/// Nodes whose sums lack a contribution sleep, with lines left to be sent, and the run ends.
TEST(TreeLinesSleep, MissingContributionIsNoProgress) {
  Launched program({.mesh = {2, 2}}, "test_tree_lines", 1,
                   {static_cast<std::uint64_t>(hw::TreeMode::all_reduce), 40, 1, 3});
  RtlMachine& machine = program.machine();
  const std::vector<Coordinates> set = all_nodes(machine.topology());
  write_tree(machine, 0, routing::make_tree(machine.topology(), set, {.semaphore = 5}));
  write_tree(machine, 1, routing::make_tree(machine.topology(), set, {.arrivals = 0}));
  EXPECT_EQ(machine.run(lines_limit), StopReason::no_progress);
}

}  // namespace
}  // namespace dojo::sim
