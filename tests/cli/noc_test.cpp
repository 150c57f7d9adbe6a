// dojo bench noc: its keys, files and pictures.

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

/// A window that is short, but long enough for the figures that are looked at here.
const std::vector<std::string> short_run{"--warm-up", "200", "--window", "500", "--drain", "500"};

class BenchNoc : public testing::Test {
 protected:
  nlohmann::json run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"bench", "noc"});
    arguments.insert(arguments.end(), short_run.begin(), short_run.end());
    arguments.insert(arguments.end(), {"--json", "-"});
    const Result result = run_dojo(arguments, folder_.path());
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(result.errors, "");
    return nlohmann::json::parse(result.output, nullptr, false);
  }

  /// What does not depend on the wall clock.
  static nlohmann::json timeless(nlohmann::json json) {
    json.erase("wall_seconds");
    json.erase("node_cycles_per_second");
    return json;
  }

  std::vector<std::string> lines_of(const std::string& file) {
    std::istringstream text(contents_of(folder_.path() / file));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  TemporaryFolder folder_;
};

TEST_F(BenchNoc, OneLoadHasItsKeys) {
  const auto json = run({"--mesh", "4x4", "--pattern", "uniform", "--load", "0.2", "--seed", "7"});
  EXPECT_EQ(json.at("mesh"), "4x4");
  EXPECT_EQ(json.at("pattern"), "uniform");
  EXPECT_EQ(json.at("class"), "data");
  EXPECT_EQ(json.at("seed"), 7);
  EXPECT_EQ(json.at("load"), 0.2);
  EXPECT_EQ(json.at("nodes"), 16);
  EXPECT_EQ(json.at("drained"), true);
  EXPECT_NEAR(json.at("offered"), 0.2, 0.02);
  EXPECT_NEAR(json.at("accepted"), 0.2, 0.02);
  EXPECT_LT(json.at("worst_node"), json.at("accepted"));
  EXPECT_NEAR(json.at("hops_mean"), 2.5, 0.2);
  EXPECT_GT(json.at("latency_mean"), json.at("zero_load_latency"));
  EXPECT_GT(json.at("latency_p99"), json.at("latency_mean"));
  const double beyond_hops = json.at("zero_load_latency").get<double>() - json.at("zero_load_hops").get<double>();
  EXPECT_GE(beyond_hops, 2);
  EXPECT_LE(beyond_hops, 4);
  for (const char* key : {"cycles", "wall_seconds", "node_cycles_per_second", "warm_up", "window", "drain"}) {
    EXPECT_TRUE(json.at(key).is_number()) << key;
  }
}

TEST_F(BenchNoc, GivesTheSameResultTwiceAndOnAnyNumberOfThreads) {
  const std::vector<std::string> sweep{"--mesh", "3x3", "--pattern", "hotspot", "--threads"};
  auto one = sweep;
  one.emplace_back("1");
  auto two = sweep;
  two.emplace_back("2");
  const auto json = timeless(run(one));
  EXPECT_GT(json.at("points").size(), 10U);
  EXPECT_EQ(timeless(run(one)), json);
  EXPECT_EQ(timeless(run(two)), json);
  auto seeded = one;
  seeded.insert(seeded.end(), {"--seed", "2"});
  EXPECT_NE(timeless(run(seeded)).at("points"), json.at("points"));
}

TEST_F(BenchNoc, SweepFindsTheSaturation) {
  const auto json = run({"--mesh", "4x4", "--pattern", "transpose", "--class", "request"});
  EXPECT_EQ(json.at("class"), "request");
  // Three nodes of a row share the link from its diagonal: a third of a flit each.
  for (const char* key : {"saturation_latency", "saturation_accepted"}) {
    EXPECT_GT(json.at(key), 0.28) << key;
    EXPECT_LT(json.at(key), 0.40) << key;
  }
  EXPECT_DOUBLE_EQ(json.at("overload"), 2 * json.at("saturation_latency").get<double>());
  EXPECT_GE(json.at("peak_accepted"), json.at("overload_accepted"));
  EXPECT_GT(json.at("overload_worst_node"), 0.1);
  const auto& points = json.at("points");
  EXPECT_LT(points.front().at("load"), 0.02);
  EXPECT_EQ(points.back().at("load"), json.at("overload"));
  EXPECT_LT(points.front().at("latency_mean"), points.back().at("latency_mean"));
}

