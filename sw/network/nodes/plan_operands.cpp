// Operands of a chain: activations of each tensor, their gradients, and the weights of each stage.

#include <fmt/format.h>

#include <utility>

#include "common/error.hpp"
#include "network/nodes/plan.hpp"

namespace dojo::network {

void NodePlan::name_operands() {
  constexpr float activations = 16;
  const auto named = [](std::string name, const TensorFormat& format) {
    return Operand{.name = std::move(name), .format = format_of(format.number), .fixed_bias = format.fixed_bias};
  };
  for (const StageTensor& tensor : stages_.tensors) {
    operands_.push_back(named(tensor.name, formats_.activations_of(tensor.name)));
    operands_.back().expected = activations;
  }
  for (const StageTensor& tensor : stages_.tensors) {
    operands_.push_back(named("gradient of " + tensor.name, formats_.gradients_of(tensor.name)));
  }
  for (const Stage& stage : stages_.stages) {
    const TensorFormat format = formats_.weights_of(stage.name);
    if ((format.number == NumberFormat::bf16) != (formats_.weights.number == NumberFormat::bf16)) {
      throw InputError(
          fmt::format("layer '{}': on nodes the weights of all layers are BF16, or those of all CFloat8", stage.name));
    }
    operands_.push_back(named("weights of " + stage.name, format));
  }
}

void NodePlan::lay_out_operands() {
  // Data comes from the host in its format, weights from the update; all else is made in BF16.
  operands_.front().address = activations_.front();
  const auto place = [this](Operand& operand, std::size_t bytes, std::uint64_t made) {
    operand.address = made;
    if (!operand.small()) return;
    operand.address = take("operands, CFloat8", operand.name, bytes / 2);
    operand.largest = take("operands, CFloat8", "largest magnitudes", hw::harts * hw::line_bytes);
  };
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    if (product(s) == nullptr) continue;
    if (s > 0 || before_) place(operands_[activation_operand(s)], tensor_bytes(s), activations_[s]);
    place(operands_[gradient_operand(s + 1)], tensor_bytes(s + 1), gradient_[s + 1]);
  }
}

void NodePlan::lay_out_weight_operands() {
  for (std::size_t s = 0; s < stages_.stages.size(); ++s) {
    if (product(s) == nullptr) continue;
    const Weights& weights = parameters_[s];
    Operand& operand = operands_[weights_operand(s)];
    operand.address = weights_ + weights.first * operand.tile_bytes();
    weight_operands_.push_back(
        {.operand = weights_operand(s), .tiles = {weights.first, weights.first + weights.rows * weights.columns}});
  }
}

void NodePlan::quantize_activations(std::size_t tensor, std::size_t first, std::size_t count) {
  if (product(tensor) == nullptr) return;
  const StageTensor& t = stages_.tensors[tensor];
  const std::size_t image = image_bytes(tensor) / tile_bytes_bf16;
  const std::size_t before = t.image ? first * image : 0;
  quantize(activation_operand(tensor), activations_[tensor] + before * tile_bytes_bf16, before,
           t.image ? count * image : sample_tiles() * t.tiles);
}

void NodePlan::quantize_gradient(std::size_t stage) {
  const std::size_t operand = gradient_operand(stage + 1);
  if (operands_[operand].largest == 0) return;
  quantize(operand, gradient_[stage + 1], 0, tensor_bytes(stage + 1) / tile_bytes_bf16);
  barrier();
}

}  // namespace dojo::network
