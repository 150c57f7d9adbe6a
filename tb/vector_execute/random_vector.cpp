#include "tb/vector_execute/random_vector.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/error.hpp"
#include "tb/matrix/operands.hpp"

namespace dojo::tb {
namespace {

constexpr unsigned funct3_of[3][3] = {
    {0, 4, 3}, {2, 6, 3}, {1, 5, 3}};  // by category and form: vector, scalar, immediate

/// Even, multiples of 4 and 8, and low numbers more often, so that groups are aligned and meet.
unsigned random_number(std::mt19937_64& random) {
  const unsigned alignment = 1u << random() % 4;
  return static_cast<unsigned>(random() % 32) & ~(alignment - 1);
}

void random_situation(std::mt19937_64& random, VectorInstruction& instruction) {
  const VectorShape shape = random_shape(random);
  const unsigned largest = max_length(shape);
  instruction.sew = shape.sew;
  instruction.lmul = shape.lmul;
  instruction.hart = static_cast<unsigned>(random() % 4);
  switch (random() % 8) {
    case 0:
      instruction.length = 0;
      break;
    case 1:
    case 2:
    case 3:
      instruction.length = largest;
      break;
    case 4:
      instruction.length = 1;
      break;
    default:
      instruction.length = static_cast<unsigned>(random() % (largest + 1));
  }
  instruction.start = random() % 6 == 0 ? static_cast<unsigned>(random() % (largest + 1)) & 511 : 0;
  instruction.rounding_mode = static_cast<unsigned>(random() % 5);
  instruction.fixed_rounding = static_cast<unsigned>(random() % 4);
  instruction.seed = random();
}

std::uint64_t random_scalar(std::mt19937_64& random, bool is_float) {
  if (is_float) {
    const auto value = random_fp32(random, operand_classes[random() % operand_classes.size()]);
    return random() % 2 == 0 ? value : value >> 16 | 0xffff0000u;
  }
  switch (random() % 4) {
    case 0:
      return random();
    case 1:
      return random() % 70;
    case 2:
      return random() % 600;
    default:
      return std::uint64_t{0} - random() % 3;
  }
}

}  // namespace

VectorShape random_shape(std::mt19937_64& random) {
  const auto lmul = static_cast<int>(random() % 7) - 3;
  const unsigned widths = lmul >= -1 ? 3 : lmul == -2 ? 2 : 1;
  return {static_cast<unsigned>(random() % widths), lmul};
}

unsigned max_length(VectorShape shape) {
  return (shape.lmul >= 0 ? 64u << shape.lmul : 64u >> -shape.lmul) >> shape.sew;
}

VectorInstruction random_vector_instruction(std::mt19937_64& random, const EntryFilter& filter) {
  const auto table = model::vector_table();
  for (unsigned attempt = 0; attempt < 1000000; ++attempt) {
    const model::VectorEntry& entry = table[random() % table.size()];
    if (filter && !filter(entry)) continue;
    // Several tries per operation, so that those which permit little are as frequent as others.
    for (unsigned tries = 0; tries < 100; ++tries) {
      VectorInstruction instruction;
      random_situation(random, instruction);
      const auto form = static_cast<unsigned>(random() % 3);
      if ((entry.forms >> form & 1) == 0) continue;
      unsigned vs1 = random_number(random);
      unsigned vs2 = random_number(random);
      if (entry.selector >= 0) (form == 0 ? vs1 : vs2) = static_cast<std::uint8_t>(entry.selector);
      if (entry.shape == model::Shape::broadcast) vs2 = 0;
      const unsigned vm = entry.vm == model::VmRule::zero ? 0 : entry.vm == model::VmRule::one ? 1 : random() % 2;
      instruction.bits =
          encode_vector(entry.funct6, vm, vs2, vs1, funct3_of[entry.category][form], random_number(random));
      instruction.scalar = random_scalar(random, entry.category == 2);
      if (golden_legality(instruction).legal) return instruction;
    }
  }
  throw RunError("no legal instruction found");
}

VectorInstruction random_cfloat_instruction(std::mt19937_64& random) {
  for (;;) {
    VectorInstruction instruction;
    random_situation(random, instruction);
    instruction.scalar = (random() % 64) | (random() % 4) << 8 | (random() % 2) << 16;
    instruction.bits = static_cast<std::uint32_t>(random() % 2) << 25 | random_number(random) << 20 |
                       static_cast<std::uint32_t>(random() % 32) << 15 |
                       static_cast<std::uint32_t>(random() % 2) << 12 | random_number(random) << 7 | 0x2b;
    if (golden_legality(instruction).legal) return instruction;
  }
}

VectorInstruction random_accumulator_instruction(std::mt19937_64& random) {
  for (;;) {
    VectorInstruction instruction;
    random_situation(random, instruction);
    instruction.scalar = random();
    instruction.bits = static_cast<std::uint32_t>(random() % 2) << 25 |
                       static_cast<std::uint32_t>(random() % 32) << 15 |
                       static_cast<std::uint32_t>(random() % 2) << 12 | random_number(random) << 7 | 0x5b;
    if (golden_legality(instruction).legal) return instruction;
  }
}

std::array<std::uint8_t, 64> random_register(std::mt19937_64& random) {
  std::array<std::uint8_t, 64> value;
  const auto kind = random() % 8;
  const OperandClass from = operand_classes[random() % operand_classes.size()];
  for (unsigned word = 0; word < 16; ++word) {
    auto bits = static_cast<std::uint32_t>(random());
    if (kind < 4) bits = random_fp32(random, from);
    if (kind == 4) {
      // Bytes at the ends of their range, and zero.
      constexpr std::uint8_t ends[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0xff};
      bits = 0;
      for (unsigned byte = 0; byte < 4; ++byte) bits |= std::uint32_t{ends[random() % 6]} << 8 * byte;
    }
    if (kind == 5) bits &= 0x003f003fu;  // indices and shifts
    if (kind == 6) bits = random() % 2 == 0 ? 0 : random() % 2 == 0 ? 0x80000000u : 0xffffffffu;
    std::memcpy(&value[4 * word], &bits, 4);
  }
  return value;
}

}  // namespace dojo::tb
