// Block test of rtl/node/vector_decoder.sv: legality and registers of all encodings against the golden model.

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tb/vector_execute/random_vector.hpp"
#include "tb/vector_execute/vector_machine.hpp"

namespace dojo::tb {
namespace {

/// Compares the decoder with the model and counts what is legal.
class Comparison {
 public:
  void check(const VectorInstruction& instruction) {
    const VectorDecision decision = machine_.decide(instruction);
    const model::VectorLegality golden = golden_legality(instruction);
    ++checked_;
    legal_ += golden.legal ? 1 : 0;
    if (decision.legal == golden.legal && (!golden.legal || decision.writes == golden.written)) return;
    ADD_FAILURE() << instruction.text() << ": decoder " << decision.legal << " writes " << decision.writes << ", model "
                  << golden.legal << " writes " << golden.written;
    ++failures_;
  }
  [[nodiscard]] bool broken() const { return failures_ > 10; }
  [[nodiscard]] unsigned checked() const { return checked_; }
  [[nodiscard]] unsigned legal() const { return legal_; }

 private:
  VectorMachine machine_;
  unsigned checked_ = 0;
  unsigned legal_ = 0;
  unsigned failures_ = 0;
};

unsigned random_number(std::mt19937_64& random) {
  const unsigned alignment = 1u << random() % 4;
  return static_cast<unsigned>(random() % 32) & ~(alignment - 1);
}

void random_configuration(std::mt19937_64& random, VectorInstruction& instruction) {
  const VectorShape shape = random_shape(random);
  instruction.sew = shape.sew;
  instruction.lmul = shape.lmul;
  instruction.ill = random() % 32 == 0;
  instruction.start = random() % 8 == 0 ? 1 : 0;
  instruction.rounding_mode = static_cast<unsigned>(random() % 8);
}

// Every funct6, funct3, vm and value of rs1/vs1, each in several configurations and with several registers.
TEST(VectorDecoder, EveryEncodingOfOpVIsLegalWhenTheModelSaysSo) {
  Comparison comparison;
  std::mt19937_64 random(1);
  for (unsigned funct6 = 0; funct6 < 64; ++funct6) {
    for (unsigned funct3 = 0; funct3 < 7; ++funct3) {
      for (unsigned vm = 0; vm < 2; ++vm) {
        for (unsigned vs1 = 0; vs1 < 32; ++vs1) {
          for (unsigned repetition = 0; repetition < 40 && !comparison.broken(); ++repetition) {
            VectorInstruction instruction;
            random_configuration(random, instruction);
            const unsigned vs2 = random() % 8 == 0 ? 0 : random_number(random);
            instruction.bits = encode_vector(funct6, vm, vs2, vs1, funct3, random_number(random));
            comparison.check(instruction);
          }
        }
      }
    }
  }
  EXPECT_GT(comparison.checked(), 1000000U);
  EXPECT_GT(comparison.legal(), 100000U);
}

// Every overlap of registers of an operation in every configuration.
TEST(VectorDecoder, EveryOverlapIsJudgedAsTheModelDoes) {
  Comparison comparison;
  std::mt19937_64 random(2);
  for (const model::VectorEntry& entry : model::vector_table()) {
    for (int lmul = -3; lmul <= 3; ++lmul) {
      for (unsigned sew = 0; sew < (lmul >= -1 ? 3u : lmul == -2 ? 2u : 1u); ++sew) {
        for (unsigned repetition = 0; repetition < 400 && !comparison.broken(); ++repetition) {
          VectorInstruction instruction;
          instruction.sew = sew;
          instruction.lmul = lmul;
          constexpr unsigned funct3_of[3][3] = {{0, 4, 3}, {2, 6, 3}, {1, 5, 3}};
          const auto form = static_cast<unsigned>(random() % 3);
          if ((entry.forms >> form & 1) == 0) continue;
          // Registers close together.
          const unsigned base = random_number(random);
          const auto near = [&] { return (base + static_cast<unsigned>(random() % 17) - 8) & 31; };
          unsigned vs1 = random() % 2 == 0 ? near() : random_number(random);
          unsigned vs2 = random() % 2 == 0 ? near() : random_number(random);
          if (entry.selector >= 0) (form == 0 ? vs1 : vs2) = static_cast<std::uint8_t>(entry.selector);
          const unsigned vd = random() % 4 == 0 ? vs2 : random() % 3 == 0 ? vs1 : base;
          instruction.bits = encode_vector(entry.funct6, random() % 2, vs2, vs1, funct3_of[entry.category][form], vd);
          comparison.check(instruction);
        }
      }
    }
  }
  EXPECT_GT(comparison.checked(), 300000U);
  EXPECT_GT(comparison.legal(), 30000U);
}

TEST(VectorDecoder, ConversionsOfConfigurableFloatsAreLegalWhenTheModelSaysSo) {
  Comparison comparison;
  std::mt19937_64 random(3);
  for (unsigned repetition = 0; repetition < 200000 && !comparison.broken(); ++repetition) {
    VectorInstruction instruction;
    random_configuration(random, instruction);
    instruction.scalar = (random() % 64) | (random() % 4) << 8 | (random() % 2) << 16;
    if (random() % 8 == 0) instruction.scalar ^= std::uint64_t{1} << random() % 64;
    const unsigned funct6 = random() % 16 == 0 ? static_cast<unsigned>(random() % 64) : 0;
    const unsigned funct3 =
        random() % 16 == 0 ? static_cast<unsigned>(random() % 8) : static_cast<unsigned>(random() % 2);
    instruction.bits = (encode_vector(funct6, random() % 2, random_number(random), static_cast<unsigned>(random() % 32),
                                      funct3, random_number(random)) &
                        ~0x7fu) |
                       0x2b;
    comparison.check(instruction);
  }
  EXPECT_GT(comparison.legal(), 10000U);
}

TEST(VectorDecoder, AccumulatorsAreReadAndWrittenAsGroupsOfFp32) {
  Comparison comparison;
  std::mt19937_64 random(4);
  for (unsigned repetition = 0; repetition < 100000 && !comparison.broken(); ++repetition) {
    VectorInstruction instruction;
    random_configuration(random, instruction);
    if (random() % 2 == 0) instruction.sew = 2;
    if (instruction.sew == 2 && instruction.lmul < -1) instruction.lmul = -1;
    instruction.scalar = random();
    const unsigned funct6 = random() % 8 == 0 ? static_cast<unsigned>(random() % 64) : 0;
    const unsigned vs2 = random() % 8 == 0 ? static_cast<unsigned>(random() % 32) : 0;
    const unsigned funct3 =
        random() % 8 == 0 ? static_cast<unsigned>(random() % 8) : static_cast<unsigned>(random() % 2);
    instruction.bits =
        (encode_vector(funct6, random() % 2, vs2, static_cast<unsigned>(random() % 32), funct3, random_number(random)) &
         ~0x7fu) |
        0x5b;
    comparison.check(instruction);
  }
  EXPECT_GT(comparison.legal(), 10000U);
}

}  // namespace
}  // namespace dojo::tb
