// Vector code of the compiler on a node, every instruction in lockstep with the golden model.

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "firmware/kernels/vector_loops.h"
#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo {
namespace {

TEST(VectorProgram, LoopsOfAllKindsAreInLockstepWithTheModel) {
  Machine machine({.backend = "rtl", .lockstep = true});
  const Program program = load_firmware("test_vector_mix");
  machine.load(program, machine.all());
  machine.launch(program, machine.all(), {}, hw::harts).wait(1'000'000);
  EXPECT_GT(machine.counter(hw::Counter::vector_instructions, machine.all()), 1000U);
  dynamic_cast<sim::RtlMachine&>(machine.backend()).compare_with_model();
}

TEST(VectorProgram, KernelsOfTheBenchmarkAreInLockstepWithTheModel) {
  constexpr std::size_t rows = 16;
  Machine machine({.backend = "rtl", .lockstep = true});
  const Program program = load_firmware("vector");
  machine.load(program, machine.all());
  std::vector<float> values(rows * VECTOR_ROW);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 37) - 17.5f;
  Buffer x = machine.allocate({}, values.size() * sizeof(float));
  Buffer y = machine.allocate({}, values.size() * sizeof(float));
  x.write(values);
  y.write(values);
  machine
      .launch(program, machine.all(),
              {VECTOR_AXPY, hw::harts, rows, std::bit_cast<std::uint32_t>(0.5f), x.address(), y.address()}, hw::harts)
      .wait(1'000'000);
  EXPECT_EQ(y.read<float>(values.size()).at(5), values[5] * 1.5f);
  machine.launch(program, machine.all(), {VECTOR_SOFTMAX, hw::harts, rows, x.address(), y.address()}, hw::harts)
      .wait(1'000'000);
  dynamic_cast<sim::RtlMachine&>(machine.backend()).compare_with_model();
}

}  // namespace
}  // namespace dojo
