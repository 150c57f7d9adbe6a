#pragma once
// What collective operations cost: bounds, and a model of measured times by which the form is chosen.

#include <cstdint>

#include "kernels/collective_shape.hpp"
#include "runtime/rectangle.hpp"

namespace dojo {

/// Cycles from the first push to the last arrival that no operation of the form can go below on nodes that send and
/// receive one line per cycle: those at a node's network interface, and the latency of what depends on each other
/// (docs/collective-kernels.md).
[[nodiscard]] std::uint64_t collective_bound(const Rectangle& rectangle, const CollectiveShape& shape,
                                             CollectiveForm form);

/// Cycles of a launch, as measured; an estimate.
[[nodiscard]] double collective_cycles(const Rectangle& rectangle, const CollectiveShape& shape, CollectiveForm form);

}  // namespace dojo
