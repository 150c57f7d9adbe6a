// dojo bench: results, utilization bars and keys.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

class Bench : public testing::Test {
 protected:
  nlohmann::json run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bench");
    arguments.insert(arguments.end(), {"--json", "-"});
    const Result result = run_dojo(arguments, folder_.path());
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return nlohmann::json::parse(result.output, nullptr, false);
  }
  TemporaryFolder folder_;
};

TEST_F(Bench, GemmReachesItsUtilization) {
  const auto large = run({"gemm", "--m", "256", "--n", "256", "--k", "256"});
  EXPECT_EQ(large.at("correct"), true);
  EXPECT_GE(large.at("mac_utilization"), 0.95);
  EXPECT_GE(large.at("mac_utilization_steady"), 0.995);
  EXPECT_LE(large.at("mac_utilization_steady"), 1.0);
  EXPECT_EQ(large.at("counters").at("matrix_steps"), 256 * 256 * 256 / 256);
  const auto small = run({"gemm", "--m", "64", "--n", "64", "--k", "64"});
  EXPECT_EQ(small.at("correct"), true);
  EXPECT_GE(small.at("mac_utilization"), 0.85);
  EXPECT_GE(run({"gemm", "--m", "32", "--n", "32", "--k", "32"}).at("mac_utilization"), 0.60);
}

TEST_F(Bench, GemmReachesItsUtilizationInEveryFormat) {
  for (const char* format : {"cf8_143", "cf8_152"}) {
    const auto large = run({"gemm", "--m", "256", "--n", "256", "--k", "256", "--format", format});
    EXPECT_EQ(large.at("correct"), true) << format;
    EXPECT_GE(large.at("mac_utilization"), 0.95) << format;
    EXPECT_GE(large.at("mac_utilization_steady"), 0.995) << format;
    for (const char* b_format : {"bf16", "cf8_143", "cf8_152"}) {
      const auto mixed =
          run({"gemm", "--m", "64", "--n", "64", "--k", "64", "--format", format, "--b-format", b_format});
      EXPECT_EQ(mixed.at("correct"), true) << format << ' ' << b_format;
      EXPECT_GE(mixed.at("mac_utilization"), 0.85) << format << ' ' << b_format;
      EXPECT_EQ(mixed.at("b_format"), b_format);
    }
  }
}

TEST_F(Bench, MachinesWithDeadNodesMultiply) {
  for (const char* backend : {"rtl", "model"}) {
    const auto json = run({"gemm", "--m", "64", "--n", "16", "--k", "16", "--mesh", "3x3", "--dead", "1,1",
                           "--dead-links", "0,0-1,0", "--backend", backend});
    EXPECT_EQ(json.at("nodes"), 8) << backend;
    EXPECT_EQ(json.at("correct"), true) << backend;
  }
}

TEST_F(Bench, DieHas354NodesUnlessToldOtherwise) {
  const std::vector<std::string> product{"gemm", "--m", "64", "--n", "16", "--k", "16", "--backend", "model", "--die"};
  EXPECT_EQ(run(product).at("nodes"), 354);
  const auto with = [&](const std::string& dead) {
    std::vector<std::string> arguments = product;
    arguments.insert(arguments.end(), {"--dead", dead});
    return run(arguments);
  };
  EXPECT_EQ(with("none").at("nodes"), 360);
  EXPECT_EQ(with("0,0:17,19").at("nodes"), 358);
}

TEST_F(Bench, MemoryStreamsToItsNodes) {
  const std::vector<std::string> small{"memory", "--mesh", "2x2", "--nodes", "1,2", "--bytes", "131072"};
  const auto of = [&](std::vector<std::string> more) {
    more.insert(more.begin(), small.begin(), small.end());
    return run(more);
  };
  for (const char* direction : {"read", "write"}) {
    const auto json = of({"--direction", direction});
    EXPECT_EQ(json.at("correct"), true) << direction;
    ASSERT_EQ(json.at("streams").size(), 2U);
    EXPECT_GE(json.at("streams")[0].at("bytes_per_cycle"), 50) << direction;
    EXPECT_GE(json.at("streams")[1].at("bytes_per_cycle"), 100) << direction;
  }
  EXPECT_EQ(of({"--backend", "model", "--dip", "3"}).at("correct"), true);
}

