#pragma once
// Text of the instructions that instruction.hpp names, in the notation of `objdump -M no-aliases`.

#include <cstdint>
#include <string>
#include <string_view>

namespace dojo::model {

/// Text of the instruction at `pc`: in the low 16 bits of `bits` if it is compressed. Reserved encodings give
/// ".half 0x..." or ".word 0x...".
[[nodiscard]] std::string disassemble(std::uint32_t bits, std::uint64_t pc);

/// ABI name of an integer register, 0..31.
[[nodiscard]] std::string_view register_name(unsigned number);

/// ABI name of a floating-point register, 0..31.
[[nodiscard]] std::string_view float_register_name(unsigned number);

/// Name of a CSR, or its number in hexadecimal.
[[nodiscard]] std::string csr_name(unsigned address);

}  // namespace dojo::model
