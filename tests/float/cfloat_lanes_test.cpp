// Block test of rtl/node/cfloat_lanes.sv against the golden model's conversions.
// DOJO_NIGHTLY=1 makes the random test 10**8 lane operations long.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

#include "Vcfloat_lanes.h"
#include "model/cfloat.hpp"
#include "model/float32.hpp"
#include "sim/assertion.hpp"
#include "tb/float/lanes_bench.hpp"
#include "tb/float/operands.hpp"

namespace {

using namespace dojo;
using cfloat::Flags;
using cfloat::Format;
using tb::float_lanes;
using tb::Line;

constexpr std::uint64_t latency = 4;  // cfloat_pkg::Latency
constexpr std::array formats{Format::e4m3, Format::e5m2, Format::shp, Format::uhp};

struct Operation {
  bool widen = false;
  bool bf16 = false;
  Format format = Format::e4m3;
  unsigned bias = 0;
  bool stochastic = false;
  std::uint64_t seed = 0;
  std::uint32_t index = 0;
  std::uint32_t enable = 0xffff;
};

class Bench : public tb::PipelineBench<Vcfloat_lanes> {
 public:
  explicit Bench(int seed) : PipelineBench(seed, latency) {}

  void operate(const Operation& operation, const Line& data) {
    dut().widen_i = operation.widen;
    dut().bf16_i = operation.bf16;
    dut().format_i = static_cast<std::uint8_t>(operation.format);
    dut().bias_i = static_cast<std::uint8_t>(operation.bias);
    dut().stochastic_i = operation.stochastic;
    dut().seed_i = operation.seed;
    dut().index_i = static_cast<std::uint16_t>(operation.index);
    dut().enable_i = static_cast<std::uint16_t>(operation.enable);
    tb::set_line(dut().data_i, data);
    tb::Expected expected{};
    expected.enable = operation.enable;
    for (std::size_t lane = 0; lane < float_lanes; ++lane) {
      if ((operation.enable >> lane & 1) == 0) continue;
      expected.result[lane] = golden(operation, data[lane], lane, expected.flags);
    }
    expected.what = fmt::format("{} {} format {} bias {} stochastic {} seed {:016x} index {}, lane 0 {:08x}",
                                operation.widen ? "widen" : "narrow", operation.bf16 ? "BF16" : "FP32",
                                static_cast<int>(operation.format), operation.bias, operation.stochastic,
                                operation.seed, operation.index, data[0]);
    PipelineBench::operate(expected);
  }

