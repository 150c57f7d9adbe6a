// Operands of products: their formats, places and exponent biases.

#include <algorithm>

#include "kernels/tiles.hpp"
#include "network/nodes/plan.hpp"

namespace dojo::network {
namespace {

hw::MatrixFormat format_of(NumberFormat format) {
  switch (format) {
    case NumberFormat::cf8_143:
      return hw::MatrixFormat::cfloat8_143;
    case NumberFormat::cf8_152:
      return hw::MatrixFormat::cfloat8_152;
    case NumberFormat::bf16:
      break;
  }
  return hw::MatrixFormat::bf16;
}

}  // namespace

void NodePlan::name_operands() {
  for (const StageTensor& tensor : stages_.tensors) {
    operands_.push_back({.name = tensor.name, .format = format_of(formats_.activations)});
  }
  for (const StageTensor& tensor : stages_.tensors) {
    operands_.push_back({.name = "gradient of " + tensor.name, .format = format_of(formats_.gradients)});
  }
  for (const Stage& stage : stages_.stages) {
    operands_.push_back({.name = "weights of " + stage.name, .format = format_of(formats_.weights)});
  }
}

void NodePlan::lay_out_operands() {
  // Data comes from the host in its format, weights from the update; all else is made in BF16.
  operands_[activation_operand(0)].address = activations_.front();
  const auto place = [this](Operand& operand, std::size_t tensor, std::uint64_t made) {
    operand.address = made;
    if (!operand.small()) return;
    operand.address = take("operands, CFloat8", operand.name, tensor_bytes(tensor) / 2);
    operand.largest = take("operands, CFloat8", "largest magnitudes", hw::harts * hw::line_bytes);
  };
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    if (product(s) == nullptr) continue;
    if (s > 0) place(operands_[activation_operand(s)], s, activations_[s]);
    place(operands_[gradient_operand(s + 1)], s + 1, gradient_[s + 1]);
    Operand& weights = operands_[weights_operand(s)];
    weights.address = weights_ + parameters_[s].first * weights.tile_bytes();
  }
}

bool NodePlan::has_small_operands() const {
  return std::ranges::any_of(operands_, &Operand::small);
}

TileRange NodePlan::weights_of(std::size_t stage) const {
  const Weights& weights = parameters_[stage];
  return {weights.first, weights.first + weights.rows * weights.columns};
}

std::uint32_t NodePlan::control(std::size_t operand, unsigned bias) const {
  const bool e4m3 = operands_[operand].format == hw::MatrixFormat::cfloat8_143;
  const std::uint32_t format = e4m3 ? DOJO_CFLOAT_FORMAT_E4M3 : DOJO_CFLOAT_FORMAT_E5M2;
  return bias | format << 8U | (formats_.stochastic ? 1U << 16U : 0U);
}

std::vector<std::uint32_t> NodePlan::weight_controls(const OperandBiases& biases) const {
  std::vector<std::uint32_t> result(weight_tiles_);
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    if (product(s) == nullptr) continue;
    const std::size_t operand = weights_operand(s);
    const TileRange own = weights_of(s);
    for (std::size_t tile = own.begin; tile < own.end; ++tile) {
      result[tile] = control(operand, biases.written[operand]);
    }
  }
  return result;
}

std::vector<hw::MatrixDescriptor> NodePlan::products(const OperandBiases& biases) const {
  std::vector<hw::MatrixDescriptor> result;
  for (const Product& product : products_) {
    hw::MatrixDescriptor descriptor = product.descriptor;
    const auto describe = [&](std::size_t operand, auto set) {
      if (operand == none || !operands_[operand].small()) return;
      set(static_cast<std::uint32_t>(operands_[operand].format), biases.read[operand]);
    };
    describe(product.a, [&](std::uint32_t format, unsigned bias) {
      descriptor.a_format = format & 3U;
      descriptor.a_bias = bias & 63U;
    });
    describe(product.b, [&](std::uint32_t format, unsigned bias) {
      descriptor.b_format = format & 3U;
      descriptor.b_bias = bias & 63U;
    });
    result.push_back(descriptor);
  }
  return result;
}

void NodePlan::quantize(std::size_t operand, std::size_t tensor, std::uint64_t from, std::size_t first,
                        std::size_t count) {
  const Operand& to = operands_[operand];
  if (to.largest == 0) return;
  const StageTensor& t = stages_.tensors[tensor];
  const std::size_t tiles = t.image ? count * image_bytes(tensor) / tile_bytes_bf16 : sample_tiles() * t.tiles;
  const std::size_t before = t.image ? first * image_bytes(tensor) / tile_bytes_bf16 : 0;
  barrier();
  add(NETWORK_QUANTIZE).quantize = {.tiles = word(tiles),
                                    .x = word(from + before * tile_bytes_bf16),
                                    .d = word(to.address + before * tile_elements),
                                    .control = word(operand),  // list() makes the control of it
                                    .largest = word(to.largest)};
}

}  // namespace dojo::network
