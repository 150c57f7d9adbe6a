#pragma once
// Registers of a hart by the numbers under which gdb knows them, and their description for it. Source: the GDB manual,
// "Target Descriptions", "RISC-V Features".

#include <optional>
#include <string>

#include "common/hart_registers.hpp"

namespace dojo::debug {

inline constexpr unsigned pc_number = 32;
/// x0-x31, PC, f0-f31: what one packet tells of a hart.
inline constexpr unsigned general_registers = 65;

/// Describes all registers: x, PC, f, v, and the CSRs of hw::csr_table.
[[nodiscard]] std::string target_description();

/// The value of a register as gdb sends it, "x" in place of digits when it is not to be had. Nothing: there is no such
/// register.
[[nodiscard]] std::optional<std::string> register_hex(const HartRegisters& registers, unsigned number);

}  // namespace dojo::debug
