// Batch norm and layer norm. With n the normalised value, w the weight and g the gradient of the output, the gradient
// of the input is w / deviation (g - mean(g) - n mean(g n)); in layer norm w g stands in place of g, without w before
// it.

#include <cmath>

#include "network/layer.hpp"

namespace dojo::network {
namespace {

class BatchNormLayer : public Layer {
 public:
  BatchNormLayer(const BatchNorm& settings, const Shape& input, std::span<Parameter> parameters)
      : settings_(settings),
        channels_(input[0]),
        places_(elements_of(input) / input[0]),
        weight_(parameters[0]),
        bias_(parameters[1]),
        running_mean_(parameters[2]),
        running_variance_(parameters[3]),
        batches_(parameters[4]),
        mean_(channels_),
        scale_(channels_) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    const std::size_t count = output.samples() * places_;
    pass.pool.run(channels_, [&](std::size_t channel) {
      if (pass.training) {
        measure(*inputs[0], channel, count);
      } else {
        mean_[channel] = running_mean_.values[channel];
        scale_[channel] = 1.0f / std::sqrt(running_variance_.values[channel] + settings_.epsilon);
      }
      for (std::size_t sample = 0; sample < output.samples(); ++sample) {
        const float* const in = inputs[0]->sample(sample) + channel * places_;
        float* const out = output.sample(sample) + channel * places_;
        for (std::size_t i = 0; i < places_; ++i) {
          out[i] = (in[i] - mean_[channel]) * scale_[channel] * weight_.values[channel] + bias_.values[channel];
        }
      }
    });
    if (pass.training) batches_.values[0] += 1;
  }

  void backward(Inputs inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    const std::size_t samples = output_gradient.samples();
    pass.pool.run(channels_, [&](std::size_t channel) {
      double sum = 0;
      double sum_normalised = 0;
      const auto normalised = [&](float value) { return (value - mean_[channel]) * scale_[channel]; };
      for (std::size_t sample = 0; sample < samples; ++sample) {
        const float* const in = inputs[0]->sample(sample) + channel * places_;
        const float* const gradient = output_gradient.sample(sample) + channel * places_;
        for (std::size_t i = 0; i < places_; ++i) {
          sum += gradient[i];
          sum_normalised += gradient[i] * normalised(in[i]);
        }
      }
      bias_.gradient[channel] += static_cast<float>(sum);
      weight_.gradient[channel] += static_cast<float>(sum_normalised);
      if (gradients[0] == nullptr) return;
      const auto count = static_cast<double>(samples * places_);
      const auto mean = static_cast<float>(pass.training ? sum / count : 0.0);
      const auto mean_normalised = static_cast<float>(pass.training ? sum_normalised / count : 0.0);
      const float factor = weight_.values[channel] * scale_[channel];
      for (std::size_t sample = 0; sample < samples; ++sample) {
        const float* const in = inputs[0]->sample(sample) + channel * places_;
        const float* const gradient = output_gradient.sample(sample) + channel * places_;
        float* const out = gradients[0]->sample(sample) + channel * places_;
        for (std::size_t i = 0; i < places_; ++i) {
          out[i] += factor * (gradient[i] - mean - normalised(in[i]) * mean_normalised);
        }
      }
    });
  }

 private:
  /// Mean and variance of a channel, which also move the running ones.
  void measure(const Tensor& input, std::size_t channel, std::size_t count) {
    double sum = 0;
    double squares = 0;
    for_values(input, channel, [&](float value) { sum += value; });
    const double mean = sum / static_cast<double>(count);
    for_values(input, channel, [&](float value) { squares += (value - mean) * (value - mean); });
    const double variance = squares / static_cast<double>(count);
    mean_[channel] = static_cast<float>(mean);
    scale_[channel] = static_cast<float>(1 / std::sqrt(variance + settings_.epsilon));
    const double unbiased = count > 1 ? squares / static_cast<double>(count - 1) : variance;
    const auto follow = [&](float& running, double value) {
      running += settings_.momentum * (static_cast<float>(value) - running);
    };
    follow(running_mean_.values[channel], mean);
    follow(running_variance_.values[channel], unbiased);
  }
  template <typename Work>
  void for_values(const Tensor& input, std::size_t channel, Work work) const {
    for (std::size_t sample = 0; sample < input.samples(); ++sample) {
      const float* const values = input.sample(sample) + channel * places_;
      for (std::size_t i = 0; i < places_; ++i) work(values[i]);
    }
  }

