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
  /// 64 zero bytes: a descriptor that every unit refuses; 4096 bytes after it 256 bytes for each hart, in which
  /// protection lets it execute nothing.
  std::uint64_t zeros = 0;
  unsigned items = 2000;  ///< about the number of instructions
  bool sleeps = true;     ///< contains wfi and waits that somebody outside must end
};

/// Semaphore on which a random program of a hart waits without having incremented it itself.
constexpr unsigned random_program_semaphore(unsigned hart) {
  return 8 * hart;
}

/// Bytes at the beginning of a program that set the hart up and handle its traps.
inline constexpr std::size_t random_program_prologue = 0x600;

/// The last half-word of the SRAM must be this, the start of an instruction that leaves the SRAM.
constexpr std::uint16_t random_program_last_parcel = 0x0003;

/// Machine code for `layout.code`, to be started at its first byte.
std::vector<std::byte> random_program(const RandomProgramLayout& layout, std::mt19937_64& random);

}  // namespace dojo::tb
