// Random programs under bank conflicts and back-pressure reach every cover property of the core and its registers.

#include <gtest/gtest.h>

#include "tb/core/core_machine.hpp"
#include "tb/core/random_run.hpp"
#include "tb/noc/cover_counts.hpp"

namespace dojo::tb {
namespace {

TEST(CoreCover, RandomProgramsReachEveryCase) {
  std::map<std::string, std::uint64_t> counts;
  const auto add = [&](CoreMachine& machine) {
    for (const auto& [name, count] : cover_counts(machine.context(), "core_bench")) counts[name] += count;
  };
  run_random({.seed = 11, .retired = 400000}, add);
  run_random({.seed = 12, .retired = 200000, .disturbed = true}, add);
  run_random({.seed = 13, .retired = 600000, .disturbed = true, .snooped = true}, add);
  unsigned checked = 0;
  for (const auto& [name, count] : counts) {
    // SRAM, floating-point unit and vector unit have their own tests.
    if (name.starts_with("u_sram.") || name.starts_with("u_vector.") || name.find(".u_float.") != std::string::npos) {
      continue;
    }
    ++checked;
    EXPECT_GT(count, 0U) << name << " was never reached";
  }
  EXPECT_GT(checked, 25U);
}

}  // namespace
}  // namespace dojo::tb
