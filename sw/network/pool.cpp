// Max and average pooling.

#include <algorithm>

#include "network/layer.hpp"

namespace dojo::network {
namespace {

class PoolLayer : public Layer {
 public:
  PoolLayer(const Pool& settings, const Shape& input, const Shape& output)
      : settings_(settings), in_{input[1], input[2]}, out_{output[1], output[2]}, channels_(input[0]) {}

  void forward(Inputs inputs, Tensor& output, const Pass& pass) override {
    if (settings_.maximum) winners_.resize(output.size());
    pass.pool.run(output.samples() * channels_, [&](std::size_t image) {
      const float* const in = inputs[0]->values.data() + image * in_[0] * in_[1];
      const std::size_t first = image * out_[0] * out_[1];
      for_windows([&](std::size_t place, std::size_t top, std::size_t bottom, std::size_t left, std::size_t right) {
        float& out = output.values[first + place];
        if (settings_.maximum) {
          std::size_t winner = top * in_[1] + left;
          for_window(top, bottom, left, right, [&](std::size_t i) { winner = in[i] > in[winner] ? i : winner; });
          winners_[first + place] = static_cast<std::uint32_t>(winner);
          out = in[winner];
        } else {
          float sum = 0;
          for_window(top, bottom, left, right, [&](std::size_t i) { sum += in[i]; });
          out = sum / window();
        }
      });
    });
  }

  void backward(Inputs, const Tensor&, const Tensor& output_gradient, InputGradients gradients,
                const Pass& pass) override {
    if (gradients[0] == nullptr) return;
    pass.pool.run(output_gradient.samples() * channels_, [&](std::size_t image) {
      float* const in = gradients[0]->values.data() + image * in_[0] * in_[1];
      const std::size_t first = image * out_[0] * out_[1];
      for_windows([&](std::size_t place, std::size_t top, std::size_t bottom, std::size_t left, std::size_t right) {
        const float gradient = output_gradient.values[first + place];
        if (settings_.maximum) {
          in[winners_[first + place]] += gradient;
        } else {
          const float part = gradient / window();
          for_window(top, bottom, left, right, [&](std::size_t i) { in[i] += part; });
        }
      });
    });
  }

 private:
  [[nodiscard]] float window() const { return static_cast<float>(settings_.kernel[0] * settings_.kernel[1]); }

  /// Calls `work(place, top, bottom, left, right)` for each window, cut at the edges of the input.
  template <typename Work>
  void for_windows(Work work) const {
    const auto cut = [&](std::size_t d, std::size_t place) {
      const std::size_t begin = place * settings_.stride[d];  // from the edge of the padding
      const std::size_t padding = settings_.padding[d];
      return std::pair(std::max(begin, padding) - padding,
                       std::min(begin + settings_.kernel[d], in_[d] + padding) - padding);
    };
    for (std::size_t r = 0; r < out_[0]; ++r) {
      const auto [top, bottom] = cut(0, r);
      for (std::size_t c = 0; c < out_[1]; ++c) {
        const auto [left, right] = cut(1, c);
        work(r * out_[1] + c, top, bottom, left, right);
      }
    }
  }
  template <typename Work>
  void for_window(std::size_t top, std::size_t bottom, std::size_t left, std::size_t right, Work work) const {
    for (std::size_t r = top; r < bottom; ++r) {
      for (std::size_t c = left; c < right; ++c) work(r * in_[1] + c);
    }
  }

  Pool settings_;
  std::array<std::size_t, 2> in_;
  std::array<std::size_t, 2> out_;
  std::size_t channels_;
  std::vector<std::uint32_t> winners_;  ///< of each window, the first of equal ones
};

}  // namespace

std::unique_ptr<Layer> make_pool(const Pool& settings, const Shape& input, const Shape& output) {
  return std::make_unique<PoolLayer>(settings, input, output);
}

}  // namespace dojo::network
