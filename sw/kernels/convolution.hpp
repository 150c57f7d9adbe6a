#pragma once
// Two-dimensional convolutions on a machine, from the image in place (docs/descriptors.md).
//
//   dojo::Convolution layer(machine, machine.all(), {.width = 32, .height = 32, .channels = 64, .outputs = 64});
//   layer.write(image, weights);
//   layer.launch();
//   layer.wait();
//   std::vector<float> result = layer.read();

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/gemm.hpp"
#include "kernels/measurement.hpp"
#include "runtime/machine.hpp"

namespace dojo {

/// Sizes in pixels. The output has `outputs` channels.
struct ConvolutionShape {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 0;
  std::size_t outputs = 0;
  std::size_t kernel = 3;  ///< rows and columns
  std::size_t stride = 1;  ///< of both directions, as the next two
  std::size_t dilation = 1;
  std::size_t padding = 0;  ///< zeros on each side

  /// Pixels of the image under the kernel, from the first to the last.
  [[nodiscard]] std::size_t reach() const { return dilation * (kernel - 1) + 1; }
  [[nodiscard]] std::size_t output_width() const { return (width + 2 * padding - reach()) / stride + 1; }
  [[nodiscard]] std::size_t output_height() const { return (height + 2 * padding - reach()) / stride + 1; }
  /// Multiply-accumulate operations, those on padding included.
  [[nodiscard]] std::uint64_t operations() const {
    return std::uint64_t{output_width()} * output_height() * outputs * channels * kernel * kernel;
  }
};

/// Throws InputError unless the shape is one that the matrix unit computes: no empty dimension, a kernel that fits the
/// padded image, kernel, stride, dilation and padding of at most 15, and padding smaller than the reach of the kernel.
void check_shape(const ConvolutionShape& shape);

/// A convolution on the nodes of a rectangle. Each node computes a range of rows of the output; it holds the rows of
/// the image that these need, and all weights. On the host, images are [y][x][channel], weights
/// [ky][kx][channel][output].
class Convolution : public MatrixWork {
 public:
  /// Loads the program gemm on the rectangle and takes memory there. Throws InputError like check_shape(), RunError
  /// when image, weights and output do not fit the nodes.
  Convolution(Machine& machine, const Rectangle& rectangle, const ConvolutionShape& shape,
              const OperandFormats& formats = {});

  /// Writes both, converted to their formats (nearest-even): A is the image, B the weights. Throws InputError when the
  /// sizes are not those of the shape.
  void write(std::span<const float> image, std::span<const float> weights);
  void launch() override;
  void wait(std::uint64_t max_cycles = no_cycle_limit) override;
  [[nodiscard]] std::uint64_t cycles() const override { return cycles_; }
  /// The output, [y][x][output].
  [[nodiscard]] std::vector<float> read() const override;

  /// Bytes that the node with most rows needs.
  [[nodiscard]] static std::size_t bytes_needed(const ConvolutionShape& shape, const OperandFormats& formats,
                                                std::size_t nodes);

 private:
  /// What one node computes; nodes without rows have none.
  struct Part {
    Coordinates node;
    std::size_t first_row;  // of the output
    std::size_t rows;
    std::size_t first_line;  // row of the image
    std::size_t lines;
    Buffer image;
    Buffer weights;
    Buffer output;
  };

  Machine& machine_;
  ConvolutionShape shape_;
  OperandFormats formats_;
  Program program_;
  std::vector<Part> parts_;
  std::vector<Event> events_;
  std::uint64_t cycles_ = 0;
};

/// The output with the numbers of the machine: operands in their formats, sums as the matrix unit forms them
/// (docs/numerics.md), by a product with an explicit matrix of pixels.
[[nodiscard]] std::vector<float> convolution_reference(std::span<const float> image, std::span<const float> weights,
                                                       const ConvolutionShape& shape,
                                                       const OperandFormats& formats = {});

/// Convolves a seeded random image and checks every bit of the result.
[[nodiscard]] MatrixMeasurement measure_convolution(Machine& machine, const Rectangle& rectangle,
                                                    const ConvolutionShape& shape, std::uint64_t seed,
                                                    const OperandFormats& formats = {},
                                                    std::uint64_t max_cycles = no_cycle_limit);

}  // namespace dojo
