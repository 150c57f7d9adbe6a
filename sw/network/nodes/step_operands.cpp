// Operands of a step's products: conversions, and descriptors with their formats.

#include <algorithm>

#include "network/nodes/step_plan.hpp"

namespace dojo::network {

bool StepPlan::has_small_operands() const {
  return std::ranges::any_of(operands_, &Operand::small);
}

std::uint32_t StepPlan::control(std::size_t operand, unsigned bias) const {
  const bool e4m3 = operands_[operand].format == hw::MatrixFormat::cfloat8_143;
  const std::uint32_t format = e4m3 ? DOJO_CFLOAT_FORMAT_E4M3 : DOJO_CFLOAT_FORMAT_E5M2;
  return bias | format << 8U | (formats_.stochastic ? 1U << 16U : 0U);
}

std::vector<std::uint32_t> StepPlan::weight_controls(const OperandBiases& biases) const {
  std::vector<std::uint32_t> result(weight_tiles_);
  for (const WeightTiles& weights : weight_operands_) {
    const std::uint32_t word = control(weights.operand, biases.written[weights.operand]);
    for (std::size_t tile = weights.tiles.begin; tile < weights.tiles.end; ++tile) result[tile] = word;
  }
  return result;
}

std::vector<hw::MatrixDescriptor> StepPlan::products(const OperandBiases& biases) const {
  std::vector<hw::MatrixDescriptor> result;
  const auto is_small = [this](std::size_t operand) { return operand != no_operand && operands_[operand].small(); };
  for (const Product& product : products_) {
    hw::MatrixDescriptor descriptor = product.descriptor;
    if (is_small(product.a)) {
      descriptor.a_format = static_cast<std::uint32_t>(operands_[product.a].format) & 3U;
      descriptor.a_bias = biases.read[product.a] & 63U;
    }
    if (is_small(product.b)) {
      descriptor.b_format = static_cast<std::uint32_t>(operands_[product.b].format) & 3U;
      descriptor.b_bias = biases.read[product.b] & 63U;
    }
    result.push_back(descriptor);
  }
  return result;
}

void StepPlan::quantize(std::size_t operand, std::uint64_t from, std::size_t to, std::size_t tiles) {
  if (operands_[operand].largest == 0) return;
  barrier();
  constexpr unsigned tile_bits = 20;
  add(NETWORK_QUANTIZE).quantize = {.tiles = word(tiles),
                                    .x = word(from),
                                    .d = word(operands_[operand].address + to * tile_elements),
                                    .control = word(operand),  // list() makes the control of it
                                    .largest = word(operands_[operand].largest),
                                    .tensor = word(operand << tile_bits | to)};
}

}  // namespace dojo::network
