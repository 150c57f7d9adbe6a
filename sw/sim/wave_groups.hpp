#pragma once
// What the save file of a waveform shows: the node's signals by block, with names for a reader.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/backend.hpp"

namespace dojo::sim {

/// What has gone wrong in a run, as far as it matters which signals are looked at.
enum class WaveProblem : std::uint8_t { none, trap, hang, assertion, mismatch, network, wrong_result };
[[nodiscard]] std::string_view to_string(WaveProblem problem);

/// What a waveform is about.
struct WaveSubject {
  WaveProblem problem = WaveProblem::none;
  unsigned hart = 0;                        ///< which has trapped or waits
  std::string block = {};                   ///< assertion: instance in the node, such as "u_core"
  std::optional<std::uint64_t> cycle = {};  ///< of the failure
};

enum class WaveFormat : std::uint8_t {
  bits,         ///< single signals and small masks
  hexadecimal,  ///< addresses and data
  decimal,      ///< counts
  named         ///< an enumeration of the RTL, by the names that the FST holds
};

/// What the values of a signal are called, in place of a format.
enum class WaveNames : std::uint8_t {
  none,
  code,         ///< an address: function, and the instruction there
  instruction,  ///< an instruction word
  cause,        ///< of a trap
  packet_operation,
  packet_class,
  unit_fault,
  access_kind,
  transfer_operation,
  matrix_operation,
  matrix_format
};

struct WaveSignal {
  std::string alias;  ///< name for a reader
  std::string path;   ///< inside the node, such as "u_core.state"
  WaveFormat format = WaveFormat::hexadecimal;
  WaveNames names = WaveNames::none;
};

struct WaveGroup {
  std::string title;
  std::string block;    ///< of the node's instances that the signals are of, one; of a hart with its number: "u_core 2"
  bool closed = false;  ///< folded when the file is opened
  std::vector<WaveSignal> signals;
};

/// All groups, those first and open that fit what the waveform is about.
std::vector<WaveGroup> wave_groups(const WaveSubject& subject);

/// Scope of a node in waves and assertion messages, such as "node_0_1".
std::string instance_name(Coordinates node);

}  // namespace dojo::sim
