// Every reserved encoding is illegal: the decoder against the golden model's, over all instructions but for most
// register numbers.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>

#include "Vdecode_bench.h"
#include "model/instruction.hpp"
#include "verilated.h"

namespace dojo::tb {
namespace {

class DecodeSweep : public testing::Test {
 protected:
  ~DecodeSweep() override { Verilated::threadContextp(context_.get()); }

  /// Compares one instruction; counts what it is.
  void check(std::uint32_t bits) {
    bench_.insn_i = bits;
    bench_.eval();
    const model::Op op = model::decode(bits).op;
    // Which vector instructions exist the vector unit's decoders say.
    if (bench_.vector_o != 0) return;
    const bool legal = op != model::Op::illegal;
    ++(legal ? legal_ : illegal_);
    if ((bench_.legal_o != 0) != legal) differing_ = bits;
  }

  std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
  Vdecode_bench bench_{context_.get()};
  std::uint64_t legal_ = 0;
  std::uint64_t illegal_ = 0;
  std::uint32_t differing_ = 0;
};

TEST_F(DecodeSweep, EveryEncodingOfThirtyTwoBits) {
  constexpr std::array<std::uint32_t, 3> numbers{0, 1, 30};
  for (std::uint32_t major = 0; major < 32; ++major) {
    for (std::uint32_t upper = 0; upper < 1u << 15; ++upper) {  // funct7, rs2, funct3
      for (const std::uint32_t rs1 : numbers) {
        for (const std::uint32_t rd : numbers) {
          check((upper >> 3) << 20 | rs1 << 15 | (upper & 7) << 12 | rd << 7 | major << 2 | 3);
        }
      }
    }
    ASSERT_EQ(differing_, 0U) << std::hex << differing_;
  }
  EXPECT_GT(legal_, 1000000U);
  EXPECT_GT(illegal_, 1000000U);
}

TEST_F(DecodeSweep, EveryCompressedEncoding) {
  for (std::uint32_t bits = 0; bits < 1u << 16; ++bits) {
    if ((bits & 3) != 3) check(bits);
  }
  EXPECT_EQ(differing_, 0U) << std::hex << differing_;
  EXPECT_GT(illegal_, 5000U);
}

}  // namespace
}  // namespace dojo::tb
