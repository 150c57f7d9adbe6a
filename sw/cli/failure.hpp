#pragma once
// Where and when a run failed, and how: what a recording of it shows.

#include <cstdint>
#include <exception>
#include <optional>
#include <vector>

#include "common/backend.hpp"
#include "runtime/machine.hpp"
#include "sim/wave_groups.hpp"

namespace dojo::cli {

struct Failure {
  std::uint64_t cycle = 0;               ///< the last one of the run
  std::optional<Coordinates> node = {};  ///< none: no single one has failed
  sim::WaveSubject subject = {};
  /// Of a hang on RTL: where those are who wait for each other, and whom nobody will free; at most eight nodes.
  std::vector<Coordinates> parties = {};
};

/// Looks at the machine of a run that has failed; `error` is what was thrown, or null for an exit code.
Failure find_failure(Machine& machine, const std::exception_ptr& error);

}  // namespace dojo::cli
