// Networks of sequences on nodes: gradients against the host's FP32, RTL against model, what is refused.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "common/error.hpp"
#include "kernels/firmware.hpp"
#include "network/nodes/placement.hpp"
#include "network/nodes/sequence_plan.hpp"
#include "tests/network_nodes/expect_reference.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {
namespace {

struct Sizes {
  std::size_t length;
  std::size_t width;
  std::size_t heads;
  std::size_t hidden;
  bool causal = true;
  std::size_t blocks = 1;
};

/// A text in which the next character is not quite by chance.
TextData write_text(const std::filesystem::path& folder, std::size_t length) {
  const std::filesystem::path file = folder / "text";
  std::ofstream stream(file);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < 40 * length; ++i) {
    state = state * 1664525 + 1013904223;
    stream << static_cast<char>(' ' + (i % 7) * 12 + (state >> 24) % 12);
  }
  return {.files = {file}, .length = length, .stride = 5};
}

/// Without layers.
Recipe empty_recipe(const TextData& data, std::size_t batch) {
  Recipe recipe{.name = "text",
                .data = data,
                .graph = Graph(tensors_of(data)),
                .loss = {},
                .optimiser = {.momentum = 0.9f, .decay = 0.01f, .clip = 1},
                .schedule = {.kind = ScheduleKind::constant, .rate = 0.02f}};
  recipe.loss.target = 1;
  recipe.batch = batch;
  return recipe;
}

/// Blocks of attention and feed-forward network, whose middle is taken by three layers.
Recipe block_recipe(const TextData& data, const Sizes& sizes, std::size_t batch) {
  Recipe recipe = empty_recipe(data, batch);
  Graph& graph = recipe.graph;
  std::size_t value = graph.add("embedding", Embedding{.vocabulary = 96, .width = sizes.width}, {0});
  value = graph.add("position", Position{}, {value});
  for (std::size_t block = 1; block <= sizes.blocks; ++block) {
    const auto add = [&](const std::string& name, const LayerSettings& settings, const std::vector<std::size_t>& from) {
      return graph.add(fmt::format("{}{}", name, block), settings, from);
    };
    const std::size_t first = value;
    value = add("norm_a", LayerNorm{}, {first});
    value = add("qkv", Linear{.outputs = 3 * sizes.width, .initial = Initial::xavier}, {value});
    value = add("attention", Attention{.heads = sizes.heads, .causal = sizes.causal}, {value});
    value = add("project", Linear{.outputs = sizes.width, .initial = Initial::xavier}, {value});
    const std::size_t middle = add("sum_a", Add{}, {first, value});
    value = add("norm_b", LayerNorm{}, {middle});
    value = add("up", Linear{.outputs = sizes.hidden, .initial = Initial::xavier}, {value});
    value = add("gelu", Activation{Function::gelu}, {value});
    value = add("down", Linear{.outputs = sizes.width, .initial = Initial::xavier}, {value});
    const std::size_t beside = add("beside", Linear{.outputs = sizes.width}, {middle});
    value = add("sum_b", Add{}, {middle, value, beside});
  }
  recipe.loss.value = graph.add("logits", Linear{.outputs = 96, .initial = Initial::xavier}, {value});
  return recipe;
}

void expect_reference(const Sizes& sizes, std::size_t batch, MeshSize mesh, double tolerance) {
  const train::TemporaryFolder folder;
  const TextData text = write_text(folder.path(), sizes.length);
  const Recipe recipe = block_recipe(text, sizes, batch);
  expect_reference(recipe, *load_text_data(text), mesh, tolerance);
}

TEST(SequenceTrainer, HasTheGradientsOfFp32OnOneNode) {
  expect_reference({.length = 24, .width = 16, .heads = 2, .hidden = 40}, 2, {1, 1}, 0.02);
}

TEST(SequenceTrainer, HasTheGradientsOfFp32OnFourNodes) {
  expect_reference({.length = 16, .width = 32, .heads = 1, .hidden = 72, .causal = false}, 7, {2, 2}, 0.02);
}

