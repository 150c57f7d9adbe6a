#include "network/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/error.hpp"
#include "common/number.hpp"
#include "network/safetensors.hpp"

namespace dojo::network {
namespace {

using Metadata = std::map<std::string, std::string>;

constexpr const char* steps_key = "steps_done";

Metadata metadata_of(const CheckpointIdentity& identity) {
  return {{"format", "pt"},
          {"recipe", identity.recipe},
          {"seed", std::to_string(identity.seed)},
          {"batch", std::to_string(identity.batch)},
          {"steps", std::to_string(identity.steps)}};
}

constexpr std::string_view more_prefix = "operands.";

/// Where an array of a file goes.
struct Place {
  const std::string& name;
  const Shape& shape;
  std::vector<float>& values;
  bool needed;
};

template <typename Array>
void add_places(std::vector<Place>& places, std::span<Array> arrays, bool needed) {
  for (Array& array : arrays) places.push_back({array.name, array.shape, array.values, needed});
}

/// Reads a file of this training; returns the steps that it is of.
std::uint64_t load(const std::filesystem::path& file, const Metadata& expected, const std::vector<Place>& places) {
  TensorFile found = read_tensors(file);
  for (const auto& [key, value] : expected) {
    const auto entry = found.metadata.find(key);
    if (entry == found.metadata.end() || entry->second != value) {
      throw InputError(fmt::format("{}: of a training with {} {}, not {}", file.string(), key,
                                   entry == found.metadata.end() ? "unknown" : entry->second, value));
    }
  }
  for (const Place& place : places) {
    const auto has_name = [&place](const NamedArray& other) { return other.name == place.name; };
    const auto source = std::ranges::find_if(found.arrays, has_name);
    if (source == found.arrays.end()) {
      if (!place.needed) continue;
      throw InputError(fmt::format("{}: has no '{}'", file.string(), place.name));
    }
    if (source->shape != place.shape) {
      throw InputError(fmt::format("{}: '{}' is {}, and {} in this network", file.string(), place.name,
                                   text_of(source->shape), text_of(place.shape)));
    }
    place.values = std::move(source->values);
  }
  const auto more = [](const NamedArray& array) { return array.name.starts_with(more_prefix); };
  const auto in_file = found.arrays.size() - static_cast<std::size_t>(std::ranges::count_if(found.arrays, more));
  const auto here = static_cast<std::size_t>(std::ranges::count_if(places, &Place::needed));
  if (in_file != here) {
    throw InputError(fmt::format("{}: has {} arrays; this training has {}", file.string(), in_file, here));
  }
  const auto steps = number<std::uint64_t>(found.metadata[steps_key]);
  if (!steps) throw InputError(fmt::format("{}: does not say how many steps were done", file.string()));
  return *steps;
}

}  // namespace

std::filesystem::path optimiser_file(const std::filesystem::path& file) {
  return std::filesystem::path(file).replace_extension(".optimiser.safetensors");
}

void save_checkpoint(const std::filesystem::path& file, const CheckpointIdentity& identity,
                     std::span<const Parameter> parameters, const Optimiser& optimiser,
                     std::span<const NamedArray> more) {
  Metadata metadata = metadata_of(identity);
  metadata[steps_key] = std::to_string(optimiser.steps());
  TensorFile network{.arrays = {}, .metadata = metadata};
  for (const Parameter& parameter : parameters) {
    network.arrays.push_back({.name = parameter.name,
                              .shape = parameter.shape,
                              .integer = parameter.kind == ParameterDescription::Kind::count,
                              .values = parameter.values});
  }
  TensorFile state{.arrays = {}, .metadata = metadata};
  for (const Optimiser::State& array : optimiser.state()) {
    state.arrays.push_back({.name = array.name, .shape = array.shape, .integer = false, .values = array.values});
  }
  state.arrays.insert(state.arrays.end(), more.begin(), more.end());
  write_tensors(optimiser_file(file), state);
  write_tensors(file, network);
}

void load_checkpoint(const std::filesystem::path& file, const CheckpointIdentity& identity,
                     std::span<Parameter> parameters, Optimiser& optimiser, std::span<NamedArray> more) {
  const Metadata expected = metadata_of(identity);
  std::vector<Place> of_network;
  add_places(of_network, parameters, true);
  const std::uint64_t steps = load(file, expected, of_network);
  std::vector<Place> of_state;
  add_places(of_state, std::span(optimiser.state()), true);
  add_places(of_state, more, false);
  const std::uint64_t steps_of_state = load(optimiser_file(file), expected, of_state);
  if (steps != steps_of_state) {
    throw InputError(fmt::format("{}: of step {}; {} is of step {}", file.string(), steps,
                                 optimiser_file(file).string(), steps_of_state));
  }
  if (steps >= identity.steps) throw InputError(fmt::format("{}: all {} steps are done", file.string(), steps));
  optimiser.set_steps(steps);
}

}  // namespace dojo::network
