#include "network/nodes/operand_biases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/error.hpp"
#include "firmware/kernels/quantize_bias.h"

namespace dojo::network {

unsigned bias_for(const Operand& operand, float largest, unsigned margin) {
  if (!operand.small()) return 0;
  if (!std::isfinite(largest)) {
    throw RunError(fmt::format("{}: a magnitude of {}: the training diverges", operand.name, largest));
  }
  const bool e4m3 = operand.format == hw::MatrixFormat::cfloat8_143;
  return quantize_bias(e4m3 ? DOJO_CFLOAT_FORMAT_E4M3 : DOJO_CFLOAT_FORMAT_E5M2, std::bit_cast<std::uint32_t>(largest),
                       margin);
}

float largest_of(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

OperandBiases first_biases(const NodePlan& plan) {
  constexpr float activations = 16;
  constexpr float gradients = 1;
  const std::size_t tensors = plan.stages().tensors.size();
  OperandBiases biases;
  for (std::size_t o = 0; o < plan.operands().size(); ++o) {
    biases.read.push_back(bias_for(plan.operands()[o], o < tensors ? activations : gradients, 0));
  }
  biases.written = biases.read;
  return biases;
}

}  // namespace dojo::network
