// Shapes, work and parameters of layers, and what is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/error.hpp"
#include "network/graph.hpp"

namespace dojo::network {
namespace {

const std::vector<DataTensor> tensors{{.name = "images", .shape = {6, 9, 8}},
                                      {.name = "film", .shape = {2, 5, 9, 8}},
                                      {.name = "rows", .shape = {7, 24}},
                                      {.name = "ids", .shape = {7}, .classes = 10},
                                      {.name = "number", .shape = {}}};

GraphLayer layer_of(const LayerSettings& settings, const std::vector<std::string>& inputs) {
  Graph graph(tensors);
  std::vector<std::size_t> values;
  values.reserve(inputs.size());
  for (const std::string& input : inputs) values.push_back(graph.value(input));
  graph.add("layer", settings, values);
  return graph.layers()[0];
}

void expect_refused(const LayerSettings& settings, const std::vector<std::string>& inputs, const std::string& what) {
  try {
    (void)layer_of(settings, inputs);
    FAIL() << "not refused; expected: " << what;
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(what));
  }
}

TEST(Graph, InfersShapesParametersAndWork) {
  const GraphLayer linear = layer_of(Linear{.outputs = 5}, {"rows"});
  EXPECT_EQ(linear.shape, (Shape{7, 5}));
  EXPECT_EQ(linear.parameters[0].shape, (Shape{5, 24}));
  EXPECT_EQ(linear.parameters[1].shape, (Shape{5}));
  EXPECT_EQ(linear.macs, 7 * 5 * 24);

  const GraphLayer image = layer_of(Convolution{.channels = 4,
                                                .kernel = {1, 3, 2},
                                                .stride = {1, 2, 1},
                                                .padding = {0, 1, 0},
                                                .dilation = {1, 1, 3},
                                                .groups = 2},
                                    {"images"});
  EXPECT_EQ(image.shape, (Shape{4, 5, 5}));
  EXPECT_EQ(image.parameters[0].shape, (Shape{4, 3, 3, 2}));
  EXPECT_EQ(image.macs, 4 * 25 * 18);

  const GraphLayer film =
      layer_of(Convolution{.dimensions = 3, .channels = 4, .kernel = {3, 3, 3}, .stride = {2, 1, 1}}, {"film"});
  EXPECT_EQ(film.shape, (Shape{4, 2, 7, 6}));
  EXPECT_EQ(film.parameters[0].shape, (Shape{4, 2, 3, 3, 3}));

  EXPECT_EQ(layer_of(Pool{}, {"images"}).shape, (Shape{6, 4, 4}));
  EXPECT_EQ(layer_of(Attention{.heads = 2}, {"rows"}).shape, (Shape{7, 8}));
  EXPECT_EQ(layer_of(Embedding{.vocabulary = 10, .width = 4}, {"ids"}).shape, (Shape{7, 4}));
  EXPECT_EQ(layer_of(Reshape{}, {"images"}).shape, (Shape{432}));
  EXPECT_EQ(layer_of(BatchNorm{}, {"images"}).parameters.size(), 5);
}

TEST(Graph, CountsTheWorkOfTraining) {
  Graph graph(tensors);
  const std::size_t first = graph.add("first", Linear{.outputs = 5}, {2});
  graph.add("second", Linear{.outputs = 3, .bias = false}, {first});
  EXPECT_EQ(graph.training_macs(), 2 * 7 * 24 * 5 + 3 * 7 * 5 * 3) << "nobody needs the gradient of the data";
  EXPECT_EQ(graph.trained_numbers(), 24 * 5 + 5 + 5 * 3);
}

TEST(Graph, RefusesShapesThatDoNotFit) {
  expect_refused(Linear{.outputs = 5}, {"number"}, "scalar");
  expect_refused(Linear{.outputs = 5}, {"rows", "rows"}, "2 inputs; this kind has 1");
  expect_refused(Convolution{.channels = 4}, {"rows"}, "the input is 7x24; this kind needs channels x rows x columns");
  expect_refused(Convolution{.dimensions = 3, .channels = 4}, {"images"}, "channels x frames x rows x columns");
  expect_refused(Convolution{.channels = 4, .groups = 4}, {"images"}, "4 groups");
  expect_refused(Convolution{.channels = 4, .kernel = {1, 10, 1}}, {"images"}, "a window over 10 elements");
  expect_refused(Convolution{.channels = 4, .kernel = {1, 3, 5}, .dilation = {1, 1, 2}}, {"images"}, "has 8");
  expect_refused(Pool{.kernel = {10, 2}}, {"images"}, "a window over 10 elements");
  expect_refused(Pool{.kernel = {2, 2}, .padding = {2, 0}}, {"images"}, "more than half a window");
  expect_refused(Attention{.heads = 3}, {"rows"}, "3 heads");
  expect_refused(Attention{}, {"images"}, "length x 3 width");
  expect_refused(Embedding{.vocabulary = 9, .width = 4}, {"ids"}, "9 rows for input with 10 classes");
  expect_refused(Embedding{.vocabulary = 9, .width = 4}, {"rows"}, "0 classes");
  expect_refused(Add{}, {"rows", "images"}, "a sum of 7x24 and 6x9x8");
  expect_refused(Add{}, {"rows"}, "two at least");
  expect_refused(Reshape{.shape = {5, 5}}, {"rows"}, "5x5 has 25 elements, the input 7x24 has 168");
  expect_refused(Activation{}, {"ids"}, "'ids' are indices");
}

TEST(Graph, RefusesNames) {
  Graph graph(tensors);
  graph.add("a", Activation{}, {0});
  EXPECT_THROW(graph.add("a", Activation{}, {0}), InputError);
  EXPECT_THROW(graph.add("film", Activation{}, {0}), InputError);
  EXPECT_THROW((void)graph.value("b"), InputError);
  EXPECT_EQ(graph.value("a"), tensors.size());
}

}  // namespace
}  // namespace dojo::network
