// Functions of elements and rows, and dropout.

#include <algorithm>
#include <cmath>

#include "network/layer.hpp"
#include "network/random.hpp"

namespace dojo::network {
namespace {

/// A function of each element. `derivative` is that of the function, from its argument and its value.
template <typename Value, typename Derivative>
class ElementLayer : public Layer {
 public:
  ElementLayer(Value value, Derivative derivative) : value_(value), derivative_(derivative) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    const float* const in = inputs[0]->values.data();
    float* const out = output.values.data();
    for_ranges(pass, output.size(), [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) out[i] = value_(in[i]);
    });
  }

  void backward(Inputs inputs, const Tensor& output, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    if (gradients[0] == nullptr) return;
    const float* const in = inputs[0]->values.data();
    const float* const out = output.values.data();
    const float* const from = output_gradient.values.data();
    float* const to = gradients[0]->values.data();
    for_ranges(pass, output.size(), [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) to[i] += from[i] * derivative_(in[i], out[i]);
    });
  }

 private:
  Value value_;
  Derivative derivative_;
};

template <typename Value, typename Derivative>
std::unique_ptr<Layer> make_element_layer(Value value, Derivative derivative) {
  return std::make_unique<ElementLayer<Value, Derivative>>(value, derivative);
}

constexpr float gelu_scale = 0.7978845608f;  // sqrt(2 / pi)
constexpr float gelu_cube = 0.044715f;

float gelu_tanh(float x) {
  return std::tanh(gelu_scale * (x + gelu_cube * x * x * x));
}

/// exp(x - largest) / sum, for each row.
class SoftmaxLayer : public Layer {
 public:
  explicit SoftmaxLayer(std::size_t width) : width_(width) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    for_parts(pass, output.size() / width_, [&](std::size_t, std::size_t first, std::size_t last) {
      for (std::size_t row = first; row < last; ++row) {
        const float* const in = inputs[0]->values.data() + row * width_;
        float* const out = output.values.data() + row * width_;
        const float largest = *std::max_element(in, in + width_);
        float sum = 0;
        for (std::size_t i = 0; i < width_; ++i) sum += out[i] = std::exp(in[i] - largest);
        for (std::size_t i = 0; i < width_; ++i) out[i] /= sum;
      }
    });
  }

  void backward(Inputs, const Tensor& output, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    if (gradients[0] == nullptr) return;
    for_parts(pass, output.size() / width_, [&](std::size_t, std::size_t first, std::size_t last) {
      for (std::size_t row = first; row < last; ++row) {
        const float* const out = output.values.data() + row * width_;
        const float* const from = output_gradient.values.data() + row * width_;
        float* const to = gradients[0]->values.data() + row * width_;
        float sum = 0;
        for (std::size_t i = 0; i < width_; ++i) sum += from[i] * out[i];
        for (std::size_t i = 0; i < width_; ++i) to[i] += out[i] * (from[i] - sum);
      }
    });
  }

 private:
  std::size_t width_;
};

class DropoutLayer : public Layer {
 public:
  DropoutLayer(float rate, std::string name) : rate_(rate), name_(std::move(name)) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    output.values = inputs[0]->values;
    if (pass.training) {
      for_kept(pass, output.size(), [&](std::size_t i, float factor) { output.values[i] *= factor; });
    }
  }

  void backward(Inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    if (gradients[0] == nullptr) return;
    if (pass.training) {
      for_kept(pass, output_gradient.size(),
               [&](std::size_t i, float factor) { gradients[0]->values[i] += output_gradient.values[i] * factor; });
    } else {
      add_parts(output_gradient.values, gradients[0]->values);
    }
  }

 private:
  template <typename Work>
  void for_kept(const Pass& pass, std::size_t count, Work work) const {
    const RandomStream random = RandomStream(pass.seed, name_).at(pass.step);
    const float kept = 1.0f / (1.0f - rate_);
    for_ranges(pass, count, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) work(i, random.uniform(i) < rate_ ? 0.0f : kept);
    });
  }

  float rate_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Layer> make_activation(Function function, const Shape& input) {
  switch (function) {
    case Function::relu:
      return make_element_layer([](float x) { return x > 0 ? x : 0.0f; },
                                [](float, float y) { return y > 0 ? 1.0f : 0.0f; });
    case Function::gelu:
      return make_element_layer([](float x) { return 0.5f * x * (1 + gelu_tanh(x)); },
                                [](float x, float) {
                                  const float t = gelu_tanh(x);
                                  const float inner = gelu_scale * (1 + 3 * gelu_cube * x * x);
                                  return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * inner;
                                });
    case Function::sigmoid:
      return make_element_layer([](float x) { return 1 / (1 + std::exp(-x)); },
                                [](float, float y) { return y * (1 - y); });
    case Function::softmax:
      return std::make_unique<SoftmaxLayer>(input.back());
  }
  return nullptr;
}

std::unique_ptr<Layer> make_dropout(const Dropout& settings, const std::string& name) {
  return std::make_unique<DropoutLayer>(settings.rate, name);
}

}  // namespace dojo::network
