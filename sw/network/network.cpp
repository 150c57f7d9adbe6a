#include "network/network.hpp"

#include <algorithm>
#include <cmath>

#include "network/random.hpp"

namespace dojo::network {
namespace {

float deviation_of(const ParameterDescription& parameter) {
  constexpr float of_tables = 0.02f;
  switch (parameter.initial) {
    case Initial::he:
      return std::sqrt(2.0f / static_cast<float>(parameter.fan_in));
    case Initial::xavier:
      return std::sqrt(2.0f / static_cast<float>(parameter.fan_in + parameter.fan_out));
    case Initial::normal:
      return of_tables;
    case Initial::zeros:
    case Initial::ones:
      break;
  }
  return 0;
}

Parameter initial_parameter(const std::string& layer, const ParameterDescription& description, std::uint64_t seed) {
  Parameter parameter{.name = layer + "." + description.name,
                      .shape = description.shape,
                      .kind = description.kind,
                      .values = std::vector<float>(elements_of(description.shape)),
                      .gradient = {}};
  if (parameter.trained()) parameter.gradient.resize(parameter.values.size());
  if (description.initial == Initial::ones) std::ranges::fill(parameter.values, 1.0f);
  if (const float deviation = deviation_of(description); deviation > 0) {
    const RandomStream random(seed, parameter.name);
    for (std::size_t i = 0; i < parameter.values.size(); ++i) parameter.values[i] = deviation * random.normal(i);
  }
  return parameter;
}

}  // namespace

std::vector<Parameter> initial_parameters(const Graph& graph, std::uint64_t seed) {
  std::vector<Parameter> parameters;
  for (const GraphLayer& layer : graph.layers()) {
    for (const ParameterDescription& description : layer.parameters) {
      parameters.push_back(initial_parameter(layer.name, description, seed));
    }
  }
  return parameters;
}

std::uint64_t hash_parameters(std::span<const Parameter> parameters) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Parameter& parameter : parameters) {
    for (const std::byte byte : std::as_bytes(std::span(parameter.values))) {
      hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3u;
    }
  }
  return hash;
}

Network::Network(const Graph& graph, std::uint64_t seed)
    : graph_(graph),
      parameters_(initial_parameters(graph, seed)),
      outputs_(graph.layers().size()),
      gradients_(graph.layers().size()) {
  std::size_t first = 0;
  for (const GraphLayer& layer : graph_.layers()) {
    std::vector<Shape> shapes;
    bool wanted = !layer.parameters.empty();
    for (const std::size_t input : layer.inputs) {
      shapes.push_back(graph_.shape(input));
      wanted = wanted || (input >= graph_.tensors().size() && wanted_[input - graph_.tensors().size()]);
    }
    wanted_.push_back(wanted);
    layers_.push_back(make_layer(layer, shapes, std::span(parameters_).subspan(first, layer.parameters.size())));
    first += layer.parameters.size();
  }
}

const Tensor& Network::value(std::span<const Tensor> data, std::size_t index) const {
  return index < graph_.tensors().size() ? data[index] : outputs_[index - graph_.tensors().size()];
}

std::vector<const Tensor*> Network::inputs_of(const GraphLayer& layer, std::span<const Tensor> data) const {
  std::vector<const Tensor*> inputs;
  inputs.reserve(layer.inputs.size());
  for (const std::size_t input : layer.inputs) inputs.push_back(&value(data, input));
  return inputs;
}

const Tensor& Network::forward(std::span<const Tensor> data, std::size_t value, const Pass& pass) {
  output_ = value - graph_.tensors().size();
  for (std::size_t i = 0; i <= output_; ++i) {
    const GraphLayer& layer = graph_.layers()[i];
    outputs_[i].resize(data.front().samples(), layer.shape);
    layers_[i]->forward(inputs_of(layer, data), outputs_[i], pass);
  }
  if (pass.training) gradients_[output_].resize(data.front().samples(), graph_.shape(value));
  return outputs_[output_];
}

void Network::backward(std::span<const Tensor> data, const Pass& pass) {
  for (std::size_t i = 0; i < output_; ++i) {
    gradients_[i].resize(data.front().samples(), graph_.layers()[i].shape);
    std::ranges::fill(gradients_[i].values, 0.0f);
  }
  for (Parameter& parameter : parameters_) std::ranges::fill(parameter.gradient, 0.0f);
  for (std::size_t i = output_ + 1; i-- > 0;) {
    if (!wanted_[i]) continue;
    const GraphLayer& layer = graph_.layers()[i];
    std::vector<Tensor*> gradients;
    for (const std::size_t input : layer.inputs) {
      const bool needed = input >= graph_.tensors().size() && wanted_[input - graph_.tensors().size()];
      gradients.push_back(needed ? &gradients_[input - graph_.tensors().size()] : nullptr);
    }
    layers_[i]->backward(inputs_of(layer, data), outputs_[i], gradients_[i], gradients, pass);
  }
}

}  // namespace dojo::network
