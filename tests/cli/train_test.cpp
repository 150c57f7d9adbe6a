// dojo train: a few steps of the main job, its results and its failures.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

class Train : public testing::Test {
 protected:
  Result run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "train");
    return run_dojo(arguments, folder_.path());
  }
  TemporaryFolder folder_;
};

// Its evaluation runs beside it and takes other times in each run, which must not change what the host asks for.
TEST_F(Train, ResumesToTheSameWeights) {
  const Result whole = run({"--memory", "--steps", "4", "--snapshot-every", "60000", "--json", "-"});
  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  const Result resumed = run({"--memory", "--steps", "4", "--resume", "dojo-snapshots", "--json", "-"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  const auto expected = nlohmann::json::parse(whole.output);
  const auto json = nlohmann::json::parse(resumed.output);
  for (const char* key : {"weights_hash", "cycles", "loss_last"}) EXPECT_EQ(json.at(key), expected.at(key)) << key;
}

TEST_F(Train, BothBackendsEndWithTheSameWeights) {
  std::string weights;
  for (const char* backend : {"rtl", "model"}) {
    const Result result = run({"--backend", backend, "--steps", "3", "--json", "-"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const auto json = nlohmann::json::parse(result.output);
    EXPECT_EQ(json.at("recipe"), "fashion-mnist-mlp");
    EXPECT_EQ(json.at("steps"), 3);
    EXPECT_EQ(json.at("nodes"), 4) << "the default mesh is 2x2";
    for (const char* key : {"loss_first", "loss_last", "test_accuracy", "reference_accuracy", "samples_per_second",
                            "cycles", "wall_seconds", "node_cycles_per_second"}) {
      EXPECT_TRUE(json.at(key).is_number()) << key;
    }
    if (weights.empty()) weights = json.at("weights_hash");
    EXPECT_EQ(json.at("weights_hash"), weights) << backend;
  }
}

TEST_F(Train, ProgressIsShown) {
  const Result result = run({"--backend", "model", "--steps", "3"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.output.find("step 3/3"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("FP32 reference"), std::string::npos) << result.output;
  EXPECT_EQ(run({"--backend", "model", "--steps", "1", "--quiet"}).output, "");
}

TEST_F(Train, CycleLimitOfTheMachineHolds) {
  const Result result = run({"--steps", "3", "--max-cycles", "10000", "--json", "result.json", "--quiet"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(result.one_error_line()) << result.errors;
  EXPECT_NE(result.errors.find("cycle limit"), std::string::npos) << result.errors;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "result.json"));
}

TEST_F(Train, MissingAndDamagedDataIsNamed) {
  const Result missing = run({"--data", "no/such/folder"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_TRUE(missing.one_error_line()) << missing.errors;
  EXPECT_NE(missing.errors.find("no/such/folder/train-images-idx3-ubyte.gz"), std::string::npos) << missing.errors;

  for (const char* name : {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
                           "t10k-labels-idx1-ubyte.gz"}) {
    (void)folder_.file(name, "not a data set");
  }
  const Result damaged = run({"--data", folder_.path().string()});
  EXPECT_EQ(damaged.exit_code, 2);
  EXPECT_TRUE(damaged.one_error_line()) << damaged.errors;
  EXPECT_NE(damaged.errors.find("ubyte.gz"), std::string::npos) << damaged.errors;
  EXPECT_EQ(damaged.output, "");
}

TEST_F(Train, NumbersThatAreNoneAreRefused) {
  for (const char* option : {"--steps", "--epochs", "--batch", "--learning-rate"}) {
    for (const char* value : {"0", "-1", "some"}) {
      const Result result = run({option, value});
      EXPECT_EQ(result.exit_code, 2) << option << " " << value;
      EXPECT_TRUE(result.one_error_line()) << result.errors;
    }
  }
}

}  // namespace
}  // namespace dojo::test
