// Block test of rtl/node/matrix_unit.sv: formats, convolutions and named accumulators against plain loops, and their
// rates.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <random>
#include <tuple>
#include <vector>

#include "Vmatrix_unit.h"
#include "tb/matrix/matrix_work.hpp"
#include "tb/matrix/operands.hpp"
#include "tb/matrix/unit_bench.hpp"

namespace {

using namespace dojo;
using tb::Refusal;
using Bench = tb::UnitBench<Vmatrix_unit>;
using Line = std::array<std::uint32_t, 16>;

constexpr std::uint32_t base = Bench::base;
constexpr std::array formats = {hw::MatrixFormat::bf16, hw::MatrixFormat::cfloat8_143, hw::MatrixFormat::cfloat8_152};

/// Part of the cycles between the first and the last step in which there was one.
double steady_rate(Bench& bench, const hw::MatrixDescriptor& d) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t steps = 0;
  bench.on_cycle = [&] {
    if (bench.unit().steps_o == steps) return;
    steps = bench.unit().steps_o;
    last = bench.cycle_number();
    if (first == 0) first = last;
  };
  bench.issue(base, d);
  bench.run_until_idle(1'000'000);
  bench.on_cycle = nullptr;
  EXPECT_EQ(steps, tb::steps_of(d));
  return static_cast<double>(steps) / static_cast<double>(last - first + 1);
}

TEST(MatrixStreams, EveryMixOfFormatsRunsAStepPerCycle) {
  for (const auto a : formats) {
    for (const auto b : formats) {
      Bench bench(Refusal::banks);
      EXPECT_GE(steady_rate(bench, tb::dense(base + 4096, 16, 16, 16, a, b)), 0.998)
          << static_cast<int>(a) << static_cast<int>(b);
    }
  }
}

/// A convolution in plain numbers.
struct Shape {
  unsigned width, height, channels, outputs, kernel, stride_x, stride_y, dilation_x, dilation_y, padding_x, padding_y;
  unsigned output_width() const { return (width + 2 * padding_x - dilation_x * (kernel - 1) - 1) / stride_x + 1; }
  unsigned output_height() const { return (height + 2 * padding_y - dilation_y * (kernel - 1) - 1) / stride_y + 1; }
};

unsigned tiles(unsigned length) {
  return (length + 7) / 8;
}

/// The image row by row, in each row eights of pixels, in each of these the channels; weights
/// [ky][kx][channel][output].
hw::MatrixDescriptor describe(const Shape& s, hw::MatrixFormat format) {
  hw::MatrixDescriptor d{};
  const unsigned bytes = tb::tile_bytes(static_cast<unsigned>(format));
  d.op = static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
  d.sem_en = 1;
  d.a_format = d.b_format = static_cast<unsigned>(format);
  d.a_bias = d.b_bias = format == hw::MatrixFormat::cfloat8_143 ? 7 : 15;
  d.row_tiles = tiles(s.output_width());
  d.m_tiles = static_cast<std::uint16_t>(d.row_tiles * s.output_height());
  d.n_tiles = static_cast<std::uint16_t>(tiles(s.outputs));
  d.channel_tiles = tiles(s.channels);
  d.k_tiles = static_cast<std::uint16_t>(d.channel_tiles * s.kernel * s.kernel);
  d.kernel_width = s.kernel;
  d.image_width = s.width;
  d.image_height = s.height;
  d.stride_x = s.stride_x;
  d.stride_y = s.stride_y;
  d.dilation_x = s.dilation_x;
  d.dilation_y = s.dilation_y;
  d.padding_x = s.padding_x;
  d.padding_y = s.padding_y;
  d.a_base = base + 4096;
  d.a_k_stride = bytes;
  d.a_m_stride = d.channel_tiles * bytes;
  d.a_row_stride = tiles(s.width) * d.a_m_stride;
  d.b_base = d.a_base + s.height * d.a_row_stride;
  d.b_n_stride = bytes;
  d.b_k_stride = d.n_tiles * bytes;
  d.c_base = d.b_base + d.k_tiles * d.b_k_stride;
  d.c_n_stride = 256;
  d.c_m_stride = d.n_tiles * 256u;
  return d;
}

