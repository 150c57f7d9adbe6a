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

/// Reads a file of this training; moves what is in it to `place(name)`, which returns shape and values.
template <typename Array>
std::uint64_t load(const std::filesystem::path& file, const Metadata& expected, std::span<Array> arrays) {
  TensorFile found = read_tensors(file);
  for (const auto& [key, value] : expected) {
    const auto entry = found.metadata.find(key);
    if (entry == found.metadata.end() || entry->second != value) {
      throw InputError(fmt::format("{}: of a training with {} {}, not {}", file.string(), key,
                                   entry == found.metadata.end() ? "unknown" : entry->second, value));
    }
  }
  for (Array& array : arrays) {
    const auto has_name = [&array](const NamedArray& other) { return other.name == array.name; };
    const auto source = std::ranges::find_if(found.arrays, has_name);
    if (source == found.arrays.end()) throw InputError(fmt::format("{}: has no '{}'", file.string(), array.name));
    if (source->shape != array.shape) {
      throw InputError(fmt::format("{}: '{}' is {}, and {} in this network", file.string(), array.name,
                                   text_of(source->shape), text_of(array.shape)));
    }
    array.values = std::move(source->values);
  }
  if (found.arrays.size() != arrays.size()) {
    throw InputError(
        fmt::format("{}: has {} arrays; this training has {}", file.string(), found.arrays.size(), arrays.size()));
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
                     std::span<const Parameter> parameters, const Optimiser& optimiser) {
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
  write_tensors(optimiser_file(file), state);
  write_tensors(file, network);
}

void load_checkpoint(const std::filesystem::path& file, const CheckpointIdentity& identity,
                     std::span<Parameter> parameters, Optimiser& optimiser) {
  const Metadata expected = metadata_of(identity);
  const std::uint64_t steps = load(file, expected, parameters);
  const std::uint64_t steps_of_state = load(optimiser_file(file), expected, std::span(optimiser.state()));
  if (steps != steps_of_state) {
    throw InputError(fmt::format("{}: of step {}; {} is of step {}", file.string(), steps,
                                 optimiser_file(file).string(), steps_of_state));
  }
  if (steps >= identity.steps) throw InputError(fmt::format("{}: all {} steps are done", file.string(), steps));
  optimiser.set_steps(steps);
}

}  // namespace dojo::network
