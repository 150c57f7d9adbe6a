// Convolution as products of matrices: the windows of a sample are the columns of a matrix (Chellapilla et al., "High
// performance convolutional neural networks for document processing"). Two dimensions are three with one frame.

#include <algorithm>

#include "network/layer.hpp"
#include "network/matmul.hpp"

namespace dojo::network {
namespace {

using Sizes = std::array<std::size_t, 3>;  // frames, rows, columns

/// Sizes of a film or image without its channels.
Sizes sizes_of(const Shape& shape) {
  const std::size_t n = shape.size();
  return {n == 4 ? shape[1] : 1, shape[n - 2], shape[n - 1]};
}

class ConvolutionLayer : public Layer {
 public:
  ConvolutionLayer(const Convolution& settings, const Shape& input, const Shape& output,
                   std::span<Parameter> parameters)
      : settings_(settings),
        in_(sizes_of(input)),
        out_(sizes_of(output)),
        in_places_(elements_of(in_)),
        out_places_(elements_of(out_)),
        group_inputs_(input[0] / settings.groups),
        group_outputs_(output[0] / settings.groups),
        window_(group_inputs_ * elements_of(settings.kernel)),
        weight_(parameters[0]),
        bias_(parameters.size() > 1 ? &parameters[1] : nullptr) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    pass.pool.run(output.samples(), [&](std::size_t sample) {
      thread_local std::vector<float> columns;
      columns.resize(window_ * out_places_);
      for (std::size_t group = 0; group < settings_.groups; ++group) {
        windows_of(inputs[0]->sample(sample) + group * group_inputs_ * in_places_, columns.data());
        float* const out = output.sample(sample) + group * group_outputs_ * out_places_;
        for (std::size_t o = 0; o < group_outputs_; ++o) {
          const float bias = bias_ == nullptr ? 0.0f : bias_->values[group * group_outputs_ + o];
          std::fill_n(out + o * out_places_, out_places_, bias);
        }
        multiply(group_outputs_, out_places_, window_, {.data = group_weight(group), .row_stride = window_},
                 {.data = columns.data(), .row_stride = out_places_}, out, out_places_, true);
      }
    });
  }

  void backward(Inputs inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    const std::size_t outputs = group_outputs_ * settings_.groups;
    // Transposed: the inner loop of the product then runs over outputs, and nothing large is turned.
    std::vector<float> weight_parts(sum_parts * weight_.values.size());
    std::vector<float> bias_parts(sum_parts * outputs);
    for_parts(pass, output_gradient.samples(), [&](std::size_t part, std::size_t first, std::size_t last) {
      std::vector<float> columns(window_ * out_places_);
      for (std::size_t sample = first; sample < last; ++sample) {
        const float* const gradient = output_gradient.sample(sample);
        for (std::size_t o = 0; o < outputs; ++o) {
          bias_parts[part * outputs + o] += sum(gradient + o * out_places_);
        }
        for (std::size_t group = 0; group < settings_.groups; ++group) {
          const std::size_t input_offset = group * group_inputs_ * in_places_;
          const float* const out = gradient + group * group_outputs_ * out_places_;
          windows_of(inputs[0]->sample(sample) + input_offset, columns.data());
          multiply(window_, group_outputs_, out_places_, {.data = columns.data(), .row_stride = out_places_},
                   {.data = out, .row_stride = 1, .column_stride = out_places_},
                   weight_parts.data() + part * weight_.values.size() + group * window_ * group_outputs_,
                   group_outputs_, true);
          if (gradients[0] == nullptr) continue;
          multiply(window_, out_places_, group_outputs_,
                   {.data = group_weight(group), .row_stride = 1, .column_stride = window_},
                   {.data = out, .row_stride = out_places_}, columns.data(), out_places_, false);
          add_windows(columns.data(), gradients[0]->sample(sample) + input_offset);
        }
      }
    });
    if (bias_ != nullptr) add_parts(bias_parts, bias_->gradient);
    std::vector<float> transposed(weight_.values.size());
    add_parts(weight_parts, transposed);
    for (std::size_t group = 0; group < settings_.groups; ++group) {
      const std::size_t offset = group * window_ * group_outputs_;
      for (std::size_t o = 0; o < group_outputs_; ++o) {
        for (std::size_t k = 0; k < window_; ++k) {
          weight_.gradient[offset + o * window_ + k] += transposed[offset + k * group_outputs_ + o];
        }
      }
    }
  }