TEST_F(Bench, MemoryCopiesWithItsHost) {
  const std::vector<std::string> small{"memory", "--direction", "host", "--mesh", "1x1", "--bytes", "131072"};
  const auto json = run(small);
  EXPECT_EQ(json.at("correct"), true);
  ASSERT_EQ(json.at("copies").size(), 3U);
  // 8,192 cycles of 16 bytes, and once the latency of the ring, of the data and of the answer.
  for (const auto& copies : json.at("copies")) EXPECT_GE(copies.at("bytes_per_cycle"), 11) << copies;
}

TEST_F(Bench, ConvolutionReachesItsUtilization) {
  const auto json = run({"conv", "--width", "32", "--height", "32", "--channels", "64", "--outputs", "64"});
  EXPECT_EQ(json.at("correct"), true);
  EXPECT_GE(json.at("mac_utilization"), 0.85);
  EXPECT_EQ(json.at("counters").at("matrix_steps"), 32 * 32 * 64 * 64 * 9 / 256);
  for (const char* format : {"cf8_143", "cf8_152"}) {
    const auto narrow = run({"conv", "--outputs", "16", "--format", format});
    EXPECT_EQ(narrow.at("correct"), true) << format;
    EXPECT_GE(narrow.at("mac_utilization"), 0.85) << format;
  }
  const auto mesh = run({"conv", "--width", "13", "--height", "11", "--channels", "5", "--outputs", "9", "--stride",
                         "2", "--format", "cf8_143", "--b-format", "bf16", "--mesh", "2x2"});
  EXPECT_EQ(mesh.at("correct"), true);
  EXPECT_EQ(mesh.at("nodes"), 4);
  EXPECT_EQ(run({"conv", "--backend", "model"}).at("correct"), true);
}

TEST_F(Bench, GemmHasItsKeys) {
  const auto json = run({"gemm", "--m", "40", "--n", "24", "--k", "19", "--format", "bf16"});
  EXPECT_EQ(json.at("m"), 40);
  EXPECT_EQ(json.at("n"), 24);
  EXPECT_EQ(json.at("k"), 19);
  EXPECT_EQ(json.at("format"), "bf16");
  EXPECT_EQ(json.at("nodes"), 1);
  EXPECT_EQ(json.at("correct"), true);
  for (const char* key :
       {"cycles", "wall_seconds", "node_cycles_per_second", "mac_utilization", "mac_utilization_steady"}) {
    EXPECT_TRUE(json.at(key).is_number()) << key;
  }
}

TEST_F(Bench, GemmIsSplitOverTheMesh) {
  const auto one = run({"gemm", "--m", "128", "--n", "64", "--k", "64"});
  const auto four = run({"gemm", "--m", "128", "--n", "64", "--k", "64", "--mesh", "2x2"});
  EXPECT_EQ(four.at("correct"), true);
  EXPECT_EQ(four.at("nodes"), 4);
  EXPECT_LT(four.at("cycles"), one.at("cycles").get<double>() / 2);
}

TEST_F(Bench, DiesAreOneMachine) {
  const std::vector<std::string> dies{"--dies", "2x1", "--mesh", "1x2", "--edge-bit-errors", "1e-6"};
  const auto on_dies = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), dies.begin(), dies.end());
    return run(arguments);
  };
  const auto gemm = on_dies({"gemm", "--m", "64", "--n", "16", "--k", "16"});
  EXPECT_EQ(gemm.at("correct"), true);
  EXPECT_EQ(gemm.at("nodes"), 4);
  const auto collective = on_dies({"collective", "--lines", "16"});
  EXPECT_EQ(collective.at("correct"), true);
  EXPECT_EQ(collective.at("form"), "software");
  EXPECT_EQ(collective.at("nodes"), 4);
  const auto sim = on_dies({"sim", "--activity", "busy", "--seconds", "0.1"});
  EXPECT_EQ(sim.at("nodes"), 4);
}

