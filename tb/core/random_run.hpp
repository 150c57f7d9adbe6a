#pragma once
// Random programs on the harts of the core, in lockstep with the golden model.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

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

/// Bytes begin .. end - 1 of the program of a hart.
struct CodeRange {
  unsigned hart = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A run of random programs.
struct RandomRun {
  std::uint64_t seed = 1;
  int reset_seed = 1;
  std::uint64_t retired = 120000;  ///< to be reached
  bool disturbed = false;          ///< bank conflicts, full queues
  unsigned harts = 4;
  bool corrupt = false;                 ///< flips a bit of a register of hart 0 half-way
  std::vector<CodeRange> dropped = {};  ///< code that is replaced by c.nop
  bool snooped = false;  ///< others write the shared lines (no bytes of them), count and interrupt; without lockstep
};

/// Runs random programs; throws model::LockstepMismatch when core and model differ, RunError when the harts stop
/// retiring. `finish` sees the bench at the end.
RandomOutcome run_random(const RandomRun& run, const std::function<void(CoreMachine&)>& finish = {});

/// As run_random, but a mismatch is first reduced: as much code as possible is dropped with a mismatch remaining. The
/// message then says the seed, what is left, and the mismatch of that.
RandomOutcome run_random_reduced(const RandomRun& run);

/// Code of a run that fails in lockstep, reduced by at most `attempts` further runs.
struct Reduction {
  RandomRun run;
  unsigned attempts = 0;
  std::vector<std::string> left;  ///< instructions that have not been dropped, behind the prologues
  std::string mismatch;
};
Reduction reduce(const RandomRun& run, unsigned attempts);

}  // namespace dojo::tb
