// Attention, head by head.

#include <algorithm>
#include <cmath>

#include "network/layer.hpp"
#include "network/matmul.hpp"

namespace dojo::network {
namespace {

class AttentionLayer : public Layer {
 public:
  AttentionLayer(const Attention& settings, const Shape& input)
      : settings_(settings),
        length_(input[0]),
        width_(input[1] / 3),
        head_(width_ / settings.heads),
        scale_(1.0f / std::sqrt(static_cast<float>(head_))) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    weights_.resize(output.samples() * settings_.heads * length_ * length_);
    pass.pool.run(output.samples() * settings_.heads, [&](std::size_t index) {
      const Head head = head_of(*inputs[0], index);
      float* const weights = weights_.data() + index * length_ * length_;
      // Q K^T, then the softmax of each row in place.
      multiply(length_, length_, head_, rows(head.queries), columns(head.keys), weights, length_, false);
      for (std::size_t row = 0; row < length_; ++row) {
        float* const values = weights + row * length_;
        const std::size_t seen = settings_.causal ? row + 1 : length_;
        const float largest = *std::max_element(values, values + seen);
        float sum = 0;
        for (std::size_t i = 0; i < seen; ++i) sum += values[i] = std::exp((values[i] - largest) * scale_);
        for (std::size_t i = 0; i < seen; ++i) values[i] /= sum;
        std::fill(values + seen, values + length_, 0.0f);
      }
      multiply(length_, head_, length_, {.data = weights, .row_stride = length_}, rows(head.values),
               output.values.data() + place(index, width_), width_, false);
    });
  }

  void backward(Inputs inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    if (gradients[0] == nullptr) return;
    pass.pool.run(output_gradient.samples() * settings_.heads, [&](std::size_t index) {
      const Head head = head_of(*inputs[0], index);
      const float* const weights = weights_.data() + index * length_ * length_;
      const MatrixView gradient{.data = output_gradient.values.data() + place(index, width_), .row_stride = width_};
      float* const to = gradients[0]->values.data() + place(index, 3 * width_);
      // V' = W^T O'
      multiply(length_, head_, length_, {.data = weights, .row_stride = 1, .column_stride = length_}, gradient,
               to + 2 * width_, 3 * width_, true);
      // W' = O' V^T; S' = W (W' - sum of W W') / sqrt(d), in place
      std::vector<float> scores(length_ * length_);
      multiply(length_, length_, head_, gradient, columns(head.values), scores.data(), length_, false);
      for (std::size_t row = 0; row < length_; ++row) {
        const float* const weight = weights + row * length_;
        float* const score = scores.data() + row * length_;
        float sum = 0;
        for (std::size_t i = 0; i < length_; ++i) sum += weight[i] * score[i];
        for (std::size_t i = 0; i < length_; ++i) score[i] = weight[i] * (score[i] - sum) * scale_;
      }
      // Q' = S' K; K' = S'^T Q
      multiply(length_, head_, length_, {.data = scores.data(), .row_stride = length_}, rows(head.keys), to, 3 * width_,
               true);
      multiply(length_, head_, length_, {.data = scores.data(), .row_stride = 1, .column_stride = length_},
               rows(head.queries), to + width_, 3 * width_, true);
    });
  }

 private:
  struct Head {
    const float* queries;
    const float* keys;
    const float* values;
  };
  /// Where the head `index` (sample by sample) begins in rows of `row` elements.
  [[nodiscard]] std::size_t place(std::size_t index, std::size_t row) const {
    return index / settings_.heads * length_ * row + index % settings_.heads * head_;
  }
  [[nodiscard]] Head head_of(const Tensor& input, std::size_t index) const {
    const float* const first = input.values.data() + place(index, 3 * width_);
    return {first, first + width_, first + 2 * width_};
  }
  [[nodiscard]] MatrixView rows(const float* part) const { return {.data = part, .row_stride = 3 * width_}; }
  [[nodiscard]] MatrixView columns(const float* part) const {
    return {.data = part, .row_stride = 1, .column_stride = 3 * width_};
  }

  Attention settings_;
  std::size_t length_;
  std::size_t width_;
  std::size_t head_;            ///< width of a head
  float scale_;                 ///< 1 / sqrt(width of a head)
  std::vector<float> weights_;  ///< of the last forward pass: sample, head, query, key
};

}  // namespace

std::unique_ptr<Layer> make_attention(const Attention& settings, const Shape& input) {
  return std::make_unique<AttentionLayer>(settings, input);
}

}  // namespace dojo::network
