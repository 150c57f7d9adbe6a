#pragma once
// The routing tables of a machine: where each router sends each class of packet for each destination.

#include <array>
#include <cstdint>
#include <vector>

#include "common/die.hpp"
#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::routing {

inline constexpr unsigned classes = 2;
inline constexpr std::array<hw::PacketClass, classes> packet_classes{hw::PacketClass::request, hw::PacketClass::data};

/// The destinations that the routers of a die tell apart: the sites of the die, in columns 0 to columns - 1 and rows 0
/// to rows - 1, and around them a rim, whose entries stand for all nodes of other dies and all ports of memory that lie
/// behind: column -1 for those in the west, column `columns` for those in the east, rows likewise.
class Entries {
 public:
  explicit Entries(const DieGrid& grid) : grid_(grid) {}

  [[nodiscard]] unsigned count() const { return (grid_.die.columns + 2) * (grid_.die.rows + 2); }
  [[nodiscard]] unsigned number(int column, int row) const {
    return static_cast<unsigned>(row + 1) * (grid_.die.columns + 2) + static_cast<unsigned>(column + 1);
  }
  [[nodiscard]] int column(unsigned entry) const { return static_cast<int>(entry % (grid_.die.columns + 2)) - 1; }
  [[nodiscard]] int row(unsigned entry) const { return static_cast<int>(entry / (grid_.die.columns + 2)) - 1; }
  /// The entry of a node or a port of memory (DipPort::address) in the tables of a die.
  [[nodiscard]] unsigned of(Coordinates die, Coordinates destination) const {
    return number(clamped(destination.x, die.x, grid_.die.columns, hw::west_column),
                  clamped(destination.y, die.y, grid_.die.rows, hw::north_row));
  }

 private:
  /// `outermost`: the coordinate that lies before all others.
  static int clamped(unsigned coordinate, unsigned die, unsigned size, unsigned outermost) {
    if (coordinate < die * size || coordinate == outermost) return -1;
    if (coordinate >= (die + 1) * size) return static_cast<int>(size);
    return static_cast<int>(coordinate - die * size);
  }

  DieGrid grid_;
};

/// Routes [node][class][entry]; nodes are sites of the machine, as Topology numbers them. All are none at first.
class RouteTables {
 public:
  explicit RouteTables(const DieGrid& grid)
      : grid_(grid),
        entries_(grid),
        routes_(std::size_t{grid.machine().nodes()} * classes * entries_.count(), hw::Route::none) {}
  /// Of one die.
  explicit RouteTables(MeshSize mesh) : RouteTables(DieGrid{.dies = {}, .die = mesh}) {}

  [[nodiscard]] const DieGrid& grid() const { return grid_; }
  [[nodiscard]] const Entries& entries() const { return entries_; }
  [[nodiscard]] hw::Route entry(unsigned node, hw::PacketClass cls, unsigned entry) const {
    return routes_[index(node, cls, entry)];
  }
  void set_entry(unsigned node, hw::PacketClass cls, unsigned entry, hw::Route route) {
    routes_[index(node, cls, entry)] = route;
  }
  /// Where a node sends a packet for another, or for a port of memory; `destination` shares its entry with all that lie
  /// behind the same part of the rim.
  [[nodiscard]] hw::Route at(unsigned node, hw::PacketClass cls, Coordinates destination) const {
    return entry(node, cls, entry_of(node, destination));
  }
  [[nodiscard]] hw::Route at(unsigned node, hw::PacketClass cls, unsigned destination) const {
    return at(node, cls, place(destination));
  }
  void set(unsigned node, hw::PacketClass cls, Coordinates destination, hw::Route route) {
    set_entry(node, cls, entry_of(node, destination), route);
  }
  void set(unsigned node, hw::PacketClass cls, unsigned destination, hw::Route route) {
    set(node, cls, place(destination), route);
  }

 private:
  [[nodiscard]] Coordinates place(unsigned site) const {
    return {site % grid_.machine().columns, site / grid_.machine().columns};
  }
  [[nodiscard]] unsigned entry_of(unsigned node, Coordinates destination) const {
    return entries_.of(grid_.die_of(place(node)), destination);
  }
  [[nodiscard]] std::size_t index(unsigned node, hw::PacketClass cls, unsigned entry) const {
    return (std::size_t{node} * classes + static_cast<unsigned>(cls)) * entries_.count() + entry;
  }

  DieGrid grid_;
  Entries entries_;
  std::vector<hw::Route> routes_;
};

/// The order of dimensions of a class without a table: requests go Y first, then X; data X first, then Y.
[[nodiscard]] hw::Route dimension_order(const Topology& topology, hw::PacketClass cls, unsigned from,
                                        unsigned destination);

/// The words of the registers route_table of a node. Throws InputError when a die and its rim, as far as other dies or
/// memory lie behind it, are larger than a table.
[[nodiscard]] std::array<std::uint64_t, hw::control_route_table_count> table_words(const RouteTables& tables,
                                                                                   unsigned node);

/// The register route_window of a node, which takes its table into use: the sites of its die.
[[nodiscard]] std::uint64_t window_word(const DieGrid& grid, Coordinates node);

/// The register route_limit of every node: where the machine ends, memory included.
[[nodiscard]] std::uint64_t limit_word(const DieGrid& grid);

}  // namespace dojo::routing
