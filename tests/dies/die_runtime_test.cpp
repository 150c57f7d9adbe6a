// The runtime on several dies, on both backends: rectangles over edges, kernels, errors, trees.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/collective.hpp"
#include "kernels/firmware.hpp"
#include "kernels/gemm.hpp"
#include "runtime/machine.hpp"
#include "tests/runtime/programs/failure.h"
#include "tests/runtime/programs/unreachable.h"

namespace dojo {
namespace {

constexpr MeshSize die{.columns = 4, .rows = 4};
constexpr MeshSize dies{.columns = 2, .rows = 1};
constexpr MeshSize whole{.columns = 8, .rows = 4};

template <typename Failure, typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Failure& error) {
    return error.what();
  }
  return {};
}

void expect_parts(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
  }
  // Behind what waits stands for whom.
  const bool waits = message.find("no progress") != std::string::npos;
  EXPECT_TRUE(waits || message.find('\n') == std::string::npos) << message;
}

/// What every node received from all others.
std::vector<std::uint64_t> traffic(const MachineConfig& config) {
  Machine machine(config);
  const Program program = load_firmware("test_traffic");
  const Rectangle all = machine.all();
  machine.load(program, all);
  machine.launch(program, all, {2}, hw::harts).wait();
  std::vector<std::uint64_t> received(all.nodes());
  for (unsigned i = 0; i < all.nodes(); ++i) {
    machine.backend().read_memory(all.node(i), *program.symbol("received"),
                                  std::as_writable_bytes(std::span(&received[i], 1)));
  }
  return received;
}

TEST(DieResults, SameResultsAsOneMeshAndAsTheModel) {
  const auto on_dies = traffic({.mesh = die, .dies = dies});
  EXPECT_EQ(on_dies.size(), 32u);
  EXPECT_EQ(on_dies, traffic({.mesh = whole}));
  EXPECT_EQ(on_dies, traffic({.backend = "model", .mesh = die, .dies = dies}));
  EXPECT_EQ(on_dies, traffic({.backend = "model", .mesh = whole}));
}

std::vector<float> product(const MachineConfig& config) {
  Machine machine(config);
  const GemmShape shape{.m = 200, .n = 40, .k = 72};
  Gemm gemm(machine, machine.all(), shape);
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> a(shape.m * shape.k);
  std::vector<float> b(shape.k * shape.n);
  for (float& value : a) value = normal(generator);
  for (float& value : b) value = normal(generator);
  gemm.write(a, b);
  gemm.launch();
  gemm.wait();
  return gemm.read();
}

TEST(DieResults, ProductIsThatOfOneMesh) {
  const std::vector<float> on_dies = product({.mesh = die, .dies = dies});
  EXPECT_EQ(on_dies, product({.mesh = whole}));
  EXPECT_EQ(on_dies, product({.backend = "model", .mesh = die, .dies = dies}));
}

class DieRuntime : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] MachineConfig config() const {
    return {.backend = GetParam(), .mesh = {.columns = 2, .rows = 2}, .dies = dies};
  }
  /// The message with which the failure program ends on the node (3,1), on the second die.
  [[nodiscard]] std::string failure(std::uint64_t kind, std::uint64_t max_cycles = no_cycle_limit) const {
    Machine machine(config());
    const Program program = load_firmware("test_failure");
    const Rectangle node{.origin = {3, 1}};
    machine.load(program, node);
    Event event = machine.launch(program, node, {kind, 9, 0});
    return message_of<RunError>([&] { event.wait(max_cycles); });
  }
};

TEST_P(DieRuntime, RectangleOverAnEdge) {
  Machine machine(config());
  const Program program = load_firmware("test_place");
  const Rectangle part{.origin = {1, 0}, .columns = 2, .rows = 2};
  EXPECT_TRUE(machine.crosses_edge(part));
  EXPECT_FALSE(machine.crosses_edge({.origin = {2, 0}, .columns = 2, .rows = 2}));
  machine.load(program, part);
  std::vector<Buffer> places;
  places.reserve(part.nodes());
  for (unsigned i = 0; i < part.nodes(); ++i) places.push_back(machine.allocate(part.node(i), 24));
  machine.launch(program, part, {places[0].address()}).wait();
  for (unsigned i = 0; i < part.nodes(); ++i) {
    EXPECT_EQ(places[i].read<std::uint32_t>(6), (std::vector<std::uint32_t>{1, 0, 2, 2, i, 4}));
  }
}

TEST_P(DieRuntime, FailuresNameTheNodeInTheMachine) {
  expect_parts(failure(FAILURE_ILLEGAL_INSTRUCTION), {"node (3,1) hart 0", "illegal instruction", "kernel_main"});
  expect_parts(failure(FAILURE_BAD_DESCRIPTOR), {"node (3,1) matrix unit", "unknown operation"});
  expect_parts(failure(FAILURE_SEMAPHORE), {"no progress", "node (3,1) hart 0", "semaphore 5 is 2 (it is 1)"});
  expect_parts(failure(FAILURE_ENDLESS_LOOP, 5000), {"cycle limit", "node (3,1) hart 0 runs at"});
  expect_parts(failure(FAILURE_EXIT_CODE), {"node (3,1) hart 0", "exit code 3"});
  expect_parts(failure(FAILURE_MISSING_NODE), {"(3,1)", "(9,0)"});
}

