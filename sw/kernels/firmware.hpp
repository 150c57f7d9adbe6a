#pragma once
// The programs of firmware/, as the build leaves them beside the executables.

#include <string_view>

#include "runtime/program.hpp"

namespace dojo {

/// The program `name`, such as "gemm". Throws InputError when its ELF file is missing or damaged.
[[nodiscard]] Program load_firmware(std::string_view name);

}  // namespace dojo
