#include "noc/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "common/error.hpp"

namespace dojo::noc {
namespace {

constexpr double latency_factor = 3;
constexpr double accepted_share = 0.98;
constexpr double first_load = 1.0 / 64;
constexpr double least_load = 1.0 / 65536;
/// The power of two in which a saturation lies is cut into so many intervals, and one of these halved so many times.
constexpr unsigned intervals = 8;
constexpr unsigned halvings = 5;
/// Multiples of the saturation at which overload is measured.
constexpr std::array overloads{1.1, 1.25, 1.5, 2.0};

/// A load that passes and the next one, which does not; twice the same where all loads pass.
struct Bracket {
  double low;
  double high;
};

class Search {
 public:
  Search(MeshSize mesh, const TrafficOptions& options, WorkerPool& pool)
      : mesh_(mesh), options_(options), pool_(pool) {}

  Sweep run() {
    Sweep sweep;
    sweep.zero_load = measure_zero_load(mesh_, options_);
    latency_limit_ = latency_factor * sweep.zero_load.all.latency_mean;
    find_octaves();
    // Points for the bend of the curve, where the saturation is the first of its power of two.
    const double low = latency_bracket().low;
    measure({0.625 * low, 0.75 * low, 0.875 * low}, options_);
    narrow(intervals);
    for (unsigned i = 0; i < halvings; ++i) narrow(2);
    sweep.saturation_latency = latency_bracket().low;
    sweep.saturation_accepted = accepted_bracket().low;
    const double last = measure_overload(sweep.saturation_latency);
    for (const auto& [load, result] : results_) {
      if (load > last) break;
      sweep.points.push_back({load, result});
      sweep.peak_accepted = std::max(sweep.peak_accepted, result.all.accepted);
    }
    sweep.cycles = cycles_ + sweep.zero_load.cycles;
    return sweep;
  }

 private:
  /// Measures at all of `loads`, and replaces what was measured there.
  void measure(const std::vector<double>& loads, TrafficOptions options) {
    std::vector<TrafficResult> results(loads.size());
    pool_.run(loads.size(), [&](std::size_t i) {
      TrafficOptions at_load = options;
      at_load.load = loads[i];
      results[i] = measure_traffic(mesh_, at_load);
    });
    for (std::size_t i = 0; i < loads.size(); ++i) {
      cycles_ += results[i].cycles;
      results_[loads[i]] = results[i];
    }
  }

  /// From the largest load below which all measured ones pass to the least that does not.
  template <typename Passes>
  Bracket bracket(Passes passes) const {
    Bracket found{.low = 0, .high = 0};
    for (const auto& [load, result] : results_) {
      found.high = load;
      if (!passes(result)) break;
      found.low = load;
    }
    return found;
  }

  [[nodiscard]] Bracket latency_bracket() const {
    return bracket(
        [this](const TrafficResult& result) { return result.drained && result.all.latency_mean <= latency_limit_; });
  }

  [[nodiscard]] Bracket accepted_bracket() const {
    return bracket(
        [](const TrafficResult& result) { return result.all.accepted >= accepted_share * result.all.offered; });
  }

  /// Powers of two from a load that passes to one that does not.
  void find_octaves() {
    const auto all_pass = [](const Bracket& bracket) { return bracket.low == bracket.high; };
    const auto none_passes = [](const Bracket& bracket) { return bracket.low == 0; };
    measure({first_load, 2 * first_load}, options_);
    for (double load = 4 * first_load; load < 1 && (all_pass(latency_bracket()) || all_pass(accepted_bracket()));
         load *= 4) {
      measure({load, 2 * load}, options_);
    }
    if (all_pass(latency_bracket()) || all_pass(accepted_bracket())) measure({1.0}, options_);
    for (double load = first_load / 2; none_passes(latency_bracket()) || none_passes(accepted_bracket()); load /= 4) {
      if (load < least_load) throw RunError(fmt::format("the mesh is saturated even at a load of {}", 2 * load));
      measure({load, load / 2}, options_);
    }
  }

  /// Cuts both brackets into so many parts.
  void narrow(unsigned parts) {
    std::vector<double> loads;
    for (const Bracket& bracket : {latency_bracket(), accepted_bracket()}) {
      for (unsigned i = 1; i < parts; ++i) loads.push_back(bracket.low + (bracket.high - bracket.low) * i / parts);
    }
    std::sort(loads.begin(), loads.end());
    loads.erase(std::unique(loads.begin(), loads.end()), loads.end());
    std::erase_if(loads, [this](double load) { return results_.contains(load); });
    measure(loads, options_);
  }

  /// Returns the largest load.
  double measure_overload(double saturation) {
    TrafficOptions options = options_;
    options.window *= 2;
    options.drain = 0;
    std::vector<double> loads;
    double last = saturation;
    for (const double factor : overloads) {
      const double load = std::min(1.0, factor * saturation);
      if (load > last) loads.push_back(load);
      last = load;
    }
    measure(loads, options);
    return last;
  }

  MeshSize mesh_;
  TrafficOptions options_;
  WorkerPool& pool_;
  double latency_limit_ = 0;
  std::map<double, TrafficResult> results_;
  std::uint64_t cycles_ = 0;
};

}  // namespace

TrafficResult measure_zero_load(MeshSize mesh, TrafficOptions options) {
  constexpr double packets_per_cycle = 1.0 / 3;
  constexpr double most_load = 0.005;
  constexpr double packets = 4000;
  options.load = std::min(most_load, packets_per_cycle / mesh.nodes());
  options.window = static_cast<unsigned>(std::ceil(packets / (options.load * mesh.nodes())));
  return measure_traffic(mesh, options);
}

Sweep measure_sweep(MeshSize mesh, const TrafficOptions& options, WorkerPool& pool) {
  return Search(mesh, options, pool).run();
}

}  // namespace dojo::noc
