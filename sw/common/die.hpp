#pragma once
// Dies: the shape of one, and several side by side as one machine. Tesla published that a die has 354 nodes; the array
// of 18x20 sites and which six of them have no node are our decision.

#include <array>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo {

inline constexpr MeshSize die_size{.columns = hw::die_columns, .rows = hw::die_rows};

/// Sites without a node, as test at wafer level might find them: scattered, two of them neighbours.
inline constexpr std::array<Coordinates, 6> harvested_sites{{{3, 2}, {14, 5}, {8, 9}, {9, 9}, {1, 14}, {12, 17}}};

/// Dies of the same size in columns and rows, joined by die-edge links. Coordinates of nodes go on across the edges:
/// node (x, y) of die (i, j) is node (i * die.columns + x, j * die.rows + y) of the machine. Dies are numbered row by
/// row.
struct DieGrid {
  MeshSize dies = {};
  MeshSize die = {};  ///< nodes of each

  [[nodiscard]] MeshSize machine() const { return {dies.columns * die.columns, dies.rows * die.rows}; }
  [[nodiscard]] Coordinates place(unsigned number) const { return {number % dies.columns, number / dies.columns}; }
  /// The first node of a die.
  [[nodiscard]] Coordinates origin(unsigned number) const {
    return {place(number).x * die.columns, place(number).y * die.rows};
  }
  /// The die of a node.
  [[nodiscard]] Coordinates die_of(Coordinates node) const { return {node.x / die.columns, node.y / die.rows}; }
  friend bool operator==(const DieGrid&, const DieGrid&) = default;
};

}  // namespace dojo
