// Random streams reach every cover property of the execute pipe.

#include <gtest/gtest.h>

#include "tb/noc/cover_counts.hpp"
#include "tb/vector_execute/random_vector.hpp"
#include "tb/vector_execute/vector_machine.hpp"

namespace dojo::tb {
namespace {

TEST(VectorExecuteCover, RandomStreamsReachEveryCase) {
  VectorMachine machine;
  std::mt19937_64 random(21);
  for (unsigned n = 0; n < 6000; ++n) {
    const auto kind = random() % 32;
    machine.dispatch(kind == 0   ? random_cfloat_instruction(random)
                     : kind == 1 ? random_accumulator_instruction(random)
                                 : random_vector_instruction(random));
  }
  EXPECT_EQ(machine.difference(), std::nullopt);
  unsigned checked = 0;
  for (const auto& [name, count] : cover_counts(machine.context(), "vector_execute_bench")) {
    // The lanes of floating point have their own cover tests.
    if (name.find("u_float.u_") != std::string::npos && name.find("u_float_reduce") == std::string::npos) continue;
    ++checked;
    EXPECT_GT(count, 0U) << name << " was never reached";
  }
  EXPECT_GT(checked, 15U);
}

}  // namespace
}  // namespace dojo::tb
