#include "network/graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/error.hpp"

namespace dojo::network {
namespace {

using Kind = ParameterDescription::Kind;

/// Finds output shape, parameters and work of a layer.
struct Inference {
  const std::vector<Shape>& inputs;
  GraphLayer& layer;

  [[nodiscard]] const Shape& input() const { return inputs.front(); }
  void need_inputs(std::size_t count) const {
    if (inputs.size() != count) throw InputError(fmt::format("{} inputs; this kind has {}", inputs.size(), count));
  }
  void need_dimensions(std::size_t count, std::string_view names) const {
    need_inputs(1);
    if (input().size() == count) return;
    throw InputError(fmt::format("the input is {}; this kind needs {}", text_of(input()), names));
  }
  void parameter(std::string name, Shape shape, Initial initial, std::size_t fan_in = 1, std::size_t fan_out = 1) {
    layer.parameters.push_back({std::move(name), std::move(shape), initial, Kind::trained, fan_in, fan_out});
  }
  /// Places of a window along one dimension.
  static std::size_t places(std::size_t size, std::size_t kernel, std::size_t stride, std::size_t padding,
                            std::size_t dilation) {
    const std::size_t extent = (kernel - 1) * dilation + 1;
    if (extent > size + 2 * padding) {
      throw InputError(
          fmt::format("a window over {} elements; the input has {} with its padding", extent, size + 2 * padding));
    }
    return (size + 2 * padding - extent) / stride + 1;
  }

  void operator()(const Linear& linear) {
    need_inputs(1);
    if (input().empty()) throw InputError("the input is a scalar; this kind needs a row at least");
    const std::size_t width = input().back();
    layer.shape = input();
    layer.shape.back() = linear.outputs;
    parameter("weight", {linear.outputs, width}, linear.initial, width, linear.outputs);
    if (linear.bias) parameter("bias", {linear.outputs}, Initial::zeros);
    layer.macs = elements_of(layer.shape) * width;
  }

  void operator()(const Convolution& convolution) {
    const bool film = convolution.dimensions == 3;
    need_dimensions(film ? 4 : 3, film ? "channels x frames x rows x columns" : "channels x rows x columns");
    const std::size_t channels = input().front();
    if (channels % convolution.groups != 0 || convolution.channels % convolution.groups != 0) {
      throw InputError(fmt::format("{} groups; they divide neither or only one of {} inputs and {} outputs",
                                   convolution.groups, channels, convolution.channels));
    }
    const std::size_t group = channels / convolution.groups;
    layer.shape = {convolution.channels};
    Shape weight{convolution.channels, group};
    for (std::size_t d = 3 - convolution.dimensions; d < 3; ++d) {
      const std::size_t size = input()[input().size() + d - 3];
      layer.shape.push_back(places(size, convolution.kernel.at(d), convolution.stride.at(d), convolution.padding.at(d),
                                   convolution.dilation.at(d)));
      weight.push_back(convolution.kernel.at(d));
    }
    const std::size_t window = elements_of(weight) / convolution.channels;
    parameter("weight", weight, convolution.initial, window,
              window / group * convolution.channels / convolution.groups);
    if (convolution.bias) parameter("bias", {convolution.channels}, Initial::zeros);
    layer.macs = elements_of(layer.shape) * window;
  }

  void operator()(const Pool& pool) {
    need_dimensions(3, "channels x rows x columns");
    layer.shape = {input().front()};
    for (std::size_t d = 0; d < 2; ++d) {
      // A window wholly in the padding would have no largest value.
      if (pool.padding.at(d) * 2 > pool.kernel.at(d)) throw InputError("padding of more than half a window");
      layer.shape.push_back(places(input()[d + 1], pool.kernel.at(d), pool.stride.at(d), pool.padding.at(d), 1));
    }
  }

  void operator()(const BatchNorm&) {
    need_inputs(1);
    if (input().empty()) throw InputError("the input is a scalar; this kind needs channels");
    layer.shape = input();
    const Shape channels{input().front()};
    parameter("weight", channels, Initial::ones);
    parameter("bias", channels, Initial::zeros);
    layer.parameters.push_back({"running_mean", channels, Initial::zeros, Kind::running});
    layer.parameters.push_back({"running_var", channels, Initial::ones, Kind::running});
    layer.parameters.push_back({"num_batches_tracked", {}, Initial::zeros, Kind::count});
  }

  void operator()(const LayerNorm&) {
    need_inputs(1);
    if (input().empty()) throw InputError("the input is a scalar; this kind needs a row at least");
    layer.shape = input();
    parameter("weight", {input().back()}, Initial::ones);
    parameter("bias", {input().back()}, Initial::zeros);
  }

