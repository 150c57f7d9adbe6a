// Whole dies: 354 nodes of 18x20 sites multiply, reduce and wait for one another. DOJO_NIGHTLY=1 adds what takes
// minutes: several RTL dies with random faults, which also reduce and exchange.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "common/die.hpp"
#include "common/error.hpp"
#include "kernels/collective.hpp"
#include "kernels/firmware.hpp"
#include "kernels/gemm.hpp"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

Faults harvested() {
  return {.nodes = {harvested_sites.begin(), harvested_sites.end()}};
}

/// Six random dead nodes and three random dead links, none of which part the die.
Faults random_faults(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Faults faults;
  while (faults.nodes.size() < 6) {
    const Coordinates node{static_cast<unsigned>(random() % die_size.columns),
                           static_cast<unsigned>(random() % die_size.rows)};
    if (std::find(faults.nodes.begin(), faults.nodes.end(), node) == faults.nodes.end()) faults.nodes.push_back(node);
  }
  while (faults.links.size() < 3) {
    const Coordinates first{static_cast<unsigned>(random() % (die_size.columns - 1)),
                            static_cast<unsigned>(random() % (die_size.rows - 1))};
    const bool along_x = random() % 2 != 0;
    faults.links.push_back({first, {first.x + (along_x ? 1 : 0), first.y + (along_x ? 0 : 1)}});
  }
  return faults;
}

/// A product of which every node computes the same number of rows.
void multiply(Machine& machine, std::size_t rows_per_node, std::size_t edge) {
  const Rectangle all = machine.all();
  const GemmShape shape{.m = rows_per_node * all.nodes(), .n = edge, .k = edge};
  const MatrixMeasurement measured = measure_gemm(machine, all, shape, 3, {}, 1'000'000);
  EXPECT_TRUE(measured.correct);
  fmt::print("{}x{}x{} on {} nodes: {} cycles\n", shape.m, shape.n, shape.k, all.nodes(), measured.cycles);
}

/// Sums `lines` lines over all nodes.
void all_reduce(Machine& machine, std::size_t lines, CollectiveForm form) {
  const Rectangle all = machine.all();
  std::mt19937_64 random(5);
  Collective collective(machine, all, {.kind = CollectiveKind::all_reduce, .lines = lines}, form);
  std::vector<std::vector<float>> inputs;
  for (unsigned i = 0; i < all.nodes(); ++i) {
    inputs.push_back(random_numbers(lines * Collective::lanes, random));
    collective.write(i, inputs.back());
  }
  collective.launch();
  collective.wait(2'000'000);
  const auto expected = collective.reference(inputs);
  for (unsigned i = 0; i < all.nodes(); ++i) ASSERT_EQ(collective.read(i), expected[i]) << "node " << i;
  fmt::print("all-reduce of {} lines over {} nodes, {}: {} cycles\n", lines, all.nodes(), to_string(form),
             collective.cycles());
}

/// All nodes pass a barrier some times.
void meet(Machine& machine) {
  constexpr std::uint64_t rounds = 3;
  constexpr std::uint64_t largest_delay = 50;
  constexpr std::uint64_t nodes_of_the_launch = 3;
  const Rectangle all = machine.all();
  const Program program = load_firmware("test_barrier");
  machine.load(program, all);
  std::vector<Buffer> notes;
  notes.reserve(all.nodes());
  for (unsigned i = 0; i < all.nodes(); ++i) notes.push_back(machine.allocate(all.node(i), rounds * 16));
  machine.launch(program, all, {rounds, notes[0].address(), largest_delay, nodes_of_the_launch}).wait(100'000);
  if (machine.backend().name() == "model") return;  // its nodes have no common time
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::uint64_t last_arrival = 0;
    std::uint64_t first_release = no_cycle_limit;
    for (const Buffer& node : notes) {
      const auto times = node.read<std::uint64_t>(2 * rounds);
      last_arrival = std::max(last_arrival, times[2 * round]);
      first_release = std::min(first_release, times[2 * round + 1]);
    }
    EXPECT_GE(first_release, last_arrival) << "round " << round;
  }
}

/// Stores, pushes and pulls between all pairs of nodes, on all harts.
void exchange(Machine& machine) {
  const Program program = load_firmware("test_traffic");
  machine.load(program, machine.all());
  machine.launch(program, machine.all(), {1}, hw::harts).wait(2'000'000);
}

class Die : public testing::TestWithParam<std::string> {
 protected:
  Machine machine_{{.backend = GetParam(), .mesh = die_size, .faults = harvested()}};
};

TEST_P(Die, Has354Nodes) {
  EXPECT_EQ(machine_.all().nodes(), 354u);
  EXPECT_THROW(machine_.load(load_firmware("gemm"), {.columns = die_size.columns, .rows = die_size.rows}), RunError);
}

TEST_P(Die, Multiplies) {
  multiply(machine_, 8, 32);
}

TEST_P(Die, Meets) {
  meet(machine_);
}

INSTANTIATE_TEST_SUITE_P(Backends, Die, testing::Values("rtl", "model"), [](const auto& info) { return info.param; });

TEST(ModelDie, Reduces) {
  Machine machine({.backend = "model", .mesh = die_size, .faults = harvested()});
  for (const CollectiveForm form : collective_forms) all_reduce(machine, 354, form);
}

TEST(ModelDie, Exchanges) {
  Machine machine({.backend = "model", .mesh = die_size, .faults = random_faults(1)});
  exchange(machine);
}

TEST(RtlDie, WithRandomFaultsRunsEverything) {
  const bool nightly = std::getenv("DOJO_NIGHTLY") != nullptr;
  for (std::uint64_t seed = 1; seed <= (nightly ? 5u : 1u); ++seed) {
    Machine machine({.backend = "rtl", .mesh = die_size, .faults = random_faults(seed)});
    multiply(machine, 8, 16);
    meet(machine);
    if (!nightly) continue;
    for (const CollectiveForm form : collective_forms) all_reduce(machine, 354, form);
    exchange(machine);
  }
}

}  // namespace
}  // namespace dojo
