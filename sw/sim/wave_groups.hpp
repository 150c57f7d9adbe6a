#pragma once
// What the save file of a waveform shows: the node's signals by block, with names for a reader.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/backend.hpp"

namespace dojo::sim {

enum class WaveFormat {
  bits,         ///< single signals and small masks
  hexadecimal,  ///< addresses and data
  decimal,      ///< counts
  named         ///< an enumeration, by the names that the FST holds
};

struct WaveSignal {
  std::string alias;  ///< name for a reader
  std::string path;   ///< inside the node, such as "u_core.state"
  WaveFormat format = WaveFormat::hexadecimal;
};

struct WaveGroup {
  std::string title;
  bool closed = false;  ///< folded when the file is opened
  std::vector<WaveSignal> signals;
};

const std::vector<WaveGroup>& wave_groups();

/// Scope of a node in waves and assertion messages, such as "node_0_1".
std::string instance_name(Coordinates node);

}  // namespace dojo::sim
