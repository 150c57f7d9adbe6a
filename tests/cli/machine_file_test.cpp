// --machine: what a description says is what the options say, and what is wrong in it is named with its place.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

class MachineFile : public testing::Test {
 protected:
  Result run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"bench", "collective", "--lines", "4", "--json", "-"});
    return run_dojo(arguments, folder_.path());
  }
  /// Nodes and cycles of a run.
  std::vector<std::uint64_t> measure(const std::vector<std::string>& arguments) {
    const Result result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    if (result.exit_code != 0) return {};
    const auto json = nlohmann::json::parse(result.output);
    return {json.at("nodes"), json.at("cycles")};
  }
  /// Expects exit code 2 and one line that begins with the place LINE:COLUMN of the file and contains `part`.
  void expect_refused(const std::string& text, const std::string& place, const std::string& part) {
    const Result result = run({"--machine", folder_.file("m.yaml", text)});
    EXPECT_EQ(result.exit_code, 2) << text << result.errors;
    EXPECT_TRUE(result.one_error_line()) << text << result.errors;
    EXPECT_NE(result.errors.find(fmt::format("m.yaml:{}: ", place)), std::string::npos) << text << result.errors;
    EXPECT_NE(result.errors.find(part), std::string::npos) << text << result.errors;
  }
  TemporaryFolder folder_;
};

TEST_F(MachineFile, SaysWhatTheOptionsSay) {
  const std::string file = folder_.file("m.yaml",
                                        "backend: rtl\nmesh: 3x2\ndies: 2x1\nthreads: 1\nseed: 3\n"
                                        "dead: {nodes: [[1, 0]], links: [[[4, 0], [4, 1]]]}\n"
                                        "edges: {bit_errors: 1e-4, drops: 0.01}\n");
  const auto described = measure({"--machine", file});
  EXPECT_EQ(described, measure({"--mesh", "3x2", "--dies", "2x1", "--seed", "3", "--dead", "1,0", "--dead-links",
                                "4,0-4,1", "--edge-bit-errors", "1e-4", "--edge-drops", "0.01"}));
  EXPECT_NE(described, measure({"--machine", file, "--seed", "4"})) << "an option goes before the file";
  EXPECT_EQ(described, measure({"--machine", file, "--threads", "2"}));
}

TEST_F(MachineFile, RoutesOverEthernetThatAreWrong) {
  const auto refused = [&](const std::string& route, const std::string& place, const std::string& part) {
    expect_refused(fmt::format("mesh: 2x2\nmemory: true\nethernet:\n  - {{{}}}\n", route), place, part);
  };
  refused("from: 0, columns: [0, 1], rows: [0, 1]", "4:5", "a route needs the key 'via'");
  refused("from: 0, columns: [0, 1], rows: [0, 1], via: 4", "4:51", "expected a number from 0 to 3");
  refused("from: 0, columns: [1, 0], rows: [0, 1], via: 1", "4:5", "Ethernet route 0: its area is empty");
  refused("from: 2, columns: [0, 1], rows: [0], via: 1", "4:38", "expected a range [FIRST, LAST]");
  refused("from: 2, columns: [0, 1], row: [0, 1], via: 1", "4:32", "unknown key 'row'");
  expect_refused("mesh: 2x2\nethernet: []\n", "2:1", "it needs 'memory: true'");
}

