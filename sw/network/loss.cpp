#include "network/loss.hpp"

#include <algorithm>
#include <cmath>

namespace dojo::network {
namespace {

LossResult cross_entropy(const Tensor& logits, const Tensor& target, Tensor* gradient, float scale) {
  const std::size_t classes = logits.shape.back();
  const std::size_t rows = target.size();
  const float factor = scale / static_cast<float>(rows);
  LossResult result{.sum = 0, .count = rows, .wrong = 0};
  std::vector<float> powers(classes);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* const values = logits.values.data() + row * classes;
    const auto label = static_cast<std::size_t>(target.values[row]);
    const float* const largest = std::max_element(values, values + classes);
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += powers[c] = std::exp(values[c] - *largest);
    result.sum += std::log(sum) + *largest - values[label];
    result.wrong += static_cast<std::size_t>(largest - values) == label ? 0 : 1;
    if (gradient == nullptr) continue;
    float* const out = gradient->values.data() + row * classes;
    for (std::size_t c = 0; c < classes; ++c) out[c] = powers[c] / sum * factor;
    out[label] -= factor;
  }
  return result;
}

LossResult binary_cross_entropy(const Tensor& logits, const Tensor& target, Tensor* gradient, float scale) {
  const float factor = scale / static_cast<float>(logits.size());
  LossResult result{.sum = 0, .count = logits.size(), .wrong = 0};
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float x = logits.values[i];
    const float t = target.values[i];
    // max(x, 0) - x t + log(1 + exp(-|x|)): no overflow.
    result.sum += std::max(x, 0.0f) - x * t + std::log1p(std::exp(-std::abs(x)));
    result.wrong += (x > 0) == (t > 0.5f) ? 0 : 1;
    if (gradient != nullptr) gradient->values[i] = (1 / (1 + std::exp(-x)) - t) * factor;
  }
  return result;
}

}  // namespace

LossResult& LossResult::operator+=(const LossResult& other) {
  sum += other.sum;
  count += other.count;
  wrong += other.wrong;
  return *this;
}

LossResult loss_of(LossKind kind, const Tensor& logits, const Tensor& target, Tensor* gradient, float scale) {
  return kind == LossKind::cross_entropy ? cross_entropy(logits, target, gradient, scale)
                                         : binary_cross_entropy(logits, target, gradient, scale);
}

}  // namespace dojo::network
