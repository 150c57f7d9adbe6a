#include "train/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "common/error.hpp"
#include "tests/train/synthetic_data.hpp"
#include "train/progress.hpp"

namespace dojo::train {
namespace {

class TrainCommand : public testing::Test {
 protected:
  void SetUp() override {
    write_image_set(folder_.path(), "train", make_images(400, 1));
    write_image_set(folder_.path(), "t10k", make_images(300, 2));
    options_.data_folder = folder_.path();
  }
  TemporaryFolder folder_;
  TrainOptions options_;
};

TEST_F(TrainCommand, ReportsEveryStepAndTheResult) {
  Machine machine({.backend = "model", .mesh = {2, 2}});
  std::size_t calls = 0;
  options_.epochs = 2;
  const TrainResult result = train(machine, options_, [&](const TrainProgress& progress) {
    EXPECT_EQ(progress.step, ++calls);
    EXPECT_EQ(progress.steps, 14u);
    EXPECT_GT(progress.cycles, 0u);
  });
  EXPECT_EQ(calls, 14u);
  EXPECT_EQ(result.samples, 800u) << "the last batch of an epoch has 16 samples";
  EXPECT_LT(result.loss_last, result.loss_first / 4);
  EXPECT_GT(result.test_accuracy, 0.9);
  EXPECT_NEAR(result.test_accuracy, result.reference_accuracy, 0.02);

  const nlohmann::ordered_json json = to_json(result);
  for (const char* key :
       {"recipe", "steps", "loss_first", "loss_last", "test_accuracy", "reference_accuracy", "samples_per_second",
        "cycles", "nodes", "wall_seconds", "node_cycles_per_second", "weights_hash", "backend"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_FALSE(json.contains("mac_utilization")) << "the model has no timing";
}

TEST_F(TrainCommand, StopsAfterTheStepsAskedFor) {
  Machine machine({.backend = "model", .mesh = {2, 1}});
  options_.steps = 3;
  EXPECT_EQ(train(machine, options_).steps, 3u);
}

TEST_F(TrainCommand, RejectsWhatCannotBe) {
  const auto expect_error = [&](auto change) {
    TrainOptions options = options_;
    change(options);
    Machine machine({.backend = "model"});
    EXPECT_THROW((void)train(machine, options), InputError);
  };
  expect_error([](TrainOptions& options) { options.recipe = "resnet"; });
  expect_error([](TrainOptions& options) { options.data_folder = "/nowhere"; });
  expect_error([](TrainOptions& options) { options.steps = 0; });
  expect_error([](TrainOptions& options) { options.epochs = 0; });
  expect_error([](TrainOptions& options) { options.batch = 0; });
  expect_error([](TrainOptions& options) { options.batch = 1000; });
  expect_error([](TrainOptions& options) { options.learning_rate = 0.0f; });
  expect_error([](TrainOptions& options) { options.learning_rate = NAN; });
}

TEST_F(TrainCommand, NamesTheStepThatFails) {
  Machine machine({.backend = "model", .mesh = {2, 1}});
  options_.max_cycles = 10;
  try {
    (void)train(machine, options_);
    FAIL() << "no error";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("step 1: "));
  }
}

TEST(Progress, IsOneLineWithUnits) {
  const TrainProgress progress{.step = 100,
                               .steps = 938,
                               .loss = 0.512345,
                               .test_accuracy = 0.8312,
                               .cycles = 2'912'345,
                               .mac_utilization = 0.3213,
                               .node_cycles_per_second = 1'020'000,
                               .wall_seconds = 10};
  EXPECT_EQ(format_progress(progress),
            "step 100/938  loss 0.512  test 83.1 %  2.91 Mcycles  MAC 32.1 %  1.02 Mnode-cycles/s  1:23 left");
}

TEST(Progress, IsSparseInALog) {
  std::FILE* log = std::tmpfile();
  ASSERT_NE(log, nullptr);
  ProgressPrinter printer(log);
  for (std::size_t step = 1; step <= 938; ++step) {
    TrainProgress progress;
    progress.step = step;
    progress.steps = 938;
    printer.show(progress);
  }
  ASSERT_EQ(std::fseek(log, 0, SEEK_SET), 0);
  unsigned lines = 0;
  for (int character = std::fgetc(log); character != EOF; character = std::fgetc(log)) {
    EXPECT_NE(character, '\r');
    lines += character == '\n' ? 1 : 0;
  }
  std::fclose(log);
  EXPECT_GE(lines, 20u);
  EXPECT_LE(lines, 30u);
}

}  // namespace
}  // namespace dojo::train