 private:
  static std::uint32_t golden(const Operation& operation, std::uint32_t value, std::size_t lane, Flags& flags) {
    const std::uint32_t random =
        cfloat::random_bits(operation.seed, operation.index + static_cast<std::uint32_t>(lane));
    const cfloat::Rounding rounding{operation.stochastic, random};
    const auto narrow_value = static_cast<std::uint16_t>(value);
    if (!operation.widen) {
      return cfloat::narrow(operation.format, operation.bias, operation.bf16 ? value << 16 : value, rounding, flags);
    }
    return operation.bf16 ? cfloat::widen_bf16(operation.format, operation.bias, narrow_value, rounding, flags)
                          : cfloat::widen(operation.format, operation.bias, narrow_value, flags);
  }
};

TEST(CfloatLanes, EveryEncodingWithEveryBiasWidensAsTheModelDoes) {
  Bench bench(1);
  for (const Format format : formats) {
    const std::uint32_t encodings = 1u << cfloat::layout(format).bits();
    const unsigned step = encodings > 256 ? 9 : 1;
    for (unsigned bias = 0; bias < 64; bias += step) {
      for (std::uint32_t first = 0; first < encodings; first += float_lanes) {
        Line data;
        for (std::uint32_t lane = 0; lane < float_lanes; ++lane) data[lane] = first + lane + (0xa5u << 16 | 0x3u << 30);
        if (encodings == 256) {
          for (std::uint32_t& value : data) value |= 0xcd00u;
        }
        for (unsigned n = 0; n < 3; ++n) {
          bench.operate({.widen = true,
                         .bf16 = n != 0,
                         .format = format,
                         .bias = bias,
                         .stochastic = n == 2,
                         .seed = first * 0x123456789abcdefu,
                         .index = bias * 16},
                        data);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
  bench.drain();
}

TEST(CfloatLanes, EveryBf16NarrowsAsTheModelDoes) {
  Bench bench(2);
  for (const Format format : formats) {
    for (unsigned bias = 0; bias < 64; bias += cfloat::layout(format).bits() > 8 ? 13 : 3) {
      for (std::uint32_t first = 0; first < 0x10000u; first += float_lanes) {
        Line data;
        for (std::uint32_t lane = 0; lane < float_lanes; ++lane) data[lane] = first + lane + 0x98760000u;
        bench.operate({.bf16 = true, .format = format, .bias = bias, .stochastic = bias % 2 != 0, .seed = first}, data);
        if (HasFatalFailure()) return;
      }
    }
  }
  bench.drain();
}

TEST(CfloatLanes, CornersAndMidpointsOfEveryLaneRaiseTheirOwnFlags) {
  Bench bench(3);
  unsigned count = 0;
  for (const Format format : formats) {
    for (unsigned bias = 0; bias < 64; ++bias) {
      const auto one_lane = [&](std::uint32_t value) {
        const std::size_t lane = count++ % float_lanes;
        Line data;
        data.fill(0x7fc00000u);
        data[lane] = value;
        for (const bool stochastic : {false, true}) {
          bench.operate({.format = format,
                         .bias = bias,
                         .stochastic = stochastic,
                         .seed = count * 0x9e3779b97f4a7c15u,
                         .enable = 1u << lane},
                        data);
        }
      };
      for (const std::uint32_t value : tb::float_corners) one_lane(value);
      // Around the numbers of the format and the middles between them: one, two or no bit below its mantissa, or nearly
      // so.
      const unsigned kept = cfloat::layout(format).mantissa_bits;
      for (std::uint32_t n = 0; n < 64; ++n) {
        const std::uint32_t field = 127 - cfloat::effective_bias(format, bias) - 12 + n % 48;
        const std::uint32_t fraction = (n * 0x9e3779b9u & 0x7fffffu) & ~((1u << (22 - kept)) - 1);
        for (const std::uint32_t delta : {0u, 1u, ~0u}) one_lane((field << 23 | fraction) + delta);
      }
      if (HasFatalFailure()) return;
    }
  }
  bench.drain();
}

TEST(CfloatLanes, MillionsOfRandomNumbersConvertAsInTheModelFromAnyInitialState) {
  const std::size_t lines = std::getenv("DOJO_NIGHTLY") != nullptr ? 100'000'000 / (3 * float_lanes) : 60'000;
  for (const int seed : {1, 2, 3}) {
    Bench bench(seed);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    for (std::size_t n = 0; n < lines; ++n) {
      const std::uint64_t r = random();
      Operation operation;
      operation.widen = (r & 3) == 0;
      operation.bf16 = (r >> 2 & 3) == 0;
      operation.format = formats[r >> 4 & 3];
      operation.bias = static_cast<unsigned>(r >> 6 & 63);
      operation.stochastic = (r >> 12 & 1) != 0;
      operation.seed = random();
      operation.index = static_cast<std::uint32_t>(r >> 20 & 63) * float_lanes;
      operation.enable = (r >> 13 & 1) != 0 ? 0xffffu : static_cast<std::uint32_t>(r >> 32) & 0xffffu;
      Line data;
      for (std::uint32_t& value : data) {
        value = tb::random_float(random);
        // Three of four lines stay around the range of the format.
        if (!operation.widen && (r >> 14 & 3) != 0) {
          const auto spread = (1u << cfloat::layout(operation.format).exponent_bits) + 16;
          const std::uint32_t field = 127 - cfloat::effective_bias(operation.format, operation.bias) - 14 +
                                      static_cast<std::uint32_t>(random() % spread);
          value = (value & 0x807fffffu) | field << 23;
          if (operation.bf16) value >>= 16;
        }
      }
      bench.operate(operation, data);
      if ((r >> 50 & 15) == 0) bench.pause();
      if (HasFatalFailure()) return;
    }
    bench.drain();
  }
}

}  // namespace
