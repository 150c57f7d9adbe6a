#pragma once
// Random vector loads and stores of four harts on the bench, against the reference.

#include <cstdint>
#include <functional>

#include "tb/vector/vector_machine.hpp"

namespace dojo::tb {

struct RandomMemory {
  std::uint64_t seed = 1;
  int reset_seed = 1;
  unsigned arithmetic = 0;       ///< per cent of the instructions that are no loads or stores
  unsigned instructions = 1000;  ///< of all harts together
  double refusal = 0;            ///< probability that the SRAM refuses a request
  unsigned compare_every = 200;  ///< instructions between two comparisons of registers and memory
  unsigned protected_harts = 0;  ///< bit per hart: some of its accesses are refused by the protection
};

/// What the harts' synchronous instructions did, to see that a run met all cases.
struct RandomMemoryCounts {
  std::uint64_t cycles = 0;
  unsigned asynchronous = 0;
  unsigned traps[8] = {};  ///< by cause
  unsigned shortened = 0;  ///< fault-only-first
};

/// Runs until `instructions` are done; registers and memory must be those of the reference, every end too (EXPECT).
RandomMemoryCounts run_random_memory(const RandomMemory& options,
                                     const std::function<void(VectorMachine&)>& at_end = {});

}  // namespace dojo::tb
