#include "train/mlp_trainer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>

#include "common/error.hpp"
#include "tests/train/synthetic_data.hpp"
#include "train/mlp_evaluator.hpp"
#include "train/reference.hpp"

namespace dojo::train {
namespace {

struct TrainingRun {
  std::vector<double> losses;
  std::vector<std::uint64_t> cycles;  ///< of each step
  MlpParameters parameters;
};

/// The first `steps` steps of the recipe over `images`, one epoch.
TrainingRun train_steps(const MachineConfig& config, const MlpRecipe& recipe, const ImageSet& images,
                        std::size_t steps) {
  Machine machine(config);
  MlpTrainer trainer(machine, recipe, initial_parameters(recipe));
  trainer.begin_epoch(images, sample_order(recipe, images.count, 0));
  TrainingRun result;
  for (std::size_t step = 0; step < steps; ++step) {
    const std::uint64_t start = machine.cycles();
    result.losses.push_back(trainer.step(step, recipe.rate(step, recipe.steps(images.count)), 10'000'000));
    result.cycles.push_back(machine.cycles() - start);
    for (unsigned node = 0; node < machine.all().nodes(); ++node) {
      for (unsigned id = 0; id < hw::semaphores; ++id) {
        EXPECT_EQ(machine.backend().semaphore(machine.all().node(node), id), 0u)
            << "node " << node << " semaphore " << id << " step " << step;
      }
    }
  }
  result.parameters = trainer.parameters();
  for (unsigned die = 1; die < config.dies.nodes(); ++die) {
    EXPECT_EQ(hash_parameters(trainer.parameters(die)), hash_parameters(result.parameters)) << "die " << die;
  }
  return result;
}

/// Root mean square of the difference, relative to that of the distance that `b` has come from `start`.
double relative_difference(const std::vector<float>& a, const std::vector<float>& b, const std::vector<float>& start) {
  double difference = 0;
  double distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(double{a[i]} - double{b[i]}, 2);
    distance += std::pow(double{b[i]} - double{start[i]}, 2);
  }
  return std::sqrt(difference / distance);
}

struct Shape {
  MeshSize mesh;
  MeshSize dies = {};
};

class TrainerOnMeshes : public testing::TestWithParam<Shape> {};

TEST_P(TrainerOnMeshes, FollowsTheFp32Reference) {
  MlpRecipe recipe;
  // Two whole batches and one of 22 samples, which no mesh divides evenly.
  const Dataset dataset{.train = make_images(150, 3), .test = make_images(50, 4)};
  const std::size_t steps = recipe.steps(dataset.train.count);
  ASSERT_EQ(steps, 3u);
  const TrainingRun result =
      train_steps({.backend = "model", .mesh = GetParam().mesh, .dies = GetParam().dies}, recipe, dataset.train, steps);
  const std::atomic<bool> go_on{false};
  const ReferenceResult reference = train_reference(recipe, dataset, steps, steps, go_on);
  EXPECT_NEAR(result.losses.front(), reference.loss_first, 0.01 * reference.loss_first);
  EXPECT_NEAR(result.losses.back(), reference.loss_last, 0.02 * reference.loss_first);
  const MlpParameters start = initial_parameters(recipe);
  EXPECT_LT(relative_difference(result.parameters.weights_1, reference.parameters.weights_1, start.weights_1), 0.02);
  EXPECT_LT(relative_difference(result.parameters.weights_2, reference.parameters.weights_2, start.weights_2), 0.02);
  EXPECT_LT(relative_difference(result.parameters.bias_1, reference.parameters.bias_1, start.bias_1), 0.02);
  EXPECT_LT(relative_difference(result.parameters.bias_2, reference.parameters.bias_2, start.bias_2), 0.02);
}

INSTANTIATE_TEST_SUITE_P(Meshes, TrainerOnMeshes,
                         testing::Values(Shape{{1, 1}}, Shape{{2, 1}}, Shape{{1, 2}}, Shape{{2, 2}}, Shape{{4, 1}},
                                         Shape{{3, 2}}, Shape{{5, 3}}, Shape{{2, 1}, {2, 1}}, Shape{{4, 4}, {2, 1}},
                                         Shape{{3, 2}, {2, 2}}, Shape{{3, 2}, {1, 3}}),
                         [](const auto& info) {
                           return fmt::format("{}x{}_on_{}x{}_dies", info.param.mesh.columns, info.param.mesh.rows,
                                              info.param.dies.columns, info.param.dies.rows);
                         });

TEST(Trainer, LearnsTheSameFromTheSameSeedOnly) {
  MlpRecipe recipe;
  const ImageSet images = make_images(640, 5);
  const MachineConfig config{.backend = "model", .mesh = {2, 2}};
  const TrainingRun first = train_steps(config, recipe, images, 10);
  const TrainingRun second = train_steps(config, recipe, images, 10);
  EXPECT_LT(first.losses.back(), first.losses.front() / 4);
  EXPECT_EQ(first.losses, second.losses);
  EXPECT_EQ(hash_parameters(first.parameters), hash_parameters(second.parameters));
  recipe.seed = 2;
  EXPECT_NE(hash_parameters(train_steps(config, recipe, images, 10).parameters), hash_parameters(first.parameters));
}

TEST(Trainer, LearnsTheSameOnAnyNumberOfThreads) {
  const MlpRecipe recipe;
  const ImageSet images = make_images(256, 6);
  const TrainingRun one = train_steps({.backend = "model", .mesh = {2, 2}, .threads = 1}, recipe, images, 3);
  const TrainingRun two = train_steps({.backend = "model", .mesh = {2, 2}, .threads = 2}, recipe, images, 3);
  EXPECT_EQ(one.losses, two.losses);
  EXPECT_EQ(hash_parameters(one.parameters), hash_parameters(two.parameters));
}

TEST(Trainer, GivesPaddingNoInfluence) {
  // 20 samples on one node take three sample tiles in a batch of 24 and eight in one of 64.
  MlpRecipe small;
  small.batch = 24;
  MlpRecipe large;
  const ImageSet images = make_images(20, 7);
  const TrainingRun a = train_steps({.backend = "model", .mesh = {1, 1}}, small, images, 1);
  const TrainingRun b = train_steps({.backend = "model", .mesh = {1, 1}}, large, images, 1);
  EXPECT_EQ(a.losses, b.losses);
  EXPECT_EQ(hash_parameters(a.parameters), hash_parameters(b.parameters));
}

TEST(Trainer, LearnsTheSameFromDram) {
  const MlpRecipe recipe;
  const ImageSet images = make_images(4 * recipe.batch - 30, 9);
  for (const MeshSize dies : {MeshSize{1, 1}, MeshSize{2, 1}, MeshSize{2, 2}}) {
    const MachineConfig host{.backend = "model", .mesh = {3, 2}, .dies = dies};
    MachineConfig dram = host;
    dram.memory = true;
    const TrainingRun expected = train_steps(host, recipe, images, 4);
    const TrainingRun run = train_steps(dram, recipe, images, 4);
    EXPECT_EQ(run.losses, expected.losses);
    EXPECT_EQ(hash_parameters(run.parameters), hash_parameters(expected.parameters));
  }
}

TEST(Trainer, RefusesABatchThatDoesNotFit) {
  MlpRecipe recipe;
  recipe.batch = 4096;
  Machine machine({.backend = "model", .mesh = {2, 2}});
  EXPECT_THROW(MlpTrainer(machine, recipe, initial_parameters(recipe)), InputError);
}

TEST(Trainer, RefusesDiesThatDiffer) {
  const MlpRecipe recipe;
  Machine machine({.backend = "model", .mesh = {2, 2}, .dies = {2, 1}, .faults = {.nodes = {{3, 0}}}});
  EXPECT_THROW(MlpTrainer(machine, recipe, initial_parameters(recipe)), InputError);
}

TEST(Trainer, RefusesDiesOfTooFewNodes) {
  const MlpRecipe recipe;
  Machine machine({.backend = "model", .mesh = {1, 1}, .dies = {2, 1}});
  EXPECT_THROW(MlpTrainer(machine, recipe, initial_parameters(recipe)), InputError);
}

TEST(Trainer, NoticesDivergence) {
  MlpRecipe recipe;
  recipe.learning_rate = 500.0f;
  const ImageSet images = make_images(640, 8);
  EXPECT_THROW(train_steps({.backend = "model", .mesh = {2, 1}}, recipe, images, 10), RunError);
}

struct RtlCase {
  MeshSize mesh;
  std::size_t steps;
  unsigned threads;
  MeshSize dies = {};
  bool memory = false;
};

class TrainerOnRtlMeshes : public testing::TestWithParam<RtlCase> {};

TEST_P(TrainerOnRtlMeshes, LearnsBitForBitWhatTheModelLearns) {
  const auto& [mesh, steps, threads, dies, memory] = GetParam();
  const MlpRecipe recipe;
  const ImageSet images = make_images(steps * recipe.batch - 30, 9);
  const TrainingRun model = train_steps({.backend = "model", .mesh = mesh, .dies = dies}, recipe, images, steps);
  const TrainingRun rtl = train_steps(
      {.backend = "rtl", .mesh = mesh, .dies = dies, .memory = memory, .threads = threads}, recipe, images, steps);
  EXPECT_EQ(rtl.losses, model.losses);
  EXPECT_EQ(hash_parameters(rtl.parameters), hash_parameters(model.parameters));
}

TEST(TrainerOnRtl, KeepsItsPace) {
  const MlpRecipe recipe;
  const ImageSet images = make_images(2 * recipe.batch, 9);
  const TrainingRun run = train_steps({.backend = "rtl", .mesh = {2, 2}}, recipe, images, 2);
  // The first step builds the descriptors; 938 of the others at 600,000 node-cycles per second take 200 seconds.
  EXPECT_LE(run.cycles[1], 31'000u);
}

INSTANTIATE_TEST_SUITE_P(Meshes, TrainerOnRtlMeshes,
                         testing::Values(RtlCase{{1, 1}, 2, 1}, RtlCase{{2, 1}, 2, 1}, RtlCase{{2, 2}, 4, 1},
                                         RtlCase{{2, 2}, 3, 2}, RtlCase{{3, 2}, 2, 1},
                                         RtlCase{{2, 2}, 2, 2, {2, 1}, true}),
                         [](const auto& info) {
                           return fmt::format("{}x{}_on_{}x{}_dies_{}_threads", info.param.mesh.columns,
                                              info.param.mesh.rows, info.param.dies.columns, info.param.dies.rows,
                                              info.param.threads);
                         });

TEST(Evaluator, AgreesWithTheReference) {
  const MlpRecipe recipe;
  const Dataset dataset{.train = make_images(640, 1), .test = make_images(700, 2)};
  const std::atomic<bool> go_on{false};
  const ReferenceResult reference = train_reference(recipe, dataset, 10, 10, go_on);
  EXPECT_NEAR(evaluate_mlp(recipe, reference.parameters, dataset.test), reference.test_accuracy, 0.01);
  EXPECT_NEAR(evaluate_mlp(recipe, initial_parameters(recipe), dataset.test),
              reference_accuracy(recipe, initial_parameters(recipe), dataset.test), 0.02);
}

TEST(BackgroundEvaluator, GivesTheLatestSnapshot) {
  const MlpRecipe recipe;
  const ImageSet images = make_images(300, 2);
  BackgroundEvaluator evaluator(recipe, images, 100);
  EXPECT_FALSE(evaluator.latest().has_value());
  EXPECT_TRUE(evaluator.idle());
  evaluator.start(initial_parameters(recipe));
  while (!evaluator.idle()) std::this_thread::yield();
  ASSERT_TRUE(evaluator.latest().has_value());
  EXPECT_EQ(*evaluator.latest(), evaluate_mlp(recipe, initial_parameters(recipe), images, 0, 100));
}

}  // namespace
}  // namespace dojo::train