TEST_P(DieRuntime, LaunchesFollowEachOther) {
  Machine machine(config());
  const Program program = load_firmware("test_traffic");
  machine.load(program, machine.all());
  for (unsigned i = 0; i < 3; ++i) machine.launch(program, machine.all(), {1}, hw::harts).wait();
  EXPECT_GT(machine.cycles(), 0u);
}

TEST_P(DieRuntime, TreesDoNotCrossEdges) {
  Machine machine(config());
  expect_parts(message_of<InputError>([&] { machine.set_tree(0, machine.all()); }),
               {"trees do not cross die-edge links", "4x2 nodes at (0,0)"});
  EXPECT_NO_THROW(machine.set_tree(0, {.origin = {2, 0}, .columns = 2, .rows = 2}));
  EXPECT_THROW(
      Collective(machine, machine.all(), {.kind = CollectiveKind::all_reduce, .lines = 4}, CollectiveForm::tree),
      InputError);
}

TEST_P(DieRuntime, CollectivesOverEdgesAreSoftware) {
  Machine machine(config());
  Collective sum(machine, machine.all(), {.kind = CollectiveKind::all_reduce, .lines = 4});
  EXPECT_EQ(sum.form(), CollectiveForm::software);
  std::vector<std::vector<float>> inputs;
  for (unsigned i = 0; i < machine.all().nodes(); ++i) {
    inputs.emplace_back(4 * Collective::lanes, 0.25F * static_cast<float>(i));
    sum.write(i, inputs.back());
  }
  sum.launch();
  sum.wait();
  const auto expected = sum.reference(inputs);
  for (unsigned i = 0; i < machine.all().nodes(); ++i) EXPECT_EQ(sum.read(i), expected[i]) << i;
}

TEST_P(DieRuntime, PacketsToADeadNodeOfAnotherDieAreTheSendersError) {
  constexpr Coordinates dead{3, 0};
  constexpr Coordinates living{3, 1};
  constexpr std::uint64_t rounds = 3;
  MachineConfig faulty = config();
  faulty.faults.nodes = {dead};
  faulty.lockstep = GetParam() == "rtl";
  {
    Machine machine(faulty);
    const Program program = load_firmware("test_unreachable");
    machine.load(program, machine.all());
    const auto high = [](Coordinates node) { return hw::global_address(node.x, node.y, 0) >> 32; };
    machine.launch(program, {.origin = {0, 0}}, {high(dead), high(living), rounds}).wait(1'000'000);
    EXPECT_EQ(machine.backend().semaphore(living, SEMAPHORE_COUNT), 3 * rounds);
  }
  Machine machine(faulty);
  const Program program = load_firmware("test_failure");
  machine.load(program, machine.all());
  Event event = machine.launch(program, {.origin = {0, 1}}, {FAILURE_MISSING_NODE, dead.x, dead.y});
  expect_parts(
      message_of<RunError>([&] { event.wait(100'000); }),
      {"node (0,1): node (3,0) cannot be reached: there is no such node, or no way to it; access at 0x4000000"});
}

TEST_P(DieRuntime, BadMachinesAreRefused) {
  MachineConfig config{.backend = GetParam(), .mesh = {.columns = 2, .rows = 21}, .dies = dies};
  expect_parts(message_of<InputError>([&] { const Machine machine(config); }), {"2x21", "at most 20"});
}

INSTANTIATE_TEST_SUITE_P(Backends, DieRuntime, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

TEST(DieResults, WavesOfANodeOnTheSecondDie) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "dojo_die_runtime_test";
  std::filesystem::create_directories(folder);
  const std::filesystem::path file = folder / "wave.fst";
  std::uint64_t traced = 0;
  {
    MachineConfig config{.mesh = {.columns = 1, .rows = 1}, .dies = dies};
    config.waves = sim::WaveConfig{.first_cycle = 0, .last_cycle = 500, .file = file, .node = Coordinates{1, 0}};
    Machine machine(config);
    const Program program = load_firmware("test_traffic");
    machine.load(program, machine.all());
    machine.launch(program, machine.all(), {1}, hw::harts).wait();
    traced = machine.cycles();
  }
  EXPECT_GT(std::filesystem::file_size(file), 1000u);
  Machine machine({.mesh = {.columns = 1, .rows = 1}, .dies = dies});
  const Program program = load_firmware("test_traffic");
  machine.load(program, machine.all());
  machine.launch(program, machine.all(), {1}, hw::harts).wait();
  EXPECT_EQ(machine.cycles(), traced);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace dojo
