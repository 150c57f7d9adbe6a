#include "train/recipe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "common/error.hpp"
#include "tests/train/synthetic_data.hpp"
#include "train/reference.hpp"

namespace dojo::train {
namespace {

TEST(Recipe, IsFoundByName) {
  EXPECT_EQ(find_recipe("fashion-mnist-mlp").inputs, 784u);
  EXPECT_THROW((void)find_recipe("resnet"), InputError);
}

TEST(Recipe, CountsStepsAndMacs) {
  MlpRecipe recipe;
  EXPECT_EQ(recipe.steps(60000), 938u);
  recipe.epochs = 2;
  EXPECT_EQ(recipe.steps(60000), 1876u);
  EXPECT_EQ(recipe.macs_per_sample(), 2u * 784 * 128 + 3u * 128 * 10);
}

TEST(Recipe, LowersTheRateInAStraightLine) {
  MlpRecipe recipe;
  recipe.learning_rate = 1.0f;
  recipe.final_rate = 0.5f;
  EXPECT_FLOAT_EQ(recipe.rate(0, 11), 1.0f);
  EXPECT_FLOAT_EQ(recipe.rate(5, 11), 0.75f);
  EXPECT_FLOAT_EQ(recipe.rate(10, 11), 0.5f);
  EXPECT_FLOAT_EQ(recipe.rate(0, 1), 1.0f);
}

TEST(InitialParameters, HaveTheVarianceOfHe) {
  const MlpRecipe recipe;
  const MlpParameters parameters = initial_parameters(recipe);
  double sum = 0;
  double squares = 0;
  for (const float weight : parameters.weights_1) {
    sum += weight;
    squares += double{weight} * double{weight};
  }
  const auto count = static_cast<double>(parameters.weights_1.size());
  EXPECT_NEAR(sum / count, 0.0, 1e-3);
  EXPECT_NEAR(squares / count, 2.0 / 784, 2.0 / 784 * 0.02);
  EXPECT_TRUE(std::ranges::all_of(parameters.bias_1, [](float bias) { return bias == 0; }));
}

TEST(InitialParameters, DependOnTheSeedOnly) {
  MlpRecipe recipe;
  const std::uint64_t first = hash_parameters(initial_parameters(recipe));
  EXPECT_EQ(hash_parameters(initial_parameters(recipe)), first);
  // The same bits on every processor and compiler.
  EXPECT_EQ(first, 8977219984831855057u);
  recipe.seed = 2;
  EXPECT_NE(hash_parameters(initial_parameters(recipe)), first);
}

TEST(SampleOrder, IsAPermutationThatDependsOnSeedAndEpoch) {
  MlpRecipe recipe;
  const std::vector<std::uint32_t> order = sample_order(recipe, 1000, 0);
  std::vector<std::uint32_t> sorted = order;
  std::ranges::sort(sorted);
  for (std::uint32_t i = 0; i < sorted.size(); ++i) ASSERT_EQ(sorted[i], i);
  EXPECT_NE(order, sorted);
  EXPECT_EQ(sample_order(recipe, 1000, 0), order);
  EXPECT_NE(sample_order(recipe, 1000, 1), order);
  recipe.seed = 2;
  EXPECT_NE(sample_order(recipe, 1000, 0), order);
}

TEST(Reference, LearnsAndCountsItsGradientRight) {
  MlpRecipe recipe;
  const Dataset dataset = make_dataset(640, 200);
  const std::atomic<bool> go_on{false};
  const ReferenceResult result = train_reference(recipe, dataset, 10, 10, go_on);
  EXPECT_GT(result.loss_first, 1.5);
  EXPECT_LT(result.loss_last, result.loss_first / 4);
  EXPECT_GT(result.test_accuracy, 0.9);
}

}  // namespace
}  // namespace dojo::train