/// What does not fit is made again.
TEST(SequenceTrainer, HasTheGradientsOfFp32WithLittleRoom) {
  const Sizes sizes{.length = 128, .width = 64, .heads = 4, .hidden = 128, .blocks = 2};
  const train::TemporaryFolder folder;
  const Recipe recipe = block_recipe(write_text(folder.path(), sizes.length), sizes, 4);
  const Rectangle nodes{.columns = 2, .rows = 2};
  const SequencePlan plan(recipe, {nodes}, 0, hw::sram_base, hw::sram_size);
  const SequencePlan roomy(recipe, {nodes}, 0, hw::sram_base, 4 * std::size_t{hw::sram_size});
  EXPECT_TRUE(plan.fits());
  EXPECT_LT(plan.bytes(), roomy.bytes());
  expect_reference(sizes, 4, {2, 2}, 0.02);
}

/// Linear layers only, but for a GELU, so that all gradients are in BF16; and of the last one the inputs are shared.
Recipe linear_recipe(const TextData& data, std::size_t batch) {
  Recipe recipe = empty_recipe(data, batch);
  Graph& graph = recipe.graph;
  std::size_t value = graph.add("embedding", Embedding{.vocabulary = 96, .width = 16}, {0});
  value = graph.add("first", Linear{.outputs = 96, .initial = Initial::xavier}, {value});
  value = graph.add("second", Linear{.outputs = 32, .initial = Initial::xavier}, {value});
  value = graph.add("third", Linear{.outputs = 48, .initial = Initial::xavier}, {value});
  value = graph.add("gelu", Activation{Function::gelu}, {value});
  recipe.loss.value = graph.add("logits", Linear{.outputs = 96, .initial = Initial::xavier}, {value});
  return recipe;
}

/// Heads, and outputs behind which is GELU or nothing; two and three groups, several sequences on a node.
TEST(SequenceTrainer, HasTheGradientsOfFp32InGroupsThatShareLayers) {
  const train::TemporaryFolder folder;
  const TextData text = write_text(folder.path(), 16);
  const auto data = load_text_data(text);
  const auto expect = [&](const Recipe& recipe, MeshSize mesh) {
    for (const float clip : {0.0f, 1.0f}) {
      Recipe clipped = recipe;
      clipped.optimiser.clip = clip;
      expect_reference(clipped, *data, mesh, 0.02);
    }
  };
  const Sizes two{.length = 16, .width = 32, .heads = 4, .hidden = 48, .blocks = 2};
  expect(in_groups(block_recipe(text, two, 7), 2, {"qkv1", "up1", "up2", "qkv2"}), {4, 1});
  const Sizes three{.length = 16, .width = 48, .heads = 3, .hidden = 72, .causal = false};
  expect(in_groups(block_recipe(text, three, 3), 3, {"up1", "qkv1"}), {3, 1});
  expect(in_groups(linear_recipe(text, 5), 2, {"third", "first"}), {2, 2});
}

