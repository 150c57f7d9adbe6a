#pragma once
// One layer with random inputs and parameters, for tests.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "network/graph.hpp"
#include "network/layer.hpp"
#include "network/network.hpp"
#include "network/random.hpp"

namespace dojo::network {

class SingleLayer {
 public:
  /// `classes` of the inputs; 0: real numbers, random and normal.
  SingleLayer(const LayerSettings& settings, const std::vector<Shape>& shapes, std::size_t samples,
              std::size_t classes = 0, std::uint64_t seed = 1)
      : graph_(tensors_of(shapes, classes)), random_(seed, "test") {
    std::vector<std::size_t> values;
    values.reserve(shapes.size());
    for (std::size_t i = 0; i < shapes.size(); ++i) values.push_back(i);
    graph_.add("layer", settings, values);
    parameters_ = initial_parameters(graph_, seed);
    for (Parameter& parameter : parameters_) {
      if (!parameter.trained()) continue;
      for (float& value : parameter.values) value += 0.3f * random_.normal(counter_++);
    }
    layer_ = make_layer(graph_.layers()[0], shapes, parameters_);
    for (const Shape& shape : shapes) {
      inputs_.emplace_back().resize(samples, shape);
      gradients_.emplace_back().resize(samples, shape);
      for (float& value : inputs_.back().values) {
        value = classes == 0 ? random_.normal(counter_++) : static_cast<float>(random_.bits(counter_++) % classes);
      }
    }
    output_.resize(samples, graph_.layers()[0].shape);
    output_gradient_.resize(samples, graph_.layers()[0].shape);
    for (float& value : output_gradient_.values) value = random_.normal(counter_++);
  }

  [[nodiscard]] const Graph& graph() const { return graph_; }
  std::vector<Tensor>& inputs() { return inputs_; }
  std::vector<Tensor>& gradients() { return gradients_; }
  std::vector<Parameter>& parameters() { return parameters_; }
  Tensor& output_gradient() { return output_gradient_; }
  Pass& pass() { return pass_; }

  const Tensor& forward() {
    const auto inputs = pointers<const Tensor>(inputs_);
    layer_->forward(inputs, output_, pass_);
    return output_;
  }
  /// Gradients of the sum of all outputs times output_gradient().
  void backward() {
    for (Tensor& gradient : gradients_) std::fill(gradient.values.begin(), gradient.values.end(), 0.0f);
    for (Parameter& parameter : parameters_) std::fill(parameter.gradient.begin(), parameter.gradient.end(), 0.0f);
    const auto inputs = pointers<const Tensor>(inputs_);
    const auto gradients = pointers<Tensor>(gradients_);
    layer_->backward(inputs, output_, output_gradient_, gradients, pass_);
  }
  /// That sum.
  double objective() {
    forward();
    double sum = 0;
    for (std::size_t i = 0; i < output_.size(); ++i) {
      sum += static_cast<double>(output_.values[i]) * output_gradient_.values[i];
    }
    return sum;
  }

 private:
  static std::vector<DataTensor> tensors_of(const std::vector<Shape>& shapes, std::size_t classes) {
    std::vector<DataTensor> tensors;
    tensors.reserve(shapes.size());
    for (const Shape& shape : shapes) {
      tensors.push_back({.name = "input" + std::to_string(tensors.size()), .shape = shape, .classes = classes});
    }
    return tensors;
  }
  template <typename Pointed>
  static std::vector<Pointed*> pointers(std::vector<Tensor>& tensors) {
    std::vector<Pointed*> result;
    result.reserve(tensors.size());
    for (Tensor& tensor : tensors) result.push_back(&tensor);
    return result;
  }

  Graph graph_;
  RandomStream random_;
  std::uint64_t counter_ = 0;
  std::vector<Parameter> parameters_;
  std::unique_ptr<Layer> layer_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> gradients_;
  Tensor output_;
  Tensor output_gradient_;
  WorkerPool pool_{2};
  Pass pass_{.pool = pool_};
};

}  // namespace dojo::network
