#pragma once
// The state of a training in two files: FILE has the network's parameters under the names and with the shapes of
// PyTorch's state_dict of the same network; FILE with ".optimiser.safetensors" in place of its ending has what else it
// takes to go on to the same bits.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "network/layer.hpp"
#include "network/optimiser.hpp"
#include "network/safetensors.hpp"

namespace dojo::network {

/// Where the optimiser's state of a checkpoint is.
[[nodiscard]] std::filesystem::path optimiser_file(const std::filesystem::path& file);

/// What a checkpoint belongs to; one is resumed only where all of it is the same.
struct CheckpointIdentity {
  std::string recipe;
  std::uint64_t seed = 1;
  std::size_t batch = 0;
  std::size_t steps = 0;  ///< of the whole training, which the schedule follows
};

/// Writes both files, the second with `more` arrays, whose names begin with "operands.". Throws RunError when they
/// cannot be written.
void save_checkpoint(const std::filesystem::path& file, const CheckpointIdentity& identity,
                     std::span<const Parameter> parameters, const Optimiser& optimiser,
                     std::span<const NamedArray> more = {});

/// Loads both; the optimiser knows the steps done then. Of `more` those arrays are loaded that are there. Throws
/// InputError, one line that names the file, when they are missing, damaged, of different steps, or of another
/// training.
void load_checkpoint(const std::filesystem::path& file, const CheckpointIdentity& identity,
                     std::span<Parameter> parameters, Optimiser& optimiser, std::span<NamedArray> more = {});

}  // namespace dojo::network
