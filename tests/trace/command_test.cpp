// dojo with --trace, and dojo profile.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../cli/subprocess.hpp"

namespace dojo::test {
namespace {

class TraceCommand : public testing::Test {
 protected:
  Result run(const std::string& program, std::vector<std::string> more, const std::string& command = "run") {
    std::vector<std::string> arguments{command, (firmware_folder() / (program + ".elf")).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_dojo(arguments, folder_.path());
  }
  /// The run must be refused with a line in which `part` stands.
  void expect_refusal(const std::vector<std::string>& more, const std::string& part) {
    const Result result = run("phases", more);
    EXPECT_EQ(result.exit_code, 2) << part;
    EXPECT_TRUE(result.one_error_line()) << result.errors;
    EXPECT_NE(result.errors.find(part), std::string::npos) << result.errors;
  }
  [[nodiscard]] std::string contents(const std::string& name) const { return contents_of(folder_.path() / name); }
  TemporaryFolder folder_;
};

TEST_F(TraceCommand, WritesSeveralFilesAtOnce) {
  const Result result = run("phases", {"--mesh", "2x1", "--trace", "a.json", "--trace", "a.log", "--trace-cycles",
                                       "100:900", "--trace-nodes", "1,0"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(nlohmann::json::accept(contents("a.json")));
  EXPECT_NE(contents("a.json").find("\"node (1,0)\""), std::string::npos);
  EXPECT_EQ(contents("a.json").find("\"node (0,0)\""), std::string::npos);
  EXPECT_NE(contents("a.log").find("kernel_main+0x"), std::string::npos);
  ASSERT_EQ(run("phases", {"--trace", "b", "--trace-format", "csv"}).exit_code, 0);
  EXPECT_TRUE(contents("b").starts_with("cycle,"));
}

TEST_F(TraceCommand, OfARunThatFailsIsWhole) {
  const Result result = run("test_semaphore", {"--trace", "a.json", "--trace", "a.csv"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(nlohmann::json::accept(contents("a.json")));
  EXPECT_NE(contents("a.csv").find("does=semaphore"), std::string::npos);
}

TEST_F(TraceCommand, OfOtherCommands) {
  ASSERT_EQ(
      run_dojo({"bench", "gemm", "--m", "16", "--n", "16", "--k", "16", "--trace", "g.csv"}, folder_.path()).exit_code,
      0);
  EXPECT_NE(contents("g.csv").find("matrix_begin"), std::string::npos);
}

TEST_F(TraceCommand, RefusesWhatCannotBe) {
  expect_refusal({"--trace", "a.txt"}, "--trace a.txt");
  expect_refusal({"--trace", "no/such/folder/a.csv"}, "no/such/folder/a.csv: the file cannot be written");
  expect_refusal({"--trace", "a.csv", "--trace", "./a.csv"}, "named twice");
  expect_refusal({"--trace", "a.csv", "--trace-format", "vcd"}, "--trace-format");
  expect_refusal({"--trace", "a.csv", "--trace-cycles", "5"}, "--trace-cycles '5'");
  expect_refusal({"--trace", "a.csv", "--trace-cycles", "9:5"}, "START is behind END");
  expect_refusal({"--trace", "a.csv", "--trace-nodes", "1"}, "--trace-nodes '1'");
  expect_refusal({"--trace", "a.csv", "--trace-nodes", "1,1:0,0"}, "south-east");
  expect_refusal({"--trace", "a.csv", "--trace-nodes", "7,7"}, "no live node");
  expect_refusal({"--trace", "a.csv", "--backend", "model"}, "model");
  expect_refusal({"--trace", "a.csv", "--snapshot-every", "100"}, "snapshots");
  expect_refusal({"--trace", "a.csv", "--gdb", "0"}, "--gdb");
  expect_refusal({"--trace-cycles", "0:5"}, "--trace");
}

TEST_F(TraceCommand, ProfileWritesItsFolder) {
  const Result result = run("hello", {"--output", "out/p", "--top", "2"}, "profile");
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.output.find("function"), std::string::npos);
  const auto profile = nlohmann::json::parse(contents("out/p/profile.json"));
  EXPECT_EQ(profile["program"], "hello.elf");
  EXPECT_NE(contents("out/p/profile.folded").find(";main"), std::string::npos);
  const Result json = run("hello", {"--json", "-"}, "profile");
  const auto whole = nlohmann::json::parse(json.output);
  EXPECT_EQ(whole["profile"], profile);
  EXPECT_EQ(whole["exit_code"], 0);
}

TEST_F(TraceCommand, ProfileOfAHangSaysWhereItIs) {
  const Result result = run("test_semaphore", {"--top", "1"}, "profile");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("function"), std::string::npos);
  EXPECT_EQ(run("hello", {"--backend", "model"}, "profile").exit_code, 2);
  EXPECT_EQ(run("no_such_program", {}, "profile").exit_code, 2);
  EXPECT_EQ(run("hello", {"--output", "/proc/nowhere"}, "profile").exit_code, 2);
}

}  // namespace
}  // namespace dojo::test
