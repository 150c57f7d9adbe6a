#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/error.hpp"
#include "kernels/collective.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

struct CollectiveCase {
  std::string backend;
  MeshSize mesh;
  std::size_t lines;
  Faults faults = {};
};

class CollectiveOperations : public testing::TestWithParam<CollectiveCase> {};

// Twice each: the second run starts from what the first one has left.
TEST_P(CollectiveOperations, GiveEveryNodeItsResult) {
  const auto& [backend, mesh, lines, faults] = GetParam();
  for (const CollectiveKind kind : collective_kinds) {
    Machine machine({.backend = backend, .mesh = mesh, .faults = faults});
    const Rectangle all = machine.all();
    Collective collective(machine, all, {.kind = kind, .lines = lines, .root = all.nodes() - 1});
    Numbers numbers(9);
    for (int run = 0; run < 2; ++run) {
      std::vector<std::vector<float>> inputs;
      for (unsigned i = 0; i < all.nodes(); ++i) {
        inputs.push_back(numbers.take(lines * Collective::lanes));
        collective.write(i, inputs.back());
      }
      collective.launch();
      collective.wait(1'000'000);
      const auto expected = collective_reference(collective.plan().partition(), inputs);
      for (unsigned i = 0; i < all.nodes(); ++i) {
        EXPECT_EQ(collective.read(i), expected[i]) << to_string(kind) << ", node " << i;
        for (unsigned id = 0; id < hw::semaphores; ++id) {
          EXPECT_EQ(machine.backend().semaphore(all.node(i), id), 0u) << to_string(kind) << ", semaphore " << id;
        }
      }
    }
  }
}

std::vector<CollectiveCase> cases() {
  std::vector<CollectiveCase> result;
  for (const MeshSize mesh : {MeshSize{1, 1}, MeshSize{2, 1}, MeshSize{1, 3}, MeshSize{2, 2}, MeshSize{5, 1},
                              MeshSize{3, 2}, MeshSize{3, 5}, MeshSize{8, 8}}) {
    for (const std::size_t lines : {1u, 5u, 64u, 333u}) result.push_back({"model", mesh, lines});
  }
  // Several slices for each hart.
  for (const MeshSize mesh : {MeshSize{2, 2}, MeshSize{3, 2}, MeshSize{5, 3}}) result.push_back({"model", mesh, 4200});
  result.push_back({"model", {4, 3}, 200, {.nodes = {{1, 1}, {3, 2}}, .links = {{{2, 0}, {2, 1}}}}});
  result.push_back({"model", {3, 1}, 40, {.nodes = {{2, 0}}, .links = {}}});
  for (const MeshSize mesh : {MeshSize{1, 1}, MeshSize{3, 1}, MeshSize{2, 2}, MeshSize{3, 2}}) {
    for (const std::size_t lines : {1u, 5u, 100u}) result.push_back({"rtl", mesh, lines});
  }
  result.push_back({"rtl", {2, 2}, 4200});
  result.push_back({"rtl", {4, 3}, 100, {.nodes = {{1, 1}, {3, 2}}, .links = {{{2, 0}, {2, 1}}}}});
  return result;
}

INSTANTIATE_TEST_SUITE_P(Meshes, CollectiveOperations, testing::ValuesIn(cases()), [](const auto& info) {
  return fmt::format("{}_{}x{}_{}_lines{}", info.param.backend, info.param.mesh.columns, info.param.mesh.rows,
                     info.param.lines, info.param.faults.nodes.empty() ? "" : "_with_faults");
});

// The reference follows the plan's partition; here the sum is one that no order changes.
TEST(CollectiveSums, AreTheSumsOfAllNodes) {
  constexpr std::size_t lines = 77;
  Machine machine({.backend = "model", .mesh = {4, 3}});
  Collective collective(machine, machine.all(), {.kind = CollectiveKind::all_reduce, .lines = lines});
  std::vector<float> sum(lines * Collective::lanes);
  for (unsigned i = 0; i < 12; ++i) {
    std::vector<float> values(sum.size());
    for (std::size_t v = 0; v < values.size(); ++v) {
      values[v] = static_cast<float>((v * 31 + i * 17) % 100);
      sum[v] += values[v];
    }
    collective.write(i, values);
  }
  collective.launch();
  collective.wait();
  for (unsigned i = 0; i < 12; ++i) EXPECT_EQ(collective.read(i), sum) << "node " << i;
}

TEST(CollectivePartitions, GiveEveryLineOneOwner) {
  for (const CollectiveKind kind : collective_kinds) {
    for (const std::size_t lines : {1u, 7u, 60u, 1000u}) {
      const Rectangle rectangle{.origin = {}, .columns = 5, .rows = 4, .holes = {3, 11}};
      const CollectivePartition partition(rectangle, {.kind = kind, .lines = lines}, 4);
      std::vector<int> owners(lines);
      for (const auto& stages : partition.slices) {
        for (const CollectiveExchange& exchange : stages.back().owners()) {
          for (std::size_t line = exchange.lines.first; line < exchange.lines.end(); ++line) ++owners.at(line);
        }
      }
      EXPECT_EQ(owners, std::vector<int>(lines, 1)) << to_string(kind) << " of " << lines;
    }
  }
}

TEST(CollectiveErrors, NameWhatIsWrong) {
  Machine machine({.backend = "model", .mesh = {2, 2}});
  const auto message = [&](const CollectiveShape& shape) -> std::string {
    try {
      const Collective collective(machine, machine.all(), shape);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message({.kind = CollectiveKind::reduce, .lines = 0}), "reduce of no lines");
  EXPECT_EQ(message({.kind = CollectiveKind::broadcast, .lines = 4, .root = 4}), "broadcast: root 4 of 4 nodes");
  EXPECT_NE(message({.kind = CollectiveKind::all_reduce, .lines = 20000}).find("all-reduce of 20000 lines on 4 nodes"),
            std::string::npos);
}

}  // namespace
}  // namespace dojo
