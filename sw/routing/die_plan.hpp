#pragma once
// Over which dies packets go from one die to another.

#include <cstdint>

#include "common/die.hpp"
#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::routing {

/// A way between any two dies that a table can tell: it depends on the die where a packet is, and on whether the
/// destination lies west, east, north or south of it. No packet comes back to a die.
class DiePlan {
 public:
  enum class Kind : std::uint8_t {
    dimension_order,  ///< of the class
    rows,             ///< along rows of dies; from row to row in one column
    columns           ///< along columns of dies; from column to column in one row
  };
  /// `spine`: the column or row in which the others are joined.
  DiePlan(hw::PacketClass cls, Kind kind, unsigned spine) : cls_(cls), kind_(kind), spine_(spine) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  /// The edge by which packets for another die leave a die.
  [[nodiscard]] unsigned edge(Coordinates die, Coordinates destination) const {
    const bool same_column = die.x == destination.x;
    const bool same_row = die.y == destination.y;
    switch (kind_) {
      case Kind::rows:
        if (same_row) return along_x(die.x, destination.x);
        return die.x == spine_ ? along_y(die.y, destination.y) : along_x(die.x, spine_);
      case Kind::columns:
        if (same_column) return along_y(die.y, destination.y);
        return die.y == spine_ ? along_x(die.x, destination.x) : along_y(die.y, spine_);
      case Kind::dimension_order:
        break;
    }
    const bool x_now = same_row || (cls_ == hw::PacketClass::data && !same_column);
    return x_now ? along_x(die.x, destination.x) : along_y(die.y, destination.y);
  }

 private:
  static unsigned along_x(unsigned from, unsigned to) {
    return static_cast<unsigned>(to > from ? hw::Route::east : hw::Route::west);
  }
  static unsigned along_y(unsigned from, unsigned to) {
    return static_cast<unsigned>(to > from ? hw::Route::south : hw::Route::north);
  }

  hw::PacketClass cls_;
  Kind kind_;
  unsigned spine_;
};

/// The die behind an edge, which there must be.
constexpr Coordinates die_behind(Coordinates die, unsigned edge) {
  switch (static_cast<hw::Route>(edge)) {
    case hw::Route::north:
      return {die.x, die.y - 1};
    case hw::Route::east:
      return {die.x + 1, die.y};
    case hw::Route::south:
      return {die.x, die.y + 1};
    default:
      return {die.x - 1, die.y};
  }
}

}  // namespace dojo::routing
