#pragma once
// Dies: the shape of one, and several side by side as one machine. Tesla published that a die has 354 nodes; the array
// of 18x20 sites and which six of them have no node are our decision.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo {

inline constexpr MeshSize die_size{.columns = hw::die_columns, .rows = hw::die_rows};

/// Columns and rows of a machine, at most: further coordinates name trees and memory.
inline constexpr unsigned mesh_limit = std::min(hw::west_column, hw::north_row);

/// Sites without a node, as test at wafer level might find them: scattered, two of them neighbours.
inline constexpr std::array<Coordinates, 6> harvested_sites{{{3, 2}, {14, 5}, {8, 9}, {9, 9}, {1, 14}, {12, 17}}};

/// Dies of a training tile.
inline constexpr MeshSize tile_size{.columns = 5, .rows = 5};

/// Dies of the same size in columns and rows, joined by die-edge links. Coordinates of nodes go on across the edges:
/// node (x, y) of die (i, j) is node (i * die.columns + x, j * die.rows + y) of the machine. Dies are numbered row by
/// row.
struct DieGrid {
  MeshSize dies = {};
  MeshSize die = {};    ///< nodes of each
  bool memory = false;  ///< Interface Processors stand at the machine's outer edges (memory_edge.hpp)

  [[nodiscard]] MeshSize machine() const { return {dies.columns * die.columns, dies.rows * die.rows}; }
  [[nodiscard]] Coordinates place(unsigned number) const { return {number % dies.columns, number / dies.columns}; }
  [[nodiscard]] unsigned number(Coordinates die_place) const { return die_place.y * dies.columns + die_place.x; }
  /// The first node of a die.
  [[nodiscard]] Coordinates origin(unsigned number) const {
    return {place(number).x * die.columns, place(number).y * die.rows};
  }
  /// The die of a node.
  [[nodiscard]] Coordinates die_of(Coordinates node) const { return {node.x / die.columns, node.y / die.rows}; }
  friend bool operator==(const DieGrid&, const DieGrid&) = default;
};

/// The harvested sites of all dies, which are whole ones. Throws InputError like check_dies.
std::vector<Coordinates> harvested_nodes(const DieGrid& grid);

/// Throws InputError when there are no dies or nodes, more of them than coordinates name, or a die has more nodes along
/// an edge than a link has ports.
void check_dies(const DieGrid& grid);

/// The lanes between two neighbouring dies carry nothing from a cycle on, in both directions.
struct EdgeCut {
  Coordinates first = {};   ///< place of a die
  Coordinates second = {};  ///< place of the other
  std::uint64_t cycle = 0;
};

/// What goes wrong on the lanes between dies, in every link and direction alike; the default is nothing.
struct EdgeErrors {
  double bit_error_rate = 0;  ///< probability that a bit is flipped
  double drop_rate = 0;       ///< probability that a beat is lost
  std::vector<EdgeCut> cuts = {};
  [[nodiscard]] bool any() const { return bit_error_rate > 0 || drop_rate > 0 || !cuts.empty(); }
};

/// Throws InputError for rates outside 0 to 1, cuts between dies that are no neighbours, and errors without a link.
void check_errors(const EdgeErrors& errors, const DieGrid& grid);

}  // namespace dojo
