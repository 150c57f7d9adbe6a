#pragma once
// Says why a machine stopped: traps, unit faults and hangs.

#include <cstdint>
#include <functional>
#include <string>

#include "common/backend.hpp"
#include "common/error.hpp"

namespace dojo {

/// The run cannot go on: all that is left waits.
class HangError : public RunError {
 public:
  using RunError::RunError;
};

/// Name of a code address, such as "main+0x12, ring.c:30"; empty when there is none.
using Symbolizer = std::function<std::string(std::uint64_t)>;

/// "illegal instruction" and the like: text of an mcause of the RISC-V privileged specification.
std::string describe_cause(std::uint64_t mcause);

/// What is wrong in a machine after run() returned `reason`: each faulted hart with PC, cause and value, each unit
/// fault with unit, cause and descriptor, each error of an Interface Processor, each waiting hart and list with what it
/// waits for. One line, in which at most eight places are named; behind it, of harts and lists that wait on the RTL,
/// who waits for whom (hang/hang_analysis.hpp), at most 40 lines.
std::string describe_stop(Backend& machine, StopReason reason, const Symbolizer& symbolize);

/// Throws a RunError with that text, a HangError for no_progress.
[[noreturn]] void throw_stop(StopReason reason, const std::string& text);

}  // namespace dojo