  void operator()(const Activation& activation) {
    need_inputs(1);
    if (activation.function == Function::softmax && input().empty()) throw InputError("the softmax of a scalar");
    layer.shape = input();
  }

  void operator()(const Attention& attention) {
    need_dimensions(2, "length x 3 width (queries, keys, values)");
    const std::size_t length = input()[0];
    const std::size_t width = input()[1] / 3;
    if (input()[1] % 3 != 0 || width % attention.heads != 0) {
      throw InputError(
          fmt::format("{} columns; they are 3 times the width, which {} heads divide", input()[1], attention.heads));
    }
    layer.shape = {length, width};
    layer.macs = 2 * length * length * width;
  }

  void operator()(const Embedding& embedding) {
    need_inputs(1);
    layer.shape = input();
    layer.shape.push_back(embedding.width);
    parameter("weight", {embedding.vocabulary, embedding.width}, Initial::normal);
  }

  void operator()(const Position&) {
    need_inputs(1);
    layer.shape = input();
    parameter("weight", input(), Initial::normal);
  }

  void operator()(const Dropout&) {
    need_inputs(1);
    layer.shape = input();
  }

  void operator()(const Add&) {
    if (inputs.size() < 2) throw InputError("one input; a sum has two at least");
    for (const Shape& other : inputs) {
      if (other != input()) {
        throw InputError(fmt::format("a sum of {} and {}: they differ", text_of(input()), text_of(other)));
      }
    }
    layer.shape = input();
  }

  void operator()(const Reshape& reshape) {
    need_inputs(1);
    layer.shape = reshape.shape.empty() ? Shape{elements_of(input())} : reshape.shape;
    if (elements_of(layer.shape) != elements_of(input())) {
      throw InputError(fmt::format("{} has {} elements, the input {} has {}", text_of(layer.shape),
                                   elements_of(layer.shape), text_of(input()), elements_of(input())));
    }
  }
};

}  // namespace

std::size_t Graph::add(const std::string& name, const LayerSettings& settings, const std::vector<std::size_t>& inputs) {
  const auto has_name = [&name](const auto& other) { return other.name == name; };
  if (std::ranges::any_of(layers_, has_name) || std::ranges::any_of(tensors_, has_name)) {
    throw InputError(fmt::format("the name '{}' is there already", name));
  }
  std::vector<Shape> shapes;
  shapes.reserve(inputs.size());
  for (const std::size_t input : inputs) {
    // Only a table takes indices, and only those that are in it.
    const std::size_t classes = input < tensors_.size() ? tensors_[input].classes : 0;
    const auto* const table = std::get_if<Embedding>(&settings);
    if (table == nullptr && classes != 0) {
      throw InputError(fmt::format("'{}' are indices; only an embedding takes them", tensors_[input].name));
    }
    if (table != nullptr && (classes == 0 || classes > table->vocabulary)) {
      throw InputError(fmt::format("an embedding of {} rows for input with {} classes", table->vocabulary, classes));
    }
    shapes.push_back(shape(input));
  }
  GraphLayer layer{.name = name, .settings = settings, .inputs = inputs, .shape = {}, .parameters = {}};
  std::visit(Inference{.inputs = shapes, .layer = layer}, settings);
  layers_.push_back(std::move(layer));
  return last_value();
}

std::size_t Graph::value(std::string_view name) const {
  std::vector<std::string> names;
  names.reserve(tensors_.size() + layers_.size());
  for (const DataTensor& tensor : tensors_) names.push_back(tensor.name);
  for (const GraphLayer& layer : layers_) names.push_back(layer.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw InputError(fmt::format("there is no '{}' before this; there are {}", name, fmt::join(names, ", ")));
  }
  return static_cast<std::size_t>(found - names.begin());
}

const Shape& Graph::shape(std::size_t value) const {
  return value < tensors_.size() ? tensors_[value].shape : layers_.at(value - tensors_.size()).shape;
}

std::uint64_t Graph::training_macs() const {
  std::uint64_t macs = 0;
  for (const GraphLayer& layer : layers_) {
    const bool from_data = std::ranges::all_of(layer.inputs, [&](std::size_t v) { return v < tensors_.size(); });
    macs += (from_data ? 2 : 3) * layer.macs;
  }
  return macs;
}

std::size_t Graph::trained_numbers() const {
  std::size_t count = 0;
  for (const GraphLayer& layer : layers_) {
    for (const ParameterDescription& parameter : layer.parameters) {
      if (parameter.kind == Kind::trained) count += elements_of(parameter.shape);
    }
  }
  return count;
}

}  // namespace dojo::network
