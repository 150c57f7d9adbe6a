// Cycle counts that the RTL has reached: a change of more than the tolerance fails, in both directions, so that a
// slower machine is noticed and a faster one is written down.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../cli/subprocess.hpp"

namespace dojo::test {
namespace {

TEST(GoldenCycles, EveryRunTakesWhatItTook) {
  std::ifstream file(DOJO_GOLDEN_CYCLES);
  const nlohmann::json golden = nlohmann::json::parse(file);
  const double tolerance = golden.at("tolerance");
  const TemporaryFolder folder;
  for (const auto& run : golden.at("runs")) {
    auto arguments = run.at("arguments").get<std::vector<std::string>>();
    arguments.insert(arguments.end(), {"--json", "-"});
    const Result result = run_dojo(arguments, folder.path());
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const double cycles = nlohmann::json::parse(result.output).at("cycles");
    const double expected = run.at("cycles");
    EXPECT_LE(std::abs(cycles - expected), tolerance * expected) << fmt::format(
        "{}: {} cycles instead of {}. If that is meant, change tests/cycles/golden_cycles.json and say why.",
        run.at("name").get<std::string>(), cycles, expected);
  }
}

}  // namespace
}  // namespace dojo::test
