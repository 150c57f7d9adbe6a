#pragma once
// A recipe: a YAML file that says what is trained, with what and how (docs/training.md, "Recipes").

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "network/data.hpp"
#include "network/formats.hpp"
#include "network/graph.hpp"
#include "network/loss.hpp"
#include "network/optimiser.hpp"

namespace dojo::network {

/// Where a network is computed on nodes.
struct PlacementSettings {
  std::vector<std::string> pipeline = {};  ///< layers with which a part on nodes of its own begins
  std::vector<std::string> tensor = {};    ///< layers of which each of `groups` has some of the outputs
  unsigned groups = 1;
  bool dram = false;  ///< what is owned of the parameters lies in Interface Processors' DRAM, but for their gradients
};

struct Recipe {
  std::string name;
  DataSettings data;
  Graph graph;
  LossSettings loss;
  OptimiserSettings optimiser;
  ScheduleSettings schedule;
  FormatSettings formats = {};
  PlacementSettings placement = {};
  std::size_t batch = 64;  ///< samples of a step; the last step of an epoch takes what is left
  unsigned epochs = 1;
  std::uint64_t seed = 1;
};

/// Reads a recipe. Throws InputError, which begins with FILE:LINE:COLUMN, when it says something unknown or wrong.
[[nodiscard]] Recipe read_recipe(const std::filesystem::path& file);

/// The file of a recipe: `text` itself if it names a file or has a slash or a dot in it, otherwise that recipe of
/// `sw/network/recipes`. Throws InputError, naming those there are, for others.
[[nodiscard]] std::filesystem::path find_recipe(std::string_view text);

/// The order of the training samples in one epoch: a permutation that depends on seed and epoch.
[[nodiscard]] std::vector<std::uint32_t> sample_order(std::uint64_t seed, std::size_t samples, unsigned epoch);

}  // namespace dojo::network
