#pragma once
// What dojo bench noc found, as JSON, CSV, text and picture.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "noc/sweep.hpp"

namespace dojo::cli {

/// The message classes of a measurement: both carry half of the packets, or one carries all.
enum class Traffic { data, request, mixed };

struct PatternSweep {
  noc::Pattern pattern;
  Traffic traffic;
  noc::Sweep sweep;
};

/// data, request or mixed.
std::string name_of(Traffic traffic);

/// Adds the results of the only point: offered, accepted, latency_mean, latency_p99, hops_mean, worst_node and drained,
/// with mixed traffic the first five of each class as well, and the zero-load latency.
void add_load(nlohmann::ordered_json& json, const PatternSweep& sweep);

/// Adds zero-load latency, saturations, overload and points.
void add_sweep(nlohmann::ordered_json& json, const PatternSweep& sweep);

/// A table of saturations with one line per pattern.
std::string sweep_table(const std::vector<PatternSweep>& sweeps);

/// A table of all points.
std::string point_table(const std::vector<PatternSweep>& sweeps);

/// All points of all sweeps, with one line for each class and, where both are in use, one for the whole.
std::string sweep_csv(const std::vector<PatternSweep>& sweeps);

/// A script for gnuplot that draws latency and accepted against offered load into an SVG file.
std::string sweep_plot(const std::vector<PatternSweep>& sweeps, const std::string& title, const std::string& file);

}  // namespace dojo::cli
