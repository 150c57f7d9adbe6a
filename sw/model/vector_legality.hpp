#pragma once
// Which vector instructions are legal under a configuration, and which registers they write: V 1.0,
// sections 3.4.2, 5.2, 5.3 and those of the instructions; choices in docs/hart.md.

#include <cstdint>

#include "model/vector_instruction.hpp"
#include "model/vector_state.hpp"

namespace dojo::model {

/// Answer about one instruction. `written` is a bitmap of the vector registers that it may write.
struct VectorLegality {
  bool legal = false;
  std::uint32_t written = 0;
};

/// An instruction that decode_vector_arithmetic() knows; the rounding mode is not looked at.
[[nodiscard]] VectorLegality check_vector_arithmetic(const VectorEntry& entry, std::uint32_t bits,
                                                     const VectorState& state);

/// A load or store that decode_vector_memory() knows.
[[nodiscard]] VectorLegality check_vector_memory(const VectorMemory& memory, std::uint32_t bits,
                                                 const VectorState& state);

/// dojo.vcf.narrow or dojo.vcf.widen with `control` in rs1.
[[nodiscard]] VectorLegality check_vector_cfloat(bool widen, std::uint64_t control, std::uint32_t bits,
                                                 const VectorState& state);

/// dojo.vacc.read or dojo.vacc.write.
[[nodiscard]] VectorLegality check_vector_accumulator(bool is_write, std::uint32_t bits, const VectorState& state);

}  // namespace dojo::model
