#include "kernels/convolution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <string>

#include "common/error.hpp"
#include "kernels/tiles.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {

std::ostream& operator<<(std::ostream& out, const ConvolutionShape& s) {
  return out << s.width << 'x' << s.height << 'x' << s.channels << " to " << s.outputs << ", kernel " << s.kernel
             << ", stride " << s.stride << ", dilation " << s.dilation << ", padding " << s.padding;
}

namespace {

/// Compares the output with plain loops in FP64.
void expect_convolution(const std::vector<float>& output, const std::vector<float>& image,
                        const std::vector<float>& weights, const ConvolutionShape& s) {
  const auto inside = [](std::size_t coordinate, std::size_t padding, std::size_t size) {
    return coordinate >= padding && coordinate < size + padding;
  };
  for (std::size_t oy = 0; oy < s.output_height(); ++oy) {
    for (std::size_t ox = 0; ox < s.output_width(); ++ox) {
      for (std::size_t o = 0; o < s.outputs; ++o) {
        double value = 0;
        double magnitude = 0;
        for (std::size_t ky = 0; ky < s.kernel; ++ky) {
          for (std::size_t kx = 0; kx < s.kernel; ++kx) {
            const std::size_t x = ox * s.stride + kx * s.dilation;
            const std::size_t y = oy * s.stride + ky * s.dilation;
            if (!inside(x, s.padding, s.width) || !inside(y, s.padding, s.height)) continue;
            for (std::size_t c = 0; c < s.channels; ++c) {
              const double product =
                  static_cast<double>(image[((y - s.padding) * s.width + x - s.padding) * s.channels + c]) *
                  weights[((ky * s.kernel + kx) * s.channels + c) * s.outputs + o];
              value += product;
              magnitude += std::abs(product);
            }
          }
        }
        // Each step rounds its sum to 24 bits and drops what lies more than 26 bits below its largest term.
        const std::size_t steps = s.kernel * s.kernel * tiles_for(s.channels) * 2 + 2;
        const double bound = magnitude * static_cast<double>(steps) * std::ldexp(1.0, -23);
        ASSERT_NEAR(output[(oy * s.output_width() + ox) * s.outputs + o], value, bound)
            << "pixel " << ox << ',' << oy << ", output " << o;
      }
    }
  }
}

class ConvolutionGeometry : public testing::TestWithParam<ConvolutionShape> {};

TEST_P(ConvolutionGeometry, IsTheSameOnBothBackendsAndCloseToFp64) {
  const ConvolutionShape& shape = GetParam();
  Numbers numbers(5);
  const std::vector<float> image = numbers.take(shape.width * shape.height * shape.channels);
  const std::vector<float> weights = numbers.take(shape.kernel * shape.kernel * shape.channels * shape.outputs);
  for (const char* a_name : {"bf16", "cf8_143"}) {
    const OperandFormats formats{.a = operand_format(a_name), .b = operand_format("bf16")};
    const std::vector<float> expected = convolution_reference(image, weights, shape, formats);
    expect_convolution(expected, as_operand(image, formats.a), as_operand(weights, formats.b), shape);
    for (const char* backend : {"model", "rtl"}) {
      Machine machine({.backend = backend, .mesh = {2, 1}});
      Convolution layer(machine, machine.all(), shape, formats);
      layer.write(image, weights);
      layer.launch();
      layer.wait(1'000'000);
      EXPECT_EQ(layer.read(), expected) << backend << ' ' << a_name;
    }
  }
}

ConvolutionShape geometry(std::size_t width, std::size_t height, std::size_t stride, std::size_t dilation,
                          std::size_t padding) {
  return {.width = width,
          .height = height,
          .channels = 11,
          .outputs = 10,
          .kernel = 3,
          .stride = stride,
          .dilation = dilation,
          .padding = padding};
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionGeometry,
                         testing::Values(geometry(13, 9, 1, 1, 0), geometry(13, 9, 1, 1, 1), geometry(13, 9, 1, 1, 2),
                                         geometry(13, 9, 2, 1, 0), geometry(13, 9, 2, 1, 1), geometry(14, 8, 2, 1, 2),
                                         geometry(13, 9, 1, 2, 0), geometry(13, 9, 1, 2, 1), geometry(13, 9, 1, 2, 2),
                                         geometry(19, 11, 2, 2, 0), geometry(19, 11, 2, 2, 1),
                                         geometry(20, 12, 2, 2, 2), geometry(3, 3, 1, 1, 1), geometry(1, 1, 1, 1, 1),
                                         ConvolutionShape{
                                             .width = 17, .height = 5, .channels = 8, .outputs = 24, .kernel = 1},
                                         ConvolutionShape{.width = 9,
                                                          .height = 9,
                                                          .channels = 3,
                                                          .outputs = 8,
                                                          .kernel = 7,
                                                          .stride = 2,
                                                          .dilation = 1,
                                                          .padding = 3}));

class ConvolutionKernel : public testing::TestWithParam<std::string> {};

TEST_P(ConvolutionKernel, GivesOutputAndGradientOfTheWeights) {
  // Widths that are whole tiles, so that images are matrices of pixels and channels; small whole numbers, so that every
  // sum is exact.
  const ConvolutionShape s{.width = 16, .height = 5, .channels = 8, .outputs = 16, .kernel = 3, .padding = 1};
  KernelNode node(GetParam());
  Numbers numbers(3);
  const auto integers = [&numbers](std::size_t count) {
    std::vector<float> values = numbers.take(count);
    for (float& value : values) value = std::round(4 * value);
    return values;
  };
  const std::size_t pixels = s.width * s.height;
  const std::vector<float> image = integers(pixels * s.channels);
  const std::vector<float> weights = integers(9 * s.channels * s.outputs);
  const std::vector<float> gradient = integers(pixels * s.outputs);
  const TileLayout image_layout{.rows = pixels, .columns = s.channels};
  const TileLayout output_layout{.rows = pixels, .columns = s.outputs};
  const TileLayout weight_layout{.rows = 9 * s.channels, .columns = s.outputs};
  const Buffer image_tiles = node.place(pack_bf16(image, image_layout));
  const Buffer output = node.reserve<float>(output_layout.padded());
  const Buffer weight_gradient = node.reserve<float>(weight_layout.padded());
  const auto arguments = [&](const Buffer& b, const Buffer& c) {
    return std::vector<std::uint64_t>{s.width,     s.height,   1, 2, 3, 1, 1, 1, 1, image_tiles.address(),
                                      b.address(), c.address()};
  };
  node.call(KERNEL_CONVOLUTION, arguments(node.place(pack_bf16(weights, weight_layout)), output));
  EXPECT_EQ(unpack_fp32(output.read<float>(output_layout.padded()), output_layout),
            convolution_reference(image, weights, s));
  node.call(KERNEL_CONVOLUTION_WEIGHTS, arguments(node.place(pack_bf16(gradient, output_layout)), weight_gradient));
  const std::vector<float> result = unpack_fp32(weight_gradient.read<float>(weight_layout.padded()), weight_layout);
  for (std::size_t row = 0; row < weight_layout.rows; ++row) {
    const std::size_t place = row / s.channels;
    for (std::size_t o = 0; o < s.outputs; ++o) {
      float sum = 0;
      for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        const std::size_t x = pixel % s.width + place % 3;
        const std::size_t y = pixel / s.width + place / 3;
        if (x < 1 || y < 1 || x > s.width || y > s.height) continue;
        sum += image[((y - 1) * s.width + x - 1) * s.channels + row % s.channels] * gradient[pixel * s.outputs + o];
      }
      ASSERT_EQ(result[row * s.outputs + o], sum) << "row " << row << ", output " << o;
    }
  }
}
DOJO_ON_BOTH_BACKENDS(ConvolutionKernel);

