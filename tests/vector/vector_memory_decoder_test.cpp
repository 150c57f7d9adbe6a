// Every encoding of a vector load or store under every vtype: the decoder says what the golden model says.

#include <gtest/gtest.h>

#include <memory>

#include "Vvector_memory_decoder.h"
#include "model/vector_legality.hpp"
#include "verilated.h"

namespace dojo {
namespace {

class VectorMemoryDecoder : public testing::Test {
 protected:
  ~VectorMemoryDecoder() override {
    Verilated::threadContextp(&context_);
    decoder_.reset();
  }

  void decode(std::uint32_t bits, unsigned sew, int lmul, bool vill, unsigned vl) {
    decoder_->valid_i = 1;
    decoder_->insn_i = bits;
    decoder_->sew_i = static_cast<std::uint8_t>(sew);
    decoder_->lmul_i = static_cast<std::uint8_t>(lmul & 7);
    decoder_->vill_i = vill ? 1 : 0;
    decoder_->vl_i = static_cast<std::uint16_t>(vl);
    decoder_->eval();
  }

  /// Compares with the model; returns whether the instruction is legal.
  bool compare(std::uint32_t bits, unsigned sew, int lmul, bool vill) {
    model::VectorState state;
    state.type = {.sew = sew, .lmul = lmul, .ill = vill};
    state.length = vill ? 0 : state.type.max_length();
    model::VectorMemory memory;
    model::VectorLegality expected;
    if (model::decode_vector_memory(bits, memory)) expected = model::check_vector_memory(memory, bits, state);
    decode(bits, sew, lmul, vill, state.length);
    const bool same =
        (decoder_->legal_o != 0) == expected.legal && (!expected.legal || decoder_->writes_o == expected.written);
    EXPECT_TRUE(same) << std::hex << bits << " sew " << sew << " lmul " << lmul << " vill " << vill << ": decoder "
                      << int{decoder_->legal_o} << ' ' << decoder_->writes_o << ", model " << expected.legal << ' '
                      << expected.written;
    return expected.legal;
  }

  VerilatedContext context_;
  std::unique_ptr<Vvector_memory_decoder> decoder_ = std::make_unique<Vvector_memory_decoder>(&context_);
};

TEST_F(VectorMemoryDecoder, LegalityAndRegistersWrittenAreThoseOfTheModel) {
  unsigned legal = 0;
  unsigned reserved = 0;
  for (unsigned sew = 0; sew < 3; ++sew) {
    for (int lmul = -3; lmul <= 3; ++lmul) {
      // All of nf, mew, mop, vm and lumop; of the registers a pattern that meets every alignment and overlap.
      for (std::uint32_t high = 0; high < 1U << 7; ++high) {
        for (const std::uint32_t width : {0U, 5U, 6U, 7U}) {
          for (std::uint32_t vs2 = 0; vs2 < 32; ++vs2) {
            for (const std::uint32_t step : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 8U, 12U, 16U, 23U, 28U, 30U}) {
              const std::uint32_t vd = (vs2 + step) % 32;
              const std::uint32_t bits = high << 25 | vs2 << 20 | 10U << 15 | width << 12 | vd << 7 | 0x07;
              ++(compare(bits, sew, lmul, false) ? legal : reserved);
              ++(compare(bits | 0x20, sew, lmul, false) ? legal : reserved);
              if (HasFailure()) return;
            }
          }
        }
      }
    }
  }
  EXPECT_GT(legal, 100000U);
  EXPECT_GT(reserved, 100000U);
}

TEST_F(VectorMemoryDecoder, WholeRegistersDoNotDependOnTheConfiguration) {
  unsigned legal = 0;
  for (std::uint32_t rest = 0; rest < 1U << 20; ++rest) {
    const std::uint32_t bits =
        (rest >> 13) << 25 | (rest >> 8 & 31) << 20 | 10U << 15 | (rest >> 5 & 7) << 12 | (rest & 31) << 7 | 0x07;
    const unsigned width = rest >> 5 & 7;
    if (width != 0 && width < 5) continue;
    legal += compare(bits, 0, 0, true) ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(legal, 100U);
}

TEST_F(VectorMemoryDecoder, ReadsAreDataIndicesAndMask) {
  // vsuxei16.v v8, (a0), v4, v0.t with SEW 32, LMUL 2
  decode(0b000'0'01'0 << 25 | 4U << 20 | 10U << 15 | 5U << 12 | 8U << 7 | 0x27, 2, 1, false, 32);
  EXPECT_EQ(decoder_->legal_o, 1);
  EXPECT_EQ(decoder_->reads_o, 1U << 8 | 1U << 9 | 1U << 4 | 1U);
  EXPECT_EQ(decoder_->writes_o, 0U);
  EXPECT_EQ(decoder_->checkable_o, 0);
  // vlseg3e8.v v8, (a0) with SEW 8, LMUL 1: 3 x 64 bytes, known before
  decode(0b010'0'00'1U << 25 | 10U << 15 | 8U << 7 | 0x07, 0, 0, false, 64);
  EXPECT_EQ(decoder_->legal_o, 1);
  EXPECT_EQ(decoder_->reads_o, 0U);
  EXPECT_EQ(decoder_->checkable_o, 1);
}

}  // namespace
}  // namespace dojo
