// Random loads and stores under bank conflicts, refusals and protection reach every cover property of the vector unit's
// memory side.

#include <gtest/gtest.h>

#include "tb/noc/cover_counts.hpp"
#include "tb/vector/random_memory.hpp"

namespace dojo::tb {
namespace {

TEST(VectorCover, RandomAccessesReachEveryCase) {
  std::map<std::string, std::uint64_t> counts;
  const auto add = [&](VectorMachine& machine) {
    for (const auto& [name, count] : cover_counts(machine.context(), "vector_bench")) counts[name] += count;
  };
  run_random_memory({.seed = 11, .instructions = 10000}, add);
  run_random_memory({.seed = 12, .arithmetic = 60, .instructions = 10000, .refusal = 0.3}, add);
  run_random_memory({.seed = 13, .arithmetic = 30, .instructions = 10000, .refusal = 0.1, .protected_harts = 0b1110},
                    add);
  unsigned checked = 0;
  for (const auto& [name, count] : counts) {
    // Arithmetic has tests of its own.
    if (name.find("u_execute") != std::string::npos) continue;
    ++checked;
    EXPECT_GT(count, 0U) << name << " was never reached";
  }
  EXPECT_GT(checked, 30U);
}

}  // namespace
}  // namespace dojo::tb