TEST_F(BenchNoc, MixedTrafficIsReportedByClass) {
  const auto json = run({"--mesh", "4x4", "--class", "mixed", "--load", "0.3", "--csv", "mixed.csv"});
  const auto& request = json.at("classes").at("request");
  const auto& data = json.at("classes").at("data");
  EXPECT_DOUBLE_EQ(request.at("accepted").get<double>() + data.at("accepted").get<double>(), json.at("accepted"));
  EXPECT_NEAR(request.at("offered"), 0.15, 0.03);
  EXPECT_GT(data.at("latency_p99"), data.at("latency_mean"));
  const auto lines = lines_of("mixed.csv");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[1].starts_with("uniform,mixed,0.300000,"));
  EXPECT_TRUE(lines[2].starts_with("uniform,request,0.300000,"));
  EXPECT_TRUE(lines[3].starts_with("uniform,data,0.300000,"));
}

TEST_F(BenchNoc, EdgeTrafficIsOfRequests) {
  const auto json = run({"--mesh", "4x4", "--pattern", "edge", "--load", "0.1"});
  EXPECT_EQ(json.at("class"), "request");
  EXPECT_EQ(json.at("drained"), true);
  // Rows: 1.25 on average; columns: 1, 2, 3 or 4 links to either side.
  EXPECT_NEAR(json.at("hops_mean"), 3.75, 0.3);
}

TEST_F(BenchNoc, WritesAllPointsAsCsv) {
  const auto json = run({"--mesh", "2x2", "--csv", "points.csv"});
  const auto lines = lines_of("points.csv");
  ASSERT_EQ(lines.size(), json.at("points").size() + 1);
  EXPECT_EQ(lines[0], "pattern,class,load,offered,accepted,worst_node,latency_mean,latency_p99,hops_mean,drained");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::istringstream line(lines[i]);
    std::vector<std::string> fields;
    for (std::string field; std::getline(line, field, ',');) fields.push_back(field);
    ASSERT_EQ(fields.size(), 10U) << lines[i];
    const auto& point = json.at("points").at(i - 1);
    EXPECT_EQ(fields[0], "uniform");
    EXPECT_EQ(fields[1], "data");
    EXPECT_NEAR(std::stod(fields[2]), point.at("load"), 1e-6);
    EXPECT_NEAR(std::stod(fields[4]), point.at("accepted"), 1e-6);
    EXPECT_NEAR(std::stod(fields[6]), point.at("latency_mean"), 1e-3);
    EXPECT_EQ(std::stoul(fields[7]), point.at("latency_p99"));
    EXPECT_EQ(fields[9], point.at("drained") ? "true" : "false");
  }
}

TEST_F(BenchNoc, DrawsAllPatternsInOnePicture) {
  const auto json = run({"--mesh", "2x2", "--pattern", "all", "--class", "mixed", "--svg", "it's curves.svg"});
  EXPECT_EQ(json.at("patterns").size(), 7U);
  EXPECT_EQ(json.at("patterns").at(4).at("pattern"), "bitcomp");
  const std::string svg = contents_of(folder_.path() / "it's curves.svg");
  for (const char* text :
       {"offered load (flits per node and cycle)", "mean latency (cycles)", "accepted (flits per node and cycle)",
        "2x2 mesh, half requests, half data", "uniform, request", "uniform, data", "hotspot, data"}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
  const std::string parse = "/usr/bin/python3 -c 'import sys, xml.dom.minidom as dom; dom.parse(sys.argv[1])' \"" +
                            (folder_.path() / "it's curves.svg").string() + "\"";
  EXPECT_EQ(std::system(parse.c_str()), 0);
}

TEST_F(BenchNoc, TextIsForPeople) {
  std::vector<std::string> arguments{"bench", "noc", "--mesh", "2x2"};
  arguments.insert(arguments.end(), short_run.begin(), short_run.end());
  const Result result = run_dojo(arguments, folder_.path());
  for (const char* text : {"2x2 mesh, class data", "saturation", "worst node", "latency_p99"}) {
    EXPECT_NE(result.output.find(text), std::string::npos) << text;
  }
  arguments.emplace_back("--quiet");
  EXPECT_EQ(run_dojo(arguments, folder_.path()).output, "");
}

}  // namespace
}  // namespace dojo::test
