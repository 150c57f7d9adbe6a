#include "network/nodes/batch_packer.hpp"

#include <algorithm>
#include <bit>
#include <functional>

#include "firmware/kernels/binary_cross_entropy_format.h"
#include "firmware/kernels/row_softmax_format.h"
#include "kernels/tiles.hpp"

namespace dojo::network {
namespace {

/// Channels, frames, rows and columns of an image or film.
struct FilmShape {
  explicit FilmShape(const Shape& shape)
      : frames(shape.size() == 4 ? shape[1] : 1),
        height(shape.size() < 2 ? 1 : shape[shape.size() - 2]),
        width(shape.empty() ? 1 : shape.back()) {}
  std::size_t frames;
  std::size_t height;
  std::size_t width;
};

/// Puts a sample at its places among the values of an image's tiles: rows of eights of pixels, in each of these tiles
/// (pixel, channel) of frame 0, then of frame 1. The channels are pixels under the kernel of `patches`.
template <typename T, typename Convert>
void pack_image(const float* sample, const FilmShape& shape, const Convolution& patches, const StageTensor& tensor,
                T* out, Convert convert) {
  const Convolution& c = patches;
  const std::size_t row = tiles_for(tensor.width) * tensor.tiles * tile_elements;
  for (std::size_t i = 0; i < tensor.frames * tensor.channels; ++i) {
    const std::size_t frame = i / tensor.channels;
    const std::size_t channel = i % tensor.channels;
    const std::size_t kernel_column = channel % c.kernel[2];
    const std::size_t kernel_row = channel / c.kernel[2] % c.kernel[1];
    const std::size_t kernel_frame = channel / (c.kernel[1] * c.kernel[2]) % c.kernel[0];
    const std::size_t from_frame = frame * c.stride[0] + kernel_frame * c.dilation[0] - c.padding[0];
    if (from_frame >= shape.frames) continue;  // also what is before the first, wrapped around
    const std::size_t from_channel = channel / (c.kernel[0] * c.kernel[1] * c.kernel[2]);
    const float* const plane = sample + (from_channel * shape.frames + from_frame) * shape.height * shape.width;
    for (std::size_t y = 0; y < tensor.height; ++y) {
      const std::size_t from_y = y * c.stride[1] + kernel_row * c.dilation[1] - c.padding[1];
      if (from_y >= shape.height) continue;
      for (std::size_t x = 0; x < tensor.width; ++x) {
        const std::size_t from_x = x * c.stride[2] + kernel_column * c.dilation[2] - c.padding[2];
        if (from_x >= shape.width) continue;
        const std::size_t tile = x / tile_edge * tensor.tiles + frame * tensor.frame_tiles() + channel / tile_edge;
        out[y * row + tile * tile_elements + x % tile_edge * tile_edge + channel % tile_edge] =
            convert(plane[from_y * shape.width + from_x]);
      }
    }
  }
}

std::uint32_t float_bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

}  // namespace

BatchPacker::BatchPacker(const NodePlan& plan, unsigned nodes, std::size_t target)
    : nodes_(nodes),
      target_(target),
      samples_(plan.samples()),
      rows_(plan.sample_tiles() * tile_edge),
      losses_(plan.targets_of_node()),
      operand_(plan.operands().front()),
      data_(plan.chain().tensors.front()),
      logits_(plan.chain().tensors.back()),
      loss_(plan.chain().loss),
      patches_(plan.chain().patches.value_or(Convolution{})) {}

PackedBatch BatchPacker::operator()(const std::vector<Tensor>& batch) const {
  const Tensor& inputs = batch[0];
  const Tensor& targets = batch[target_];
  const FilmShape shape(Shape(inputs.shape.begin() + 1, inputs.shape.end()));
  const std::size_t count = inputs.samples();
  const OperandFormat format{.format = operand_.format, .bias = bias_for(operand_, largest_of(inputs.values), 0)};
  PackedBatch result{.bias = format.bias, .nodes = std::vector<NodeInputs>(nodes_)};
  for (unsigned n = 0; n < nodes_; ++n) {
    const std::size_t first = count * n / nodes_;
    const std::size_t own = count * (n + 1) / nodes_ - first;
    NodeInputs& node = result.nodes[n];
    if (data_.image) {
      const std::size_t image = image_bytes(data_) / sizeof(std::uint16_t);
      std::vector<float> tiles(samples_ * image);
      for (std::size_t i = 0; i < own; ++i) {
        pack_image(inputs.sample(first + i), shape, patches_, data_, tiles.data() + i * image, std::identity());
      }
      node.data = pack_operand(tiles, {.rows = tiles.size() / tile_edge, .columns = tile_edge}, format);
    } else {
      std::vector<float> matrix(rows_ * data_.channels);
      std::copy_n(inputs.sample(first), own * data_.channels, matrix.begin());
      node.data = pack_operand(matrix, {.rows = rows_, .columns = data_.channels}, format);
    }
    if (loss_ == LossKind::cross_entropy) {
      node.targets.assign(losses_, ROW_SOFTMAX_NO_LABEL);
      for (std::size_t i = 0; i < own; ++i) node.targets[i] = static_cast<std::uint32_t>(targets.values[first + i]);
    } else {
      node.targets.assign(losses_, float_bits(BINARY_CROSS_ENTROPY_NO_TARGET));
      const FilmShape grid({logits_.height, logits_.width});
      for (std::size_t i = 0; i < own; ++i) {
        pack_image(targets.sample(first + i), grid, Convolution{}, logits_,
                   node.targets.data() + i * losses_ / samples_, float_bits);
      }
    }
  }
  return result;
}

}  // namespace dojo::network
