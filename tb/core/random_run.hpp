#pragma once
// Random programs on the harts of the core, in lockstep with the golden model.

#include <array>
#include <cstdint>
#include <functional>

#include "dojo_hw.hpp"

namespace dojo::tb {

class CoreMachine;

/// What a run of random programs did.
struct RandomOutcome {
  std::uint64_t retired = 0;
  std::uint64_t hash = 0;
  std::uint64_t traps = 0;
  std::uint64_t interrupts = 0;
  std::array<std::uint64_t, hw::harts> retired_by{};
};

/// A run of random programs.
struct RandomRun {
  std::uint64_t seed = 1;
  int reset_seed = 1;
  std::uint64_t retired = 120000;  ///< to be reached
  bool disturbed = false;          ///< bank conflicts, full queues
  unsigned harts = 4;
  bool corrupt = false;  ///< flips a bit of a register of hart 0 half-way
  bool snooped = false;  ///< others write the shared lines (no bytes of them), count and interrupt; without lockstep
};

/// Runs random programs; throws model::LockstepMismatch when core and model differ, RunError when the harts stop
/// retiring. `finish` sees the bench at the end.
RandomOutcome run_random(const RandomRun& run, const std::function<void(CoreMachine&)>& finish = {});

}  // namespace dojo::tb