/// Small whole numbers, which every format holds.
class Integers {
 public:
  Integers(Bench& bench, hw::MatrixFormat format) : bench_(bench), format_(format) {}
  /// Writes `value` as element n of the tile at `address`.
  void put(std::uint32_t address, unsigned n, int value) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    if (format_ == hw::MatrixFormat::bf16) {
      const auto narrow = static_cast<std::uint16_t>(bits >> 16);
      std::memcpy(bench_.at(address + 2 * n), &narrow, 2);
      return;
    }
    const int mantissa_bits = format_ == hw::MatrixFormat::cfloat8_143 ? 3 : 2;
    const int bias = format_ == hw::MatrixFormat::cfloat8_143 ? 7 : 15;
    const int field = static_cast<int>(bits >> 23 & 0xff) - 127 + bias;
    const auto fraction = static_cast<int>(bits >> (23 - mantissa_bits) & ((1u << mantissa_bits) - 1));
    const int magnitude = value == 0 ? 0 : field << mantissa_bits | fraction;
    *bench_.at(address + n) = static_cast<std::byte>(magnitude | (value < 0 ? 0x80 : 0));
  }

 private:
  Bench& bench_;
  hw::MatrixFormat format_;
};

float result(Bench& bench, const hw::MatrixDescriptor& d, unsigned tile_row, unsigned row, unsigned column) {
  float value = 0;
  std::memcpy(&value,
              bench.at(d.c_base + tile_row * d.c_m_stride + column / 8 * d.c_n_stride + (row * 8 + column % 8) * 4), 4);
  return value;
}

TEST(MatrixStreams, ConvolutionsOfAllGeometriesEqualPlainLoops) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 240; ++round) {
    const auto between = [&](unsigned low, unsigned high) {
      return static_cast<unsigned>(low + random() % (high - low + 1));
    };
    Shape s{between(5, 30), between(5, 9), between(1, 20), between(1, 12), between(1, 3), between(1, 3),
            between(1, 2),  between(1, 2), between(1, 2),  between(0, 2),  between(0, 2)};
    const auto format = formats[static_cast<std::size_t>(round) % 3];
    Bench bench(round % 2 == 0 ? Refusal::banks : Refusal::random, 0.3, round, random());
    const hw::MatrixDescriptor d = describe(s, format);
    Integers integers(bench, format);
    std::vector<int> image(s.height * s.width * s.channels);
    std::vector<int> weights(s.kernel * s.kernel * s.channels * s.outputs);
    for (auto& value : image) value = static_cast<int>(random() % 9) - 4;
    for (auto& value : weights) value = static_cast<int>(random() % 9) - 4;
    for (std::uint32_t n = 0; n < s.height * d.a_row_stride; ++n) *bench.at(d.a_base + n) = std::byte{0x12};
    for (unsigned y = 0; y < s.height; ++y) {
      for (unsigned x = 0; x < s.width; ++x) {
        for (unsigned c = 0; c < d.channel_tiles * 8; ++c) {
          integers.put(d.a_base + y * d.a_row_stride + x / 8 * d.a_m_stride + c / 8 * d.a_k_stride, x % 8 * 8 + c % 8,
                       c < s.channels ? image[(y * s.width + x) * s.channels + c] : 0);
        }
      }
    }
    for (unsigned k = 0; k < s.kernel * s.kernel; ++k) {
      for (unsigned c = 0; c < s.channels; ++c) {
        for (unsigned o = 0; o < s.outputs; ++o) {
          integers.put(d.b_base + (k * d.channel_tiles + c / 8) * d.b_k_stride + o / 8 * d.b_n_stride,
                       c % 8 * 8 + o % 8, weights[(k * s.channels + c) * s.outputs + o]);
        }
      }
    }
    bench.issue(base, d);
    bench.run_until_idle(1'000'000);
    for (unsigned oy = 0; oy < s.output_height(); ++oy) {
      for (unsigned ox = 0; ox < s.output_width(); ++ox) {
        for (unsigned o = 0; o < s.outputs; ++o) {
          int sum = 0;
          for (unsigned k = 0; k < s.kernel * s.kernel; ++k) {
            const int y =
                static_cast<int>(oy * s.stride_y + k / s.kernel * s.dilation_y) - static_cast<int>(s.padding_y);
            const int x =
                static_cast<int>(ox * s.stride_x + k % s.kernel * s.dilation_x) - static_cast<int>(s.padding_x);
            if (y < 0 || x < 0 || y >= static_cast<int>(s.height) || x >= static_cast<int>(s.width)) continue;
            for (unsigned c = 0; c < s.channels; ++c) {
              sum += image[(static_cast<unsigned>(y) * s.width + static_cast<unsigned>(x)) * s.channels + c] *
                     weights[(k * s.channels + c) * s.outputs + o];
            }
          }
          ASSERT_EQ(result(bench, d, oy * d.row_tiles + ox / 8, ox % 8, o), static_cast<float>(sum))
              << "round " << round << ", pixel " << ox << ',' << oy << ", output " << o;
        }
      }
    }
  }
}

