// Kernels on images, against FP64: gradients of convolutions, films, pooling, batch norm, embedding.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include "firmware/kernels/pooling_pairs_format.h"
#include "kernels/tiles.hpp"
#include "tests/kernels/kernel_node.hpp"

namespace dojo {
namespace {

constexpr double step_rounding = 0x1p-23;  // of a step of the matrix unit, relative to the sum of magnitudes

std::size_t padded(std::size_t size) {
  return tiles_for(size) * tile_edge;
}

/// Pixels with channels, on the host: pixel (x, y), channel c.
struct Image {
  std::size_t width;
  std::size_t height;
  std::size_t channels;
  std::vector<float> values;

  Image(std::size_t w, std::size_t h, std::size_t c) : width(w), height(h), channels(c), values(w * h * c) {}
  Image(std::size_t w, std::size_t h, std::size_t c, Numbers& numbers) : Image(w, h, c) {
    values = numbers.take_bf16(values.size());
  }
  [[nodiscard]] std::size_t index(std::size_t x, std::size_t y, std::size_t c) const {
    return (y * width + x) * channels + c;
  }
  [[nodiscard]] float at(std::size_t x, std::size_t y, std::size_t c) const { return values[index(x, y, c)]; }
  /// As a matrix of pixels, rows of them padded, and channels.
  [[nodiscard]] TileLayout layout(TileOrder order = TileOrder::by_rows) const {
    return {.rows = height * padded(width), .columns = channels, .order = order};
  }
  /// Pixels by pixels, each row of them padded, as rows of channels.
  [[nodiscard]] std::vector<float> rows() const {
    std::vector<float> result(layout().rows * channels);
    for (std::size_t y = 0; y < height; ++y) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(index(0, y, 0)), width * channels,
                  result.begin() + static_cast<std::ptrdiff_t>(y * padded(width) * channels));
    }
    return result;
  }
  [[nodiscard]] std::vector<std::uint16_t> tiles(TileOrder order = TileOrder::by_rows) const {
    return pack_bf16(rows(), layout(order));
  }
  void take_rows(const std::vector<float>& rows) {
    for (std::size_t y = 0; y < height; ++y) {
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(y * padded(width) * channels), width * channels,
                  values.begin() + static_cast<std::ptrdiff_t>(index(0, y, 0)));
    }
  }
  void take_bf16(const Buffer& buffer) {
    take_rows(unpack_bf16(buffer.read<std::uint16_t>(layout().padded()), layout()));
  }
  void take_fp32(const Buffer& buffer, TileOrder order = TileOrder::by_rows) {
    take_rows(unpack_fp32(buffer.read<float>(layout().padded()), layout(order)));
  }
  [[nodiscard]] std::size_t padded_values() const { return layout().padded(); }
};

/// A sum in FP64 and that of the magnitudes of its terms.
struct Sum {
  double value = 0;
  double magnitude = 0;
  void add(double term) {
    value += term;
    magnitude += std::abs(term);
  }
};

struct Sums {
  std::vector<Sum> sums;
  explicit Sums(std::size_t count) : sums(count) {}
  void expect(const std::vector<float>& got, double relative, double of_magnitude) const {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      ASSERT_NEAR(got[i], sums[i].value, std::abs(sums[i].value) * relative + sums[i].magnitude * of_magnitude) << i;
    }
  }
};

class ImageKernels : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] bool on_model() const { return GetParam() == "model"; }
  KernelNode& fresh() { return node_.emplace(GetParam()); }
  std::optional<KernelNode> node_;
  Numbers numbers_{91};
};

// ---- Convolutions

/// A convolution of `groups` groups, or of a film: `frames` frames of the kernel.
struct Geometry {
  std::size_t width, height, channels, outputs, kernel, stride, dilation, padding;
  std::size_t groups = 1;

