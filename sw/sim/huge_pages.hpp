#pragma once
// Huge pages for the nodes of large machines: 1.15 times the speed of 256 busy nodes (docs/simulation.md).

#include <cstddef>

namespace dojo::sim {

/// While it lives, objects of at least 1 MiB that are aligned to a cache line (Verilated nodes are) and made by this
/// thread lie one after the other in huge pages, as far as `bytes` of them go; beyond, and where the system has none,
/// they come from the heap. The memory goes back to the system with the last of the objects, which may outlive the
/// scope.
class HugePageScope {
 public:
  explicit HugePageScope(std::size_t bytes);
  ~HugePageScope();
  HugePageScope(const HugePageScope&) = delete;
  HugePageScope& operator=(const HugePageScope&) = delete;
};

}  // namespace dojo::sim