TEST_F(MachineFile, CutsALink) {
  const Result result = run({"--machine", folder_.file("m.yaml",
                                                       "mesh: 2x2\ndies: 1x2\n"
                                                       "edges: {cuts: [{between: [[0, 1], [0, 0]], cycle: 100}]}\n")});
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_NE(result.errors.find("die-edge link from the"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find("is dead"), std::string::npos) << result.errors;
}

TEST_F(MachineFile, ExamplesAreMachines) {
  const std::string examples = std::string(DOJO_MACHINES_DIR) + "/";
  EXPECT_EQ(measure({"--machine", examples + "two-dies.yaml"}).at(0), 30u);
  EXPECT_EQ(
      run_dojo({"run", (firmware_folder() / "hello.elf").string(), "--machine", examples + "node.yaml"}, folder_.path())
          .exit_code,
      0);
  const Result pod = run({"--machine", examples + "exapod.yaml"});
  EXPECT_EQ(pod.exit_code, 2);
  EXPECT_NE(pod.errors.find("60x50 dies, mesh 1080x1000 needs"), std::string::npos) << pod.errors;
  EXPECT_NE(pod.errors.find("GiB are available"), std::string::npos) << pod.errors;
}

TEST_F(MachineFile, KeysThatAreNotThere) {
  expect_refused("mesh: 2x2\nmseh: 3x3\n", "2:1", "unknown key 'mseh'");
  expect_refused("mesh: 2x2\ndead: {node: []}\n", "2:8", "unknown key 'node'; keys here are nodes, links");
  expect_refused("mesh: 2x2\nmesh: 3x3\n", "2:1", "key 'mesh' is there twice, first in line 1");
  expect_refused("dies: 2x1\n", "1:1", "no size");
  expect_refused("mesh:\n", "1:1", "no value");
  expect_refused("mesh: 2x2\ndie: whole\n", "2:1", "do not go together");
  expect_refused("tiles: 1x1\ndies: 2x1\n", "2:1", "do not go together");
  expect_refused("mesh: 2x2\ndies: 2x1\nedges: {cuts: [{cycle: 1}]}\n", "3:16", "'between'");
}

TEST_F(MachineFile, ValuesThatAreNone) {
  expect_refused("mesh: [2, 2]\n", "1:7", "COLSxROWS");
  expect_refused("mesh: 2by2\n", "1:7", "mesh '2by2'");
  expect_refused("die: half\n", "1:6", "die 'half'");
  expect_refused("mesh: 2x2\nmemory: maybe\n", "2:9", "'maybe': expected true or false");
  expect_refused("mesh: 2x2\nbackend: fpga\n", "2:10", "rtl or model");
  expect_refused("mesh: 2x2\nthreads: -1\n", "2:10", "'-1': expected a number from 0 to 1024");
  expect_refused("mesh: 2x2\nseed: 1.5\n", "2:7", "'1.5'");
  expect_refused("mesh: 2x2\ndead: [[1, 1]]\n", "2:7", "expected keys");
  expect_refused("mesh: 2x2\ndead: {nodes: none}\n", "2:15", "list of places");
  expect_refused("mesh: 2x2\ndead: {nodes: [[1, x]]}\n", "2:20", "'x'");
  expect_refused("mesh: 2x2\ndead: {nodes: [[1, 1, 1]]}\n", "2:16", "[X, Y]");
  expect_refused("mesh: 2x2\ndead: {links: [[1, 1]]}\n", "2:17", "[X, Y]");
  expect_refused("mesh: 2x2\nedges: {drops: 2}\n", "2:16", "from 0 to 1");
}

TEST_F(MachineFile, MachinesThatCannotBe) {
  expect_refused("mesh: 0x2\n", "1:7", "at least one");
  expect_refused("mesh: 3x21\ndies: 2x1\n", "2:7", "at most 20");
  expect_refused("tiles: 500x1\n", "1:8", "at most");
  expect_refused("tiles: 4000000000x1\n", "1:8", "coordinates");
  expect_refused("mesh: 2x2\ndead: {nodes: [[0, 1], [1, 5]]}\n", "2:24", "dead node (1,5) is outside the mesh of 2x2");
  expect_refused("mesh: 2x2\ndead: {links: [[[0, 0], [1, 1]]]}\n", "2:16", "joins no neighbours");
  expect_refused("mesh: 2x2\nedges: {drops: 0.5}\n", "2:1", "a single die has no link");
  expect_refused("mesh: 2x2\ndies: 2x1\nedges:\n  cuts:\n    - {between: [[0, 0], [2, 0]]}\n", "5:17",
                 "not between neighbours of 2x1 dies");
}

TEST_F(MachineFile, FilesThatAreNoDescriptions) {
  expect_refused("", "1:1", "expected keys");
  expect_refused("- mesh\n", "1:1", "expected keys");
  expect_refused("mesh: 2x2\n---\nmesh: 1x1\n", "3:1", "second document");
  expect_refused("mesh: {2x2\n", "2:1", "map");
  const std::string deep = folder_.file("deep.yaml", "mesh: " + std::string(10000, '['));
  EXPECT_EQ(run({"--machine", deep}).exit_code, 2);
  for (const std::string& file : {std::string("missing.yaml"), folder_.path().string()}) {
    const Result result = run({"--machine", file});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.errors.find(file + ": the machine description cannot be read"), std::string::npos)
        << result.errors;
  }
}

TEST_F(MachineFile, ShapeIsSaidOnce) {
  const std::string file = folder_.file("m.yaml", "mesh: 1x1\n");
  const std::vector<std::vector<std::string>> shapes{{"--mesh", "1x1"},     {"--die"},
                                                     {"--dies", "1x1"},     {"--tile"},
                                                     {"--dead", "none"},    {"--dead-links", "0,0-0,1"},
                                                     {"--edge-drops", "0"}, {"--edge-bit-errors", "0"},
                                                     {"--memory"}};
  for (std::vector<std::string> shape : shapes) {
    const std::string option = shape[0];
    shape.insert(shape.begin(), {"--machine", file});
    const Result result = run(shape);
    EXPECT_EQ(result.exit_code, 2) << option;
    EXPECT_NE(result.errors.find(option), std::string::npos) << result.errors;
    EXPECT_NE(result.errors.find("--machine"), std::string::npos) << result.errors;
  }
  for (const char* option : {"--mesh", "--dies"}) {
    const Result result = run({"--tile", option, "1x1"});
    EXPECT_EQ(result.exit_code, 2) << option;
    EXPECT_NE(result.errors.find("--tile"), std::string::npos) << result.errors;
  }
}

}  // namespace
}  // namespace dojo::test
