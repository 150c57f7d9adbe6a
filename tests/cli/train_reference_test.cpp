// dojo train --backend reference: its files, resuming, and what does not go together.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

class TrainReference : public testing::Test {
 protected:
  Result run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"train", "--backend", "reference"});
    return run_dojo(arguments, folder_.path());
  }
  std::string contents(const std::string& name) {
    std::ifstream stream(folder_.path() / name);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  void expect_refused(const std::vector<std::string>& arguments, const std::string& what) {
    const Result result = run_dojo(arguments, folder_.path());
    EXPECT_EQ(result.exit_code, 2) << what;
    EXPECT_TRUE(result.one_error_line()) << result.errors;
    EXPECT_NE(result.errors.find(what), std::string::npos) << result.errors;
    EXPECT_EQ(result.output, "");
  }
  TemporaryFolder folder_;
};

TEST_F(TrainReference, GoesOnFromACheckpointToTheSameBits) {
  const Result whole = run({"--steps", "6", "--csv", "whole.csv", "--svg", "loss.svg", "--json", "-"});
  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  const Result first = run({"--recipe", "fashion-mnist-mlp", "--steps", "4", "--csv", "parts.csv", "--checkpoint",
                            "net.safetensors", "--checkpoint-every", "2", "--quiet"});
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_EQ(first.output, "");
  const Result second =
      run({"--steps", "6", "--csv", "parts.csv", "--resume", "net.safetensors", "--json", "-", "--threads", "1"});
  ASSERT_EQ(second.exit_code, 0) << second.errors;
  const auto expected = nlohmann::json::parse(whole.output);
  const auto json = nlohmann::json::parse(second.output);
  for (const char* key : {"recipe", "steps", "weights_hash", "loss_last", "held_out_loss", "held_out_error"}) {
    EXPECT_EQ(json.at(key), expected.at(key)) << key;
  }
  EXPECT_LT(json.at("held_out_error"), 0.8);
  EXPECT_GT(json.at("input_work_s"), 0);
  EXPECT_GT(json.at("input_wait_s"), 0);
  EXPECT_LT(json.at("input_wait_share"), 1);
  EXPECT_NE(contents("loss.svg").find("<svg"), std::string::npos);

  // Both tables have the same steps and losses.
  std::ifstream one(folder_.path() / "whole.csv");
  std::ifstream two(folder_.path() / "parts.csv");
  std::string line;
  std::string other;
  for (int i = 0; i < 7; ++i) {
    std::getline(one, line);
    std::getline(two, other);
    const std::size_t end = i == 0 ? line.size() : line.find(',', 3);
    EXPECT_EQ(line.substr(0, end), other.substr(0, end));
    EXPECT_EQ(line.substr(0, 2), i == 0 ? "st" : std::to_string(i) + ",");
  }
}

TEST_F(TrainReference, PlansSayWhatLiesWhereAndWhatIsMissing) {
  const Result fits =
      run_dojo({"train", "fashion-mnist-cnn", "--backend", "model", "--mesh", "4x4", "--plan"}, folder_.path());
  EXPECT_EQ(fits.exit_code, 0) << fits.errors;
  EXPECT_NE(fits.output.find("activations                  pool1 "), std::string::npos) << fits.output;
  EXPECT_NE(fits.output.find("4 samples on each of 16 nodes: "), std::string::npos) << fits.output;
  const Result too_small = run_dojo({"train", "fashion-mnist-cnn", "--backend", "model", "--plan"}, folder_.path());
  EXPECT_EQ(too_small.exit_code, 2);
  EXPECT_TRUE(too_small.one_error_line()) << too_small.errors;
  EXPECT_NE(too_small.errors.find("are missing"), std::string::npos) << too_small.errors;
  EXPECT_NE(too_small.output.find("activations                  pool1 "), std::string::npos) << too_small.output;
}

TEST_F(TrainReference, ShowsItsProgress) {
  const Result result = run({"--steps", "3"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.output.find("step 3/3"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("held out"), std::string::npos) << result.output;
}

TEST_F(TrainReference, RefusesWhatDoesNotGoTogether) {
  const auto with = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "--backend", "reference"});
    return more;
  };
  expect_refused(with({"--mesh", "2x2"}), "--mesh does not go with --backend reference");
  expect_refused(with({"--snapshot-every", "1000"}), "--snapshot-every");
  expect_refused(with({"--recipe", "everything"}),
                 "there are fashion-mnist-cnn, fashion-mnist-cnn-cf8, fashion-mnist-mlp");
  expect_refused(with({"--recipe", "some/file.yaml"}), "some/file.yaml: the recipe cannot be read");
  expect_refused(with({"--checkpoint-every", "2"}), "--checkpoint");
  expect_refused(with({"--csv", "no/such/folder/file.csv"}), "--csv");
  expect_refused(with({"--data", "no/such/folder"}), "no/such/folder/train-images-idx3-ubyte.gz");
  expect_refused(with({"--resume", "none.safetensors"}), "none.safetensors");
  expect_refused(with({"--plan"}), "--plan does not go with --backend reference");
  expect_refused({"train", "--csv", "loss.csv"}, "--csv does not go with recipe 'fashion-mnist-mlp' on nodes");
  expect_refused({"train", "fashion-mnist-cnn", "--backend", "model", "--dies", "2x1"},
                 "--dies does not go with recipe 'fashion-mnist-cnn'");
  expect_refused({"train", "fashion-mnist-cnn", "--backend", "model"}, "are missing");
  expect_refused(with({"--evaluate", "nodes"}), "--evaluate does not go with --backend reference");
  expect_refused({"train", "tiny-transformer", "--backend", "model", "--mesh", "4x4", "--evaluate", "nodes"},
                 "--evaluate nodes: the logits of this network are not on the nodes after a pass");
  (void)folder_.file("bad.yaml", "name: bad\nnetworks: []\n");
  expect_refused(with({"bad.yaml"}), "bad.yaml:2:1: unknown key 'networks'");
}

}  // namespace
}  // namespace dojo::test