TEST(MatrixStreams, TransposedImageGivesTheGradientOfTheWeights) {
  std::mt19937_64 random(2);
  const Shape s{19, 6, 13, 10, 3, 2, 1, 1, 2, 1, 2};
  for (const auto format : formats) {
    Bench bench(Refusal::banks);
    hw::MatrixDescriptor d = describe(s, format);
    // dW[ky][kx][channel][output] = sum over the pixels of the output: A^T of the image times the gradient of the
    // output.
    const std::uint32_t pixel_tiles = d.m_tiles;
    d.m_tiles = d.k_tiles;
    d.k_tiles = pixel_tiles;
    d.a_transposed = 1;
    d.b_k_stride = d.n_tiles * d.b_n_stride;
    d.c_base = d.b_base + d.k_tiles * d.b_k_stride;
    Integers integers(bench, format);
    std::vector<int> image(s.height * s.width * s.channels);
    std::vector<int> gradient(s.output_height() * s.output_width() * s.outputs);
    for (auto& value : image) value = static_cast<int>(random() % 5) - 2;
    for (auto& value : gradient) value = static_cast<int>(random() % 5) - 2;
    for (unsigned n = 0; n < image.size(); ++n) {
      const unsigned c = n % s.channels;
      const unsigned x = n / s.channels % s.width;
      const unsigned y = n / s.channels / s.width;
      integers.put(d.a_base + y * d.a_row_stride + x / 8 * d.a_m_stride + c / 8 * d.a_k_stride, x % 8 * 8 + c % 8,
                   image[n]);
    }
    for (unsigned n = 0; n < gradient.size(); ++n) {
      const unsigned o = n % s.outputs;
      const unsigned x = n / s.outputs % s.output_width();
      const unsigned y = n / s.outputs / s.output_width();
      integers.put(d.b_base + (y * d.row_tiles + x / 8) * d.b_k_stride + o / 8 * d.b_n_stride, x % 8 * 8 + o % 8,
                   gradient[n]);
    }
    bench.issue(base, d);
    bench.run_until_idle(1'000'000);
    for (unsigned k = 0; k < 9; ++k) {
      for (unsigned c = 0; c < s.channels; ++c) {
        for (unsigned o = 0; o < s.outputs; ++o) {
          int sum = 0;
          for (unsigned oy = 0; oy < s.output_height(); ++oy) {
            for (unsigned ox = 0; ox < s.output_width(); ++ox) {
              const int y = static_cast<int>(oy * s.stride_y + k / 3 * s.dilation_y) - static_cast<int>(s.padding_y);
              const int x = static_cast<int>(ox * s.stride_x + k % 3 * s.dilation_x) - static_cast<int>(s.padding_x);
              if (y < 0 || x < 0 || y >= static_cast<int>(s.height) || x >= static_cast<int>(s.width)) continue;
              sum += image[(static_cast<unsigned>(y) * s.width + static_cast<unsigned>(x)) * s.channels + c] *
                     gradient[(oy * s.output_width() + ox) * s.outputs + o];
            }
          }
          ASSERT_EQ(result(bench, d, k * d.channel_tiles + c / 8, c % 8, o), static_cast<float>(sum))
              << "tap " << k << ", channel " << c << ", output " << o;
        }
      }
    }
  }
}

TEST(MatrixStreams, ThreeByThreeConvolutionKeepsTheUnitBusy) {
  for (const auto format : formats) {
    Bench bench(Refusal::banks);
    const Shape s{32, 32, 64, 64, 3, 1, 1, 1, 1, 1, 1};
    EXPECT_GE(steady_rate(bench, describe(s, format)), 0.97) << static_cast<int>(format);
  }
}

void write_accumulator(Bench& bench, unsigned line, const Line& values, unsigned enable) {
  bench.unit().accumulator_write_valid_i = 1;
  bench.unit().accumulator_line_i = static_cast<unsigned char>(line);
  bench.unit().accumulator_enable_i = static_cast<unsigned short>(enable);
  std::memcpy(&bench.unit().accumulator_data_i, values.data(), 64);
  bench.cycle();
  bench.unit().accumulator_write_valid_i = 0;
}

Line read_accumulator(Bench& bench, unsigned line) {
  bench.unit().accumulator_read_valid_i = 1;
  bench.unit().accumulator_line_i = static_cast<unsigned char>(line);
  bench.cycle();
  bench.unit().accumulator_read_valid_i = 0;
  Line data;
  std::memcpy(data.data(), &bench.unit().accumulator_data_o, 64);
  return data;
}

