// Networks on nodes: gradients and updates against the host's FP32, RTL against model, what is refused->

#include "network/nodes/node_trainer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "network/nodes/placement.hpp"
#include "tests/network_nodes/expect_reference.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {
namespace {

/// A network of the layers that `build` adds behind the images; it returns the last value.
template <typename Build>
Recipe recipe_of(std::size_t batch, Build build) {
  Recipe recipe{.name = "small",
                .data = FashionData{},
                .graph = Graph(tensors_of(FashionData{})),
                .loss = {},
                .optimiser = {.momentum = 0.9f, .decay = 0.01f},
                .schedule = {.kind = ScheduleKind::constant, .rate = 0.02f}};
  const std::size_t last = build(recipe.graph);
  recipe.loss = {.kind = LossKind::cross_entropy, .value = last, .target = 1};
  recipe.batch = batch;
  recipe.epochs = 1;
  return recipe;
}

constexpr Convolution convolution(std::size_t channels, std::size_t kernel, std::size_t padding,
                                  std::size_t stride = 1) {
  return {.channels = channels,
          .kernel = {1, kernel, kernel},
          .stride = {1, stride, stride},
          .padding = {0, padding, padding}};
}

/// Maxima, then two convolutions without pooling between them, of channels that do not fill their tiles.
Recipe deep_recipe(std::size_t batch) {
  return recipe_of(batch, [](Graph& graph) {
    std::size_t value = graph.add("conv1", convolution(12, 3, 1, 2), {0});  // 14x14
    value = graph.add("relu1", Activation{Function::relu}, {value});
    value = graph.add("pool1", Pool{}, {value});  // 7x7
    value = graph.add("conv2", convolution(16, 3, 1), {value});
    value = graph.add("relu2", Activation{Function::relu}, {value});
    value = graph.add("conv3", convolution(20, 3, 1), {value});
    value = graph.add("relu3", Activation{Function::relu}, {value});
    value = graph.add("pool3", Pool{}, {value});  // 3x3
    value = graph.add("row", Reshape{}, {value});
    return graph.add("classes", Linear{.outputs = 10}, {value});
  });
}

/// Mean values, a convolution without ReLU, and two linear layers.
Recipe mean_recipe(std::size_t batch) {
  return recipe_of(batch, [](Graph& graph) {
    std::size_t value = graph.add("conv1", convolution(8, 5, 0, 2), {0});  // 12x12
    value = graph.add("relu1", Activation{Function::relu}, {value});
    value = graph.add("pool1", Pool{.maximum = false}, {value});  // 6x6
    value = graph.add("conv2", convolution(8, 3, 0), {value});    // 4x4
    value = graph.add("row", Reshape{}, {value});
    value = graph.add("hidden", Linear{.outputs = 20}, {value});
    value = graph.add("relu2", Activation{Function::relu}, {value});
    return graph.add("classes", Linear{.outputs = 10}, {value});
  });
}

/// Nothing that jumps: convolutions with padding behind each other, mean values.
Recipe smooth_recipe(std::size_t batch) {
  return recipe_of(batch, [](Graph& graph) {
    std::size_t value = graph.add("conv1", convolution(8, 4, 1, 3), {0});  // 9x9
    value = graph.add("conv2", convolution(16, 5, 2), {value});
    value = graph.add("conv3", convolution(12, 3, 1), {value});
    value = graph.add("pool", Pool{.maximum = false}, {value});  // 4x4
    value = graph.add("row", Reshape{}, {value});
    value = graph.add("hidden", Linear{.outputs = 12}, {value});
    return graph.add("classes", Linear{.outputs = 10}, {value});
  });
}

void expect_reference(const Recipe& recipe, MeshSize mesh, double tolerance, double loss_tolerance = 0.01) {
  const auto data = make_image_data(FashionData{}, train::make_dataset(2 * recipe.batch - 1, 20));
  expect_reference(recipe, *data, mesh, tolerance, loss_tolerance);
}

TEST(NodeTrainer, HasTheGradientsOfFp32OnOneNode) {
  expect_reference(deep_recipe(5), {1, 1}, 0.2);
}

TEST(NodeTrainer, HasTheGradientsOfFp32OnFourNodes) {
  expect_reference(deep_recipe(10), {2, 2}, 0.2);
}

TEST(NodeTrainer, HasTheGradientsOfFp32WithMeansAndLinearLayers) {
  expect_reference(mean_recipe(11), {2, 1}, 0.1);
}

TEST(NodeTrainer, HasTheGradientsOfFp32ButForRounding) {
  expect_reference(smooth_recipe(4), {1, 1}, 0.02);
  expect_reference(smooth_recipe(7), {2, 2}, 0.02);
}

Recipe in_cfloat8(Recipe recipe, bool stochastic = true) {
  recipe.formats = {.weights = {NumberFormat::cf8_143},
                    .activations = {NumberFormat::cf8_143},
                    .gradients = {NumberFormat::cf8_152},
                    .stochastic = stochastic};
  return recipe;
}

TEST(NodeTrainer, HasTheGradientsOfFp32ButForRoundingToCfloat8) {
  for (const bool stochastic : {false, true}) {
    expect_reference(in_cfloat8(smooth_recipe(4), stochastic), {1, 1}, 0.4, 0.1);
    expect_reference(in_cfloat8(smooth_recipe(7), stochastic), {2, 2}, 0.4, 0.1);
    Recipe mixed = in_cfloat8(smooth_recipe(4), stochastic);
    mixed.formats.layers["conv2"] = {.weights = TensorFormat{NumberFormat::cf8_152},
                                     .activations = TensorFormat{},
                                     .gradients = TensorFormat{NumberFormat::cf8_143}};
    expect_reference(mixed, {2, 1}, 0.4, 0.1);
    // Of few numbers the stochastic part is large.
    if (!stochastic) expect_reference(in_cfloat8(mean_recipe(11), stochastic), {2, 1}, 0.5, 0.1);
  }
}

TEST(NodeTrainer, LetsBiasesFollowMagnitudes) {
  const Recipe recipe = in_cfloat8(smooth_recipe(4));
  const auto data = make_image_data(FashionData{}, train::make_dataset(16, 20));
  Machine machine({.backend = "model"});
  NodeTrainer trainer(machine, recipe, *data, 1);
  const NodeGroup& group = trainer.groups().front();
  const auto conv2 = [&] { return group.biases().read[group.plan().weight_operands()[1].operand]; };
  trainer.step();
  const unsigned before = conv2();
  // A checkpoint of weights sixteen times as large: four powers of two.
  const train::TemporaryFolder folder;
  Trainer host(recipe, *data, 1);
  for (float& value : host.network().parameters()[2].values) value *= 16;
  host.step();
  host.save(folder.path() / "net.safetensors");
  trainer.load(folder.path() / "net.safetensors");
  EXPECT_NEAR(conv2(), before - 4, 1);
}

/// Fixed ones are those of the descriptors; a step with those that the magnitudes ask for is the same.
TEST(NodeTrainer, KeepsFixedBiases) {
  const Recipe following = in_cfloat8(smooth_recipe(4), false);
  const auto data = make_image_data(FashionData{}, train::make_dataset(16, 20));
  const auto train = [&](const Recipe& recipe, std::vector<unsigned>& biases) {
    Machine machine({.backend = "model"});
    NodeTrainer trainer(machine, recipe, *data, 1);
    trainer.step();
    biases = trainer.groups().front().biases().read;
    trainer.step();
    trainer.read_back();
    return hash_parameters(trainer.network().parameters());
  };
  std::vector<unsigned> free;
  std::vector<unsigned> fixed;
  const std::uint64_t expected = train(following, free);
  const auto operand = [&](const std::string& name) {
    Machine machine({.backend = "model"});
    const NodeTrainer trainer(machine, following, *data, 1);
    const std::vector<Operand>& all = trainer.groups().front().plan().operands();
    return static_cast<std::size_t>(std::ranges::find(all, name, &Operand::name) - all.begin());
  };
  const std::size_t weights = operand("weights of conv2");
  const std::size_t gradient = operand("gradient of conv3");
  Recipe recipe = following;
  const auto fix = [&](unsigned lower) {
    recipe.formats.layers["conv2"].weights = TensorFormat{NumberFormat::cf8_143, free[weights] - lower};
    recipe.formats.layers["conv3"].gradients = TensorFormat{NumberFormat::cf8_152, free[gradient] - lower};
  };
  fix(0);
  EXPECT_EQ(train(recipe, fixed), expected);
  EXPECT_EQ(fixed, free);
  fix(3);
  EXPECT_NE(train(recipe, fixed), expected);
  EXPECT_EQ(fixed[weights], free[weights] - 3);
  EXPECT_EQ(fixed[gradient], free[gradient] - 3);
}

TEST(NodeTrainer, EvaluatesOnNodesAsInTraining) {
  expect_evaluation(smooth_recipe(8), *make_image_data(FashionData{}, train::make_dataset(8, 30)), {2, 1});
}

std::string refusal(const Recipe& recipe, MeshSize mesh = {1, 1}) {
  Machine machine({.backend = "model", .mesh = mesh});
  const auto data = make_image_data(FashionData{}, train::make_dataset(4, 2));
  try {
    const NodeTrainer trainer(machine, recipe, *data, 1);
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing refused";
}

Recipe as_pipeline(Recipe recipe, std::vector<std::string> begins) {
  recipe.placement.pipeline = std::move(begins);
  return recipe;
}

/// Parts that begin with a convolution behind pooling, behind another one, and with a linear layer whose rows were
/// images; the last two parts of one node each.
TEST(NodeTrainer, HasTheGradientsOfFp32InAPipeline) {
  expect_reference(as_pipeline(smooth_recipe(4), {"conv2"}), {2, 1}, 0.02);
  expect_reference(as_pipeline(smooth_recipe(7), {"conv3", "hidden"}), {3, 2}, 0.02);
  expect_reference(as_pipeline(deep_recipe(10), {"conv2", "classes"}), {3, 2}, 0.2);
  expect_reference(as_pipeline(mean_recipe(11), {"conv2", "classes"}), {3, 1}, 0.1);
  expect_reference(as_pipeline(in_cfloat8(smooth_recipe(4), false), {"conv2", "hidden"}), {3, 1}, 0.4, 0.1);
}

TEST(NodeTrainer, RefusesPipelinesInOneLine) {
  EXPECT_EQ(refusal(as_pipeline(deep_recipe(4), {"conv2"})),
            "placement: 2 parts of a pipeline take whole nodes in a multiple of 2 columns");
  EXPECT_EQ(refusal(as_pipeline(deep_recipe(4), {"pool1"}), {2, 1}),
            "layer 'pool1': a part of a pipeline begins with a convolution or a linear layer");
  EXPECT_EQ(refusal(as_pipeline(deep_recipe(4), {"classes", "conv2"}), {3, 1}),
            "layer 'conv2': parts of a pipeline are in the order of the network");
}

/// Layers of which two or three groups can have whole tiles.
Recipe wide_recipe(std::size_t batch) {
  return recipe_of(batch, [](Graph& graph) {
    std::size_t value = graph.add("conv1", convolution(48, 4, 1, 3), {0});  // 9x9
    value = graph.add("conv2", convolution(48, 3, 1), {value});
    value = graph.add("pool", Pool{.maximum = false}, {value});  // 4x4
    value = graph.add("row", Reshape{}, {value});
    value = graph.add("hidden", Linear{.outputs = 48}, {value});
    return graph.add("classes", Linear{.outputs = 10}, {value});
  });
}

/// Shared outputs of the first convolution, of one behind images, and of a linear layer; inputs of a convolution, of
/// rows that were images, and of the last layer.
TEST(NodeTrainer, HasTheGradientsOfFp32InGroupsThatShareChannels) {
  expect_reference(in_groups(wide_recipe(4), 2, {"conv1", "hidden"}), {2, 1}, 0.02);
  expect_reference(in_groups(wide_recipe(7), 3, {"hidden", "conv1"}), {3, 2}, 0.02);
  expect_reference(in_groups(wide_recipe(3), 3, {"conv2"}), {6, 1}, 0.02);
  expect_reference(in_groups(deep_recipe(6), 2, {"conv2"}), {2, 1}, 0.2);
  expect_reference(in_groups(in_cfloat8(wide_recipe(4), false), 2, {"conv2"}), {2, 1}, 0.4, 0.1);
}

TEST(NodeTrainer, RefusesGroupsInOneLine) {
  EXPECT_EQ(refusal(in_groups(wide_recipe(4), 2, {"conv1"}), {3, 1}),
            "placement: 2 groups take whole nodes in a multiple of 2 columns");
  EXPECT_EQ(refusal(in_groups(deep_recipe(4), 2, {"conv1"}), {2, 1}),
            "layer 'conv1': 12 channels cannot be divided among 2 groups by eights");
  EXPECT_EQ(refusal(in_groups(wide_recipe(4), 2, {"classes"}), {2, 1}),
            "layer 'classes': the loss needs all outputs of the last layer in each group");
  EXPECT_EQ(refusal(in_groups(wide_recipe(4), 2, {"conv1", "conv2"}), {2, 1}),
            "layer 'conv2': its inputs or outputs are shared already");
  EXPECT_EQ(refusal(in_groups(wide_recipe(4), 2, {"conv2", "conv1"}), {2, 1}),
            "layer 'conv1': the layer behind it has its outputs shared");
  EXPECT_EQ(refusal(in_groups(wide_recipe(4), 2, {"pool"}), {2, 1}),
            "layer 'pool': groups share the outputs of a convolution or a linear layer");
  EXPECT_EQ(refusal(in_groups(in_cfloat8(wide_recipe(4)), 2, {"conv1"}), {2, 1}),
            "formats: what several groups compute they round alike, which is to nearest");
}

/// Dropout of pooled images and of rows.
Recipe dropout_recipe(std::size_t batch) {
  return recipe_of(batch, [](Graph& graph) {
    std::size_t value = graph.add("conv1", convolution(16, 4, 1, 3), {0});  // 9x9
    value = graph.add("pool", Pool{.maximum = false}, {value});             // 4x4
    value = graph.add("drop1", Dropout{0.3f}, {value});
    value = graph.add("row", Reshape{}, {value});
    value = graph.add("hidden", Linear{.outputs = 64}, {value});
    value = graph.add("drop2", Dropout{0.5f}, {value});
    return graph.add("classes", Linear{.outputs = 10}, {value});
  });
}

TEST(NodeTrainer, DropsHalfOfTheValuesAndTheirGradients) {
  const Recipe recipe = dropout_recipe(1);
  const auto data = make_image_data(FashionData{}, train::make_dataset(4, 2));
  Machine machine({.backend = "model"});
  NodeTrainer trainer(machine, recipe, *data, 1);
  std::vector<std::vector<bool>> dropped;
  for (int step = 0; step < 2; ++step) {
    trainer.step();
    trainer.read_gradients();
    const std::vector<Parameter>& parameters = trainer.network().parameters();
    const std::vector<float>& hidden = parameters[3].gradient;   // of a bias for each value
    const std::vector<float>& classes = parameters[4].gradient;  // 10 x 64
    std::vector<bool>& zeros = dropped.emplace_back();
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      zeros.push_back(hidden[i] == 0);
      for (std::size_t o = 0; o < 10; ++o) EXPECT_EQ(classes[o * hidden.size() + i] == 0, zeros[i]) << i;
    }
    EXPECT_NEAR(static_cast<double>(std::ranges::count(zeros, true)), 32, 16);
  }
  EXPECT_NE(dropped[0], dropped[1]);
}

/// A small step down the gradient makes the loss less by its square, with the same values dropped.
void expect_slope(const Recipe& recipe, MeshSize mesh) {
  const train::TemporaryFolder folder;
  const auto data = make_image_data(FashionData{}, train::make_dataset(recipe.batch, 2));
  Machine machine({.backend = "model", .mesh = mesh});
  NodeTrainer nodes(machine, recipe, *data, 1);
  const double before = nodes.step().loss;
  nodes.read_gradients();
  Trainer moved(recipe, *data, 1);
  double square = 0;
  for (const Parameter& parameter : nodes.network().parameters()) {
    for (const float value : parameter.gradient) square += double{value} * double{value};
  }
  const double expected = 0.05 * before;
  for (std::size_t p = 0; p < moved.network().parameters().size(); ++p) {
    std::vector<float>& values = moved.network().parameters()[p].values;
    const std::vector<float>& gradient = nodes.network().parameters()[p].gradient;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= static_cast<float>(expected / square) * gradient[i];
  }
  moved.save(folder.path() / "net.safetensors");
  nodes.load(folder.path() / "net.safetensors");
  EXPECT_NEAR(before - nodes.step().loss, expected, 0.1 * expected);
}

TEST(NodeTrainer, HasTheSlopeOfTheLossWithDropout) {
  expect_slope(smooth_recipe(8), {1, 1});
  expect_slope(dropout_recipe(8), {1, 1});
  expect_slope(dropout_recipe(8), {2, 2});
  expect_slope(as_pipeline(dropout_recipe(8), {"hidden"}), {2, 1});
  expect_slope(in_groups(dropout_recipe(8), 2, {"conv1"}), {2, 1});
  expect_slope(in_groups(dropout_recipe(8), 2, {"hidden"}), {2, 1});
}

TEST(NodeTrainer, DropsNothingInEvaluation) {
  const Recipe recipe = dropout_recipe(8);
  const auto data = make_image_data(FashionData{}, train::make_dataset(8, 30));
  Machine machine({.backend = "model", .mesh = {2, 1}});
  NodeTrainer nodes(machine, recipe, *data, 1, Evaluation::nodes);
  Trainer host(recipe, *data, 1);
  const double expected = host.evaluate(21).mean();
  EXPECT_NEAR(nodes.evaluate(21).mean(), expected, 0.01 * expected);
}

TEST(NodeTrainer, GivesTheSameBitsOnRtl) {
  const auto expect_same_bits = [](const Recipe& recipe, MeshSize mesh) {
    const auto data = make_image_data(FashionData{}, train::make_dataset(recipe.batch, 2));
    expect_same_bits_on_rtl(recipe, *data, mesh);
  };
  expect_same_bits(deep_recipe(3), {1, 1});
  expect_same_bits(dropout_recipe(1), {1, 1});
  expect_same_bits(as_pipeline(in_cfloat8(deep_recipe(4)), {"conv3"}), {2, 1});
  expect_same_bits(in_dram(in_groups(deep_recipe(2), 2, {"conv2"})), {2, 1});
}

/// With AdamW, and gradients so long that they are clipped.
Recipe adamw_recipe(Recipe recipe) {
  recipe.optimiser = {.kind = OptimiserKind::adamw, .beta2 = 0.99f, .decay = 0.1f, .clip = 0.25f};
  recipe.schedule.rate = 0.01f;
  return recipe;
}

/// What the host's optimiser makes of the nodes' gradients is what the nodes have made of them.
TEST(NodeTrainer, UpdatesAsTheHostDoes) {
  Recipe clipped = smooth_recipe(7);
  clipped.optimiser.clip = 0.25f;
  // Also clipped by the norm of what several groups have, a part of it alike.
  const Recipe parts = as_pipeline(clipped, {"hidden"});
  const Recipe groups = in_groups(adamw_recipe(wide_recipe(7)), 2, {"conv2"});
  for (const Recipe& recipe : {smooth_recipe(7), clipped, adamw_recipe(smooth_recipe(7)), parts, groups}) {
    for (const MeshSize mesh : {MeshSize{1, 1}, MeshSize{2, 2}}) {
      if (mesh.nodes() == 1 && (recipe.placement.groups > 1 || !recipe.placement.pipeline.empty())) continue;
      const auto data = make_image_data(FashionData{}, train::make_dataset(14, 2));
      Machine machine({.backend = "model", .mesh = mesh});
      NodeTrainer nodes(machine, recipe, *data, 1);
      std::vector<Parameter> parameters = nodes.network().parameters();
      Optimiser optimiser(recipe.optimiser, parameters);
      for (int step = 0; step < 3; ++step) {
        const std::vector<Parameter> before = parameters;
        const StepResult result = nodes.step();
        nodes.read_gradients();
        nodes.read_back();
        for (std::size_t p = 0; p < parameters.size(); ++p) {
          parameters[p].gradient = nodes.network().parameters()[p].gradient;
        }
        const float norm = optimiser.step(parameters, result.rate);
        EXPECT_NEAR(result.gradient_norm, norm, 1e-5 * norm);
        EXPECT_GT(norm, recipe.optimiser.clip);
        for (std::size_t p = 0; p < parameters.size(); ++p) {
          for (std::size_t i = 0; i < parameters[p].values.size(); ++i) {
            const float value = parameters[p].values[i];
            const float change = value - before[p].values[i];
            ASSERT_NEAR(nodes.network().parameters()[p].values[i], value,
                        1e-5 * std::abs(change) + 1e-6 * std::abs(value) + 1e-9)
                << parameters[p].name << " " << i << " step " << step;
          }
          parameters[p].values = nodes.network().parameters()[p].values;
        }
      }
    }
  }
}

void expect_same_bits_after_resuming(const Recipe& recipe) {
  expect_same_bits_after_resuming(recipe, *make_image_data(FashionData{}, train::make_dataset(32, 20)));
}

TEST(NodeTrainer, GoesOnFromACheckpointToTheSameBits) {
  expect_same_bits_after_resuming(mean_recipe(8));
  expect_same_bits_after_resuming(adamw_recipe(mean_recipe(8)));
  expect_same_bits_after_resuming(in_cfloat8(mean_recipe(8)));
  expect_same_bits_after_resuming(in_dram(adamw_recipe(mean_recipe(8))));
  expect_same_bits_after_resuming(in_groups(wide_recipe(8), 2, {"conv2"}));
}

/// Chunks that begin and end with buckets, or within them.
TEST(NodeTrainer, HasTheSameBitsWithOwnedParametersInDram) {
  const auto data = make_image_data(FashionData{}, train::make_dataset(14, 2));
  for (const Recipe& recipe : {adamw_recipe(smooth_recipe(7)), in_groups(adamw_recipe(wide_recipe(7)), 2, {"conv2"}),
                               as_pipeline(wide_recipe(7), {"hidden"})}) {
    std::vector<std::uint64_t> hashes;
    for (const Recipe& placed : {recipe, in_dram(recipe)}) {
      Machine machine({.backend = "model", .mesh = {2, 2}, .memory = true});
      NodeTrainer trainer(machine, placed, *data, 1);
      for (int i = 0; i < 2; ++i) trainer.step();
      trainer.read_back();
      hashes.push_back(hash_parameters(trainer.network().parameters()));
    }
    EXPECT_EQ(hashes[0], hashes[1]);
  }
  EXPECT_EQ(refusal(in_dram(mean_recipe(4))),
            "placement: DRAM is in machines with Interface Processors, which --memory makes");
}

TEST(NodeTrainer, RefusesInOneLine) {
  const Recipe norm = recipe_of(4, [](Graph& graph) {
    std::size_t value = graph.add("conv1", convolution(8, 3, 1), {0});
    value = graph.add("norm", BatchNorm{}, {value});
    value = graph.add("row", Reshape{}, {value});
    return graph.add("classes", Linear{.outputs = 10}, {value});
  });
  EXPECT_EQ(refusal(norm),
            "layer 'norm': nodes know conv2d, conv3d, linear, relu, dropout, max_pool, avg_pool and reshape");
  Recipe scaled = mean_recipe(4);
  scaled.loss.scale = 2;
  EXPECT_EQ(refusal(scaled), "loss: nodes do not scale the loss");
}

TEST(NodeTrainer, RefusesWeightsOfTwoSizes) {
  Recipe mixed = in_cfloat8(mean_recipe(4));
  mixed.formats.layers["conv2"].weights = TensorFormat{};
  EXPECT_EQ(refusal(mixed), "layer 'conv2': on nodes the weights of all layers are BF16, or those of all CFloat8");
}

TEST(NodePlan, SaysWhichBytesAreMissing) {
  const Program program = load_firmware("network");
  const Rectangle one{};
  std::size_t batch = 1;
  while (place_recipe(deep_recipe(batch + 1), one, program)[0].plan->fits()) ++batch;
  const std::unique_ptr<StepPlan> largest = std::move(place_recipe(deep_recipe(batch), one, program)[0].plan);
  const std::unique_ptr<StepPlan> refused = std::move(place_recipe(deep_recipe(batch + 1), one, program)[0].plan);
  std::size_t sum = 0;
  for (const Region& region : largest->regions()) sum += region.bytes;
  EXPECT_EQ(sum, largest->bytes());
  EXPECT_EQ(refusal(deep_recipe(batch + 1)),
            fmt::format("recipe 'small': {} samples on each of 1 node: {} bytes of its SRAM, of which {} are free: {} "
                        "are missing; take a smaller batch or more nodes",
                        batch + 1, refused->bytes(), refused->available(), refused->bytes() - refused->available()));
}

}  // namespace
}  // namespace dojo::network
