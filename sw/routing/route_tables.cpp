#include "routing/route_tables.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace dojo::routing {
namespace {

constexpr unsigned bits_per_entry = 4;
constexpr unsigned bits_per_destination = classes * bits_per_entry;
constexpr unsigned destinations_per_word = 64 / bits_per_destination;
static_assert(hw::control_route_table_count * destinations_per_word == hw::route_window_edge * hw::route_window_edge);

}  // namespace

hw::Route dimension_order(const Topology& topology, hw::PacketClass cls, unsigned from, unsigned destination) {
  const Coordinates here = topology.place(from);
  const Coordinates there = topology.place(destination);
  if (here == there) return hw::Route::local;
  const hw::Route along_x = there.x > here.x ? hw::Route::east : hw::Route::west;
  const hw::Route along_y = there.y > here.y ? hw::Route::south : hw::Route::north;
  const bool x_now = here.y == there.y || (cls == hw::PacketClass::data && here.x != there.x);
  return x_now ? along_x : along_y;
}

std::array<std::uint64_t, hw::control_route_table_count> table_words(const RouteTables& tables, unsigned node) {
  const MeshSize mesh = tables.mesh();
  if (mesh.columns > hw::route_window_edge || mesh.rows > hw::route_window_edge) {
    throw InputError(fmt::format("a mesh of {}x{} with dead nodes or links: routing tables reach {}x{} nodes",
                                 mesh.columns, mesh.rows, hw::route_window_edge, hw::route_window_edge));
  }
  std::array<std::uint64_t, hw::control_route_table_count> words{};
  for (unsigned place = 0; place < hw::route_window_edge * hw::route_window_edge; ++place) {
    const unsigned x = place % hw::route_window_edge;
    const unsigned y = place / hw::route_window_edge;
    const bool inside = x < mesh.columns && y < mesh.rows;
    for (const hw::PacketClass cls : packet_classes) {
      const hw::Route route = inside ? tables.at(node, cls, y * mesh.columns + x) : hw::Route::none;
      const unsigned lsb =
          place % destinations_per_word * bits_per_destination + static_cast<unsigned>(cls) * bits_per_entry;
      words[place / destinations_per_word] |= static_cast<std::uint64_t>(route) << lsb;
    }
  }
  return words;
}

}  // namespace dojo::routing
