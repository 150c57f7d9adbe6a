#pragma once
// The routing tables of a machine: where each router sends each class of packet for each destination.

#include <array>
#include <cstdint>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"

namespace dojo::routing {

inline constexpr unsigned classes = 2;
inline constexpr std::array<hw::PacketClass, classes> packet_classes{hw::PacketClass::request, hw::PacketClass::data};

/// Entries [node][class][destination]; nodes are sites of the mesh, as Topology numbers them. All are none at first.
class RouteTables {
 public:
  explicit RouteTables(MeshSize mesh) : mesh_(mesh), entries_(mesh.nodes() * classes * mesh.nodes(), hw::Route::none) {}

  [[nodiscard]] MeshSize mesh() const { return mesh_; }
  [[nodiscard]] hw::Route at(unsigned node, hw::PacketClass cls, unsigned destination) const {
    return entries_[index(node, cls, destination)];
  }
  void set(unsigned node, hw::PacketClass cls, unsigned destination, hw::Route route) {
    entries_[index(node, cls, destination)] = route;
  }

 private:
  [[nodiscard]] std::size_t index(unsigned node, hw::PacketClass cls, unsigned destination) const {
    return (std::size_t{node} * classes + static_cast<unsigned>(cls)) * mesh_.nodes() + destination;
  }

  MeshSize mesh_;
  std::vector<hw::Route> entries_;
};

/// The order of dimensions of a class without a table: requests go Y first, then X; data X first, then Y.
[[nodiscard]] hw::Route dimension_order(const Topology& topology, hw::PacketClass cls, unsigned from,
                                        unsigned destination);

/// The words of the registers route_table of a node. Throws InputError when the mesh is larger than a table.
[[nodiscard]] std::array<std::uint64_t, hw::control_route_table_count> table_words(const RouteTables& tables,
                                                                                   unsigned node);

}  // namespace dojo::routing
