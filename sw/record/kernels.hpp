#pragma once
// The samples of all harts, by function and source line.

#include <nlohmann/json.hpp>
#include <span>

#include "record/stall_profile.hpp"
#include "runtime/program.hpp"

namespace dojo::record {

/// Lines of code with the samples of each cause, those with most first. Program number 1 is the first of `programs`.
[[nodiscard]] nlohmann::ordered_json kernel_lines(const StallProfile::ByPlace& samples,
                                                  std::span<const Program> programs);

}  // namespace dojo::record