 private:
  [[nodiscard]] const float* group_weight(std::size_t group) const {
    return weight_.values.data() + group * group_outputs_ * window_;
  }

  [[nodiscard]] float sum(const float* values) const {
    float total = 0;
    for (std::size_t i = 0; i < out_places_; ++i) total += values[i];
    return total;
  }

  /// The places p of an output dimension d for which p * stride + offset lies in the input: [first, last).
  struct Range {
    std::size_t first;
    std::size_t last;
  };
  [[nodiscard]] Range inside(std::size_t d, std::size_t kernel_place) const {
    const std::size_t stride = settings_.stride[d];
    const std::size_t shift = kernel_place * settings_.dilation[d];
    const std::size_t padding = settings_.padding[d];
    const std::size_t first = shift >= padding ? 0 : (padding - shift + stride - 1) / stride;
    const std::size_t end = in_[d] + padding;  // of p * stride + shift
    const std::size_t last = end <= shift ? 0 : std::min(out_[d], (end - shift + stride - 1) / stride);
    return {std::min(first, last), last};
  }
  [[nodiscard]] std::size_t source(std::size_t d, std::size_t place, std::size_t kernel_place) const {
    return place * settings_.stride[d] + kernel_place * settings_.dilation[d] - settings_.padding[d];
  }

  /// Calls `row(k, first output place, range of columns, first input place)` for each row of each window matrix' row k
  /// that has elements in the input.
  template <typename Row>
  void for_rows(Row row) const {
    std::size_t k = 0;
    for (std::size_t channel = 0; channel < group_inputs_; ++channel) {
      for (std::size_t kf = 0; kf < settings_.kernel[0]; ++kf) {
        for (std::size_t kr = 0; kr < settings_.kernel[1]; ++kr) {
          for (std::size_t kc = 0; kc < settings_.kernel[2]; ++kc, ++k) {
            const Range frames = inside(0, kf);
            const Range rows = inside(1, kr);
            const Range columns = inside(2, kc);
            if (columns.first == columns.last) continue;
            for (std::size_t f = frames.first; f < frames.last; ++f) {
              for (std::size_t r = rows.first; r < rows.last; ++r) {
                const std::size_t line = (channel * in_[0] + source(0, f, kf)) * in_[1] + source(1, r, kr);
                row(k, (f * out_[1] + r) * out_[2], columns, line * in_[2] + source(2, columns.first, kc));
              }
            }
          }
        }
      }
    }
  }

  /// The matrix of windows: element (k, p) is what weight k of the window at place p meets; 0 in the padding.
  void windows_of(const float* input, float* columns) const {
    std::fill_n(columns, window_ * out_places_, 0.0f);
    const std::size_t stride = settings_.stride[2];
    for_rows([&](std::size_t k, std::size_t place, Range range, std::size_t from) {
      float* const to = columns + k * out_places_ + place;
      if (stride == 1) {
        std::copy_n(input + from, range.last - range.first, to + range.first);
      } else {
        for (std::size_t c = range.first; c < range.last; ++c) to[c] = input[from + (c - range.first) * stride];
      }
    });
  }

  /// The other way round: adds the elements of the windows to where they come from.
  void add_windows(const float* columns, float* input) const {
    const std::size_t stride = settings_.stride[2];
    for_rows([&](std::size_t k, std::size_t place, Range range, std::size_t to) {
      const float* const from = columns + k * out_places_ + place;
      if (stride == 1) {
        for (std::size_t c = range.first; c < range.last; ++c) input[to + c - range.first] += from[c];
      } else {
        for (std::size_t c = range.first; c < range.last; ++c) input[to + (c - range.first) * stride] += from[c];
      }
    });
  }

  Convolution settings_;
  Sizes in_;
  Sizes out_;
  std::size_t in_places_;
  std::size_t out_places_;
  std::size_t group_inputs_;
  std::size_t group_outputs_;
  std::size_t window_;  ///< weights of one output
  Parameter& weight_;
  Parameter* bias_;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(const Convolution& settings, const Shape& input, const Shape& output,
                                        std::span<Parameter> parameters) {
  return std::make_unique<ConvolutionLayer>(settings, input, output, parameters);
}

}  // namespace dojo::network
