// Linear layers, tables and sums.

#include <algorithm>

#include "network/layer.hpp"
#include "network/matmul.hpp"

namespace dojo::network {
namespace {

class LinearLayer : public Layer {
 public:
  explicit LinearLayer(std::span<Parameter> parameters)
      : weight_(parameters[0]),
        bias_(parameters.size() > 1 ? &parameters[1] : nullptr),
        outputs_(weight_.shape[0]),
        width_(weight_.shape[1]) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    const std::size_t rows = output.size() / outputs_;
    for (std::size_t row = 0; row < rows; ++row) {
      float* const out = output.values.data() + row * outputs_;
      if (bias_ != nullptr) {
        std::copy(bias_->values.begin(), bias_->values.end(), out);
      } else {
        std::fill(out, out + outputs_, 0.0f);
      }
    }
    multiply_rows(pass, rows, outputs_, width_, inputs[0]->values.data(),
                  {.data = weight_.values.data(), .row_stride = 1, .column_stride = width_}, output.values.data());
  }

  void backward(Inputs inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    const std::size_t rows = output_gradient.size() / outputs_;
    const float* const gradient = output_gradient.values.data();
    multiply(pass.pool, outputs_, width_, rows, {.data = gradient, .row_stride = 1, .column_stride = outputs_},
             {.data = inputs[0]->values.data(), .row_stride = width_}, weight_.gradient.data(), width_, true);
    if (bias_ != nullptr) {
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t o = 0; o < outputs_; ++o) bias_->gradient[o] += gradient[row * outputs_ + o];
      }
    }
    if (gradients[0] == nullptr) return;
    multiply_rows(pass, rows, width_, outputs_, gradient, {.data = weight_.values.data(), .row_stride = width_},
                  gradients[0]->values.data());
  }

 private:
  /// C += A B; a range of rows is one thread's.
  static void multiply_rows(const Pass& pass, std::size_t rows, std::size_t columns, std::size_t depth, const float* a,
                            MatrixView b, float* c) {
    constexpr std::size_t range = 384;
    if (rows <= range) {
      multiply(pass.pool, rows, columns, depth, {.data = a, .row_stride = depth}, b, c, columns, true);
      return;
    }
    pass.pool.run((rows + range - 1) / range, [&](std::size_t index) {
      const std::size_t first = index * range;
      multiply(std::min(range, rows - first), columns, depth, {.data = a + first * depth, .row_stride = depth}, b,
               c + first * columns, columns, true);
    });
  }

  Parameter& weight_;
  Parameter* bias_;
  std::size_t outputs_;
  std::size_t width_;
};

class EmbeddingLayer : public Layer {
 public:
  EmbeddingLayer(const Embedding& settings, Parameter& table) : width_(settings.width), table_(table) {}

  void forward(Inputs inputs, Tensor& output, const Pass&) override {
    for (std::size_t i = 0; i < inputs[0]->size(); ++i) {
      std::copy_n(table_.values.data() + row(*inputs[0], i), width_, output.values.data() + i * width_);
    }
  }

  void backward(Inputs inputs, const Tensor&, const Tensor& output_gradient, InputGradients, const Pass&) override {
    for (std::size_t i = 0; i < inputs[0]->size(); ++i) {
      float* const sum = table_.gradient.data() + row(*inputs[0], i);
      for (std::size_t j = 0; j < width_; ++j) sum[j] += output_gradient.values[i * width_ + j];
    }
  }

 private:
  [[nodiscard]] std::size_t row(const Tensor& indices, std::size_t i) const {
    return static_cast<std::size_t>(indices.values[i]) * width_;
  }
  std::size_t width_;
  Parameter& table_;
};

class PositionLayer : public Layer {
 public:
  explicit PositionLayer(Parameter& table) : table_(table) {}

  void forward(Inputs inputs, Tensor& output, const Pass&) override {
    const std::size_t stride = table_.values.size();
    for (std::size_t i = 0; i < output.size(); ++i) {
      output.values[i] = inputs[0]->values[i] + table_.values[i % stride];
    }
  }

  void backward(Inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients, const Pass&) override {
    add_parts(output_gradient.values, table_.gradient);
    if (gradients[0] != nullptr) add_parts(output_gradient.values, gradients[0]->values);
  }

 private:
  Parameter& table_;
};

class AddLayer : public Layer {
 public:
  void forward(Inputs inputs, Tensor& output, const Pass&) override {
    output.values = inputs[0]->values;
    for (const Tensor* const input : inputs.subspan(1)) add_parts(input->values, output.values);
  }
  void backward(Inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients, const Pass&) override {
    for (Tensor* const gradient : gradients) {
      if (gradient != nullptr) add_parts(output_gradient.values, gradient->values);
    }
  }
};

/// Values stay as they are, since both shapes are row-major.
class ReshapeLayer : public Layer {
 public:
  void forward(Inputs inputs, Tensor& output, const Pass&) override { output.values = inputs[0]->values; }
  void backward(Inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients, const Pass&) override {
    if (gradients[0] != nullptr) add_parts(output_gradient.values, gradients[0]->values);
  }
};

}  // namespace

std::unique_ptr<Layer> make_linear(std::span<Parameter> parameters) {
  return std::make_unique<LinearLayer>(parameters);
}
std::unique_ptr<Layer> make_embedding(const Embedding& settings, std::span<Parameter> parameters) {
  return std::make_unique<EmbeddingLayer>(settings, parameters[0]);
}
std::unique_ptr<Layer> make_position(std::span<Parameter> parameters) {
  return std::make_unique<PositionLayer>(parameters[0]);
}
std::unique_ptr<Layer> make_add() {
  return std::make_unique<AddLayer>();
}
std::unique_ptr<Layer> make_reshape() {
  return std::make_unique<ReshapeLayer>();
}

}  // namespace dojo::network
