#pragma once
// A network as data: named layers, what goes into each, shapes and parameters. Nothing is computed here, so that it can
// be executed on the host or compiled for nodes.
//
// Shapes are those of one sample: images are channels x rows x columns, films channels x frames x rows x columns,
// sequences length x width. A value is a tensor of the data set or what a layer puts out.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "network/tensor.hpp"

namespace dojo::network {

/// How weights begin.
enum class Initial {
  he,      ///< normal, variance 2 / fan-in (He et al., "Delving deep into rectifiers")
  xavier,  ///< normal, variance 2 / (fan-in + fan-out) (Glorot and Bengio, "Understanding the difficulty of training
           ///< deep feedforward neural networks")
  normal,  ///< normal, deviation 0.02, as in GPT-2: tables
  zeros,
  ones
};

/// y = x W^T + b over the last dimension. W: outputs x inputs.
struct Linear {
  std::size_t outputs = 0;
  bool bias = true;
  Initial initial = Initial::he;
};

/// Convolution over rows and columns, or over frames, rows and columns (cross-correlation, as usual):
/// y[o, p] = b[o] + sum over i, k of W[o, i, k] x[i, p * stride + k * dilation - padding].
/// W: channels x inputs / groups x kernel; outputs of group g see inputs of group g only.
struct Convolution {
  std::size_t dimensions = 2;                  ///< 2 or 3
  std::size_t channels = 0;                    ///< of the output
  std::array<std::size_t, 3> kernel{1, 1, 1};  ///< frames, rows, columns; with 2 dimensions the first is as here
  std::array<std::size_t, 3> stride{1, 1, 1};
  std::array<std::size_t, 3> padding{0, 0, 0};
  std::array<std::size_t, 3> dilation{1, 1, 1};
  std::size_t groups = 1;
  bool bias = true;
  Initial initial = Initial::he;
};

/// Largest or mean value of each window. What lies in the padding is no candidate of a maximum and a zero of a mean.
struct Pool {
  bool maximum = true;
  std::array<std::size_t, 2> kernel{2, 2};  ///< rows, columns
  std::array<std::size_t, 2> stride{2, 2};
  std::array<std::size_t, 2> padding{0, 0};
};

/// (x - mean) / sqrt(variance + epsilon) * w + b for each channel (first dimension), over all samples and places; when
/// not training, with running mean and variance (Ioffe and Szegedy, "Batch normalization").
struct BatchNorm {
  float epsilon = 1e-5f;
  float momentum = 0.1f;  ///< share of a batch in the running values
};

/// The same over the last dimension of each sample alone (Ba, Kiros, Hinton, "Layer normalization").
struct LayerNorm {
  float epsilon = 1e-5f;
};

enum class Function {
  relu,
  gelu,  ///< x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) (Hendrycks and Gimpel, "Gaussian error linear units")
  sigmoid,
  softmax  ///< over the last dimension
};

/// A function of every element; softmax: of every row.
struct Activation {
  Function function = Function::relu;
};

/// softmax(Q K^T / sqrt(d)) V for each head (Vaswani et al., "Attention is all you need"). The input is length x 3
/// width: Q of all heads side by side, K, V; d = width / heads.
struct Attention {
  std::size_t heads = 1;
  bool causal = false;  ///< nothing is seen of later places
};

/// Row x of a table. Input: indices; the table is vocabulary x width.
struct Embedding {
  std::size_t vocabulary = 0;
  std::size_t width = 0;
};

/// x + W with a learned W of a sample's shape.
struct Position {};

/// Sets a share of the elements to 0 and divides the others by 1 - rate, when training (Srivastava et al., "Dropout").
/// Which ones depends on seed, layer, step, sample of the batch and place only.
struct Dropout {
  float rate = 0.5f;
};

/// The sum of all inputs.
struct Add {};

/// The same elements in another shape; an empty one: a row of all.
struct Reshape {
  Shape shape;
};

using LayerSettings = std::variant<Linear, Convolution, Pool, BatchNorm, LayerNorm, Activation, Attention, Embedding,
                                   Position, Dropout, Add, Reshape>;

/// A tensor of a data set, as the network sees it.
struct DataTensor {
  std::string name;
  Shape shape;
  std::size_t classes = 0;  ///< of indices; 0: real numbers
};

/// An array that belongs to a layer.
struct ParameterDescription {
  enum class Kind {
    trained,
    running,  ///< follows the batches, without gradient
    count     ///< a running one that counts: an integer
  };
  std::string name;  ///< "weight", "bias", ... as in PyTorch's module of that kind
  Shape shape;
  Initial initial = Initial::zeros;
  Kind kind = Kind::trained;
  std::size_t fan_in = 1;
  std::size_t fan_out = 1;
};

struct GraphLayer {
  std::string name;
  LayerSettings settings;
  std::vector<std::size_t> inputs;  ///< values
  Shape shape;                      ///< of the output
  std::vector<ParameterDescription> parameters;
  std::uint64_t macs = 0;  ///< multiply-accumulates of the forward pass for one sample
};

/// Layers in the order in which they are computed. Value v is data tensor v, or the output of layer v - tensors.
class Graph {
 public:
  explicit Graph(std::vector<DataTensor> tensors) : tensors_(std::move(tensors)) {}

  /// Adds a layer; shapes, parameters and work are inferred. Returns its value. Throws InputError when the name is
  /// there already or inputs do not fit.
  std::size_t add(const std::string& name, const LayerSettings& settings, const std::vector<std::size_t>& inputs);

  /// The value of that name. Throws InputError, naming those there are, for others.
  [[nodiscard]] std::size_t value(std::string_view name) const;
  [[nodiscard]] const Shape& shape(std::size_t value) const;
  [[nodiscard]] const std::vector<DataTensor>& tensors() const { return tensors_; }
  [[nodiscard]] const std::vector<GraphLayer>& layers() const { return layers_; }
  [[nodiscard]] std::size_t last_value() const { return tensors_.size() + layers_.size() - 1; }
  /// Multiply-accumulates of forward and backward pass for one sample: three times those of the forward pass, less the
  /// gradient of the data, which nobody needs.
  [[nodiscard]] std::uint64_t training_macs() const;
  /// Numbers that are trained.
  [[nodiscard]] std::size_t trained_numbers() const;

 private:
  std::vector<DataTensor> tensors_;
  std::vector<GraphLayer> layers_;
};

}  // namespace dojo::network
