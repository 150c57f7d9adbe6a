// Recipes: what those of the project say, and what is refused, with its place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/error.hpp"
#include "network/recipe.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {
namespace {

const std::string good =
    "name: test\n"
    "data: {set: fashion-mnist}\n"
    "network:\n"
    "  - {name: conv, kind: conv2d, channels: 8, kernel: [3, 5], padding: 1}\n"
    "  - {name: row, kind: reshape}\n"
    "  - {name: classes, kind: linear, outputs: 10}\n"
    "loss: {kind: cross_entropy, target: labels}\n"
    "optimiser: {kind: sgd, momentum: 0.9, clip: 1}\n"
    "schedule: {kind: cosine, rate: 0.1, warm_up: 10}\n"
    "training: {batch: 32, epochs: 2, seed: 3}\n";

class RecipeFiles : public testing::Test {
 protected:
  Recipe read(const std::string& text) {
    std::ofstream(file_) << text;
    return read_recipe(file_);
  }
  /// Exchanges a part of the good recipe; the message names line and column, and says `what`.
  void expect_refused(const std::string& part, const std::string& other, const std::string& place,
                      const std::string& what) {
    std::string text = good;
    ASSERT_NE(text.find(part), std::string::npos) << part;
    text.replace(text.find(part), part.size(), other);
    try {
      (void)read(text);
      FAIL() << "not refused: " << other;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::StartsWith(file_.string() + ":" + place + ": ")) << other;
      EXPECT_THAT(error.what(), testing::HasSubstr(what)) << other;
    }
  }
  train::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "recipe.yaml";
};

TEST_F(RecipeFiles, SayPlacements) {
  EXPECT_EQ(read(good).placement.groups, 1);
  EXPECT_FALSE(read(good).placement.dram);
  const PlacementSettings groups =
      read(good + "placement: {optimiser: dram, tensor: {groups: 3, layers: [conv]}}\n").placement;
  EXPECT_TRUE(groups.dram);
  EXPECT_EQ(groups.groups, 3);
  EXPECT_EQ(groups.tensor, std::vector<std::string>{"conv"});
  EXPECT_EQ(read(good + "placement: {pipeline: [classes]}\n").placement.pipeline, std::vector<std::string>{"classes"});
  const auto expect = [&](const std::string& placement, const std::string& place, const std::string& what) {
    expect_refused("training:", "placement: {" + placement + "}\ntraining:", place, what);
  };
  expect("pipeline: [layer]", "10:24", "layer");
  expect("optimiser: disk", "10:24", "there are sram, dram");
  expect("tensor: {groups: 6, layers: [conv]}", "10:30", "from 2 to 5");
  expect("tensor: {layers: [conv]}", "10:21", "'groups' must be there");
  expect("tensor: {groups: 2, layers: []}", "10:41", "at least one");
  expect("pipeline: [conv], tensor: {groups: 2, layers: [conv]}", "10:39", "not both");
}

TEST_F(RecipeFiles, SayFormats) {
  EXPECT_EQ(read(good).formats.weights.number, NumberFormat::bf16);
  const FormatSettings formats =
      read(good + "formats: {weights: cf8_143, gradients: cf8_152, rounding: nearest, margin: 2}\n").formats;
  EXPECT_EQ(formats.weights.number, NumberFormat::cf8_143);
  EXPECT_EQ(formats.activations.number, NumberFormat::bf16);
  EXPECT_EQ(formats.gradients.number, NumberFormat::cf8_152);
  EXPECT_FALSE(formats.stochastic);
  EXPECT_EQ(formats.margin, 2);
  const FormatSettings layers =
      read(good + "formats: {gradients: cf8_152, layers: {conv: {activations: cf8_143, gradients: bf16}}}\n").formats;
  EXPECT_EQ(layers.activations_of("conv").number, NumberFormat::cf8_143);
  EXPECT_EQ(layers.gradients_of("conv").number, NumberFormat::bf16);
  EXPECT_EQ(layers.gradients_of("classes").number, NumberFormat::cf8_152);
  expect_refused("training:", "formats: {layers: {convolution: {}}}\ntraining:", "10:20", "convolution");
  expect_refused("training:", "formats: {weights: fp8}\ntraining:", "10:20", "weights");
  const FormatSettings fixed = read(good + "formats: {weights: {number: cf8_143, bias: 12}}\n").formats;
  EXPECT_EQ(fixed.weights_of("conv").number, NumberFormat::cf8_143);
  EXPECT_EQ(fixed.weights_of("conv").fixed_bias, 12);
  EXPECT_EQ(fixed.gradients_of("conv").fixed_bias, std::nullopt);
  expect_refused("training:", "formats: {weights: {number: bf16, bias: 1}}\ntraining:", "10:41", "bias");
  expect_refused("training:", "formats: {weights: {number: cf8_143, bias: 64}}\ntraining:", "10:44", "63");
}