  BatchNorm settings_;
  std::size_t channels_;
  std::size_t places_;
  Parameter& weight_;
  Parameter& bias_;
  Parameter& running_mean_;
  Parameter& running_variance_;
  Parameter& batches_;
  std::vector<float> mean_;   ///< of the last forward pass
  std::vector<float> scale_;  ///< 1 / deviation
};

class LayerNormLayer : public Layer {
 public:
  LayerNormLayer(const LayerNorm& settings, const Shape& input, std::span<Parameter> parameters)
      : settings_(settings), width_(input.back()), weight_(parameters[0]), bias_(parameters[1]) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    const std::size_t rows = output.size() / width_;
    mean_.resize(rows);
    scale_.resize(rows);
    for_parts(pass, rows, [&](std::size_t, std::size_t first, std::size_t last) {
      for (std::size_t row = first; row < last; ++row) {
        const float* const in = inputs[0]->values.data() + row * width_;
        float* const out = output.values.data() + row * width_;
        double sum = 0;
        double squares = 0;
        for (std::size_t i = 0; i < width_; ++i) sum += in[i];
        const double mean = sum / static_cast<double>(width_);
        for (std::size_t i = 0; i < width_; ++i) squares += (in[i] - mean) * (in[i] - mean);
        mean_[row] = static_cast<float>(mean);
        scale_[row] = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(width_) + settings_.epsilon));
        for (std::size_t i = 0; i < width_; ++i) {
          out[i] = (in[i] - mean_[row]) * scale_[row] * weight_.values[i] + bias_.values[i];
        }
      }
    });
  }

  void backward(Inputs inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    std::vector<float> weight_parts(sum_parts * width_);
    std::vector<float> bias_parts(sum_parts * width_);
    const std::size_t rows = output_gradient.size() / width_;
    for_parts(pass, rows, [&](std::size_t part, std::size_t first, std::size_t last) {
      for (std::size_t row = first; row < last; ++row) {
        const float* const in = inputs[0]->values.data() + row * width_;
        const float* const gradient = output_gradient.values.data() + row * width_;
        double sum = 0;
        double sum_normalised = 0;
        for (std::size_t i = 0; i < width_; ++i) {
          const float normalised = (in[i] - mean_[row]) * scale_[row];
          weight_parts[part * width_ + i] += gradient[i] * normalised;
          bias_parts[part * width_ + i] += gradient[i];
          sum += gradient[i] * weight_.values[i];
          sum_normalised += gradient[i] * weight_.values[i] * normalised;
        }
        if (gradients[0] == nullptr) continue;
        const auto mean = static_cast<float>(sum / static_cast<double>(width_));
        const auto mean_normalised = static_cast<float>(sum_normalised / static_cast<double>(width_));
        float* const out = gradients[0]->values.data() + row * width_;
        for (std::size_t i = 0; i < width_; ++i) {
          const float normalised = (in[i] - mean_[row]) * scale_[row];
          out[i] += scale_[row] * (gradient[i] * weight_.values[i] - mean - normalised * mean_normalised);
        }
      }
    });
    add_parts(weight_parts, weight_.gradient);
    add_parts(bias_parts, bias_.gradient);
  }

 private:
  LayerNorm settings_;
  std::size_t width_;
  Parameter& weight_;
  Parameter& bias_;
  std::vector<float> mean_;   ///< of each row of the last forward pass
  std::vector<float> scale_;  ///< 1 / deviation
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(const BatchNorm& settings, const Shape& input, std::span<Parameter> parameters) {
  return std::make_unique<BatchNormLayer>(settings, input, parameters);
}
std::unique_ptr<Layer> make_layer_norm(const LayerNorm& settings, const Shape& input, std::span<Parameter> parameters) {
  return std::make_unique<LayerNormLayer>(settings, input, parameters);
}

}  // namespace dojo::network
