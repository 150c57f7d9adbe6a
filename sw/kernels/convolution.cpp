#include "kernels/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "common/error.hpp"
#include "firmware/dojo.h"
#include "kernels/firmware.hpp"
#include "kernels/tiles.hpp"

namespace dojo {
namespace {

/// The launch arguments of the program gemm: a descriptor at the first argument that starts a line.
using Arguments = std::array<std::uint64_t, DOJO_LAUNCH_LINE_ARGUMENT + sizeof(hw::MatrixDescriptor) / 8>;

std::size_t padded(std::size_t length) {
  return tiles_for(length) * tile_edge;
}

/// Rows [first, first + count) of an image as the matrix unit reads it: rows of eights of pixels, in each of these
/// tiles (pixel, channel). It is a matrix of pixels and channels whose rows of pixels are padded.
std::vector<std::byte> pack_image(std::span<const float> image, const ConvolutionShape& shape, std::size_t first,
                                  std::size_t count, const OperandFormat& format) {
  const std::size_t width = padded(shape.width);
  std::vector<float> rows(count * width * shape.channels);
  for (std::size_t y = 0; y < count; ++y) {
    const auto row = image.subspan((first + y) * shape.width * shape.channels, shape.width * shape.channels);
    std::copy(row.begin(), row.end(), rows.begin() + static_cast<std::ptrdiff_t>(y * width * shape.channels));
  }
  return pack_operand(rows, {.rows = count * width, .columns = shape.channels}, format);
}

/// Weights as a grid of tiles (channel, output) with the channels of each place of the kernel padded.
std::vector<std::byte> pack_weights(std::span<const float> weights, const ConvolutionShape& shape,
                                    const OperandFormat& format) {
  const std::size_t places = shape.kernel * shape.kernel;
  const std::size_t channels = padded(shape.channels);
  std::vector<float> rows(places * channels * shape.outputs);
  for (std::size_t k = 0; k < places; ++k) {
    const auto place = weights.subspan(k * shape.channels * shape.outputs, shape.channels * shape.outputs);
    std::copy(place.begin(), place.end(), rows.begin() + static_cast<std::ptrdiff_t>(k * channels * shape.outputs));
  }
  return pack_operand(rows, {.rows = places * channels, .columns = shape.outputs}, format);
}

TileLayout output_layout(const ConvolutionShape& shape, std::size_t rows) {
  return {.rows = rows * padded(shape.output_width()), .columns = shape.outputs};
}

/// Rows of the image that rows [first, end) of the output need.
struct Lines {
  std::size_t first;
  std::size_t count;
};
Lines lines_for(const ConvolutionShape& shape, std::size_t first, std::size_t end) {
  const std::size_t start = std::max(first * shape.stride, shape.padding) - shape.padding;
  const std::size_t last = std::min((end - 1) * shape.stride + shape.reach(), shape.height + shape.padding);
  return {start, last - shape.padding - start};
}

void check_sizes(std::span<const float> image, std::span<const float> weights, const ConvolutionShape& shape) {
  if (image.size() != shape.width * shape.height * shape.channels ||
      weights.size() != shape.kernel * shape.kernel * shape.channels * shape.outputs) {
    throw InputError(fmt::format("{} pixels' channels and {} weights for a convolution of {}x{}x{} to {} outputs",
                                 image.size(), weights.size(), shape.width, shape.height, shape.channels,
                                 shape.outputs));
  }
}

}  // namespace

void check_shape(const ConvolutionShape& s) {
  if (s.width == 0 || s.height == 0 || s.channels == 0 || s.outputs == 0 || s.kernel == 0 || s.stride == 0 ||
      s.dilation == 0) {
    throw InputError("a convolution without pixels, channels, kernel, stride or dilation");
  }
  constexpr std::size_t limit = 15;  // fields of four bits
  if (std::max({s.kernel, s.stride, s.dilation, s.padding}) > limit) {
    throw InputError(fmt::format("kernel, stride, dilation and padding of a convolution are at most {}", limit));
  }
  if (std::min(s.width, s.height) + 2 * s.padding < s.reach()) {
    throw InputError(fmt::format("a kernel of {} pixels on an image of {}x{} with padding {}", s.reach(), s.width,
                                 s.height, s.padding));
  }
  if (s.padding >= s.reach()) throw InputError("padding as wide as the kernel: outputs without a pixel");
  if (std::max(s.width, s.height) > 65535 || tiles_for(s.output_width()) * s.output_height() > 65535 ||
      tiles_for(s.channels) * s.kernel * s.kernel > 65535 || tiles_for(s.outputs) > 65535) {
    throw InputError("image, channels or outputs of a convolution too large for a descriptor");
  }
}

Convolution::Convolution(Machine& machine, const Rectangle& rectangle, const ConvolutionShape& shape,
                         const OperandFormats& formats)
    : machine_(machine), shape_(shape), formats_(formats), program_(load_firmware("gemm")) {
  check_shape(shape);
  machine_.load(program_, rectangle);
  const std::size_t rows = shape.output_height();
  const std::size_t nodes = rectangle.nodes();
  const std::size_t channel_tiles = tiles_for(shape.channels);
  for (unsigned i = 0; i < nodes; ++i) {
    const std::size_t first = rows * i / nodes;
    const std::size_t end = rows * (i + 1) / nodes;
    if (first == end) continue;
    const Lines lines = lines_for(shape, first, end);
    const Coordinates node = rectangle.node(i);
    parts_.push_back({.node = node,
                      .first_row = first,
                      .rows = end - first,
                      .first_line = lines.first,
                      .lines = lines.count,
                      .image = machine_.allocate(
                          node, lines.count * tiles_for(shape.width) * channel_tiles * formats.a.tile_bytes()),
                      .weights = machine_.allocate(node, shape.kernel * shape.kernel * channel_tiles *
                                                             tiles_for(shape.outputs) * formats.b.tile_bytes()),
                      .output = machine_.allocate(node, output_layout(shape, end - first).tiles() * tile_bytes_fp32)});
  }
}

std::size_t Convolution::bytes_needed(const ConvolutionShape& shape, const OperandFormats& formats, std::size_t nodes) {
  const std::size_t rows = (shape.output_height() + nodes - 1) / nodes;
  const std::size_t lines = std::min(shape.height, (rows - 1) * shape.stride + shape.reach());
  const std::size_t channel_tiles = tiles_for(shape.channels);
  return lines * tiles_for(shape.width) * channel_tiles * formats.a.tile_bytes() +
         shape.kernel * shape.kernel * channel_tiles * tiles_for(shape.outputs) * formats.b.tile_bytes() +
         output_layout(shape, rows).tiles() * tile_bytes_fp32;
}

void Convolution::write(std::span<const float> image, std::span<const float> weights) {
  check_sizes(image, weights, shape_);
  const std::vector<std::byte> packed = pack_weights(weights, shape_, formats_.b);
  for (Part& part : parts_) {
    part.image.write(pack_image(image, shape_, part.first_line, part.lines, formats_.a));
    part.weights.write(packed);
  }
}

void Convolution::launch() {
  events_.clear();
  const auto channel_tiles = static_cast<std::uint32_t>(tiles_for(shape_.channels));
  for (const Part& part : parts_) {
    hw::MatrixDescriptor d{};
    d.op = DOJO_DESCRIPTOR_OP_MATRIX_CONVOLUTION;
    d.sem_en = 1;
    d.row_tiles = static_cast<std::uint32_t>(tiles_for(shape_.output_width()));
    d.m_tiles = static_cast<std::uint32_t>(part.rows * d.row_tiles);
    d.n_tiles = static_cast<std::uint32_t>(tiles_for(shape_.outputs));
    d.k_tiles = static_cast<std::uint32_t>(shape_.kernel * shape_.kernel * channel_tiles);
    d.channel_tiles = channel_tiles;
    d.kernel_width = static_cast<std::uint32_t>(shape_.kernel);
    d.image_width = static_cast<std::uint32_t>(shape_.width);
    d.image_height = static_cast<std::uint32_t>(part.lines);
    d.stride_x = d.stride_y = static_cast<std::uint32_t>(shape_.stride);
    d.dilation_x = d.dilation_y = static_cast<std::uint32_t>(shape_.dilation);
    d.padding_x = static_cast<std::uint32_t>(shape_.padding);
    // The part begins as far into the padding, or not at all, as its rows do.
    d.padding_y = static_cast<std::uint32_t>(part.first_line + shape_.padding - part.first_row * shape_.stride);
    set_formats(d, formats_);
    d.a_base = static_cast<std::uint32_t>(part.image.address());
    d.a_k_stride = static_cast<std::uint32_t>(formats_.a.tile_bytes());
    d.a_m_stride = channel_tiles * d.a_k_stride;
    d.a_row_stride = static_cast<std::uint32_t>(tiles_for(shape_.width)) * d.a_m_stride;
    d.b_base = static_cast<std::uint32_t>(part.weights.address());
    d.b_n_stride = static_cast<std::uint32_t>(formats_.b.tile_bytes());
    d.b_k_stride = d.n_tiles * d.b_n_stride;
    d.c_base = static_cast<std::uint32_t>(part.output.address());
    d.c_n_stride = tile_bytes_fp32;
    d.c_m_stride = d.n_tiles * d.c_n_stride;
    Arguments arguments{};
    std::memcpy(&arguments[DOJO_LAUNCH_LINE_ARGUMENT], &d, sizeof d);
    events_.push_back(machine_.launch(program_, {.origin = part.node, .columns = 1, .rows = 1}, arguments));
  }
}

void Convolution::wait(std::uint64_t max_cycles) {
  const std::uint64_t start = machine_.cycles();
  for (Event& event : events_) event.wait(max_cycles);
  cycles_ = machine_.cycles() - start;
}

std::vector<float> Convolution::read() const {
  const std::size_t width = shape_.output_width();
  const std::size_t row_size = width * shape_.outputs;
  std::vector<float> result(shape_.output_height() * row_size);
  for (const Part& part : parts_) {
    const TileLayout layout = output_layout(shape_, part.rows);
    const std::vector<float> rows = unpack_fp32(part.output.read<float>(layout.padded()), layout);
    for (std::size_t y = 0; y < part.rows; ++y) {
      const auto from = rows.begin() + static_cast<std::ptrdiff_t>(y * padded(width) * shape_.outputs);
      std::copy_n(from, row_size, result.begin() + static_cast<std::ptrdiff_t>((part.first_row + y) * row_size));
    }
  }
  return result;
}

std::vector<float> convolution_reference(std::span<const float> image, std::span<const float> weights,
                                         const ConvolutionShape& shape, const OperandFormats& formats) {
  check_shape(shape);
  check_sizes(image, weights, shape);
  // The channels of each place of the kernel are padded as in the machine: the steps take them in fours.
  const std::size_t channels = padded(shape.channels);
  const GemmShape product{.m = shape.output_width() * shape.output_height(),
                          .n = shape.outputs,
                          .k = shape.kernel * shape.kernel * channels};
  std::vector<float> a(product.m * product.k);
  std::vector<float> b(product.k * product.n);
  for (std::size_t pixel = 0; pixel < product.m; ++pixel) {
    for (std::size_t place = 0; place < shape.kernel * shape.kernel; ++place) {
      // Coordinates in the padded image.
      const std::size_t x = pixel % shape.output_width() * shape.stride + place % shape.kernel * shape.dilation;
      const std::size_t y = pixel / shape.output_width() * shape.stride + place / shape.kernel * shape.dilation;
      if (x < shape.padding || y < shape.padding || x >= shape.width + shape.padding ||
          y >= shape.height + shape.padding) {
        continue;
      }
      const auto from =
          image.subspan(((y - shape.padding) * shape.width + x - shape.padding) * shape.channels, shape.channels);
      std::copy(from.begin(), from.end(),
                a.begin() + static_cast<std::ptrdiff_t>(pixel * product.k + place * channels));
    }
  }
  for (std::size_t row = 0; row < shape.kernel * shape.kernel * shape.channels; ++row) {
    const auto from = weights.subspan(row * shape.outputs, shape.outputs);
    const std::size_t to = row / shape.channels * channels + row % shape.channels;
    std::copy(from.begin(), from.end(), b.begin() + static_cast<std::ptrdiff_t>(to * shape.outputs));
  }
  return gemm_reference(a, b, product, formats);
}

MatrixMeasurement measure_convolution(Machine& machine, const Rectangle& rectangle, const ConvolutionShape& shape,
                                      std::uint64_t seed, const OperandFormats& formats, std::uint64_t max_cycles) {
  std::mt19937_64 generator(seed);
  check_shape(shape);
  const std::vector<float> image = random_numbers(shape.width * shape.height * shape.channels, generator);
  const std::vector<float> weights =
      random_numbers(shape.kernel * shape.kernel * shape.channels * shape.outputs, generator);
  Convolution layer(machine, rectangle, shape, formats);
  layer.write(image, weights);
  return measure(machine, rectangle, layer, convolution_reference(image, weights, shape, formats), max_cycles);
}

}  // namespace dojo