TEST_F(RecipeFiles, SayWhatIsTrained) {
  const Recipe recipe = read(good);
  EXPECT_EQ(recipe.name, "test");
  EXPECT_EQ(recipe.batch, 32);
  EXPECT_EQ(recipe.epochs, 2);
  EXPECT_EQ(recipe.seed, 3);
  EXPECT_EQ(recipe.graph.layers().size(), 3);
  EXPECT_EQ(recipe.graph.layers()[0].shape, (Shape{8, 28, 26}));
  EXPECT_EQ(recipe.optimiser.clip, 1);
  EXPECT_EQ(recipe.schedule.kind, ScheduleKind::cosine);
  EXPECT_EQ(recipe.loss.value, recipe.graph.value("classes"));
  EXPECT_EQ(recipe.loss.target, 1);
}

TEST_F(RecipeFiles, AreRefusedWithTheirPlace) {
  expect_refused("training:", "trainings:", "10:1", "unknown key 'trainings'");
  expect_refused("seed: 3", "seeds: 3", "10:34", "unknown key 'seeds'");
  expect_refused("set: fashion-mnist", "set: mnist", "2:13", "data set 'mnist': there are fashion-mnist, text, video");
  expect_refused("set: fashion-mnist", "folder: x", "2:7", "'set' must be there");
  expect_refused("channels: 8", "channels: 0", "4:42", "a number from 1");
  expect_refused("channels: 8, ", "", "4:5", "the key 'channels' must be there");
  expect_refused("kernel: [3, 5]", "kernel: [3, 5, 7]", "4:53", "a list of 2");
  expect_refused("kernel: [3, 5]", "kernel: 40", "4:5", "layer 'conv': a window over 40 elements");
  expect_refused("kind: conv2d", "kind: conv4d", "4:24", "kind 'conv4d': there are linear");
  expect_refused("name: row", "name: Row", "5:12", "small letters");
  expect_refused("name: row", "name: conv", "5:5", "the name 'conv' is there already");
  expect_refused("kind: reshape}", "kind: reshape, from: nothing}", "5:38", "there is no 'nothing'");
  expect_refused("kind: reshape}", "kind: reshape, size: 3}", "5:32", "unknown key 'size'");
  expect_refused("kind: reshape", "type: reshape", "5:5", "'name' and 'kind'");
  expect_refused("outputs: 10", "outputs: 12", "7:7", "the logits are 12; 'labels' needs 10");
  expect_refused("target: labels", "target: images", "7:7", "no indices");
  expect_refused("cross_entropy", "binary_cross_entropy", "7:7", "are indices of classes");
  expect_refused("momentum: 0.9", "beta1: 0.9", "8:31", "not a setting of this optimiser");
  expect_refused("rate: 0.1", "rate: fast", "9:32", "'fast': expected a number");
  expect_refused("batch: 32", "batch: 32, batch: 3", "10:23", "there twice");
  expect_refused("name: test\n", "", "1:1", "the key 'name' must be there");
}

TEST_F(RecipeFiles, OfTheProjectCanBeRead) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DOJO_RECIPES_DIR)) {
    const Recipe recipe = read_recipe(entry.path());
    EXPECT_EQ(recipe.name, entry.path().stem()) << "a recipe is found by its name";
    EXPECT_EQ(find_recipe(recipe.name), entry.path());
    ++count;
  }
  EXPECT_GE(count, 4);
  EXPECT_THROW((void)find_recipe("everything"), InputError);
  EXPECT_EQ(find_recipe("some/file"), "some/file");
}

TEST_F(RecipeFiles, OrderOfSamplesChangesWithTheEpoch) {
  EXPECT_EQ(sample_order(1, 100, 0), sample_order(1, 100, 0));
  EXPECT_NE(sample_order(1, 100, 0), sample_order(1, 100, 1));
  EXPECT_NE(sample_order(1, 100, 0), sample_order(2, 100, 0));
}

}  // namespace
}  // namespace dojo::network