TEST(MatrixStreams, AccumulatorLinesAreReadAndWrittenInEveryCycle) {
  Bench bench;
  std::mt19937_64 random(3);
  std::array<Line, 64> expected;
  for (unsigned line = 0; line < 64; ++line) {
    for (auto& value : expected[line]) value = static_cast<std::uint32_t>(random());
    write_accumulator(bench, line, expected[line], 0xffff);
  }
  for (int n = 0; n < 1000; ++n) {
    const auto line = static_cast<unsigned>(random() % 64);
    const auto enable = static_cast<unsigned>(random() % 0x10000);
    Line values;
    for (unsigned lane = 0; lane < 16; ++lane) {
      values[lane] = static_cast<std::uint32_t>(random());
      if ((enable >> lane & 1) != 0) expected[line][lane] = values[lane];
    }
    write_accumulator(bench, line, values, enable);
    const auto other = static_cast<unsigned>(random() % 64);
    ASSERT_EQ(read_accumulator(bench, n % 2 == 0 ? line : other), expected[n % 2 == 0 ? line : other]);
  }
  bench.cycle();
  const Line held = read_accumulator(bench, 5);
  bench.cycle();
  Line data;
  std::memcpy(data.data(), &bench.unit().accumulator_data_o, 64);
  EXPECT_EQ(data, held) << "held until the next read";
}

TEST(MatrixStreams, ASumOverSeveralDescriptorsIsThatOfOne) {
  std::mt19937_64 random(4);
  for (unsigned name = 0; name < hw::named_accumulators; ++name) {
    Bench bench(Refusal::random, 0.2, 1, name);
    const auto whole = tb::dense(base + 4096, 2, 2, 12);
    tb::fill_bf16(bench, random, whole.a_base, whole.c_base - whole.a_base, tb::OperandClass::near_one);
    bench.issue(base, whole);
    bench.run_until_idle(100'000);
    // Five parts, the last one without operands; another accumulator works in between.
    auto part = whole;
    part.accumulator_named = 1;
    part.accumulator = name;
    part.c_base = whole.c_base + 1024;
    auto other = tb::dense(base + 32768, 2, 1, 3);
    other.accumulator_named = 1;
    other.accumulator = (name + 1) % 4;
    other.c_absent = 1;
    std::uint32_t address = base + 64;
    unsigned first = 0;
    for (const unsigned k : {5u, 1u, 4u, 2u, 0u}) {
      part.k_tiles = static_cast<std::uint16_t>(k);
      part.a_base = whole.a_base + first * whole.a_k_stride;
      part.b_base = whole.b_base + first * whole.b_k_stride;
      part.accumulator_continue = first != 0 ? 1 : 0;
      part.c_absent = k != 0 ? 1 : 0;
      part.sem = 10 + k;
      first += k;
      std::memcpy(bench.at(address), &part, 64);
      std::memcpy(bench.at(address + 64), &other, 64);
      bench.command(address);
      bench.command(address + 64);
      address += 128;
    }
    bench.run_until_idle(100'000);
    EXPECT_EQ(std::memcmp(bench.at(part.c_base), bench.at(whole.c_base), 1024), 0) << "accumulator " << name;
    for (unsigned line = 0; line < 16; ++line) {
      const Line data = read_accumulator(bench, 16 * name + line);
      EXPECT_EQ(std::memcmp(data.data(), bench.at(whole.c_base + 64 * line), 64), 0) << "line " << line;
    }
    std::vector<unsigned> counted;
    for (const auto& done : bench.events().done) counted.push_back(done.semaphore);
    EXPECT_EQ(counted, (std::vector<unsigned>{9, 15, 9, 11, 9, 14, 9, 12, 9, 10, 9}));
  }
}

TEST(MatrixStreams, DescriptorsOfOneNamedAccumulatorWaitForItsDrain) {
  // The second descriptor starts the same accumulator from +0 while the first one's values are still being written.
  Bench bench(Refusal::random, 0.8);
  std::mt19937_64 random(5);
  auto first = tb::dense(base + 4096, 2, 2, 1);
  first.accumulator_named = 1;
  tb::fill_bf16(bench, random, first.a_base, first.c_base - first.a_base, tb::OperandClass::near_one);
  auto second = first;
  second.a_base = first.b_base;
  second.b_base = first.a_base;
  second.c_base = first.c_base + 4096;
  std::memcpy(bench.at(base), &first, 64);
  std::memcpy(bench.at(base + 64), &second, 64);
  auto expected = tb::copy_of_memory(bench);
  tb::execute(first, expected);
  tb::execute(second, expected);
  bench.command(base);
  bench.command(base + 64);
  bench.run_until_idle(100'000);
  EXPECT_EQ(tb::differing_bytes(bench, expected), 0U);
  EXPECT_GT(bench.unit().drain_stalls_o, 8U);
}

}  // namespace
