// The barrier along a tree over a whole die: few cycles from the last arrival to the last hart that is awake.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/die.hpp"
#include "tests/sim/launched.hpp"
#include "tests/sim/trees.hpp"

namespace dojo::sim {
namespace {

constexpr unsigned rounds = 4;
constexpr unsigned semaphore_even = 8;

/// Notes when a node's harts retire their arrivals, when they are awake again, and when their waits retire.
class BarrierWatch : public NodeObserver {
 public:
  struct Round {
    std::uint64_t last_arrival = 0;
    std::uint64_t last_awake = 0;
    std::uint64_t last_release = 0;
  };

  void after_cycle(NodeModel& node, std::uint64_t cycle) override {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      const auto state = static_cast<hw::HartState>(*node.ports.hart_state >> (3 * hart) & 7);
      // A register: the hart runs from the next cycle on.
      if (states_[hart] == hw::HartState::semaphore && state == hw::HartState::running) {
        notes.at(releases_[hart]).last_awake = cycle + 1;
      }
      states_[hart] = state;
    }
    for (unsigned port = 0; port < retire_ports; ++port) {
      const Retirement retired = node.retirement(port);
      if (!retired.valid || retired.trap) continue;
      if (retired.memory == store && retired.memory_address == hw::control_tree_arrive_address()) {
        notes.at(arrivals_[retired.hart]++).last_arrival = cycle;
      } else if ((retired.instruction & wait_mask) == wait_instruction) {
        notes.at(releases_[retired.hart]++).last_release = cycle;
      }
    }
  }

  std::array<Round, rounds> notes;

 private:
  static constexpr unsigned store = 2;
  /// Opcode, funct3 and funct7 of an R-type instruction.
  static constexpr std::uint32_t wait_mask = 0xfe00707f;
  static constexpr std::uint32_t wait_instruction =
      hw::xdojo_opcode | hw::xdojo_sem_wait_funct3 << 12 | hw::xdojo_sem_wait_funct7 << 25;

  std::array<hw::HartState, hw::harts> states_{};
  std::array<unsigned, hw::harts> arrivals_{};
  std::array<unsigned, hw::harts> releases_{};
};

/// A node that is farthest from the root.
unsigned farthest(const Topology& topology, const routing::CollectiveTree& tree) {
  const auto depth = [&](unsigned site) {
    unsigned hops = 0;
    for (; site != tree.root; ++hops) site = *topology.neighbour(site, tree.nodes[site].parent);
    return hops;
  };
  for (unsigned site = 0; site < topology.sites(); ++site) {
    if (topology.is_alive(site) && depth(site) == tree.depth) return site;
  }
  return tree.root;
}

TEST(RtlDie, MeetsAlongATree) {
  const Topology topology(die_size, {.nodes = {harvested_sites.begin(), harvested_sites.end()}});
  const std::vector<Coordinates> set = all_nodes(topology);
  std::array<routing::CollectiveTree, 2> trees;
  for (const unsigned index : {0u, 1u}) {
    trees[index] = routing::make_tree(
        topology, set, {.arrivals = hw::harts, .semaphore = semaphore_even + index, .amount = hw::harts});
  }
  const unsigned late_site = farthest(topology, trees[0]);
  const auto late_node =
      static_cast<std::uint64_t>(std::find(set.begin(), set.end(), topology.place(late_site)) - set.begin());

  Launched program({.mesh = die_size, .faults = {.nodes = {harvested_sites.begin(), harvested_sites.end()}}},
                   "test_tree_barrier", hw::harts, {rounds, 0, late_node, 200});
  RtlMachine& machine = program.machine();
  for (const unsigned index : {0u, 1u}) write_tree(machine, index, trees[index]);
  std::vector<std::unique_ptr<BarrierWatch>> watches;
  for (const Coordinates node : set) {
    watches.push_back(std::make_unique<BarrierWatch>());
    machine.observe(node, *watches.back());
  }
  program.run(20000);

  std::uint64_t worst = 0;
  std::uint64_t worst_wait = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    std::uint64_t arrival = 0;
    std::uint64_t awake = 0;
    std::uint64_t release = 0;
    for (const auto& watch : watches) {
      arrival = std::max(arrival, watch->notes[round].last_arrival);
      awake = std::max(awake, watch->notes[round].last_awake);
      release = std::max(release, watch->notes[round].last_release);
    }
    for (const auto& watch : watches) EXPECT_GT(watch->notes[round].last_release, arrival) << "round " << round;
    ASSERT_GT(awake, arrival);
    worst = std::max(worst, awake - arrival);
    worst_wait = std::max(worst_wait, release - arrival);
  }
  fmt::print(
      "barrier of {} harts on {} nodes, tree {} hops deep: {} cycles from the last arrival until the last hart is "
      "awake, {} until the last wait retires\n",
      set.size() * hw::harts, set.size(), trees[0].depth, worst, worst_wait);
  RecordProperty("cycles", static_cast<int>(worst));
  EXPECT_LE(worst, 45u);
  // The four harts of a node execute their waits again one after the other.
  EXPECT_LE(worst_wait, worst + 5);
}

}  // namespace
}  // namespace dojo::sim
