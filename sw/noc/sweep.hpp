#pragma once
// Latency and accepted traffic against load, from nearly none to twice the saturation.

#include <vector>

#include "common/worker_pool.hpp"
#include "noc/traffic.hpp"

namespace dojo::noc {

struct Sweep {
  struct Point {
    double load;
    TrafficResult result;
  };

  TrafficResult zero_load;
  /// Largest load whose mean latency is at most three times the zero-load latency, nothing being left after the drain.
  /// To 1/256 of the power of two below it, and 1 if even that load passes; so is saturation_accepted.
  double saturation_latency = 0;
  /// Largest load of which at least 98 % are accepted.
  double saturation_accepted = 0;
  /// Most that was accepted at any of the points, flits per node and cycle.
  double peak_accepted = 0;
  /// All loads measured, ascending. The last is twice saturation_latency, or 1 where that is more. 1.1, 1.25, 1.5 and 2
  /// times saturation_latency are measured in a window of twice the length and without drain.
  std::vector<Point> points;
  /// Simulated, of all measurements.
  std::uint64_t cycles = 0;

  [[nodiscard]] const TrafficResult& twice() const { return points.back().result; }
};

/// Latency without contention: one packet in three cycles in the whole mesh, or fewer, and a window for 4,000 of them.
TrafficResult measure_zero_load(MeshSize mesh, TrafficOptions options);

/// Measures at loads that it chooses; that of `options` is not used. The pool shares out the measurements; its size
/// changes no result. Throws RunError when the mesh saturates at a load of less than 1/65536.
Sweep measure_sweep(MeshSize mesh, const TrafficOptions& options, WorkerPool& pool);

}  // namespace dojo::noc
