#pragma once
// The GTKWave save file of a waveform, and the names with which it shows values.

#include <cstdint>
#include <filesystem>
#include <map>

#include "common/backend.hpp"
#include "sim/wave_groups.hpp"
#include "sim/wave_trigger.hpp"

namespace dojo::sim {

/// The models' time precision is 1 ps: cycle c starts at c ns.
inline constexpr std::uint64_t ticks_per_cycle = 1000;

struct SaveFile {
  std::filesystem::path fst;
  Coordinates node;
  std::uint64_t first_cycle = 0;
  WaveSubject subject;
  const std::map<std::uint64_t, std::uint32_t>& instructions;  ///< by address
  const CodeNames& names;
};

/// Writes FILE.gtkw for FILE.fst: the signals of wave_groups() that the FST has, and a marker at the cycle of the
/// subject. Into the folder FILE.names go the names that its values are shown by. Throws RunError when that cannot be
/// done.
void write_save_file(const SaveFile& file);

}  // namespace dojo::sim
