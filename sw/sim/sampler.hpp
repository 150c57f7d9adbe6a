#pragma once
// What looks at a machine between two cycles of a run.

#include <cstdint>

namespace dojo::sim {

/// Looks at a machine while it stands between two cycles of a run.
class Sampler {
 public:
  Sampler() = default;
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  virtual ~Sampler() = default;
  /// When it wants to look next; of several dies, or with Ethernet, a multiple of edge_flight.
  [[nodiscard]] virtual std::uint64_t next_cycle() const = 0;
  /// The machine stands at the beginning of this cycle, which is next_cycle() or, where a run did not end there, a
  /// later one. Afterwards next_cycle() is behind it.
  virtual void sample(std::uint64_t cycle) = 0;
};

}  // namespace dojo::sim
