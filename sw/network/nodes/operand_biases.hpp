#pragma once
// How exponent biases of CFloat8 operands follow the numbers of a training.

#include <cstdint>
#include <span>

#include "dojo_hw.hpp"
#include "network/nodes/plan.hpp"

namespace dojo::network {

/// The largest bias with which `largest` and `margin` powers of two above it are in range, so that as many small
/// numbers as possible are, too. For 0 the largest of all: 63; for BF16 0. Throws RunError, which names `name`, for
/// what is not finite.
[[nodiscard]] unsigned bias_for(const Operand& operand, float largest, unsigned margin);

/// The largest magnitude of some numbers.
[[nodiscard]] float largest_of(std::span<const float> values);

/// Biases before anything is known: activations up to 16, gradients up to 1.
[[nodiscard]] OperandBiases first_biases(const NodePlan& plan);

}  // namespace dojo::network