  [[nodiscard]] std::size_t out(std::size_t size) const {
    return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
  }
  [[nodiscard]] std::vector<std::uint64_t> arguments() const {
    return {width, height, tiles_for(channels), tiles_for(outputs), kernel, stride, dilation, padding};
  }
  /// Calls visit(x, y, ox, oy, place) for each pixel of the image under a place of the kernel for each of the output.
  template <typename Visit>
  void each(Visit visit) const {
    for (std::size_t oy = 0; oy < out(height); ++oy) {
      for (std::size_t ox = 0; ox < out(width); ++ox) {
        for (std::size_t place = 0; place < kernel * kernel; ++place) {
          const std::size_t x = ox * stride + place % kernel * dilation - padding;
          const std::size_t y = oy * stride + place / kernel * dilation - padding;
          if (x < width && y < height) visit(x, y, ox, oy, place);
        }
      }
    }
  }
};

Geometry random_geometry(Numbers& numbers, std::size_t groups) {
  while (true) {
    const Geometry g{.width = numbers.between(1, 20),
                     .height = numbers.between(1, 9),
                     .channels = 8 * numbers.between(1, 2),
                     .outputs = 8 * numbers.between(1, 3),
                     .kernel = numbers.between(1, 3),
                     .stride = numbers.between(1, 3),
                     .dilation = numbers.between(1, 2),
                     .padding = numbers.between(0, 2),
                     .groups = groups};
    const std::size_t reach = g.dilation * (g.kernel - 1) + 1;
    if (g.padding < reach && std::min(g.width, g.height) + 2 * g.padding >= reach) return g;
  }
}

