#pragma once
// Machine descriptions: YAML files that say what the options of a machine say (docs/simulation.md, "Machines").

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/die.hpp"
#include "common/ethernet_route.hpp"
#include "common/topology.hpp"

namespace dojo::cli {

/// What a description says.
struct MachineDescription {
  DieGrid grid = {};
  Faults faults = {};
  EdgeErrors errors = {};
  std::vector<EthernetRoute> ethernet = {};
  std::optional<std::string> backend = {};
  std::optional<unsigned> threads = {};
  std::optional<std::uint64_t> seed = {};
};

/// Reads a description. Throws InputError that begins with FILE:LINE:COLUMN when it is not YAML, a key is unknown,
/// missing or there twice, or a value is not what the key needs or is impossible in this machine.
MachineDescription read_machine_file(const std::filesystem::path& file);

}  // namespace dojo::cli
