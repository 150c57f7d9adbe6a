// Barriers of firmware/kernels/barrier.h: nobody leaves before all have come, over rectangles and lists of nodes.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"

namespace dojo {
namespace {

constexpr std::uint64_t rectangle = 0;
constexpr std::uint64_t reversed_list = 1;
constexpr std::uint64_t even_nodes = 2;
constexpr std::uint64_t launch = 3;

struct BarrierCase {
  std::string backend;
  MeshSize mesh;
  std::uint64_t set;
  Faults faults = {};
};

class Barrier : public testing::TestWithParam<BarrierCase> {
 protected:
  /// Arrivals and releases of a node, in turn.
  using Notes = std::vector<std::uint64_t>;

  /// What the nodes of the set have noted.
  static std::vector<Notes> run(std::uint64_t rounds, std::uint64_t largest_delay) {
    const auto& [backend, mesh, set, faults] = GetParam();
    Machine machine({.backend = backend, .mesh = mesh, .faults = faults});
    const Rectangle all = machine.all();
    const Program program = load_firmware("test_barrier");
    machine.load(program, all);
    std::vector<Buffer> buffers;
    buffers.reserve(all.nodes());
    for (unsigned i = 0; i < all.nodes(); ++i) buffers.push_back(machine.allocate(all.node(i), rounds * 16));
    machine.launch(program, all, {rounds, buffers[0].address(), largest_delay, set}).wait(2'000'000);
    std::vector<Notes> notes;
    for (unsigned i = 0; i < all.nodes(); ++i) {
      if (set != even_nodes || i % 2 == 0) notes.push_back(buffers[i].read<std::uint64_t>(2 * rounds));
      for (unsigned id = 0; id < hw::semaphores; ++id) EXPECT_EQ(machine.backend().semaphore(all.node(i), id), 0u);
    }
    return notes;
  }
  static std::uint64_t last_arrival(const std::vector<Notes>& notes, std::uint64_t round) {
    std::uint64_t result = 0;
    for (const Notes& node : notes) result = std::max(result, node[2 * round]);
    return result;
  }
};

TEST_P(Barrier, NobodyLeavesBeforeAllHaveCome) {
  constexpr std::uint64_t rounds = 12;
  const std::vector<Notes> notes = run(rounds, 200);
  if (GetParam().backend == "model") return;  // its nodes have no common time
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (const Notes& node : notes) EXPECT_GE(node[2 * round + 1], last_arrival(notes, round)) << "round " << round;
  }
}

/// On the RTL alone: the model has no timing.
class TimedBarrier : public Barrier {};

TEST_P(TimedBarrier, TakesFewCycles) {
  constexpr std::uint64_t rounds = 8;
  const std::vector<Notes> notes = run(rounds, 0);
  std::uint64_t last_release = 0;
  for (const Notes& node : notes) last_release = std::max(last_release, node[2 * rounds - 1]);
  const std::uint64_t cycles = last_release - last_arrival(notes, rounds - 1);
  RecordProperty("cycles", static_cast<int>(cycles));
  fmt::print("{} nodes: {} cycles from the last arrival to the last release\n", notes.size(), cycles);
  EXPECT_LE(cycles, 400u);
}

std::vector<BarrierCase> cases(const std::vector<std::string>& backends) {
  std::vector<BarrierCase> result;
  for (const std::string& backend : backends) {
    for (const MeshSize mesh : {MeshSize{1, 1}, MeshSize{2, 2}, MeshSize{4, 4}, MeshSize{5, 3}}) {
      result.push_back({backend, mesh, rectangle});
    }
    result.push_back({backend, {3, 2}, reversed_list});
    result.push_back({backend, {4, 3}, even_nodes});
    result.push_back({backend, {3, 3}, launch});
    result.push_back({backend, {5, 4}, launch, {.nodes = {{1, 1}, {2, 1}, {4, 3}}, .links = {{{0, 2}, {0, 3}}}}});
    result.push_back({backend, {5, 4}, even_nodes, {.nodes = {{0, 0}, {3, 2}}}});
  }
  return result;
}

std::string name_of(const BarrierCase& one) {
  constexpr const char* sets[] = {"rectangle", "reversed_list", "even_nodes", "launch"};
  return fmt::format("{}_{}x{}_{}{}", one.backend, one.mesh.columns, one.mesh.rows, sets[one.set],
                     one.faults.nodes.empty() ? "" : "_with_faults");
}

INSTANTIATE_TEST_SUITE_P(Sets, Barrier, testing::ValuesIn(cases({"model", "rtl"})),
                         [](const auto& info) { return name_of(info.param); });
INSTANTIATE_TEST_SUITE_P(Sets, TimedBarrier, testing::ValuesIn(cases({"rtl"})),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace dojo
