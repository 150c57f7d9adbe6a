#pragma once
// Execution of one layer in FP32 on the host.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/worker_pool.hpp"
#include "network/graph.hpp"
#include "network/tensor.hpp"

namespace dojo::network {

/// An array that belongs to a layer, with its gradient.
struct Parameter {
  std::string name;  ///< "layer.weight", the name in PyTorch's state_dict
  Shape shape;
  ParameterDescription::Kind kind = ParameterDescription::Kind::trained;
  std::vector<float> values;
  std::vector<float> gradient;  ///< empty unless trained

  [[nodiscard]] bool trained() const { return kind == ParameterDescription::Kind::trained; }
};

/// What a pass through the network needs to know.
struct Pass {
  WorkerPool& pool;
  bool training = true;
  std::uint64_t seed = 1;
  std::uint64_t step = 0;
};

using Inputs = std::span<const Tensor* const>;
using InputGradients = std::span<Tensor* const>;  ///< null: nobody needs it

/// A layer. Results do not depend on the number of threads.
class Layer {
 public:
  Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer() = default;

  /// Computes `output`, which has its size already.
  virtual void forward(Inputs inputs, Tensor& output, const Pass& pass) = 0;
  /// Adds to the gradients of inputs and parameters; called after forward() of the same batch.
  virtual void backward(Inputs inputs, const Tensor& output, const Tensor& output_gradient, InputGradients gradients,
                        const Pass& pass) = 0;
};

/// The layer that `description` says, with its parameters. `inputs` are the shapes of its input samples.
[[nodiscard]] std::unique_ptr<Layer> make_layer(const GraphLayer& description, const std::vector<Shape>& inputs,
                                                std::span<Parameter> parameters);

/// Parts into which sums over samples are divided, each summed on its own and then in order: the same for all numbers
/// of threads.
inline constexpr std::size_t sum_parts = 8;

/// Calls `work(part, first, last)` for each of `sum_parts` ranges of samples, on the threads of the pool.
void for_parts(const Pass& pass, std::size_t samples,
               const std::function<void(std::size_t part, std::size_t first, std::size_t last)>& work);

/// Calls `work(first, last)` for ranges of `count` elements, on the threads of the pool.
void for_ranges(const Pass& pass, std::size_t count, const std::function<void(std::size_t, std::size_t)>& work);

/// sum += partial sums, in the order of the parts, which lie one behind the other.
void add_parts(std::span<const float> parts, std::span<float> sum);

// One function for each file of layers; called by make_layer().
std::unique_ptr<Layer> make_linear(std::span<Parameter> parameters);
std::unique_ptr<Layer> make_convolution(const Convolution& settings, const Shape& input, const Shape& output,
                                        std::span<Parameter> parameters);
std::unique_ptr<Layer> make_pool(const Pool& settings, const Shape& input, const Shape& output);
std::unique_ptr<Layer> make_batch_norm(const BatchNorm& settings, const Shape& input, std::span<Parameter> parameters);
std::unique_ptr<Layer> make_layer_norm(const LayerNorm& settings, const Shape& input, std::span<Parameter> parameters);
std::unique_ptr<Layer> make_activation(Function function, const Shape& input);
std::unique_ptr<Layer> make_attention(const Attention& settings, const Shape& input);
std::unique_ptr<Layer> make_embedding(const Embedding& settings, std::span<Parameter> parameters);
std::unique_ptr<Layer> make_position(std::span<Parameter> parameters);
std::unique_ptr<Layer> make_dropout(const Dropout& settings, const std::string& name);
std::unique_ptr<Layer> make_add();
std::unique_ptr<Layer> make_reshape();

}  // namespace dojo::network
