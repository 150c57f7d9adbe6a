#pragma once
// A graph that is executed in FP32 on the host.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "network/graph.hpp"
#include "network/layer.hpp"
#include "network/tensor.hpp"

namespace dojo::network {

/// The parameters of a graph with their initial values, which depend on seed and names only: the same numbers on every
/// processor and compiler.
[[nodiscard]] std::vector<Parameter> initial_parameters(const Graph& graph, std::uint64_t seed);

/// Hash (FNV-1a, 64 bits) of the values of all parameters, bit by bit.
[[nodiscard]] std::uint64_t hash_parameters(std::span<const Parameter> parameters);

class Network {
 public:
  Network(const Graph& graph, std::uint64_t seed);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  [[nodiscard]] const Graph& graph() const { return graph_; }
  /// In the order of layers; values may be changed between passes.
  [[nodiscard]] std::vector<Parameter>& parameters() { return parameters_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }

  /// Computes all layers up to `value`, the output of one of them, for the samples of `data`, which are in the order of
  /// the graph's tensors and stay where they are until backward(). Returns that output.
  const Tensor& forward(std::span<const Tensor> data, std::size_t value, const Pass& pass);
  /// Where the loss puts the gradient of what forward() returned, of the same size.
  [[nodiscard]] Tensor& output_gradient() { return gradients_[output_]; }
  /// Sets the gradients of all parameters, from output_gradient(). Call after forward() with the same data and pass.
  void backward(std::span<const Tensor> data, const Pass& pass);

 private:
  [[nodiscard]] const Tensor& value(std::span<const Tensor> data, std::size_t index) const;
  [[nodiscard]] std::vector<const Tensor*> inputs_of(const GraphLayer& layer, std::span<const Tensor> data) const;

  Graph graph_;
  std::vector<Parameter> parameters_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Tensor> outputs_;    ///< of each layer
  std::vector<Tensor> gradients_;  ///< of each layer's output
  std::vector<bool> wanted_;       ///< whether anything before or in a layer is trained
  std::size_t output_ = 0;         ///< layer of the last forward pass' output
};

}  // namespace dojo::network
