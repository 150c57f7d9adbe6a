#pragma once
// The data set of a recipe as a file, so that others train on the same numbers (scripts/torch).

#include <filesystem>

#include "network/data.hpp"
#include "network/recipe.hpp"

namespace dojo::network {

/// Writes a safetensors file: "train.NAME" and "held_out.NAME" for each tensor of the data, all samples, and "order.E",
/// the order of the training samples in epoch E. Throws RunError when it cannot be written.
void export_data(const std::filesystem::path& file, const Recipe& recipe, const DataSet& data);

}  // namespace dojo::network