/// Of what they repeat; everything else is in one group only.
TEST(SequenceTrainer, HasTheSameBitsInAllGroups) {
  const Sizes sizes{.length = 16, .width = 32, .heads = 2, .hidden = 32};
  const train::TemporaryFolder folder;
  const TextData text = write_text(folder.path(), sizes.length);
  const Recipe recipe = in_groups(block_recipe(text, sizes, 3), 2, {"qkv1", "up1"});
  const auto data = load_text_data(text);
  Machine machine({.backend = "model", .mesh = {4, 1}});
  NodeTrainer trainer(machine, recipe, *data, 1);
  for (int step = 0; step < 2; ++step) trainer.step();
  std::vector<std::vector<std::vector<float>>> found;
  for (const NodeGroup& group : trainer.groups()) {
    std::vector<std::vector<float>>& values = found.emplace_back();
    NodeGroup::Numbers numbers;
    values.reserve(group.plan().places().size());
    for (const auto& places : group.plan().places()) numbers.push_back(&values.emplace_back(places.size()));
    group.read_parameters(numbers, {});
  }
  for (std::size_t p = 0; p < found[0].size(); ++p) {
    const std::string& name = trainer.network().parameters()[p].name;
    const bool shared =
        name.starts_with("qkv") || name.starts_with("up") || name == "project1.weight" || name == "down1.weight";
    for (std::size_t i = 0; i < found[0][p].size(); ++i) {
      const auto has = [&](std::size_t group) {
        return trainer.groups()[group].plan().places()[p][i] != StepPlan::elsewhere;
      };
      ASSERT_EQ(has(0) && has(1), !shared) << name << " " << i;
      ASSERT_TRUE(has(0) || has(1)) << name << " " << i;
      if (!shared) ASSERT_EQ(found[0][p][i], found[1][p][i]) << name << " " << i;
    }
  }
}

TEST(SequenceTrainer, GivesTheSameBitsOnRtl) {
  const Sizes sizes{.length = 16, .width = 16, .heads = 2, .hidden = 24};
  const train::TemporaryFolder folder;
  const TextData text = write_text(folder.path(), sizes.length);
  Recipe recipe = block_recipe(text, sizes, 3);
  recipe.optimiser = {.kind = OptimiserKind::adamw, .decay = 0.01f, .clip = 1};
  const auto data = load_text_data(text);
  expect_same_bits_on_rtl(recipe, *data, {2, 1});
}

TEST(SequenceTrainer, GoesOnFromACheckpointToTheSameBits) {
  const Sizes sizes{.length = 16, .width = 32, .heads = 2, .hidden = 32};
  const train::TemporaryFolder folder;
  const TextData text = write_text(folder.path(), sizes.length);
  const Recipe recipe = block_recipe(text, sizes, 3);
  expect_same_bits_after_resuming(recipe, *load_text_data(text));
  expect_same_bits_after_resuming(in_dram(in_groups(recipe, 2, {"qkv1", "up1"})), *load_text_data(text));
}

TEST(SequenceTrainer, GivesTheSameBitsOnRtlInGroups) {
  const Sizes sizes{.length = 8, .width = 16, .heads = 2, .hidden = 16};
  const train::TemporaryFolder folder;
  const TextData text = write_text(folder.path(), sizes.length);
  Recipe recipe = in_groups(block_recipe(text, sizes, 2), 2, {"qkv1", "up1"});
  const auto data = load_text_data(text);
  expect_same_bits_on_rtl(recipe, *data, {2, 1});
}

TEST(SequencePlan, HasRoomForTheRecipe) {
  const Recipe recipe = read_recipe(find_recipe("tiny-transformer"));
  const std::vector<PlacedPlan> placed = place_recipe(recipe, {.columns = 4, .rows = 4}, load_firmware("network"));
  ASSERT_EQ(placed.size(), 1);
  EXPECT_TRUE(placed.front().plan->fits()) << placed.front().plan->summary();
}

