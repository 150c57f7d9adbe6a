#pragma once
// Random vector arithmetic instructions and register contents.

#include <array>
#include <cstdint>
#include <functional>
#include <random>

#include "tb/vector_execute/vector_machine.hpp"

namespace dojo::tb {

/// A supported pair of SEW and LMUL, both as log2.
struct VectorShape {
  unsigned sew;
  int lmul;
};
[[nodiscard]] VectorShape random_shape(std::mt19937_64& random);

/// Elements of a group.
[[nodiscard]] unsigned max_length(VectorShape shape);

/// Chooses among entries of model::vector_table().
using EntryFilter = std::function<bool(const model::VectorEntry&)>;

/// A legal instruction with random operation, registers, configuration, length (0 and the largest included), start and
/// mask.
[[nodiscard]] VectorInstruction random_vector_instruction(std::mt19937_64& random, const EntryFilter& filter = {});

/// A legal dojo.vcf.narrow or dojo.vcf.widen.
[[nodiscard]] VectorInstruction random_cfloat_instruction(std::mt19937_64& random);

/// A legal dojo.vacc.read or dojo.vacc.write.
[[nodiscard]] VectorInstruction random_accumulator_instruction(std::mt19937_64& random);

/// Contents of one register: random bits, small or extreme integers, or floating-point numbers of all classes.
[[nodiscard]] std::array<std::uint8_t, 64> random_register(std::mt19937_64& random);

/// funct6, vm, vs2, vs1, funct3, vd and opcode 0x57.
[[nodiscard]] constexpr std::uint32_t encode_vector(unsigned funct6, unsigned vm, unsigned vs2, unsigned vs1,
                                                    unsigned funct3, unsigned vd) {
  return funct6 << 26 | vm << 25 | vs2 << 20 | vs1 << 15 | funct3 << 12 | vd << 7 | 0x57;
}

}  // namespace dojo::tb
