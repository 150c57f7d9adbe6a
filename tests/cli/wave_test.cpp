// --wave: the FST, its save file, and the viewer command.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include "sim/fst_hierarchy.hpp"
#include "sim/wave_groups.hpp"
#include "subprocess.hpp"

namespace dojo::test {
namespace {

class Wave : public testing::Test {
 protected:
  Result gemm(std::vector<std::string> more) {
    std::vector<std::string> arguments{"bench", "gemm", "--m", "16", "--n", "16", "--k", "16"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_dojo(arguments, folder_.path());
  }
  /// Names of the signals that a save file shows.
  std::set<std::string> shown(const std::string& save_file) {
    std::set<std::string> names;
    std::istringstream lines(contents_of(folder_.path() / save_file));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("+{")) names.insert(line.substr(line.find("} ") + 2));
    }
    return names;
  }
  TemporaryFolder folder_;
};

TEST_F(Wave, EverySignalOfTheSaveFileIsInTheWaves) {
  const Result result = gemm({"--wave", "0:500", "--wave-file", "gemm.fst"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(result.output.ends_with("gtkwave gemm.fst gemm.gtkw\n")) << result.output;
  std::set<std::string> present;
  for (const auto& [path, signal] : sim::read_fst_hierarchy(folder_.path() / "gemm.fst")) present.insert(signal.name);
  const std::set<std::string> names = shown("gemm.gtkw");
  EXPECT_GT(names.size(), 50u);
  for (const std::string& name : names) EXPECT_TRUE(present.contains(name)) << name << " is not in the FST";
}

TEST_F(Wave, EverySignalOfTheGroupsIsInTheSaveFile) {
  ASSERT_EQ(gemm({"--wave", "0:20", "--wave-file", "gemm.fst"}).exit_code, 0);
  const std::string text = contents_of(folder_.path() / "gemm.gtkw");
  for (const sim::WaveGroup& group : sim::wave_groups()) {
    EXPECT_NE(text.find("\n-" + group.title + "\n"), std::string::npos) << group.title;
    for (const sim::WaveSignal& signal : group.signals) {
      EXPECT_NE(text.find("+{" + signal.alias + "} node_0_0.node." + signal.path), std::string::npos)
          << signal.path << " has gone from the RTL";
    }
  }
}

TEST_F(Wave, RangeAndNodeAreRespected) {
  ASSERT_EQ(gemm({"--mesh", "2x1", "--wave", "0:1000", "--wave-file", "long.fst", "--wave-node", "1,0"}).exit_code, 0);
  ASSERT_EQ(gemm({"--mesh", "2x1", "--wave", "100:120", "--wave-file", "short.fst", "--wave-node", "1,0"}).exit_code,
            0);
  EXPECT_LT(std::filesystem::file_size(folder_.path() / "short.fst"),
            std::filesystem::file_size(folder_.path() / "long.fst"));
  const std::set<std::string> names = shown("short.gtkw");
  ASSERT_FALSE(names.empty());
  EXPECT_NE(names.begin()->find("node_1_0."), std::string::npos);
}

TEST_F(Wave, RangeInWhichNothingHappensIsStillAWave) {
  const Result result = gemm({"--wave", "100000:100001", "--wave-file", "late.fst"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_GT(shown("late.gtkw").size(), 50u);
}

TEST_F(Wave, CyclesAreTheSameWithWaves) {
  const auto cycles = [](const Result& result) { return result.output.substr(result.output.find("\"cycles\""), 30); };
  const Result without = gemm({"--json", "-"});
  const Result with = gemm({"--json", "-", "--wave", "0:500"});
  EXPECT_EQ(cycles(without), cycles(with));
  EXPECT_NE(with.errors.find("gtkwave dojo.fst dojo.gtkw"), std::string::npos) << "the viewer command went nowhere";
}

TEST_F(Wave, OnFailRecordsFailuresOnly) {
  const auto run = [this](const std::string& program) {
    return run_dojo({"run", (firmware_folder() / (program + ".elf")).string(), "--wave", "on-fail"}, folder_.path());
  };
  EXPECT_EQ(run("test_bare_pass").exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "dojo.fst"));
  const Result trap = run("test_illegal_instruction");
  EXPECT_EQ(trap.exit_code, 1);
  EXPECT_NE(trap.output.find("gtkwave dojo.fst dojo.gtkw"), std::string::npos);
  EXPECT_FALSE(sim::read_fst_hierarchy(folder_.path() / "dojo.fst").empty());
}

}  // namespace
}  // namespace dojo::test
