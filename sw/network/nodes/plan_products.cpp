// The products of a step as descriptors of the matrix unit.

#include <algorithm>

#include "kernels/tiles.hpp"
#include "network/nodes/plan.hpp"

namespace dojo::network {
namespace {

constexpr auto bf16 = static_cast<std::uint32_t>(tile_bytes_bf16);
constexpr auto fp32 = static_cast<std::uint32_t>(tile_bytes_fp32);

/// m x n x k tiles.
hw::MatrixDescriptor product_of(std::size_t m, std::size_t n, std::size_t k) {
  hw::MatrixDescriptor d{};
  d.op = DOJO_DESCRIPTOR_OP_MATRIX_GEMM;
  d.sem_en = 1;
  d.sem = NETWORK_SEMAPHORE_MATRIX;
  d.m_tiles = word(m) & 0xffffU;
  d.n_tiles = word(n) & 0xffffU;
  d.k_tiles = word(k) & 0xffffU;
  return d;
}

/// A is an image of `rows` rows, over which a kernel goes with `padding`; `out_width` pixels of a row of the output.
void set_image(hw::MatrixDescriptor& d, const StageTensor& image, std::size_t rows, std::size_t tile_bytes,
               const Convolution& convolution, std::size_t padding, std::size_t out_width) {
  constexpr std::uint32_t field = 15;
  const std::uint32_t tile = word(tile_bytes);
  d.op = DOJO_DESCRIPTOR_OP_MATRIX_CONVOLUTION;
  d.channel_tiles = word(image.tiles) & 0xffffU;
  d.row_tiles = word(tiles_for(out_width)) & 0xffffU;
  d.image_width = word(image.width) & 0xffffU;
  d.image_height = word(rows) & 0xffffU;
  d.kernel_width = word(convolution.kernel[1]) & field;
  d.stride_x = d.stride_y = word(convolution.stride[1]) & field;
  d.dilation_x = d.dilation_y = word(convolution.dilation[1]) & field;
  d.padding_x = d.padding_y = word(padding) & field;
  d.a_k_stride = tile;
  d.a_m_stride = word(image.tiles) * tile;
  d.a_row_stride = word(tiles_for(image.width) * image.tiles) * tile;
}

}  // namespace

NodePlan::Product NodePlan::result(std::size_t stage, std::size_t sample, std::size_t slot) const {
  const StageTensor& in = stages_.tensors[stage];
  const StageTensor& out = stages_.tensors[stage + 1];
  const Weights& weights = parameters_[stage];
  const Operand& a = operands_[activation_operand(stage)];
  const Operand& b = operands_[weights_operand(stage)];
  const std::size_t rows = out.image ? out.height * row_tiles(stage + 1) * out.frames : sample_tiles();
  hw::MatrixDescriptor d = product_of(rows, weights.columns, weights.rows);
  d.a_base = word(a.address + (out.image ? sample * image_bytes(stage, a) : 0));
  if (out.image && !product(stage)->each_frame) {
    const Convolution& convolution = product(stage)->convolution;
    set_image(d, in, in.height, a.tile_bytes(), convolution, convolution.padding[1], out.width);
  } else {
    d.a_k_stride = word(a.tile_bytes());
    d.a_m_stride = word(weights.rows * a.tile_bytes());
  }
  d.b_base = word(b.address);
  d.b_n_stride = word(b.tile_bytes());
  d.b_k_stride = word(weights.columns * b.tile_bytes());
  const bool last = is_logits(stage + 1) && !out.image;
  d.c_base = word(last ? activations_.back() : scratch_ + slot * scratch_bytes_);
  d.c_n_stride = fp32;
  d.c_m_stride = word(weights.columns) * fp32;
  return {d, activation_operand(stage), weights_operand(stage)};
}

NodePlan::Product NodePlan::input_gradient(std::size_t stage, std::size_t sample) const {
  const StageTensor& in = stages_.tensors[stage];
  const StageTensor& out = stages_.tensors[stage + 1];
  const Weights& weights = parameters_[stage];
  // Between zeros it is in BF16.
  const std::size_t a_number = spread_[stage] != 0 ? no_operand : gradient_operand(stage + 1);
  const Operand a = a_number == no_operand ? Operand{.address = spread_[stage]} : operands_[a_number];
  const Operand& b = operands_[weights_operand(stage)];
  const std::size_t rows = out.image ? in.height * row_tiles(stage) : sample_tiles();
  hw::MatrixDescriptor d = product_of(rows, in.tiles, weights.rows / in.tiles * weights.columns);
  d.b_transposed = 1;
  d.c_bf16 = 1;
  d.a_base = word(a.address);
  d.c_base = word(gradient_[stage]);
  d.c_n_stride = bf16;
  d.c_m_stride = word(in.tiles) * bf16;
  if (out.image) {
    Convolution convolution = product(stage)->convolution;
    const std::size_t padding = convolution.dilation[1] * (convolution.kernel[1] - 1) - convolution.padding[1];
    const StageTensor gradient = spread_gradient(stage);
    d.a_base += word(sample * network::image_bytes(gradient) / tile_bytes_bf16 * a.tile_bytes());
    d.c_base += word(sample * image_bytes(stage));
    convolution.stride = {1, 1, 1};
    set_image(d, gradient, gradient.height, a.tile_bytes(), convolution, padding, in.width);
    d.b_base = word(weights.turned);
    d.b_n_stride = word(b.tile_bytes());
    d.b_k_stride = word(in.tiles * b.tile_bytes());
  } else {
    d.a_k_stride = word(a.tile_bytes());
    d.a_m_stride = word(out.tiles * a.tile_bytes());
    d.b_base = word(b.address);
    d.b_k_stride = word(b.tile_bytes());
    d.b_n_stride = word(weights.columns * b.tile_bytes());
  }
  return {d, a_number, weights_operand(stage)};
}

NodePlan::Product NodePlan::weight_gradient(std::size_t stage) const {
  const StageTensor& in = stages_.tensors[stage];
  const StageTensor& out = stages_.tensors[stage + 1];
  const Weights& weights = parameters_[stage];
  const Operand& a = operands_[activation_operand(stage)];
  const Operand& b = operands_[gradient_operand(stage + 1)];
  // All images together are one, with zeros between them.
  const std::size_t out_rows = (samples_ - 1) * out.pitch + out.height;
  const std::size_t sum = out.image ? out_rows * row_tiles(stage + 1) * out.frames : sample_tiles();
  hw::MatrixDescriptor d = product_of(weights.rows, weights.columns, sum);
  d.a_transposed = 1;
  d.a_base = word(a.address);
  if (out.image && !product(stage)->each_frame) {
    const Convolution& convolution = product(stage)->convolution;
    set_image(d, in, (samples_ - 1) * in.pitch + in.height, a.tile_bytes(), convolution, convolution.padding[1],
              out.width);
  } else {
    d.a_m_stride = word(a.tile_bytes());
    d.a_k_stride = word(weights.rows * a.tile_bytes());
  }
  d.b_base = word(b.address);
  d.b_n_stride = word(b.tile_bytes());
  d.b_k_stride = word(weights.columns * b.tile_bytes());
  d.c_base = word(gradients_ + weights.first * tile_bytes_fp32);
  d.c_n_stride = fp32;
  d.c_m_stride = word(weights.columns) * fp32;
  return {d, activation_operand(stage), gradient_operand(stage + 1)};
}

NodePlan::Product NodePlan::bias_gradient(std::size_t stage) const {
  const StageTensor& out = stages_.tensors[stage + 1];
  const std::size_t columns = parameters_[stage].columns;
  const Operand& b = operands_[gradient_operand(stage + 1)];
  const std::size_t out_rows = (samples_ - 1) * out.pitch + out.height;
  const std::size_t sum = out.image ? out_rows * row_tiles(stage + 1) * out.frames : sample_tiles();
  hw::MatrixDescriptor d = product_of(1, columns, sum);
  d.a_base = word(ones_);
  d.b_base = word(b.address);
  d.b_n_stride = word(b.tile_bytes());
  d.b_k_stride = word(columns * b.tile_bytes());
  d.c_base = word(gradients_ + (weight_tiles_ + parameters_[stage].bias) * tile_bytes_fp32);
  d.c_n_stride = fp32;
  d.c_m_stride = word(columns) * fp32;
  return {d, no_operand, gradient_operand(stage + 1)};
}

}  // namespace dojo::network
