#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

constexpr std::size_t lanes = hw::line_bytes / sizeof(float);

struct AllReduceCase {
  std::string backend;
  MeshSize mesh;
  std::size_t lines;
  Faults faults = {};
};

class AllReduce : public testing::TestWithParam<AllReduceCase> {};

TEST_P(AllReduce, GivesEveryNodeTheSumInNodeOrder) {
  const auto& [backend, mesh, lines, faults] = GetParam();
  Machine machine({.backend = backend, .mesh = mesh, .faults = faults});
  const Rectangle all = machine.all();
  const Program program = load_firmware("all_reduce");
  machine.load(program, all);
  const std::size_t nodes = all.nodes();
  const std::size_t slot_lines = (lines + nodes - 1) / nodes;
  Numbers numbers(9);
  std::vector<std::vector<float>> contributions;
  std::vector<Buffer> data;
  std::vector<Buffer> others;
  std::uint64_t receive = 0;
  std::uint64_t room = 0;
  for (unsigned i = 0; i < nodes; ++i) {
    contributions.push_back(numbers.take(lines * lanes));
    data.push_back(machine.allocate(all.node(i), lines * hw::line_bytes));
    data.back().write(contributions.back());
    others.push_back(machine.allocate(all.node(i), nodes * slot_lines * hw::line_bytes));
    receive = others.back().address();
    others.push_back(machine.allocate(all.node(i), 3 * nodes * hw::line_bytes));
    room = others.back().address();
  }
  // Twice: the second run starts from what the first has left.
  for (int run = 0; run < 2; ++run) {
    machine.launch(program, all, {data.front().address(), lines, receive, room}).wait(1'000'000);
    std::vector<float> sum = contributions.front();
    for (std::size_t i = 1; i < nodes; ++i) {
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += contributions[i][j];
    }
    for (unsigned i = 0; i < nodes; ++i) {
      EXPECT_EQ(data[i].read<float>(lines * lanes), sum) << "node " << i;
      contributions[i] = sum;
      for (unsigned id = 0; id < hw::semaphores; ++id) EXPECT_EQ(machine.backend().semaphore(all.node(i), id), 0u);
    }
  }
}

std::vector<AllReduceCase> cases() {
  std::vector<AllReduceCase> result;
  for (const char* backend : {"model", "rtl"}) {
    for (const MeshSize mesh : {MeshSize{1, 1}, MeshSize{2, 1}, MeshSize{2, 2}, MeshSize{4, 1}, MeshSize{3, 2}}) {
      for (const std::size_t lines : {1u, 5u, 64u}) result.push_back({backend, mesh, lines});
    }
  }
  for (const char* backend : {"model", "rtl"}) {
    result.push_back({backend, {4, 3}, 20, {.nodes = {{1, 1}, {3, 2}}, .links = {{{2, 0}, {2, 1}}}}});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Meshes, AllReduce, testing::ValuesIn(cases()), [](const auto& info) {
  return fmt::format("{}_{}x{}_{}_lines{}", info.param.backend, info.param.mesh.columns, info.param.mesh.rows,
                     info.param.lines, info.param.faults.nodes.empty() ? "" : "_with_faults");
});

}  // namespace
}  // namespace dojo
