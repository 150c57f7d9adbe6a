// dojo run: exit codes, console, JSON, meshes.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

class Run : public testing::TestWithParam<std::string> {
 protected:
  Result run(const std::string& program, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"run", (firmware_folder() / (program + ".elf")).string(), "--backend",
                                       GetParam()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_dojo(arguments, folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_P(Run, BareProgramPassesAndFails) {
  const Result pass = run("test_bare_pass");
  EXPECT_EQ(pass.exit_code, 0) << pass.errors;
  EXPECT_EQ(run("test_bare_fail").exit_code, 21);
}

TEST_P(Run, HelloPrintsOnTheConsole) {
  const Result result = run("hello");
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(result.output.starts_with("hello from node (0, 0) hart 0\n")) << result.output;
}

TEST_P(Run, WriteSystemCallPrintsAndIsAnswered) {
  const Result result = run("test_console", {"--quiet"});
  EXPECT_EQ(result.output, "written through a system call\n");
  EXPECT_EQ(result.exit_code, 30);
}

TEST_P(Run, EveryNodeOfAMeshRunsTheProgram) {
  const Result result = run("hello", {"--mesh", "2x2"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  for (const char* node : {"(0, 0)", "(1, 0)", "(0, 1)", "(1, 1)"}) {
    EXPECT_NE(result.output.find(std::string("hello from node ") + node + " hart 0\n"), std::string::npos)
        << result.output;
  }
}

TEST_P(Run, EveryNodeOfAllDiesRunsTheProgram) {
  const Result result = run("hello", {"--dies", "2x1", "--mesh", "1x2"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  for (const char* node : {"(0, 0)", "(1, 0)", "(0, 1)", "(1, 1)"}) {
    EXPECT_NE(result.output.find(std::string("hello from node ") + node + " hart 0\n"), std::string::npos)
        << result.output;
  }
}

TEST_P(Run, OtherHartsStartOnDemand) {
  EXPECT_EQ(run("test_bare_pass", {"--harts", "4"}).exit_code, 0);
}

TEST_P(Run, ExitCodeOfHartStopIsTheProgramsToo) {
  EXPECT_EQ(run("test_exit_code").exit_code, 3);
}

TEST_P(Run, JsonOnStandardOutputIsAlone) {
  const Result result = run("hello", {"--json", "-"});
  EXPECT_EQ(result.exit_code, 0);
  const auto json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json.at("exit_code"), 0);
  EXPECT_EQ(json.at("nodes"), 1);
  EXPECT_GT(json.at("cycles"), 100);
  EXPECT_GT(json.at("instructions"), 100);
  EXPECT_GT(json.at("wall_seconds"), 0);
  EXPECT_GT(json.at("node_cycles_per_second"), 0);
  EXPECT_NE(result.errors.find("hello from node"), std::string::npos) << "the console went nowhere";
}

TEST_P(Run, JsonFileIsWritten) {
  const Result result = run("test_bare_fail", {"--json", "result.json", "--quiet"});
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(nlohmann::json::parse(contents_of(folder_.path() / "result.json")).at("exit_code"), 21);
}

INSTANTIATE_TEST_SUITE_P(Backends, Run, testing::Values("rtl", "model"), [](const auto& info) { return info.param; });

TEST(RunRtl, CyclesDependNeitherOnThreadsNorOnSeed) {
  const TemporaryFolder folder;
  std::string cycles;
  for (const char* threads : {"1", "2"}) {
    for (const char* seed : {"1", "77"}) {
      const Result result = run_dojo({"run", (firmware_folder() / "hello.elf").string(), "--mesh", "2x2", "--threads",
                                      threads, "--seed", seed, "--json", "-"},
                                     folder.path());
      ASSERT_EQ(result.exit_code, 0) << result.errors;
      const std::string now = nlohmann::json::parse(result.output).at("cycles").dump();
      if (cycles.empty()) cycles = now;
      EXPECT_EQ(now, cycles) << threads << " threads, seed " << seed;
    }
  }
}

TEST(RunRtl, LockstepWithTheModel) {
  const TemporaryFolder folder;
  const Result result = run_dojo({"run", (firmware_folder() / "hello.elf").string(), "--lockstep"}, folder.path());
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.output.find("compared with the golden model"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace dojo::test
