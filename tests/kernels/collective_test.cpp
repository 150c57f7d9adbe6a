#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
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

/// Lines of their own for all nodes.
std::vector<std::vector<float>> write_inputs(Collective& collective, const Rectangle& rectangle, std::size_t lines,
                                             Numbers& numbers) {
  std::vector<std::vector<float>> inputs;
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    inputs.push_back(numbers.take(lines * Collective::lanes));
    collective.write(i, inputs.back());
  }
  return inputs;
}

/// The results are those of the reference, and no semaphore has a count left.
void check_results(Machine& machine, const Collective& collective, const Rectangle& rectangle,
                   const std::vector<std::vector<float>>& inputs) {
  const auto expected = collective.reference(inputs);
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    EXPECT_EQ(collective.read(i), expected[i]) << "node " << i;
    for (unsigned id = 0; id < hw::semaphores; ++id) {
      EXPECT_EQ(machine.backend().semaphore(rectangle.node(i), id), 0u) << "node " << i << ", semaphore " << id;
    }
  }
}

// Twice each: the second run starts from what the first one has left.
TEST_P(CollectiveOperations, GiveEveryNodeItsResult) {
  const auto& [backend, mesh, lines, faults] = GetParam();
  for (const CollectiveForm form : collective_forms) {
    for (const CollectiveKind kind : collective_kinds) {
      SCOPED_TRACE(fmt::format("{}, {}", to_string(kind), to_string(form)));
      Machine machine({.backend = backend, .mesh = mesh, .faults = faults});
      const Rectangle all = machine.all();
      Collective collective(machine, all, {.kind = kind, .lines = lines, .root = all.nodes() - 1}, form);
      Numbers numbers(9);
      for (int run = 0; run < 2; ++run) {
        const auto inputs = write_inputs(collective, all, lines, numbers);
        collective.launch();
        collective.wait(1'000'000);
        check_results(machine, collective, all, inputs);
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

// The reference follows the partition or the tree; here the sum is one that no order changes.
TEST(CollectiveSums, AreTheSumsOfAllNodes) {
  constexpr std::size_t lines = 77;
  for (const CollectiveForm form : collective_forms) {
    Machine machine({.backend = "model", .mesh = {4, 3}});
    Collective collective(machine, machine.all(), {.kind = CollectiveKind::all_reduce, .lines = lines}, form);
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
    for (unsigned i = 0; i < 12; ++i) EXPECT_EQ(collective.read(i), sum) << to_string(form) << ", node " << i;
  }
}

TEST(CollectiveTrees, OfRectanglesSideBySideRunTogether) {
  constexpr std::size_t lines = 50;
  for (const std::string backend : {"rtl", "model"}) {
    Machine machine({.backend = backend, .mesh = {5, 2}});
    const Rectangle west{.origin = {0, 0}, .columns = 2, .rows = 2};
    const Rectangle east{.origin = {2, 0}, .columns = 3, .rows = 2};
    Collective sum(machine, west, {.kind = CollectiveKind::all_reduce, .lines = lines}, CollectiveForm::tree);
    Collective all(machine, east, {.kind = CollectiveKind::all_gather, .lines = lines}, CollectiveForm::tree);
    Numbers numbers(4);
    for (int run = 0; run < 2; ++run) {
      const auto sum_inputs = write_inputs(sum, west, lines, numbers);
      const auto all_inputs = write_inputs(all, east, lines, numbers);
      sum.launch();
      all.launch();
      sum.wait(100'000);
      all.wait(100'000);
      check_results(machine, sum, west, sum_inputs);
      check_results(machine, all, east, all_inputs);
    }
  }
}

// The order of a tree: in each node its own line, then the children's; the host adds in the order of the registers.
TEST(CollectiveTrees, SumInTheOrderOfTheirRegisters) {
  Machine machine({.backend = "model", .mesh = {3, 1}});
  Collective sum(machine, machine.all(), {.kind = CollectiveKind::all_reduce, .lines = 1}, CollectiveForm::tree);
  // From the middle: own + east + west.
  constexpr std::array values{1e8F, -1e8F, 0.5F};
  for (unsigned i = 0; i < 3; ++i) sum.write(i, std::vector<float>(Collective::lanes, values.at(i)));
  sum.launch();
  sum.wait();
  EXPECT_EQ(sum.read(0), std::vector<float>(Collective::lanes, (-1e8F + 0.5F) + 1e8F));
}

TEST(CollectiveForms, AreChosenByTheModel) {
  Machine machine({.backend = "model", .mesh = {8, 8}});
  const auto form_on = [&](const Rectangle& rectangle, std::size_t lines) {
    return Collective(machine, rectangle, {.kind = CollectiveKind::all_reduce, .lines = lines}).form();
  };
  EXPECT_EQ(form_on({.origin = {3, 3}}, 64), CollectiveForm::software);
  for (const std::size_t lines : {1u, 64u, 1024u, 16384u})
    EXPECT_EQ(form_on(machine.all(), lines), CollectiveForm::tree);
}

TEST(CollectiveForms, WithoutMemoryForSlotsATreeDoesIt) {
  Machine machine({.backend = "model", .mesh = {2, 1}});
  const auto form_of = [&](std::size_t lines) {
    return Collective(machine, machine.all(), {.kind = CollectiveKind::reduce_scatter, .lines = lines}).form();
  };
  EXPECT_EQ(form_of(4000), CollectiveForm::software);
  EXPECT_EQ(form_of(16384), CollectiveForm::tree);
}

// No links inside the rectangle join its nodes, but those of the machine do.
TEST(CollectiveForms, WithoutATreeHartsDoIt) {
  Machine machine({.backend = "model", .mesh = {3, 2}, .faults = {.nodes = {{1, 0}}, .links = {}}});
  const Rectangle row = machine.live({.columns = 3, .rows = 1});
  Collective sum(machine, row, {.kind = CollectiveKind::all_reduce, .lines = 20});
  EXPECT_EQ(sum.form(), CollectiveForm::software);
  Numbers numbers(5);
  const auto inputs = write_inputs(sum, row, 20, numbers);
  sum.launch();
  sum.wait();
  check_results(machine, sum, row, inputs);
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
  const auto message = [&](const CollectiveShape& shape, std::optional<CollectiveForm> form = {}) -> std::string {
    try {
      const Collective collective(machine, machine.all(), shape, form);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message({.kind = CollectiveKind::reduce, .lines = 0}), "reduce of no lines");
  EXPECT_EQ(message({.kind = CollectiveKind::broadcast, .lines = 4, .root = 4}), "broadcast: root 4 of 4 nodes");
  for (const CollectiveForm form : collective_forms) {
    EXPECT_EQ(message({.kind = CollectiveKind::all_reduce, .lines = 21000}, form)
                  .find("all-reduce of 21000 lines on 4 nodes needs "),
              0u);
  }
  Machine parted({.backend = "model", .mesh = {3, 2}, .faults = {.nodes = {{1, 0}}, .links = {}}});
  try {
    const Collective collective(parted, parted.live({.columns = 3, .rows = 1}), {.lines = 1}, CollectiveForm::tree);
    ADD_FAILURE() << "not refused";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "no live links inside the set of a tree join node (2,0) to node (0,0)");
  }
}

}  // namespace
}  // namespace dojo
