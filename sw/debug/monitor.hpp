#pragma once
// What "monitor COMMAND" of gdb tells about a machine.

#include <string>
#include <string_view>

#include "debug/debugger.hpp"

namespace dojo::debug {

/// The answer, in whole lines; for a command that is not understood one that says so. `site`: the node that is meant
/// when the command names none.
[[nodiscard]] std::string monitor(Debugger& debugger, std::string_view command, unsigned site);

}  // namespace dojo::debug