std::vector<std::uint64_t> joined(std::vector<std::uint64_t> first, const std::vector<std::uint64_t>& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

TEST_P(ImageKernels, ConvolutionsHaveBothGradientsInEveryGeometry) {
  for (unsigned trial = 0; trial < (on_model() ? 60 : 3); ++trial) {
    const Geometry g = random_geometry(numbers_, 1 + trial % 2);
    SCOPED_TRACE(testing::Message() << g.width << 'x' << g.height << 'x' << g.channels << " to " << g.outputs
                                    << ", kernel " << g.kernel << " stride " << g.stride << " dilation " << g.dilation
                                    << " padding " << g.padding << " groups " << g.groups);
    KernelNode& node = fresh();
    const Image image(g.width, g.height, g.groups * g.channels, numbers_);
    const Image gradient(g.out(g.width), g.out(g.height), g.groups * g.outputs, numbers_);
    const std::size_t rows = g.kernel * g.kernel * g.channels;
    const TileLayout layout{.rows = g.groups * rows, .columns = g.outputs};
    const std::vector<float> weights = numbers_.take_bf16(layout.rows * layout.columns);
    Image output = gradient;
    Image slopes = image;
    Sums outputs(output.values.size());
    Sums image_sums(image.values.size());
    Sums weight_sums(weights.size());
    g.each([&](std::size_t x, std::size_t y, std::size_t ox, std::size_t oy, std::size_t place) {
      for (std::size_t c = 0; c < image.channels; ++c) {
        const std::size_t group = c / g.channels;
        for (std::size_t o = group * g.outputs; o < (group + 1) * g.outputs; ++o) {
          const std::size_t w = (group * rows + place * g.channels + c % g.channels) * g.outputs + o % g.outputs;
          const double pixel = image.at(x, y, c);
          const double slope = gradient.at(ox, oy, o);
          outputs.sums[output.index(ox, oy, o)].add(pixel * weights[w]);
          image_sums.sums[image.index(x, y, c)].add(slope * weights[w]);
          weight_sums.sums[w].add(pixel * slope);
        }
      }
    });
    const Buffer image_tiles = node.place(image.tiles());
    const Buffer gradient_tiles = node.place(gradient.tiles());
    const Buffer weight_tiles = node.place(pack_bf16(weights, layout));
    const Buffer output_tiles = node.reserve<float>(output.padded_values());
    const Buffer image_slopes = node.reserve<float>(image.padded_values());
    const Buffer weight_slopes = node.reserve<float>(layout.padded());
    const std::size_t spread_width = (g.out(g.width) - 1) * g.stride + 1;
    const std::size_t spread_height = (g.out(g.height) - 1) * g.stride + 1;
    const Buffer turned = node.reserve<std::uint16_t>(layout.padded());
    const Buffer spread = node.reserve<std::uint16_t>(padded(spread_width) * spread_height * gradient.channels);
    const auto call = [&](kernel_call kernel, const std::vector<std::uint64_t>& rest) {
      node.call(kernel, joined(joined(g.arguments(), {g.groups}), rest));
    };
    const auto steps = [](std::size_t terms) { return (static_cast<double>(terms) / 4 + 2) * step_rounding; };
    call(KERNEL_CONVOLUTION, {image_tiles.address(), weight_tiles.address(), output_tiles.address()});
    output.take_fp32(output_tiles);
    outputs.expect(output.values, 0, steps(rows));
    call(KERNEL_CONVOLUTION_WEIGHTS, {image_tiles.address(), gradient_tiles.address(), weight_slopes.address()});
    weight_sums.expect(unpack_fp32(weight_slopes.read<float>(layout.padded()), layout), 0,
                       steps(padded(gradient.width) * gradient.height));
    call(KERNEL_CONVOLUTION_IMAGE, {gradient_tiles.address(), weight_tiles.address(), image_slopes.address(),
                                    turned.address(), spread.address()});
    slopes.take_fp32(image_slopes);
    image_sums.expect(slopes.values, 0, steps(g.kernel * g.kernel * g.outputs));
    if (HasFatalFailure()) return;
  }
}

TEST_P(ImageKernels, FilmsAreConvolvedOverFramesWithBothGradients) {
  for (unsigned trial = 0; trial < (on_model() ? 20 : 1); ++trial) {
    Geometry g = random_geometry(numbers_, 1);
    g.stride = 1;
    const std::size_t frames = numbers_.between(2, 3);
    const std::size_t count = numbers_.between(1, 3);  // of the output
    const std::size_t all = count + frames - 1;        // of the image
    KernelNode& node = fresh();
    // Frames are more channels: frame f has the channels from f * channels on.
    const Image image(g.width, g.height, all * g.channels, numbers_);
    const Image gradient(g.out(g.width), g.out(g.height), count * g.outputs, numbers_);
    const TileLayout layout{.rows = g.kernel * g.kernel * frames * g.channels, .columns = g.outputs};
    const std::vector<float> weights = numbers_.take_bf16(layout.rows * layout.columns);
    Image output = gradient;
    Image slopes = image;
    Sums outputs(output.values.size());
    Sums image_sums(image.values.size());
    Sums weight_sums(weights.size());
    g.each([&](std::size_t x, std::size_t y, std::size_t ox, std::size_t oy, std::size_t place) {
      for (std::size_t t = 0; t < count; ++t) {
        for (std::size_t c = 0; c < frames * g.channels; ++c) {
          for (std::size_t o = 0; o < g.outputs; ++o) {
            const std::size_t w = (place * frames * g.channels + c) * g.outputs + o;
            const double pixel = image.at(x, y, t * g.channels + c);
            const double slope = gradient.at(ox, oy, t * g.outputs + o);
            outputs.sums[output.index(ox, oy, t * g.outputs + o)].add(pixel * weights[w]);
            image_sums.sums[image.index(x, y, t * g.channels + c)].add(slope * weights[w]);
            weight_sums.sums[w].add(pixel * slope);
          }
        }
      }
    });
    // Between frames of zeros, for the gradient of the image.
    Image wide(gradient.width, gradient.height, (count + 2 * (frames - 1)) * g.outputs);
    for (std::size_t y = 0; y < gradient.height; ++y) {
      for (std::size_t x = 0; x < gradient.width; ++x) {
        for (std::size_t o = 0; o < gradient.channels; ++o) {
          wide.values[wide.index(x, y, (frames - 1) * g.outputs + o)] = gradient.at(x, y, o);
        }
      }
    }
    const TileOrder planes = TileOrder::by_columns;
    const Buffer image_tiles = node.place(image.tiles(planes));
    const Buffer weight_tiles = node.place(pack_bf16(weights, layout));
    const Buffer output_tiles = node.reserve<float>(output.padded_values());
    const Buffer image_slopes = node.reserve<float>(image.padded_values());
    const Buffer weight_slopes = node.reserve<float>(layout.padded());
    const Buffer room = node.reserve<float>(layout.padded());
    const auto call = [&](kernel_call kernel, const std::vector<std::uint64_t>& rest) {
      node.call(kernel, joined(joined(g.arguments(), {frames}), rest));
    };
    const auto steps = [](std::size_t terms) { return (static_cast<double>(terms) / 4 + 4) * step_rounding; };
    call(KERNEL_FILM, {count, 1, image_tiles.address(), weight_tiles.address(), output_tiles.address()});
    output.take_fp32(output_tiles, planes);
    outputs.expect(output.values, 0, steps(layout.rows));
    call(KERNEL_FILM_WEIGHTS, {count, 1, image_tiles.address(), node.place(gradient.tiles(planes)).address(),
                               weight_slopes.address(), room.address()});
    weight_sums.expect(unpack_fp32(weight_slopes.read<float>(layout.padded()), layout), 0,
                       steps(padded(gradient.width) * gradient.height));
    call(KERNEL_FILM_IMAGE, {all, node.place(wide.tiles(planes)).address(), weight_tiles.address(),
                             image_slopes.address(), room.address()});
    slopes.take_fp32(image_slopes, planes);
    image_sums.expect(slopes.values, 0, steps(g.kernel * g.kernel * frames * g.outputs));
    if (HasFatalFailure()) return;
  }
}

TEST_P(ImageKernels, WhatIsBehindTheWidthIsCleared) {
  for (const std::size_t width : {5, 8, 19}) {
    KernelNode& node = fresh();
    const Image image(width, 3, 16, numbers_);
    Image full(padded(width), 3, 16, numbers_);
    for (std::size_t i = 0; i < image.values.size(); ++i) {
      full.values[full.index(i / 16 % width, i / 16 / width, i % 16)] = image.values[i];
    }
    const Buffer tiles = node.place(full.tiles());
    node.call(KERNEL_CLEAR_BEHIND, {width, 3, 2, tiles.address()});
    EXPECT_EQ(tiles.read<std::uint16_t>(image.padded_values()), image.tiles()) << width;
  }
}

// ---- Pooling

struct Windows {
  std::size_t width, height, channels, window, stride, padding;
  [[nodiscard]] std::size_t out(std::size_t size) const { return (size + 2 * padding - window) / stride + 1; }
  [[nodiscard]] std::vector<std::uint64_t> arguments() const {
    return {width, height, tiles_for(channels), window, stride, padding};
  }
};

Windows random_windows(Numbers& numbers) {
  while (true) {
    const Windows w{.width = numbers.between(1, 40),
                    .height = numbers.between(1, 9),
                    .channels = 8 * numbers.between(1, 3),
                    .window = numbers.between(1, 4),
                    .stride = numbers.between(1, 3),
                    .padding = numbers.between(0, 2)};
    if (w.padding < w.window && std::min(w.width, w.height) + 2 * w.padding >= w.window) return w;
  }
}

TEST_P(ImageKernels, PoolingAndItsGradients) {
  for (unsigned trial = 0; trial < (on_model() ? 60 : 3); ++trial) {
    const Windows w = trial == 0 ? Windows{32, 4, 8, 2, 2, 0} : random_windows(numbers_);
    SCOPED_TRACE(testing::Message() << w.width << 'x' << w.height << 'x' << w.channels << ", window " << w.window
                                    << " stride " << w.stride << " padding " << w.padding);
    KernelNode& node = fresh();
    Image image(w.width, w.height, w.channels, numbers_);
    for (float& value : image.values) value = std::round(value * 8) / 8 + 0.0f;  // equal ones among them; no -0
    const Image gradient(w.out(w.width), w.out(w.height), w.channels, numbers_);
    Image largest = gradient;
    Image mean = gradient;
    Sums means(mean.values.size());
    Sums max_slopes(image.values.size());
    Sums mean_slopes(image.values.size());
    const double weight = 1.0 / static_cast<double>(w.window * w.window);
    std::vector<float> maxima(largest.values.size());
    for (std::size_t i = 0; i < maxima.size(); ++i) {
      const std::size_t c = i % w.channels;
      const std::size_t ox = i / w.channels % gradient.width;
      const std::size_t oy = i / w.channels / gradient.width;
      std::size_t best = SIZE_MAX;
      for (std::size_t place = 0; place < w.window * w.window; ++place) {
        const std::size_t x = ox * w.stride + place % w.window - w.padding;
        const std::size_t y = oy * w.stride + place / w.window - w.padding;
        if (x >= w.width || y >= w.height) continue;
        const std::size_t at = image.index(x, y, c);
        if (best == SIZE_MAX || image.values[at] > image.values[best]) best = at;
        means.sums[i].add(image.values[at] * weight);
        mean_slopes.sums[at].add(gradient.values[i] * weight);
      }
      maxima[i] = image.values[best];
      max_slopes.sums[best].add(gradient.values[i]);
    }
    const Buffer in = node.place(image.tiles());
    const Buffer slopes_in = node.place(gradient.tiles());
    const Buffer out = node.reserve<std::uint16_t>(gradient.padded_values());
    const Buffer places = node.reserve<std::uint16_t>(gradient.padded_values());
    const Buffer slopes_out = node.reserve<std::uint16_t>(image.padded_values());
    node.call(KERNEL_POOLING_MAX, joined(w.arguments(), {in.address(), out.address(), places.address()}));
    largest.take_bf16(out);
    ASSERT_EQ(largest.values, maxima);
    Image slopes = image;
    node.call(KERNEL_POOLING_MAX_GRADIENT,
              joined(w.arguments(), {slopes_out.address(), slopes_in.address(), places.address()}));
    slopes.take_bf16(slopes_out);
    max_slopes.expect(slopes.values, bf16_rounding, step_rounding);
    node.call(KERNEL_POOLING_AVERAGE, joined(w.arguments(), {in.address(), out.address()}));
    mean.take_bf16(out);
    means.expect(mean.values, bf16_rounding, step_rounding);
    node.call(KERNEL_POOLING_AVERAGE_GRADIENT, joined(w.arguments(), {slopes_out.address(), slopes_in.address()}));
    slopes.take_bf16(slopes_out);
    mean_slopes.expect(slopes.values, bf16_rounding, step_rounding);
    if (HasFatalFailure()) return;
  }
}

TEST_P(ImageKernels, PoolingOfPairsWithBiasAndReluAndItsGradient) {
  for (unsigned trial = 0; trial < (on_model() ? 60 : 4); ++trial) {
    const std::size_t width = trial == 0 ? 28 : numbers_.between(2, 40);
    const std::size_t height = trial == 0 ? 4 : numbers_.between(2, 9);
    const std::size_t channels = 8 * numbers_.between(1, 3);
    const std::size_t rows = height / 2;
    SCOPED_TRACE(testing::Message() << width << 'x' << height << 'x' << channels);
    KernelNode& node = fresh();
    Image x(width, height, channels);
    for (float& value : x.values) value = numbers_.next();
    // Equal ones among them, in FP32 and after rounding to BF16.
    for (float& value : x.values) value = std::round(value * 64) / 64 + (numbers_.raw() % 2 == 0 ? 0.0f : 1e-4f);
    const std::vector<float> bias = numbers_.take(channels);
    const Image gradient(width / 2, rows, channels, numbers_);
    Image output = gradient;
    Image slopes(width, height, channels);
    for (std::size_t i = 0; i < output.values.size(); ++i) {
      const std::size_t c = i % channels;
      const std::size_t ox = i / channels % gradient.width;
      const std::size_t oy = i / channels / gradient.width;
      std::array<std::size_t, 2> winner{};
      std::array<float, 2> value{};
      for (std::size_t column = 0; column < 2; ++column) {
        const std::size_t upper = x.index(2 * ox + column, 2 * oy, c);
        const std::size_t lower = x.index(2 * ox + column, 2 * oy + 1, c);
        winner[column] = x.values[upper] < x.values[lower] ? lower : upper;
        value[column] = std::max(from_bf16(to_bf16(x.values[winner[column]] + bias[c])), 0.0f);
      }
      const std::size_t best = value[0] < value[1] ? 1 : 0;
      output.values[i] = value[best];
      if (value[best] > 0) slopes.values[winner[best]] = gradient.values[i];
    }
    const Buffer in = node.place(pack_fp32(x.rows(), x.layout()));
    const Buffer biases = node.place(pack_bias(bias));
    const Buffer out = node.reserve<std::uint16_t>(output.padded_values());
    const Buffer winners = node.reserve<std::uint8_t>(rows * tiles_for(width) * tiles_for(channels) *
                                                      std::size_t{POOLING_PAIRS_WINNERS_BYTES});
    const Buffer slopes_out = node.place(gradient.tiles());
    const Buffer slopes_in = node.place(std::vector<std::uint16_t>(x.padded_values()));
    const std::vector<std::uint64_t> shape{width, rows, tiles_for(channels)};
    node.call(KERNEL_POOLING_PAIRS, joined(shape, {in.address(), biases.address(), out.address(), winners.address()}));
    Image found = output;
    found.take_bf16(out);
    ASSERT_EQ(found.values, output.values);
    node.call(KERNEL_POOLING_PAIRS_GRADIENT,
              joined(shape, {slopes_in.address(), out.address(), slopes_out.address(), winners.address()}));
    Image found_slopes = slopes;
    found_slopes.take_bf16(slopes_in);
    ASSERT_EQ(found_slopes.values, slopes.values);
  }
}

// ---- Batch norm

/// A number for each channel out of tiles all of whose rows are equal; `row` counts rows of such tiles.
std::vector<float> channels_of(const std::vector<float>& tiles, std::size_t channels, std::size_t row) {
  std::vector<float> result;
  const std::size_t first = row * padded(channels) * tile_edge;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t at = first + c / tile_edge * tile_elements + c % tile_edge;
    for (std::size_t i = 1; i < tile_edge; ++i) EXPECT_EQ(bits(tiles[at]), bits(tiles[at + i * tile_edge]));
    result.push_back(tiles[at]);
  }
  return result;
}