TEST_F(Bench, GemmOnTheModelIsCorrect) {
  const auto json = run({"gemm", "--m", "64", "--n", "64", "--k", "64", "--backend", "model", "--mesh", "2x1"});
  EXPECT_EQ(json.at("correct"), true);
  EXPECT_FALSE(json.contains("mac_utilization")) << "the model has no timing";
}

TEST_F(Bench, ScalarReachesItsBars) {
  const auto json = run({"scalar", "--rounds", "4"});
  EXPECT_EQ(json.at("correct"), true);
  ASSERT_EQ(json.at("harts").size(), 4U);
  EXPECT_GE(json.at("harts").at(0).at("instructions_per_cycle"), 0.80);
  EXPECT_GE(json.at("harts").at(3).at("instructions_per_cycle"), 1.80);
  EXPECT_NEAR(json.at("loads").get<double>(), 0.20, 0.03);
  EXPECT_NEAR(json.at("stores").get<double>(), 0.10, 0.03);
  EXPECT_NEAR(json.at("branches").get<double>(), 0.175, 0.025);
  for (const char* key : {"cycles", "fetch_stalls", "memory_stalls", "slot_stalls", "mispredictions"}) {
    EXPECT_TRUE(json.at("harts").at(0).at(key).is_number()) << key;
  }
  EXPECT_EQ(run({"scalar", "--rounds", "1", "--backend", "model"}).at("correct"), true);
}

TEST_F(Bench, VectorLoopsFromCReachTheirBar) {
  const auto axpy = run({"vector", "--rows", "1024"});
  EXPECT_EQ(axpy.at("correct"), true);
  EXPECT_GE(axpy.at("registers_per_cycle"), 0.90);
  EXPECT_EQ(run({"vector", "--rows", "16", "--harts", "1", "--backend", "model"}).at("correct"), true);
  const auto softmax = run({"vector", "--kernel", "softmax", "--rows", "64"});
  EXPECT_EQ(softmax.at("correct"), true);
  for (const char* key : {"cycles", "instructions", "cycles_per_row"}) EXPECT_TRUE(softmax.at(key).is_number()) << key;
  EXPECT_GT(softmax.at("counters").at("vector_instructions"), 64);
  EXPECT_GT(softmax.at("counters").at("vector_register_stalls"), 0);
}

TEST_F(Bench, CollectiveComparesWithItsBound) {
  const std::vector<std::string> sum{"collective", "--kind", "all-reduce", "--bytes",
                                     "8192",       "--mesh", "2x2",        "--form"};
  const auto run_form = [&](const std::string& form) {
    std::vector<std::string> arguments = sum;
    arguments.push_back(form);
    const auto json = run(arguments);
    EXPECT_EQ(json.at("kind"), "all-reduce");
    EXPECT_EQ(json.at("bytes"), 8192);
    EXPECT_EQ(json.at("nodes"), 4);
    EXPECT_EQ(json.at("correct"), true);
    EXPECT_GT(json.at("cycles_to_bound"), 1.0);
    return json;
  };
  const auto software = run_form("software");
  EXPECT_EQ(software.at("form"), "software");
  EXPECT_EQ(software.at("bound_cycles"), 2 * 96 + 2 + 20);
  EXPECT_EQ(software.at("counters").at("flits_sent"), 4 * 2 * 96);
  const auto tree = run_form("auto");
  EXPECT_EQ(tree.at("form"), "tree");
  EXPECT_EQ(tree.at("bound_cycles"), 128 + 2 * 9 + 10);
  EXPECT_EQ(tree.at("counters").at("flits_sent"), 4 * 128);
  EXPECT_LT(2 * tree.at("cycles").get<unsigned>(), software.at("cycles").get<unsigned>());
  for (const std::string form : {"software", "tree"}) {
    const auto json = run({"collective", "--kind", "broadcast", "--lines", "9", "--root", "3", "--mesh", "3x2",
                           "--form", form, "--backend", "model"});
    EXPECT_EQ(json.at("correct"), true);
    EXPECT_EQ(json.at("form"), form);
  }
}

