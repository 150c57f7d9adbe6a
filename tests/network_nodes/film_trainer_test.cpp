// Networks over films on nodes: gradients against the host's FP32, RTL against model, what is refused.

#include <gtest/gtest.h>

#include <string>

#include "common/error.hpp"
#include "network/nodes/node_trainer.hpp"
#include "network/nodes/stages.hpp"
#include "tests/network_nodes/expect_reference.hpp"

namespace dojo::network {
namespace {

const VideoData film_settings{
    .file = {}, .columns = 24, .rows = 20, .frames = 3, .ahead = 1, .cell = 4, .held_out = 0.75f};

/// Spots that wander over a grey background.
Film wandering_spots(std::size_t frames) {
  Film film{.columns = film_settings.columns, .rows = film_settings.rows, .pixels = {}};
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t row = 0; row < film.rows; ++row) {
      for (std::size_t column = 0; column < film.columns; ++column) {
        const bool spot = (row + frame) % 13 < 5 && (column + 2 * frame) % 17 < 6;
        film.pixels.push_back(static_cast<std::uint8_t>((spot ? 180 : 70) + (7 * row + 13 * column + 5 * frame) % 19));
      }
    }
  }
  return film;
}

std::unique_ptr<DataSet> data_of(std::size_t samples) {
  // A quarter of the frames are to train with; a sample spans four of them.
  return make_video_data(film_settings, wandering_spots(4 * (samples + 3)));
}

template <typename Build>
Recipe video_recipe(std::size_t batch, Build build) {
  Recipe recipe{.name = "film",
                .data = film_settings,
                .graph = Graph(tensors_of(film_settings)),
                .loss = {},
                .optimiser = {.momentum = 0.9f, .decay = 0.01f},
                .schedule = {.kind = ScheduleKind::constant, .rate = 0.02f}};
  const std::size_t last = build(recipe.graph);
  recipe.loss = {.kind = LossKind::binary_cross_entropy, .value = last, .target = 1};
  recipe.batch = batch;
  recipe.epochs = 1;
  return recipe;
}

constexpr Convolution film_convolution(std::size_t channels, std::size_t frames, std::size_t stride) {
  return {.dimensions = 3,
          .channels = channels,
          .kernel = {frames, 3, 3},
          .stride = {1, stride, stride},
          .padding = {0, 1, 1}};
}

constexpr Convolution image_convolution(std::size_t channels, std::size_t stride, std::size_t dilation) {
  return {.channels = channels,
          .kernel = {1, 3, 3},
          .stride = {1, stride, stride},
          .padding = {0, dilation, dilation},
          .dilation = {1, dilation, dilation}};
}

std::size_t add_relu(Graph& graph, const std::string& name, bool relu, std::size_t value) {
  return relu ? graph.add(name, Activation{Function::relu}, {value}) : value;
}

/// Two convolutions over frames, the second one with a stride over an even number of pixels, then dilation; widths and
/// channels that do not fill their tiles.
Recipe film_recipe(std::size_t batch, bool relu) {
  return video_recipe(batch, [relu](Graph& graph) {
    std::size_t value = graph.add("conv1", film_convolution(4, 2, 2), {0});  // 2 x 10x12
    value = add_relu(graph, "relu1", relu, value);
    value = graph.add("conv2", film_convolution(12, 2, 2), {value});  // 1 x 5x6
    value = add_relu(graph, "relu2", relu, value);
    value = graph.add("image", Reshape{{12, 5, 6}}, {value});
    value = graph.add("conv3", image_convolution(10, 1, 2), {value});
    value = add_relu(graph, "relu3", relu, value);
    value = graph.add("cells", image_convolution(1, 1, 1), {value});
    return graph.add("grid", Reshape{{5, 6}}, {value});
  });
}

/// Frames of padding, and frames that become channels.
Recipe reshaped_recipe(std::size_t batch) {
  return video_recipe(batch, [](Graph& graph) {
    Convolution first = film_convolution(9, 3, 2);
    first.padding[0] = 1;
    std::size_t value = graph.add("conv1", first, {0});  // 3 x 10x12
    value = graph.add("channels", Reshape{{27, 10, 12}}, {value});
    value = graph.add("conv2", image_convolution(1, 2, 1), {value});
    return graph.add("grid", Reshape{{5, 6}}, {value});
  });
}

TEST(FilmTrainer, HasTheGradientsOfFp32ButForRounding) {
  expect_reference(film_recipe(3, false), *data_of(5), {1, 1}, 0.02);
  expect_reference(film_recipe(7, false), *data_of(13), {2, 2}, 0.02);
  expect_reference(reshaped_recipe(3), *data_of(5), {2, 1}, 0.02);
}

TEST(FilmTrainer, HasTheGradientsOfFp32WithRelu) {
  expect_reference(film_recipe(7, true), *data_of(13), {2, 2}, 0.2);
}

TEST(FilmTrainer, HasTheSameBitsWhenBatchesAreMadeAhead) {
  const Recipe recipe = film_recipe(3, true);
  const auto data = data_of(8);
  std::vector<std::uint64_t> hashes;
  for (const std::size_t ahead : {0U, 2U}) {
    Machine machine({.backend = "model", .mesh = {2, 1}});
    NodeTrainer trainer(machine, recipe, *data, 1);
    trainer.prepare_ahead(ahead);
    for (int step = 0; step < 4; ++step) trainer.step();  // one of the next epoch, too
    trainer.read_back();
    hashes.push_back(hash_parameters(trainer.network().parameters()));
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(FilmTrainer, EvaluatesOnNodesAsInTraining) {
  expect_evaluation(film_recipe(8, true), *data_of(13), {2, 1});
  expect_evaluation(reshaped_recipe(8), *data_of(13), {2, 1});
}

TEST(FilmTrainer, GivesTheSameBitsOnRtl) {
  const Recipe recipe = film_recipe(3, true);
  const auto data = data_of(3);
  expect_same_bits_on_rtl(recipe, *data, {2, 1});
}

std::string refusal_of(const Recipe& recipe) {
  try {
    (void)make_stages(recipe);
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing refused";
}

TEST(FilmTrainer, RefusesInOneLine) {
  const Recipe some_frames = video_recipe(3, [](Graph& graph) {
    std::size_t value = graph.add("conv1", film_convolution(4, 1, 2), {0});  // 3 frames
    value = graph.add("conv2", film_convolution(1, 2, 2), {value});
    return graph.add("first", film_convolution(1, 2, 1), {value});
  });
  EXPECT_EQ(refusal_of(some_frames),
            "layer 'conv2': behind the first layer nodes convolve over all frames at once, without frames of padding");
  Recipe rectified = film_recipe(3, true);
  rectified.loss.value = rectified.graph.add("end", Activation{Function::relu}, {rectified.graph.last_value()});
  EXPECT_EQ(refusal_of(rectified),
            "layer 'end': on nodes a convolution of images makes the logits of binary cross-entropy");
}

}  // namespace
}  // namespace dojo::network
