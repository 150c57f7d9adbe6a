#pragma once
// Text of floating-point, vector and Xdojo vector instructions; used by disassemble().

#include <string>

#include "model/instruction.hpp"

namespace dojo::model {

/// Text of an instruction whose operation is Op::flh or follows it.
[[nodiscard]] std::string extension_text(const Instruction& instruction);

}  // namespace dojo::model
