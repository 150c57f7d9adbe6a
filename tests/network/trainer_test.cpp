// Whole trainings of small networks: they learn, and go on to the same bits.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/error.hpp"
#include "network/trainer.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {
namespace {

/// A small network with something of each kind that images can go through.
Recipe image_recipe() {
  Recipe recipe{.name = "images",
                .data = FashionData{},
                .graph = Graph(tensors_of(FashionData{})),
                .loss = {},
                .optimiser = {},
                .schedule = {}};
  Graph& graph = recipe.graph;
  std::size_t value = graph.add("conv1", Convolution{.channels = 8, .kernel = {1, 3, 3}, .stride = {1, 2, 2}}, {0});
  value = graph.add("norm", BatchNorm{}, {value});
  const std::size_t relu = graph.add("relu1", Activation{Function::relu}, {value});
  value =
      graph.add("conv2", Convolution{.channels = 8, .kernel = {1, 3, 3}, .padding = {0, 1, 1}, .groups = 2}, {relu});
  value = graph.add("sum", Add{}, {relu, value});
  value = graph.add("pool", Pool{.maximum = false, .kernel = {2, 2}, .stride = {2, 2}}, {value});
  value = graph.add("row", Reshape{}, {value});
  value = graph.add("dropout", Dropout{.rate = 0.1f}, {value});
  value = graph.add("classes", Linear{.outputs = 10}, {value});
  recipe.loss = {.kind = LossKind::cross_entropy, .value = value, .target = 1};
  recipe.optimiser = {.momentum = 0.9f, .clip = 5};
  recipe.schedule = {.kind = ScheduleKind::linear, .rate = 0.02f, .final_rate = 0.1f};
  recipe.batch = 24;  // does not divide the samples
  recipe.epochs = 4;
  return recipe;
}

std::unique_ptr<DataSet> image_data(std::size_t count = 500) {
  return make_image_data(FashionData{}, train::make_dataset(count, 200));
}

TEST(Trainer, ReachesALossOnImages) {
  const Recipe recipe = image_recipe();
  const auto data = image_data();
  Trainer trainer(recipe, *data, 2);
  EXPECT_EQ(trainer.steps_per_epoch(), 21);
  EXPECT_GT(trainer.evaluate().mean(), 1.5);
  while (trainer.steps_done() < trainer.steps()) trainer.step();
  const LossResult held_out = trainer.evaluate();
  EXPECT_EQ(held_out.count, 200);
  EXPECT_LT(held_out.mean(), 0.2);
  EXPECT_LT(held_out.error(), 0.05);
}

TEST(Trainer, GivesTheSameBitsWithAnyNumberOfThreads) {
  const Recipe recipe = image_recipe();
  const auto data = image_data(100);
  std::uint64_t expected = 0;
  for (const unsigned threads : {1U, 2U, 3U}) {
    Trainer trainer(recipe, *data, threads);
    for (int i = 0; i < 6; ++i) trainer.step();
    const std::uint64_t hash = hash_parameters(trainer.network().parameters());
    if (threads == 1) expected = hash;
    EXPECT_EQ(hash, expected) << threads;
  }
}

TEST(Trainer, GoesOnFromACheckpointToTheSameBits) {
  const train::TemporaryFolder folder;
  const auto data = image_data(100);
  for (const OptimiserKind kind : {OptimiserKind::sgd, OptimiserKind::adamw}) {
    Recipe recipe = image_recipe();
    recipe.optimiser.kind = kind;
    Trainer whole(recipe, *data, 2);
    for (int i = 0; i < 7; ++i) whole.step();
    whole.save(folder.path() / "net.safetensors");
    for (int i = 0; i < 5; ++i) whole.step();

    Trainer resumed(recipe, *data, 2);
    resumed.load(folder.path() / "net.safetensors");
    EXPECT_EQ(resumed.steps_done(), 7);
    for (int i = 0; i < 5; ++i) resumed.step();
    EXPECT_EQ(hash_parameters(resumed.network().parameters()), hash_parameters(whole.network().parameters()));
    EXPECT_EQ(resumed.evaluate().sum, whole.evaluate().sum);
  }
}

TEST(Trainer, LossScaleOfAPowerOfTwoGivesTheSameBits) {
  const auto data = image_data(100);
  std::vector<std::uint64_t> hashes;
  for (const float scale : {1.0f, 4096.0f}) {
    Recipe recipe = image_recipe();
    recipe.loss.scale = scale;
    Trainer trainer(recipe, *data, 2);
    for (int i = 0; i < 3; ++i) trainer.step();
    hashes.push_back(hash_parameters(trainer.network().parameters()));
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(Trainer, SaysWhenATrainingDiverges) {
  Recipe recipe = image_recipe();
  recipe.optimiser.clip = 0;
  recipe.schedule.rate = 900;
  const auto data = image_data(100);
  Trainer trainer(recipe, *data, 2);
  try {
    for (int i = 0; i < 20; ++i) trainer.step();
    FAIL() << "did not diverge";
  } catch (const RunError& error) {
    EXPECT_NE(std::string(error.what()).find("diverges"), std::string::npos) << error.what();
  }
}

TEST(Trainer, LearnsATextByHeart) {
  const train::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "text";
  std::string text;
  for (int i = 0; i < 60; ++i) text += "the quick brown fox jumps over the lazy dog; ";
  std::ofstream(file) << text;
  const TextData settings{.files = {file}, .length = 16, .stride = 7};
  Recipe recipe{.name = "text",
                .data = settings,
                .graph = Graph(tensors_of(settings)),
                .loss = {},
                .optimiser = {},
                .schedule = {}};
  Graph& graph = recipe.graph;
  std::size_t value = graph.add("embedding", Embedding{.vocabulary = 96, .width = 32}, {0});
  const std::size_t first = graph.add("position", Position{}, {value});
  value = graph.add("norm1", LayerNorm{}, {first});
  value = graph.add("qkv", Linear{.outputs = 96, .initial = Initial::xavier}, {value});
  value = graph.add("attention", Attention{.heads = 2, .causal = true}, {value});
  const std::size_t sum = graph.add("sum1", Add{}, {first, value});
  value = graph.add("up", Linear{.outputs = 64, .initial = Initial::xavier}, {sum});
  value = graph.add("gelu", Activation{Function::gelu}, {value});
  value = graph.add("down", Linear{.outputs = 32, .initial = Initial::xavier}, {value});
  value = graph.add("sum2", Add{}, {sum, value});
  value = graph.add("norm2", LayerNorm{}, {value});
  value = graph.add("next_character", Linear{.outputs = 96, .initial = Initial::xavier}, {value});
  recipe.loss = {.kind = LossKind::cross_entropy, .value = value, .target = 1};
  recipe.optimiser = {.kind = OptimiserKind::adamw, .clip = 1};
  recipe.schedule = {.kind = ScheduleKind::cosine, .rate = 0.01f, .final_rate = 0.1f, .warm_up = 5};
  recipe.batch = 32;
  recipe.epochs = 8;
  const auto data = load_data(settings);
  Trainer trainer(recipe, *data, 2);
  EXPECT_GT(trainer.evaluate().mean(), 4);
  while (trainer.steps_done() < trainer.steps()) trainer.step();
  EXPECT_LT(trainer.evaluate().mean(), 0.7);
}

}  // namespace
}  // namespace dojo::network
