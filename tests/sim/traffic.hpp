#pragma once
// Traffic of all nodes with all others, and what of it must be the same in two runs.

#include <cstdint>

#include "tests/sim/launched.hpp"

namespace dojo::sim {

inline constexpr std::uint64_t traffic_rounds = 2;
inline constexpr std::uint64_t traffic_limit = 400000;  ///< cycles

/// What must be the same in two runs.
struct TrafficOutcome {
  std::uint64_t cycles = 0;
  std::uint64_t hash = 0;
  std::uint64_t checksum = 0;
  friend bool operator==(const TrafficOutcome&, const TrafficOutcome&) = default;
};

/// Runs the traffic to its end; a failed test when it does not end well.
inline TrafficOutcome run_all_to_all(const RtlConfig& config) {
  Launched traffic(config, "test_traffic", hw::harts, {traffic_rounds});
  traffic.run(traffic_limit);
  return {.cycles = traffic.machine().cycles(),
          .hash = traffic.machine().engine().link_hash(),
          .checksum = traffic.checksum()};
}

}  // namespace dojo::sim