TEST(SequencePlan, RefusesInOneLine) {
  const auto refusal = [](std::size_t length, auto change) {
    const TextData data{.files = {}, .length = length};
    Recipe recipe = empty_recipe(data, 4);
    const std::size_t rows = recipe.graph.add("embedding", Embedding{.vocabulary = 96, .width = 24}, {0});
    const std::size_t last = change(recipe.graph, rows);
    recipe.loss.value = recipe.graph.add("logits", Linear{.outputs = 96}, {last});
    try {
      const SequencePlan plan(recipe, {Rectangle{}}, 0, hw::sram_base, hw::sram_size);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("nothing refused");
  };
  const auto same = [](Graph&, std::size_t rows) { return rows; };
  EXPECT_EQ(refusal(16, same), "nothing refused");
  EXPECT_EQ(refusal(12, same), "data: the length of sequences on nodes is a multiple of 8");
  EXPECT_EQ(
      refusal(16, [](Graph& graph, std::size_t rows) { return graph.add("thin", Linear{.outputs = 12}, {rows}); }),
      "layer 'thin': columns of sequences on nodes are a multiple of 8");
  EXPECT_EQ(
      refusal(16, [](Graph& graph, std::size_t rows) { return graph.add("relu", Activation{Function::relu}, {rows}); }),
      "layer 'relu': of activations of sequences nodes know gelu");
  EXPECT_EQ(refusal(16, [](Graph& graph, std::size_t rows) { return graph.add("drop", Dropout{}, {rows}); }),
            "layer 'drop': in sequences nodes know embedding, position, layer_norm, linear, attention, gelu and add");
  EXPECT_EQ(
      refusal(16, [](Graph& graph, std::size_t rows) { return graph.add("heads", Attention{.heads = 2}, {rows}); }),
      "layer 'heads': heads of nodes have a multiple of 8 columns");
}

TEST(SequencePlan, RefusesGroupsInOneLine) {
  const auto refusal = [](unsigned groups, std::vector<std::string> layers) {
    const TextData data{.files = {}, .length = 16};
    Recipe recipe = in_groups(empty_recipe(data, 4), groups, std::move(layers));
    Graph& graph = recipe.graph;
    std::size_t value = graph.add("embedding", Embedding{.vocabulary = 96, .width = 48}, {0});
    value = graph.add("qkv", Linear{.outputs = 144}, {value});
    value = graph.add("attention", Attention{.heads = 3}, {value});
    value = graph.add("project", Linear{.outputs = 144}, {value});
    const std::size_t gelu = graph.add("gelu", Activation{Function::gelu}, {value});
    value = graph.add("sum", Add{}, {value, gelu});
    value = graph.add("wide", Linear{.outputs = 144}, {value});
    value = graph.add("heads", Attention{.heads = 2}, {value});
    value = graph.add("more", Attention{.heads = 2}, {value});
    value = graph.add("first", Linear{.outputs = 16}, {value});
    value = graph.add("second", Linear{.outputs = 32}, {value});
    value = graph.add("third", Linear{.outputs = 16}, {value});
    value = graph.add("norm", LayerNorm{}, {value});
    recipe.loss.value = graph.add("logits", Linear{.outputs = 96}, {value});
    try {
      const SequencePlan plan(recipe, std::vector<Rectangle>(groups), 0, hw::sram_base, hw::sram_size);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("nothing refused");
  };
  EXPECT_EQ(refusal(3, {"qkv"}), "nothing refused");
  EXPECT_EQ(refusal(3, {"gelu"}), "layer 'gelu': groups share the outputs of a linear layer");
  EXPECT_EQ(refusal(3, {"qkv", "project"}), "layer 'project': its inputs or outputs are shared already");
  EXPECT_EQ(refusal(2, {"qkv"}), "layer 'qkv': 3 heads of 'attention' cannot be divided among 2 groups");
  EXPECT_EQ(refusal(2, {"project"}),
            "layer 'project': what groups share is read once; of 'project' there are 2 readers");
  EXPECT_EQ(refusal(2, {"wide"}),
            "layer 'wide': what groups share goes through gelu or one attention to a linear layer, not to 'more'");
  EXPECT_EQ(refusal(2, {"third"}),
            "layer 'third': what groups share goes through gelu or one attention to a linear layer, not to 'norm'");
  EXPECT_EQ(refusal(2, {"second", "first"}), "layer 'first': the layer behind it has its outputs shared");
  EXPECT_EQ(refusal(3, {"first"}), "layer 'first': 16 outputs cannot be divided among 3 groups by eights");
  EXPECT_EQ(refusal(2, {"logits"}), "layer 'logits': the loss needs all outputs of the last layer in each group");
}

}  // namespace
}  // namespace dojo::network
