#pragma once
// Which sites of a mesh have nodes, and which neighbours are joined.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace dojo {

/// Position of a node in the mesh; (0, 0) is the north-west corner, x grows east, y grows south.
struct Coordinates {
  unsigned x = 0;
  unsigned y = 0;
  friend bool operator==(const Coordinates&, const Coordinates&) = default;
};

/// Columns and rows of the mesh.
struct MeshSize {
  unsigned columns = 1;
  unsigned rows = 1;
  [[nodiscard]] unsigned nodes() const { return columns * rows; }
  [[nodiscard]] bool contains(Coordinates place) const { return place.x < columns && place.y < rows; }
  friend bool operator==(const MeshSize&, const MeshSize&) = default;
};

/// A link joins two neighbouring nodes, in both directions.
struct Link {
  Coordinates first;
  Coordinates second;
};

/// Whether both ends of a link are in a mesh, and next to each other.
[[nodiscard]] bool are_neighbours(MeshSize mesh, const Link& link);

/// What does not work of a machine.
struct Faults {
  std::vector<Coordinates> nodes = {};
  std::vector<Link> links = {};
};

/// Throws InputError when a dead node is outside the mesh, or a dead link does not join neighbours in it.
void check_faults(MeshSize mesh, const Faults& faults);

inline constexpr unsigned directions = 4;  ///< north, east, south, west

/// Hops to a node to which there is no way.
inline constexpr unsigned unreached = ~0u;

constexpr unsigned opposite(unsigned direction) {
  return direction ^ 2u;
}

/// A mesh less its dead nodes and links. Sites are numbered row by row from the north-west corner.
class Topology {
 public:
  /// The whole mesh.
  Topology(MeshSize mesh = {});  // NOLINT(google-explicit-constructor): a mesh is one
  /// Links of dead nodes are dead. Throws InputError like check_faults, and when nobody is left alive.
  Topology(MeshSize mesh, const Faults& faults);
  /// The sites of a rectangle of it, joined among themselves as they are here; nobody may be left alive.
  [[nodiscard]] Topology part(Coordinates origin, MeshSize size) const;

  [[nodiscard]] MeshSize mesh() const { return mesh_; }
  [[nodiscard]] unsigned sites() const { return mesh_.nodes(); }
  [[nodiscard]] unsigned number(Coordinates place) const { return place.y * mesh_.columns + place.x; }
  [[nodiscard]] Coordinates place(unsigned site) const { return {site % mesh_.columns, site / mesh_.columns}; }
  [[nodiscard]] bool is_inside(Coordinates place) const { return mesh_.contains(place); }

  [[nodiscard]] bool is_alive(unsigned site) const { return alive_[site] != 0; }
  /// False outside the mesh, too.
  [[nodiscard]] bool is_alive(Coordinates place) const { return is_inside(place) && is_alive(number(place)); }
  [[nodiscard]] unsigned live_nodes() const { return live_nodes_; }
  /// Whether nothing is dead.
  [[nodiscard]] bool is_whole() const { return is_whole_; }
  /// The live node at the other end of the live link of a live node in a direction, if there is one.
  [[nodiscard]] std::optional<unsigned> neighbour(unsigned site, unsigned direction) const {
    const int other = neighbours_[site][direction];
    return other < 0 ? std::nullopt : std::optional<unsigned>(static_cast<unsigned>(other));
  }

 private:
  void bury(unsigned site);

  MeshSize mesh_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::array<int, directions>> neighbours_;  ///< -1: none
  unsigned live_nodes_;
  bool is_whole_ = true;
};

}  // namespace dojo
