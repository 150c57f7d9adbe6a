// Floating-point vector instructions that QEMU 7.2 does not know, and the sum whose order is our choice.

#include <bit>
#include <cmath>
#include <random>

#include "hart_bench.hpp"
#include "model/cfloat.hpp"
#include "model/float32.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

class VectorFloatTest : public HartBench {
 protected:
  std::uint32_t random_float() {
    const auto sign = static_cast<std::uint32_t>(random() % 2) << 31;
    return sign | static_cast<std::uint32_t>(100 + random() % 50) << 23 |
           static_cast<std::uint32_t>(random() % (1 << 23));
  }
  std::mt19937_64 random{1};
};

float as_float(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

TEST_F(VectorFloatTest, TheUnorderedSumAddsRegistersLaneByLaneThenHalves) {
  configure(41, e32 + 2);  // four registers, not full
  for (unsigned i = 0; i < 64; ++i) vector().set(8, i, random_float());
  for (unsigned i = 0; i < 64; ++i) vector().set_mask_bit(0, i, random() % 4 != 0);
  vector().set(16, 0, random_float());
  float lanes[16];
  for (float& lane : lanes) lane = -0.0f;
  for (unsigned i = 0; i < 41; ++i) {
    if (vector().mask_bit(0, i)) lanes[i % 16] += as_float(vector().get<std::uint32_t>(8, i));
  }
  for (unsigned half = 8; half != 0; half /= 2) {
    for (unsigned i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  const float expected = lanes[0] + as_float(vector().get<std::uint32_t>(16, 0));
  expect_legal(op_v(0x01, false, 8, 16, opfvv, 24));
  EXPECT_EQ(vector().get<std::uint32_t>(24, 0), std::bit_cast<std::uint32_t>(expected));
  EXPECT_EQ(csr(hw::csr_fflags), float32::inexact);

  // Nothing active: the scalar, quiet.
  for (unsigned i = 0; i < 64; ++i) vector().set_mask_bit(0, i, false);
  vector().set(16, 0, 0x7f800001u);
  expect_legal(op_v(0x01, false, 8, 16, opfvv, 24));
  EXPECT_EQ(vector().get<std::uint32_t>(24, 0), float32::canonical_nan);
  vector().set(16, 0, 0x80000000u);
  expect_legal(op_v(0x01, false, 8, 16, opfvv, 24));
  EXPECT_EQ(vector().get<std::uint32_t>(24, 0), 0x80000000u);
}

TEST_F(VectorFloatTest, ConversionsTowardZero) {
  configure(6, e32);
  const std::uint32_t values[6] = {std::bit_cast<std::uint32_t>(1.75f),   std::bit_cast<std::uint32_t>(-2.75f),
                                   std::bit_cast<std::uint32_t>(3e9f),    0x7fc00000,
                                   std::bit_cast<std::uint32_t>(-0.875f), std::bit_cast<std::uint32_t>(1e20f)};
  for (unsigned i = 0; i < 6; ++i) vector().set(8, i, values[i]);
  expect_legal(op_v(0x12, true, 8, 7, opfvv, 4));  // vfcvt.rtz.x.f.v
  const std::int32_t expected_signed[6] = {1, -2, 0x7fffffff, 0x7fffffff, 0, 0x7fffffff};
  for (unsigned i = 0; i < 6; ++i) EXPECT_EQ(vector().get<std::int32_t>(4, i), expected_signed[i]) << i;
  expect_legal(op_v(0x12, true, 8, 6, opfvv, 4));  // vfcvt.rtz.xu.f.v
  const std::uint32_t expected_unsigned[6] = {1, 0, 3000000000u, 0xffffffff, 0, 0xffffffff};
  for (unsigned i = 0; i < 6; ++i) EXPECT_EQ(vector().get<std::uint32_t>(4, i), expected_unsigned[i]) << i;
  EXPECT_EQ(csr(hw::csr_fflags), float32::inexact | float32::invalid);
  configure(6, e16 + 7);
  expect_legal(op_v(0x12, true, 8, 23, opfvv, 4));  // vfncvt.rtz.x.f.w
  const std::int16_t expected_narrow[6] = {1, -2, 0x7fff, 0x7fff, 0, 0x7fff};
  for (unsigned i = 0; i < 6; ++i) EXPECT_EQ(vector().get<std::int16_t>(4, i), expected_narrow[i]) << i;
}

TEST_F(VectorFloatTest, Bf16ProductsAreAddedWithOneRounding) {
  for (unsigned trial = 0; trial < 200; ++trial) {
    configure(32, e16);
    for (unsigned i = 0; i < 32; ++i) {
      vector().set(8, i, static_cast<std::uint16_t>(random_float() >> 16));
      vector().set(9, i, static_cast<std::uint16_t>(random_float() >> 16));
      vector().set(4, i, random_float());
    }
    const VectorState before = vector();
    expect_legal(op_v(0x3b, true, 8, 9, opfvv, 4));
    for (unsigned i = 0; i < 32; ++i) {
      const float a = as_float(std::uint32_t{before.get<std::uint16_t>(8, i)} << 16);
      const float b = as_float(std::uint32_t{before.get<std::uint16_t>(9, i)} << 16);
      // The product of two BF16 numbers is exact in FP32's neighbour double; fma rounds the sum once.
      const float expected = std::fma(a, b, as_float(before.get<std::uint32_t>(4, i)));
      ASSERT_EQ(vector().get<std::uint32_t>(4, i), std::bit_cast<std::uint32_t>(expected));
    }
  }
  // A scalar that is not boxed is NaN; a signalling NaN is invalid.
  configure(2, e16);
  hart().set_float_reg(3, 0x00003f80);
  expect_legal(op_v(0x3b, true, 8, 3, opfvf, 4));
  EXPECT_EQ(vector().get<std::uint32_t>(4, 0), float32::canonical_nan);
  set_csr(hw::csr_fflags, 0);
  hart().set_float_reg(3, 0xffff7f81);
  expect_legal(op_v(0x3b, true, 8, 3, opfvf, 4));
  EXPECT_EQ(csr(hw::csr_fflags), float32::invalid);
}

TEST_F(VectorFloatTest, Bf16ConversionsOfRegistersAreThoseOfTheLibrary) {
  for (unsigned mode = 0; mode < 5; ++mode) {
    configure(32, e16);
    set_csr(hw::csr_fcsr, mode << 5);
    for (unsigned i = 0; i < 32; ++i) vector().set(8, i, i == 0 ? 0x7f800001u : random_float());
    const VectorState before = vector();
    expect_legal(op_v(0x12, true, 8, 29, opfvv, 4));  // vfncvtbf16
    float32::Flags flags = 0;
    for (unsigned i = 0; i < 32; ++i) {
      const auto expected =
          float32::to_bf16(before.get<std::uint32_t>(8, i), static_cast<float32::Rounding>(mode), flags);
      EXPECT_EQ(vector().get<std::uint16_t>(4, i), expected);
    }
    EXPECT_EQ(csr(hw::csr_fflags), flags);
    expect_legal(op_v(0x12, true, 4, 13, opfvv, 12));  // vfwcvtbf16
    for (unsigned i = 1; i < 32; ++i) {
      EXPECT_EQ(vector().get<std::uint32_t>(12, i), std::uint32_t{vector().get<std::uint16_t>(4, i)} << 16);
    }
  }
}

TEST_F(VectorFloatTest, ScalarBf16) {
  poke<std::uint16_t>(data, 0xc040);
  hart().set_reg(10, data);
  expect_legal(i_type(0x07, 1, 1, 10, 0));  // flh
  EXPECT_EQ(hart().float_reg(1), 0xffffc040u);
  expect_legal(0x40608153);  // fcvt.s.bf16 f2,f1
  EXPECT_EQ(hart().float_reg(2), 0xc0400000u);
  expect_legal(0x448101d3);  // fcvt.bf16.s f3,f2
  EXPECT_EQ(hart().float_reg(3), 0xffffc040u);
  expect_legal(0xe40185d3);  // fmv.x.h a1,f3
  EXPECT_EQ(hart().reg(11), 0xffffffffffffc040u);
  expect_legal(0xf4058253);  // fmv.h.x f4,a1
  EXPECT_EQ(hart().float_reg(4), 0xffffc040u);
  expect_legal((s_type(1, 10, 4, 2) & ~0x7fu) | 0x27);  // fsh
  EXPECT_EQ(peek<std::uint16_t>(data + 2), 0xc040u);
  hart().set_float_reg(1, 0x0000c040);
  expect_legal(0x40608153);
  EXPECT_EQ(hart().float_reg(2), float32::canonical_nan);
}

constexpr Word narrow(unsigned vd, unsigned vs2, unsigned rs1, bool unmasked) {
  return (unsigned{unmasked} << 25) | (vs2 << 20) | (rs1 << 15) | (vd << 7) | 0x2b;
}
constexpr Word widen(unsigned vd, unsigned vs2, unsigned rs1, bool unmasked) {
  return narrow(vd, vs2, rs1, unmasked) | (1u << 12);
}

TEST_F(VectorFloatTest, CfloatConversionsAreThoseOfTheLibraryForActiveElements) {
  for (unsigned trial = 0; trial < 200; ++trial) {
    const unsigned format = trial % 4;
    const unsigned bias = static_cast<unsigned>(random() % 64);
    const bool stochastic = random() % 2 != 0;
    const unsigned length = static_cast<unsigned>(1 + random() % 32);
    const bool bf16 = random() % 2 != 0;
    configure(length, bf16 ? e16 : e32 + 1);
    const std::uint64_t control = bias | format << 8 | (stochastic ? 1u << 16 : 0);
    const std::uint64_t seed = random();
    set_csr(hw::csr_xseed, seed);
    set_csr(hw::csr_xcfflags, 0);
    hart().set_reg(10, control);
    for (std::uint8_t& byte : vector().bytes) byte = static_cast<std::uint8_t>(random());
    for (unsigned i = 0; i < 32 && !bf16; ++i) vector().set(8, i, random_float());
    const VectorState before = vector();
    expect_legal(narrow(4, 8, 10, false));
    cfloat::Flags flags = 0;
    VectorState expected = before;
    for (unsigned i = 0; i < length; ++i) {
      if (!before.mask_bit(0, i)) continue;
      const std::uint32_t value =
          bf16 ? std::uint32_t{before.get<std::uint16_t>(8, i)} << 16 : before.get<std::uint32_t>(8, i);
      const std::uint16_t result = cfloat::narrow(static_cast<cfloat::Format>(format), bias, value,
                                                  {stochastic, stochastic ? cfloat::random_bits(seed, i) : 0}, flags);
      if (format < 2) {
        expected.set(4, i, static_cast<std::uint8_t>(result));
      } else {
        expected.set(4, i, result);
      }
    }
    EXPECT_EQ(vector().bytes, expected.bytes) << trial;
    EXPECT_EQ(csr(hw::csr_xcfflags), flags);
    EXPECT_EQ(csr(hw::csr_xseed), stochastic ? cfloat::advance(seed) : seed);

    set_csr(hw::csr_xcfflags, 0);
    const VectorState narrowed = vector();
    const std::uint64_t second_seed = csr(hw::csr_xseed);
    expect_legal(widen(12, 4, 10, false));
    flags = 0;
    expected = narrowed;
    for (unsigned i = 0; i < length; ++i) {
      if (!before.mask_bit(0, i)) continue;
      const std::uint16_t value = format < 2 ? narrowed.get<std::uint8_t>(4, i) : narrowed.get<std::uint16_t>(4, i);
      if (bf16) {
        expected.set(12, i,
                     cfloat::widen_bf16(static_cast<cfloat::Format>(format), bias, value,
                                        {stochastic, stochastic ? cfloat::random_bits(second_seed, i) : 0}, flags));
      } else {
        expected.set(12, i, cfloat::widen(static_cast<cfloat::Format>(format), bias, value, flags));
      }
    }
    EXPECT_EQ(vector().bytes, expected.bytes) << trial;
    EXPECT_EQ(csr(hw::csr_xcfflags), flags);
  }
}

TEST_F(VectorFloatTest, CfloatConversionsRefuseReservedControlsAndWidths) {
  configure(4, e32);
  const auto attempt = [&](std::uint64_t control, Word word, bool legal) {
    hart().set_reg(10, control);
    EXPECT_EQ(!execute(word).trapped, legal) << std::hex << control << " " << word;
  };
  attempt(0x1033f, narrow(4, 8, 10, true), true);
  for (const unsigned bit : {6u, 7u, 10u, 15u, 17u, 31u, 32u, 63u}) {
    attempt(std::uint64_t{1} << bit, narrow(4, 8, 10, true), false);
  }
  attempt(0, narrow(4, 4, 10, true), true);    // into the lowest part
  attempt(0, widen(4, 4, 10, true), false);    // a quarter of a register is no highest part
  attempt(0, narrow(0, 8, 10, false), false);  // into the mask
  configure(4, e8);
  attempt(0, narrow(4, 8, 10, true), false);
  configure(4, e32 + 3);
  attempt(0, narrow(4, 8, 10, true), true);   // two registers
  attempt(0, narrow(5, 8, 10, true), false);  // not aligned
  attempt(0x200, narrow(4, 8, 10, true), true);
  attempt(0x200, narrow(6, 8, 10, true), false);  // four registers
  configure(4, e16 + 6);
  attempt(0, widen(4, 8, 10, true), true);  // from an eighth of a register
}

}  // namespace
}  // namespace dojo::model
