#pragma once
// Losses, their gradients, and what is counted as wrong.

#include <cstddef>

#include "network/tensor.hpp"

namespace dojo::network {

enum class LossKind {
  cross_entropy,        ///< -log softmax(x)[target]; x: ... x classes, target: ..., indices
  binary_cross_entropy  ///< -t log s(x) - (1 - t) log(1 - s(x)) with the sigmoid s; x and t of one shape, t in 0 to 1
};

struct LossSettings {
  LossKind kind = LossKind::cross_entropy;
  std::size_t value = 0;   ///< of the graph: logits
  std::size_t target = 0;  ///< data tensor
  /// Loss scaling (Micikevicius et al., "Mixed precision training"): gradients are computed times this, and divided by
  /// it before they are used. With a power of two the host's FP32 gives the same bits, but for overflow.
  float scale = 1;
};

struct LossResult {
  double sum = 0;         ///< in nats
  std::size_t count = 0;  ///< of predictions
  std::size_t wrong = 0;  ///< predictions whose largest logit is another class', or that are on the other side of 1/2

  [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }
  [[nodiscard]] double error() const { return static_cast<double>(wrong) / static_cast<double>(count); }
  LossResult& operator+=(const LossResult& other);
};

/// The loss of a batch, and, if `gradient` is not null, `scale` times the gradient of its mean.
[[nodiscard]] LossResult loss_of(LossKind kind, const Tensor& logits, const Tensor& target, Tensor* gradient,
                                 float scale = 1);

}  // namespace dojo::network