TEST_F(Bench, TransferCopiesInEveryWay) {
  for (const char* backend : {"rtl", "model"}) {
    const auto json = run({"transfer", "--bytes", "1024,8192", "--distance", "0,3", "--element", "16", "--row", "8",
                           "--skew", "5", "--mesh", "2x3", "--backend", backend});
    EXPECT_EQ(json.at("correct"), true) << backend;
    EXPECT_EQ(json.at("nodes"), 6);
    ASSERT_EQ(json.at("transfers").size(), 8U * 2 * 2) << backend;
    for (const auto& transfer : json.at("transfers")) {
      EXPECT_EQ(transfer.at("correct"), true) << backend << transfer;
      EXPECT_EQ(transfer.contains("bytes_per_cycle"), std::string(backend) == "rtl") << "the model has no timing";
    }
  }
}

TEST_F(Bench, TransferHasItsKeysAndReachesTheBound) {
  const auto json = run({"transfer", "--kind", "push", "--bytes", "262144", "--distance", "2"});
  EXPECT_EQ(json.at("kind"), "push");
  EXPECT_EQ(json.at("nodes"), 3);
  EXPECT_EQ(json.at("bytes"), 262144);
  EXPECT_EQ(json.at("elements"), 4096);
  EXPECT_EQ(json.at("first_line_cycles"), 11);
  EXPECT_EQ(json.at("cycles"), 11 + 4095);
  EXPECT_EQ(json.at("lines_per_cycle_steady"), 1.0);
  EXPECT_GE(json.at("bound_share"), 0.99);
  EXPECT_NEAR(json.at("bytes_per_cycle").get<double>(), 262144.0 / (11 + 4095), 1e-9);
  EXPECT_NEAR(json.at("lines_per_cycle").get<double>(), 4096.0 / (11 + 4095), 1e-9);
  for (const char* key : {"wall_seconds", "node_cycles_per_second", "sram_conflicts"}) {
    EXPECT_TRUE(json.at(key).is_number()) << key;
  }
}

// A node reads a line per cycle, for its own push or in service of a pull, and is written to once per cycle.
TEST_F(Bench, TransferReadsAndWritesALinePerCycleAtOnce) {
  for (const char* kind : {"push", "pull", "push_strided", "pull_strided"}) {
    for (const char* skew : {"0", "4", "6", "15"}) {
      const auto json = run({"transfer", "--kind", kind, "--both-ways", "--bytes", "262144", "--skew", skew});
      EXPECT_EQ(json.at("correct"), true) << kind;
      EXPECT_EQ(json.at("both_ways"), true) << kind;
      EXPECT_GE(json.at("lines_per_cycle"), 0.99) << kind << " skew " << skew;
    }
  }
}

TEST_F(Bench, SimMeasuresBothActivities) {
  for (const char* activity : {"busy", "idle"}) {
    const auto json = run({"sim", "--mesh", "2x1", "--activity", activity, "--seconds", "0.1"});
    EXPECT_EQ(json.at("activity"), activity);
    EXPECT_EQ(json.at("nodes"), 2);
    EXPECT_GT(json.at("node_cycles_per_second"), 1000);
    EXPECT_GE(json.at("sleeping_node_nanoseconds_per_cycle"), 0);
  }
}

TEST_F(Bench, TextIsForPeople) {
  const Result result = run_dojo({"bench", "gemm", "--m", "16", "--n", "16", "--k", "16"}, folder_.path());
  EXPECT_NE(result.output.find("mac_utilization"), std::string::npos);
  EXPECT_NE(result.output.find("matrix_operand_stalls"), std::string::npos);
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(run_dojo({"bench", "gemm", "--m", "16", "--n", "16", "--k", "16", "--quiet"}, folder_.path()).output, "");
}

}  // namespace
}  // namespace dojo::test