TEST_P(ImageKernels, BatchNormOverTwoNodesAndItsGradients) {
  for (unsigned trial = 0; trial < (on_model() ? 20 : 1); ++trial) {
    KernelNode& node = fresh();
    const std::size_t channels = 8 * numbers_.between(1, 3);
    const std::size_t width = numbers_.between(3, 18);
    const std::size_t height = numbers_.between(2, 6);
    const double epsilon = 1e-5;
    const float momentum = 0.1f;
    // Two images stand for the two nodes; means of up to 50 deviations.
    std::vector<Image> images(2, Image(width, height, channels));
    std::vector<Image> gradients;
    for (Image& image : images) {
      image.values = numbers_.take(image.values.size());
      for (std::size_t i = 0; i < image.values.size(); ++i) {
        image.values[i] = from_bf16(to_bf16(image.values[i] + static_cast<float>(i % channels)));
      }
      gradients.emplace_back(width, height, channels, numbers_);
    }
    const std::vector<float> gain = numbers_.take(channels);
    const std::vector<float> bias = numbers_.take(channels);
    std::vector<float> shift(channels);
    for (std::size_t c = 0; c < channels; ++c) shift[c] = static_cast<float>(c) + 0.25f;
    const std::size_t tiles = tiles_for(channels);
    const std::size_t row = tiles * tile_elements;
    std::vector<float> running_start = pack_bias(shift);
    const std::vector<float> ones = pack_bias(std::vector<float>(channels, 1.0f));
    running_start.insert(running_start.end(), ones.begin(), ones.end());
    const Buffer running = node.place(running_start);
    const Buffer coefficients = node.reserve<float>(4 * row);
    const Buffer gain_tiles = node.place(pack_bias(gain));
    const Buffer bias_tiles = node.place(pack_bias(bias));
    const std::size_t count = width * height * images.size();
    const auto pixels = static_cast<float>(count);
    const std::vector<std::uint64_t> shape{height * tiles_for(width), tiles, height * (padded(width) - width)};

    /// Runs a kernel that leaves sums on each node, and adds them as a collective would.
    const auto summed = [&](const std::function<void(std::size_t, std::uint64_t)>& run) {
      std::vector<float> total(2 * row, 0.0f);
      for (std::size_t n = 0; n < images.size(); ++n) {
        const Buffer sums = node.reserve<float>(2 * row);
        run(n, sums.address());
        const std::vector<float> part = sums.read<float>(2 * row);
        for (std::size_t i = 0; i < total.size(); ++i) total[i] += part[i];
      }
      return node.place(total);
    };
    std::vector<Buffer> in;
    std::vector<Buffer> slopes_in;
    for (std::size_t n = 0; n < images.size(); ++n) {
      in.push_back(node.place(images[n].tiles()));
      slopes_in.push_back(node.place(gradients[n].tiles()));
    }
    const Buffer sums = summed([&](std::size_t n, std::uint64_t address) {
      node.call(KERNEL_BATCH_NORM_SUMS, joined(shape, {in[n].address(), running.address(), address}));
    });
    node.call(KERNEL_BATCH_NORM_COEFFICIENTS,
              {tiles, sums.address(), bits(pixels), gain_tiles.address(), bias_tiles.address(),
               bits(static_cast<float>(epsilon)), bits(momentum), running.address(), coefficients.address()});
    const Buffer slope_sums = summed([&](std::size_t n, std::uint64_t address) {
      node.call(KERNEL_BATCH_NORM_GRADIENT_SUMS,
                joined(shape, {slopes_in[n].address(), in[n].address(), coefficients.address(), address}));
    });
    const Buffer back = node.reserve<float>(3 * row);
    node.call(KERNEL_BATCH_NORM_GRADIENT_COEFFICIENTS,
              {tiles, slope_sums.address(), bits(pixels), coefficients.address(), back.address()});

    const std::vector<float> new_running = running.read<float>(2 * row);
    const std::vector<float> bias_slopes = channels_of(slope_sums.read<float>(2 * row), channels, 0);
    const std::vector<float> gain_slopes = channels_of(slope_sums.read<float>(2 * row), channels, 1);
    std::vector<double> mean(channels);
    std::vector<double> deviation(channels);
    std::vector<Sum> slope(channels);
    std::vector<Sum> product(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      double squares = 0;
      for (const Image& image : images) {
        for (std::size_t i = c; i < image.values.size(); i += channels) mean[c] += image.values[i] / pixels;
      }
      for (const Image& image : images) {
        for (std::size_t i = c; i < image.values.size(); i += channels) {
          squares += std::pow(image.values[i] - mean[c], 2);
        }
      }
      deviation[c] = std::sqrt(squares / pixels + epsilon);
      for (std::size_t n = 0; n < images.size(); ++n) {
        for (std::size_t i = c; i < images[n].values.size(); i += channels) {
          slope[c].add(gradients[n].values[i]);
          product[c].add(gradients[n].values[i] * (images[n].values[i] - mean[c]) / deviation[c]);
        }
      }
      EXPECT_NEAR(bias_slopes[c], slope[c].value, 2e-6 * slope[c].magnitude);
      EXPECT_NEAR(gain_slopes[c], product[c].value, 4e-6 * product[c].magnitude);
      EXPECT_NEAR(channels_of(new_running, channels, 0)[c], shift[c] + momentum * (mean[c] - shift[c]),
                  1e-6 * (1 + mean[c]));
      EXPECT_NEAR(channels_of(new_running, channels, 1)[c],
                  1 + momentum * (squares / (static_cast<double>(count) - 1) - 1), 2e-6);
    }
    for (std::size_t n = 0; n < images.size(); ++n) {
      const Buffer out = node.reserve<std::uint16_t>(images[n].padded_values());
      Image result = images[n];
      node.call(KERNEL_BATCH_NORM_APPLY, joined(shape, {in[n].address(), coefficients.address(), out.address()}));
      result.take_bf16(out);
      Image slopes = images[n];
      node.call(KERNEL_BATCH_NORM_GRADIENT_APPLY,
                joined(shape, {slopes_in[n].address(), in[n].address(), back.address(), out.address()}));
      slopes.take_bf16(out);
      for (std::size_t i = 0; i < result.values.size(); ++i) {
        const std::size_t c = i % channels;
        const double normal = (images[n].values[i] - mean[c]) / deviation[c];
        const double exact = normal * gain[c] + bias[c];
        const double terms = std::abs(gain[c]) / deviation[c] * (std::abs(images[n].values[i]) + mean[c] + 1);
        ASSERT_NEAR(result.values[i], exact, std::abs(exact) * bf16_rounding + 1e-6 * terms) << i;
        const double slope_exact =
            gain[c] / deviation[c] *
            (gradients[n].values[i] - slope[c].value / pixels - normal * product[c].value / pixels);
        const double slope_terms =
            std::abs(gain[c]) / deviation[c] *
            (1 + slope[c].magnitude / pixels +
             (std::abs(images[n].values[i]) + mean[c]) / deviation[c] * product[c].magnitude / pixels);
        ASSERT_NEAR(slopes.values[i], slope_exact, std::abs(slope_exact) * bf16_rounding + 2e-6 * slope_terms) << i;
      }
    }
    if (HasFailure()) return;
  }
}

