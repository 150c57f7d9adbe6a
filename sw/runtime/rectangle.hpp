#pragma once
// A rectangle of nodes: what a program runs on.

#include <vector>

#include "common/backend.hpp"

namespace dojo {

/// `columns` x `rows` nodes whose north-west corner is `origin`.
struct Rectangle {
  Coordinates origin = {};
  unsigned columns = 1;
  unsigned rows = 1;

  [[nodiscard]] unsigned nodes() const { return columns * rows; }
  /// Node number `index` of the rectangle, row by row from the north-west corner.
  [[nodiscard]] Coordinates node(unsigned index) const {
    return {origin.x + index % columns, origin.y + index / columns};
  }
  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

}  // namespace dojo
