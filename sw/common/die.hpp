#pragma once
// The shape of a die. Tesla published that it has 354 nodes; the array of 18x20 sites and which six of them have no
// node are our decision.

#include <array>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo {

inline constexpr MeshSize die_size{.columns = hw::die_columns, .rows = hw::die_rows};

/// Sites without a node, as test at wafer level might find them: scattered, two of them neighbours.
inline constexpr std::array<Coordinates, 6> harvested_sites{{{3, 2}, {14, 5}, {8, 9}, {9, 9}, {1, 14}, {12, 17}}};

}  // namespace dojo