// ---- Embedding

TEST_P(ImageKernels, EmbeddingTakesRowsAndAddsTheirGradients) {
  for (unsigned trial = 0; trial < (on_model() ? 20 : 2); ++trial) {
    KernelNode& node = fresh();
    const std::size_t rows = numbers_.between(1, 100);
    const std::size_t count = numbers_.between(1, 40);
    const std::size_t channels = 8 * numbers_.between(1, 5);
    const Image table(rows, 1, channels, numbers_);
    const Image gradient(count, 1, channels, numbers_);
    std::vector<std::uint32_t> tokens(count);
    for (std::uint32_t& token : tokens) token = static_cast<std::uint32_t>(numbers_.between(0, rows - 1));
    const Buffer numbers = node.place(tokens);
    const Buffer out = node.place(std::vector<std::uint16_t>(gradient.padded_values()));
    const Buffer sums = node.place(std::vector<float>(table.padded_values()));
    node.call(KERNEL_EMBEDDING,
              {count, tiles_for(channels), numbers.address(), node.place(table.tiles()).address(), out.address()});
    node.call(KERNEL_EMBEDDING_GRADIENT,
              {count, tiles_for(channels), numbers.address(), node.place(gradient.tiles()).address(), sums.address()});
    Image result = gradient;
    result.take_bf16(out);
    Image total = table;
    total.take_fp32(sums);
    std::vector<float> expected(table.values.size(), 0.0f);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t c = 0; c < channels; ++c) {
        ASSERT_EQ(result.at(i, 0, c), table.at(tokens[i], 0, c)) << i;
        expected[tokens[i] * channels + c] += gradient.at(i, 0, c);
      }
    }
    ASSERT_EQ(total.values, expected);
  }
}

DOJO_ON_BOTH_BACKENDS(ImageKernels);

}  // namespace
}  // namespace dojo
