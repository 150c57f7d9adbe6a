// --record and dojo report as a user sees them.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/subprocess.hpp"

namespace dojo::test {
namespace {

using Json = nlohmann::ordered_json;

class Report : public testing::Test {
 protected:
  Result dojo(const std::vector<std::string>& arguments) { return run_dojo(arguments, folder_.path()); }
  Result record(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"bench", "gemm", "--m", "16", "--n", "16", "--k", "16", "--record", "run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return dojo(arguments);
  }
  [[nodiscard]] Json recorded() const { return Json::parse(contents_of(folder_.path() / "run/run.json")); }
  /// The report of run.json with these contents fails with this line.
  void expect_refused(const std::string& contents, const std::string& part, const std::string& name = "run.json") {
    (void)folder_.file("run/" + name, contents);
    const Result result = dojo({"report", "run"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_TRUE(result.one_error_line()) << result.errors;
    EXPECT_NE(result.errors.find(part), std::string::npos) << result.errors;
    EXPECT_NE(result.errors.find(name), std::string::npos) << result.errors;
  }
  TemporaryFolder folder_;
};

TEST_F(Report, ThePageNeedsNoOtherFile) {
  ASSERT_EQ(record().exit_code, 0);
  const Result result = dojo({"report", "run", "--output", "gemm.html"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(result.output.starts_with("gemm.html: ")) << result.output;
  const std::string page = contents_of(folder_.path() / "gemm.html");
  for (const char* outside : {"src=", "<link", "@import", "url(", "https://", "{{"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find("<title>dojo bench gemm --m 16 --n 16 --k 16 --record run</title>"), std::string::npos);
}

TEST_F(Report, ARecordHasCommandResultsAndOutcome) {
  ASSERT_EQ(record({"--mesh", "2x1"}).exit_code, 0);
  const Json run = recorded();
  EXPECT_EQ(run["format"], 1);
  EXPECT_EQ(run["command"][0], "bench");
  EXPECT_EQ(run["exit_code"], 0);
  EXPECT_EQ(run["results"]["correct"], true);
  EXPECT_EQ(run["cycles"], run["results"]["cycles"]);
  EXPECT_EQ(run["machine"]["nodes"], Json::parse("[[0,0],[1,0]]"));
}

TEST_F(Report, ARunThatFailsIsRecordedWithItsError) {
  const std::string elf = (firmware_folder() / "test_bare_fail.elf").string();
  EXPECT_EQ(dojo({"run", elf, "--record", "run"}).exit_code, 21);
  EXPECT_EQ(recorded()["exit_code"], 21);
  const Result limited = record({"--max-cycles", "50"});
  EXPECT_EQ(limited.exit_code, 1);
  EXPECT_EQ("dojo: " + recorded()["error"].get<std::string>() + "\n", limited.errors);
  EXPECT_EQ(dojo({"report", "run"}).exit_code, 0);
}

TEST_F(Report, TextOfARunCannotBreakThePage) {
  ASSERT_EQ(record().exit_code, 0);
  Json run = recorded();
  run["error"] = "</script><script>alert(1)</script>";
  run["command"] = {"run", "</title><b>&"};
  (void)folder_.file("run/run.json", run.dump());
  ASSERT_EQ(dojo({"report", "run"}).exit_code, 0);
  const std::string page = contents_of(folder_.path() / "run/report.html");
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("<title>dojo run &lt;/title>&lt;b>&amp;</title>"), std::string::npos);
}

TEST_F(Report, WhatIsNoRecordIsRefused) {
  const Result missing = dojo({"report", "nowhere"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_TRUE(missing.one_error_line()) << missing.errors;
  EXPECT_NE(missing.errors.find("nowhere/run.json: there is no record"), std::string::npos) << missing.errors;

  ASSERT_EQ(record().exit_code, 0);
  const Result unwritable = dojo({"report", "run", "--output", "nowhere/page.html"});
  EXPECT_EQ(unwritable.exit_code, 2);
  EXPECT_EQ(unwritable.errors, "dojo: nowhere/page.html: the file cannot be written\n");
  const Json run = recorded();
  expect_refused("", "damaged: no JSON");
  expect_refused(run.dump().substr(0, 500), "damaged: no JSON");
  expect_refused("{}", "names no format");
  expect_refused(R"({"format":9})", "of format 9; this program reads format 1");
  expect_refused(R"({"format":1})", "damaged: key 'machine' not found");
  const auto changed = [&run](const char* pointer, const Json& value) {
    Json other = run;
    other[Json::json_pointer(pointer)] = value;
    return other.dump();
  };
  expect_refused(changed("/numbers", "AAAA"), "damaged: packed numbers");
  expect_refused(changed("/windows", 1000000000000), "damaged: too many windows");
  expect_refused(changed("/machine/nodes/0", Json::array({5, 0})), "damaged: a node is outside the machine");
  expect_refused(changed("/kernels/0/samples", Json::array()), "damaged: a line of code with other causes");
  (void)folder_.file("run/run.json", run.dump());
  expect_refused("{", "damaged: no JSON", "profile.json");
  expect_refused(R"({"format":2})", "of format 2", "profile.json");
  expect_refused(
      R"({"format":1,"program":"a","causes":["x"],"frames":[],"harts":[{"stacks":[{"frames":[0],"cycles":[1]}]}]})",
      "damaged: a stack of unknown frames", "profile.json");
}

TEST_F(Report, AProfileBesideTheRecordIsShown) {
  ASSERT_EQ(record().exit_code, 0);
  (void)folder_.file(
      "run/profile.json",
      R"({"format":1,"program":"a.elf","causes":["x"],"frames":[{"function":"seen_function","file":"a.c","line":1}],)"
      R"("harts":[{"node":[0,0],"hart":0,"stacks":[{"frames":[0],"cycles":[1]}]}]})");
  ASSERT_EQ(dojo({"report", "run"}).exit_code, 0);
  EXPECT_NE(contents_of(folder_.path() / "run/report.html").find("seen_function"), std::string::npos);
}

TEST_F(Report, WhatCannotBeRecordedIsRefused) {
  const auto expect_line = [](const Result& result, const std::string& part) {
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_TRUE(result.one_error_line()) << result.errors;
    EXPECT_NE(result.errors.find(part), std::string::npos) << result.errors;
  };
  expect_line(record({"--backend", "model"}), "--record run: the model backend has no cycles");
  (void)folder_.file("file", "");
  expect_line(dojo({"bench", "gemm", "--record", "file/run"}), "--record file/run: the folder cannot be made");
  const std::string elf = (firmware_folder() / "test_bare_pass.elf").string();
  expect_line(dojo({"run", elf, "--record", "run", "--resume", "saved"}), "--record run: a resumed run");
  expect_line(dojo({"run", elf, "--record", "run", "--gdb", "0"}), "--gdb: runs with a debugger are not recorded");
}

TEST_F(Report, TrainingHasALossCurve) {
  ASSERT_EQ(dojo({"train", "--steps", "2", "--batch", "8", "--mesh", "1x1", "--record", "run", "--quiet"}).exit_code,
            0);
  const Json steps = recorded()["training"];
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0][0], 1);
  EXPECT_EQ(steps[0][1], recorded()["results"]["loss_first"]);
  EXPECT_EQ(steps[1][1], recorded()["results"]["loss_last"]);
}

}  // namespace
}  // namespace dojo::test
