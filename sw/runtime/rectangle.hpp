#pragma once
// What a program runs on: a rectangle of nodes, less those that are dead.

#include <vector>

#include "common/backend.hpp"

namespace dojo {

/// `columns` x `rows` nodes whose north-west corner is `origin`, less its holes.
struct Rectangle {
  Coordinates origin = {};
  unsigned columns = 1;
  unsigned rows = 1;
  /// Places of the rectangle, counted row by row, that do not belong to it; ascending.
  std::vector<unsigned> holes = {};

  [[nodiscard]] unsigned nodes() const { return columns * rows - static_cast<unsigned>(holes.size()); }
  /// Node number `index` of the rectangle, row by row from the north-west corner; holes are not counted.
  [[nodiscard]] Coordinates node(unsigned index) const {
    unsigned place = index;
    for (const unsigned hole : holes) {
      if (hole > place) break;
      ++place;
    }
    return {origin.x + place % columns, origin.y + place / columns};
  }
  /// The south-east corner.
  [[nodiscard]] Coordinates corner() const { return {origin.x + columns - 1, origin.y + rows - 1}; }
  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

}  // namespace dojo
