// --snapshot-every and --resume: the console, the exit code and the cycles of a run that was not interrupted.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

class Snapshots : public testing::Test {
 protected:
  Result run(const std::string& program, std::vector<std::string> more) {
    more.insert(more.begin(), {"run", (firmware_folder() / (program + ".elf")).string(), "--quiet"});
    return run_dojo(more, folder_.path());
  }
  /// Cycles and instructions in the file of results.
  [[nodiscard]] std::vector<std::uint64_t> measured() const {
    const auto results = nlohmann::json::parse(contents_of(folder_.path() / "r.json"));
    return {results.at("cycles"), results.at("instructions")};
  }
  TemporaryFolder folder_;
};

TEST_F(Snapshots, ResumedRunIsTheWholeRun) {
  const std::vector<std::string> options{"--dies", "2x1", "--mesh", "2x1", "--json", "r.json"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), options.begin(), options.end());
    return more;
  };
  const Result whole = run("hello", with({}));
  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  const auto expected = measured();
  const std::string half = std::to_string(expected.at(0) / 2);
  const Result cut = run("hello", with({"--snapshot-every", "400", "--snapshot-dir", "s", "--max-cycles", half}));
  EXPECT_EQ(cut.exit_code, 1);
  EXPECT_NE(cut.errors.find("cycle limit"), std::string::npos) << cut.errors;
  const Result resumed = run("hello", with({"--resume", "s"}));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(resumed.output, whole.output);
  EXPECT_EQ(measured(), expected);
}

TEST_F(Snapshots, ExitCodeOfTheProgram) {
  const Result whole = run("test_console", {"--snapshot-every", "7", "--json", "r.json"});
  EXPECT_EQ(whole.exit_code, 30) << whole.errors;
  const auto expected = measured();
  const Result resumed = run("test_console", {"--resume", "dojo-snapshots", "--json", "r.json"});
  EXPECT_EQ(resumed.exit_code, 30) << resumed.errors;
  EXPECT_EQ(resumed.output, whole.output);
  EXPECT_EQ(measured(), expected);
}

TEST_F(Snapshots, WhatCannotBe) {
  const auto expect = [&](const std::vector<std::string>& options, const std::string& part) {
    const Result result = run("hello", options);
    EXPECT_EQ(result.exit_code, 2) << part;
    EXPECT_TRUE(result.one_error_line()) << result.errors;
    EXPECT_NE(result.errors.find(part), std::string::npos) << result.errors;
  };
  expect({"--snapshot-every", "0"}, "--snapshot-every");
  expect({"--snapshot-dir", "s"}, "--snapshot-every");
  expect({"--resume", "nowhere"}, "nowhere: snapshots cannot be read");
  expect({"--snapshot-every", "100", "--snapshot-dir", "/proc/no"}, "/proc/no: snapshots cannot be written");
  expect({"--snapshot-every", "100", "--backend", "model"}, "model backend has no snapshots");
  expect({"--snapshot-every", "100", "--wave", "0:5"}, "--wave");
  EXPECT_EQ(run("hello", {"--snapshot-every", "100"}).exit_code, 0);
  expect({"--snapshot-every", "100"}, "dojo-snapshots: there are snapshots of another run");
  expect({"--resume", "dojo-snapshots", "--mesh", "2x1"}, "another machine");
  expect({"--resume", "dojo-snapshots", "--harts", "2"}, "another run");
}

}  // namespace
}  // namespace dojo::test
