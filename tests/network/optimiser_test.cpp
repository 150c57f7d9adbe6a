// Learning rates, clipping and steps of the optimisers, computed by hand.

#include <gtest/gtest.h>

#include <cmath>

#include "network/optimiser.hpp"

namespace dojo::network {
namespace {

std::vector<Parameter> one_parameter(std::vector<float> values, std::vector<float> gradient) {
  const Shape shape{values.size()};
  return {{.name = "layer.weight", .shape = shape, .values = std::move(values), .gradient = std::move(gradient)}};
}

TEST(Schedule, ConstantAndWarmUp) {
  const ScheduleSettings schedule{.rate = 0.8f, .warm_up = 4};
  EXPECT_FLOAT_EQ(schedule.at(0, 100), 0.2f);
  EXPECT_FLOAT_EQ(schedule.at(1, 100), 0.4f);
  EXPECT_FLOAT_EQ(schedule.at(3, 100), 0.8f);
  EXPECT_FLOAT_EQ(schedule.at(4, 100), 0.8f);
  EXPECT_FLOAT_EQ(schedule.at(99, 100), 0.8f);
}

TEST(Schedule, LinearAndCosineFallToTheirEnd) {
  const ScheduleSettings linear{.kind = ScheduleKind::linear, .rate = 1, .final_rate = 0.2f, .warm_up = 10};
  EXPECT_FLOAT_EQ(linear.at(10, 111), 1);
  EXPECT_FLOAT_EQ(linear.at(60, 111), 0.6f);
  EXPECT_FLOAT_EQ(linear.at(110, 111), 0.2f);
  const ScheduleSettings cosine{.kind = ScheduleKind::cosine, .rate = 1, .final_rate = 0.2f};
  EXPECT_FLOAT_EQ(cosine.at(0, 101), 1);
  EXPECT_FLOAT_EQ(cosine.at(50, 101), 0.6f);
  EXPECT_NEAR(cosine.at(25, 101), 0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2, 1e-6);
  EXPECT_FLOAT_EQ(cosine.at(100, 101), 0.2f);
  EXPECT_FLOAT_EQ(cosine.at(0, 1), 1) << "a training of one step";
}

TEST(Optimiser, MomentumAndDecay) {
  auto parameters = one_parameter({1, -2}, {0.5f, 0});
  Optimiser optimiser({.momentum = 0.5f, .decay = 0.1f}, parameters);
  EXPECT_FLOAT_EQ(optimiser.step(parameters, 0.1f), 0.5f);
  EXPECT_FLOAT_EQ(parameters[0].values[0], 1 - 0.1f * 0.6f);
  EXPECT_FLOAT_EQ(parameters[0].values[1], -2 + 0.1f * 0.2f);
  optimiser.step(parameters, 0.1f);
  const float velocity = 0.5f * 0.6f + 0.5f + 0.1f * 0.94f;
  EXPECT_FLOAT_EQ(parameters[0].values[0], 0.94f - 0.1f * velocity);
  EXPECT_EQ(optimiser.state()[0].name, "layer.weight.velocity");
  EXPECT_FLOAT_EQ(optimiser.state()[0].values[0], velocity);
  EXPECT_EQ(optimiser.steps(), 2);
}

TEST(Optimiser, AdamwStepsByItsRate) {
  auto parameters = one_parameter({1, 1}, {1e-3f, -100});
  Optimiser optimiser({.kind = OptimiserKind::adamw, .decay = 0.5f}, parameters);
  optimiser.step(parameters, 0.01f);
  // In its first step the means are the gradient itself, so that only its sign remains.
  EXPECT_NEAR(parameters[0].values[0], 1 - 0.005 - 0.01, 1e-6);
  EXPECT_NEAR(parameters[0].values[1], 1 - 0.005 + 0.01, 1e-6);
  parameters[0].gradient = {0, 0};
  optimiser.step(parameters, 0.01f);
  const double mean = 0.9 * 0.1 * 1e-3 / (1 - 0.9 * 0.9);
  const double square = 0.999 * 0.001 * 1e-6 / (1 - 0.999 * 0.999);
  EXPECT_NEAR(parameters[0].values[0], 0.985 * 0.995 - 0.01 * mean / std::sqrt(square), 1e-5);
}

TEST(Optimiser, ClipsTheNormOfAllGradients) {
  std::vector<Parameter> parameters = one_parameter({0}, {3});
  parameters.push_back({.name = "layer.bias", .shape = {1}, .values = {0}, .gradient = {4}});
  Optimiser optimiser({.momentum = 0, .clip = 2.5f}, parameters);
  EXPECT_FLOAT_EQ(optimiser.step(parameters, 1), 5);
  EXPECT_FLOAT_EQ(parameters[0].values[0], -1.5f);
  EXPECT_FLOAT_EQ(parameters[1].values[0], -2);
  parameters[0].gradient = {0.3f};
  parameters[1].gradient = {0.4f};
  EXPECT_FLOAT_EQ(optimiser.step(parameters, 1), 0.5f);
  EXPECT_FLOAT_EQ(parameters[0].values[0], -1.8f);
}

TEST(Optimiser, LossScaleOfAPowerOfTwoChangesNothing) {
  std::vector<std::vector<float>> ends;
  for (const float scale : {1.0f, 1024.0f}) {
    auto parameters = one_parameter({0.3f, 0.7f}, {0.123f * scale, 4.56f * scale});
    Optimiser optimiser({.momentum = 0.9f, .clip = 1}, parameters);
    for (int i = 0; i < 3; ++i) optimiser.step(parameters, 0.1f, scale);
    ends.push_back(parameters[0].values);
  }
  EXPECT_EQ(ends[0], ends[1]);
}

TEST(Optimiser, LeavesRunningValuesAlone) {
  std::vector<Parameter> parameters = one_parameter({1}, {1});
  parameters.push_back({.name = "n.running_mean",
                        .shape = {1},
                        .kind = ParameterDescription::Kind::running,
                        .values = {5},
                        .gradient = {}});
  Optimiser optimiser({.decay = 0.1f}, parameters);
  optimiser.step(parameters, 0.1f);
  EXPECT_EQ(parameters[1].values[0], 5);
  EXPECT_EQ(optimiser.state().size(), 1);
}

}  // namespace
}  // namespace dojo::network