TEST(Convolution, OfTheRtlIsThatOfTheReferenceInEveryMixOfFormats) {
  Machine machine({.backend = "rtl"});
  for (const char* a_name : {"bf16", "cf8_143", "cf8_152"}) {
    for (const char* b_name : {"bf16", "cf8_143", "cf8_152"}) {
      const ConvolutionShape shape{.width = 10, .height = 6, .channels = 9, .outputs = 17, .kernel = 3, .padding = 1};
      const OperandFormats formats{.a = operand_format(a_name), .b = operand_format(b_name)};
      EXPECT_TRUE(measure_convolution(machine, machine.all(), shape, 3, formats, 100'000).correct) << a_name << b_name;
    }
  }
}

TEST(Convolution, TakesLittleMoreThanItsSteps) {
  Machine machine({.backend = "rtl"});
  const ConvolutionShape shape{.width = 32, .height = 8, .channels = 64, .outputs = 32, .kernel = 3, .padding = 1};
  const MatrixMeasurement measured = measure_convolution(machine, machine.all(), shape, 1, {}, 100'000);
  EXPECT_TRUE(measured.correct);
  EXPECT_EQ(measured.matrix_steps, shape.operations() / 256);
  EXPECT_LE(static_cast<double>(measured.cycles), static_cast<double>(measured.matrix_steps) / 0.95);
}

TEST(Convolution, RejectsWhatCannotBe) {
  Machine machine({.backend = "model"});
  const auto make = [&machine](const ConvolutionShape& shape) { Convolution(machine, machine.all(), shape); };
  EXPECT_THROW(make({.width = 8, .height = 8, .channels = 0, .outputs = 8}), InputError);
  EXPECT_THROW(make({.width = 8, .height = 8, .channels = 8, .outputs = 8, .stride = 16}), InputError);
  EXPECT_THROW(make({.width = 2, .height = 8, .channels = 8, .outputs = 8}), InputError);
  EXPECT_THROW(make({.width = 8, .height = 8, .channels = 8, .outputs = 8, .padding = 3}), InputError);
  EXPECT_THROW(make({.width = 512, .height = 512, .channels = 64, .outputs = 64}), RunError);
  Convolution layer(machine, machine.all(), {.width = 8, .height = 8, .channels = 8, .outputs = 8});
  const std::vector<float> numbers(8 * 8 * 8);
  EXPECT_THROW(layer.write(numbers, numbers), InputError);
}

}  // namespace
}  // namespace dojo
