#pragma once
// Random programs for the core: every instruction class, traps, interrupts, self-modifying code, shared memory, and no
// end.

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace dojo::tb {

/// Where a random program and its data lie.
struct RandomProgramLayout {
  unsigned hart = 0;
  std::uint64_t code = 0;          ///< the program; runs for ever
  std::uint64_t private_data = 0;  ///< 4096 bytes that only this hart touches
  std::uint64_t shared_data = 0;   ///< 256 bytes that all harts load, store and change atomically
  std::uint64_t zeros = 0;         ///< 64 zero bytes: a descriptor that every unit refuses
  unsigned items = 2000;           ///< about the number of instructions
  bool sleeps = true;              ///< contains wfi and waits that somebody outside must end
};

/// Semaphore on which a random program of a hart waits without having incremented it itself.
constexpr unsigned random_program_semaphore(unsigned hart) {
  return 8 * hart;
}

/// The last half-word of the SRAM must be this, the start of an instruction that leaves the SRAM.
constexpr std::uint16_t random_program_last_parcel = 0x0003;

/// Machine code for `layout.code`, to be started at its first byte.
std::vector<std::byte> random_program(const RandomProgramLayout& layout, std::mt19937_64& random);

}  // namespace dojo::tb
