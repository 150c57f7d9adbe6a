// Rates and latencies of the execute pipe: the table of docs/vector.md.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tb/vector_execute/random_vector.hpp"
#include "tb/vector_execute/vector_machine.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned integer_form = 0;  // funct3
constexpr unsigned float_form = 1;
constexpr unsigned mask_form = 2;
constexpr unsigned immediate_form = 3;
constexpr unsigned custom_1 = 0x2b;
constexpr unsigned custom_2 = 0x5b;

struct Operation {
  std::string name;
  unsigned funct6;
  unsigned funct3;
  unsigned sew;  // log2 of bytes
  int vs1 = -1;  // where it is part of the encoding, or an immediate
  unsigned opcode = 0x57;
};

VectorInstruction make(const Operation& operation, int lmul, unsigned vd, unsigned vs2, unsigned vs1) {
  VectorInstruction instruction;
  instruction.sew = operation.sew;
  instruction.lmul = lmul;
  instruction.length = max_length({operation.sew, lmul});
  if (operation.vs1 >= 0) vs1 = static_cast<unsigned>(operation.vs1);
  if (operation.opcode == custom_2) vs2 = 0;
  instruction.bits = (encode_vector(operation.funct6, 1, vs2, vs1, operation.funct3, vd) & ~0x7fu) | operation.opcode;
  return instruction;
}

/// Cycles per instruction, once the pipe is full, of a sequence of instructions; `next` makes number n.
template <typename Next>
double cycles_per_instruction(Next next) {
  constexpr unsigned count = 48;
  VectorMachine machine;
  const auto run = [&](unsigned instructions) {
    const std::uint64_t begin = machine.cycle();
    for (unsigned n = 0; n < instructions; ++n) machine.dispatch(next(n));
    machine.drain();
    return machine.last_done() - begin;
  };
  const std::uint64_t once = run(count);
  const std::uint64_t twice = run(2 * count);
  EXPECT_FALSE(machine.difference().has_value());
  return static_cast<double>(twice - once) / count;
}

/// No register in common but the sources.
double rate(const Operation& operation, int lmul) {
  const bool single =
      lmul <= 0 || (operation.funct3 != integer_form && operation.funct6 >> 3 == 3);  // vd is one register
  return cycles_per_instruction([&](unsigned n) {
    const unsigned vd = single ? 16 + n % 16 : 16 + 8 * (n % 2);
    return make(operation, lmul, vd, 8, lmul == 3 ? 0 : 12);
  });
}

/// Each instruction reads what the one before wrote.
double dependent(const Operation& operation) {
  return cycles_per_instruction([&](unsigned n) { return make(operation, 0, 16 + (n + 1) % 2, 16 + n % 2, 8); });
}

struct Line {
  Operation operation;
  double per_instruction;  // LMUL 1, independent
  double latency;          // LMUL 1, dependent; without a source: two registers written in turn
  double per_group;        // LMUL 8, independent
};

class Rates : public testing::TestWithParam<Line> {};

TEST_P(Rates, AreThoseOfTheTable) {
  const Line& line = GetParam();
  EXPECT_EQ(rate(line.operation, 0), line.per_instruction);
  EXPECT_EQ(dependent(line.operation), line.latency);
  EXPECT_EQ(rate(line.operation, 3), line.per_group);
}

INSTANTIATE_TEST_SUITE_P(
    OfVectorExecute, Rates,
    testing::Values(
        Line{{"vadd", 0x00, integer_form, 2}, 1, 3, 8}, Line{{"vssra", 0x2b, integer_form, 0}, 1, 3, 8},
        Line{{"vsll", 0x25, immediate_form, 1}, 1, 3, 8}, Line{{"vmul", 0x25, mask_form, 2}, 1, 4, 8},
        Line{{"vmacc", 0x2d, mask_form, 0}, 1, 4, 8}, Line{{"vsmul", 0x27, integer_form, 1}, 1, 4, 8},
        Line{{"vdiv8", 0x21, mask_form, 0}, 9, 9, 72}, Line{{"vdiv16", 0x21, mask_form, 1}, 13, 13, 104},
        Line{{"vdiv32", 0x21, mask_form, 2}, 21, 21, 168}, Line{{"vmand", 0x19, mask_form, 0}, 1, 3, 1},
        Line{{"vslidedown", 0x0f, immediate_form, 2}, 1, 3, 8},
        Line{{"vrgather_vi", 0x0c, immediate_form, 2, 3}, 1, 3, 8}, Line{{"viota", 0x14, mask_form, 2, 16}, 1, 3, 8},
        Line{{"vfsqrt", 0x13, float_form, 2, 0}, 19, 19, 152}, Line{{"vfcvt", 0x12, float_form, 2, 1}, 1, 4, 8},
        Line{{"vcf_narrow", 0x00, 0, 2, 0, custom_1}, 1, 6, 8}, Line{{"vcf_widen", 0x00, 1, 2, 0, custom_1}, 1, 6, 8},
        Line{{"vacc_read", 0x00, 0, 2, 0, custom_2}, 1, 1.5, 8}, Line{{"vrgather", 0x0c, integer_form, 2}, 1, 3, 64},
        Line{{"vrgatherei16", 0x0e, integer_form, 2}, 1, 3, 64}, Line{{"vcompress", 0x17, mask_form, 2}, 2, 4, 9},
        Line{{"vredsum", 0x00, mask_form, 2}, 1, 3, 8}, Line{{"vfadd", 0x00, float_form, 2}, 1, 6, 8},
        Line{{"vfmacc", 0x2c, float_form, 2}, 1, 6, 8}, Line{{"vfmin", 0x04, float_form, 2}, 1, 4, 8},
        Line{{"vmfeq", 0x18, float_form, 2}, 1, 4, 8}, Line{{"vfdiv", 0x20, float_form, 2}, 19, 19, 152},
        Line{{"vfredusum", 0x01, float_form, 2}, 35, 35, 91}, Line{{"vfredosum", 0x03, float_form, 2}, 85, 85, 666},
        Line{{"vfredmin", 0x05, float_form, 2}, 23, 23, 65}),
    [](const auto& info) { return info.param.operation.name; });

}  // namespace
}  // namespace dojo::tb
