#include "routing/route_tables.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace dojo::routing {
namespace {

constexpr unsigned bits_per_entry = 4;
constexpr unsigned bits_per_destination = classes * bits_per_entry;
constexpr unsigned destinations_per_word = 64 / bits_per_destination;
static_assert(hw::control_route_table_count * destinations_per_word == hw::route_window_edge * hw::route_window_edge);
/// A word whose entries are all none.
constexpr std::uint64_t all_none = 0x7777777777777777;

/// Columns or rows that the table of a die has to tell apart: its own, and one each on the sides on which something is.
unsigned places(unsigned die, unsigned dies, unsigned size, bool memory) {
  return size + (die > 0 || memory ? 1 : 0) + (die + 1 < dies || memory ? 1 : 0);
}

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
  const DieGrid& grid = tables.grid();
  const Coordinates die = grid.die_of({node % grid.machine().columns, node / grid.machine().columns});
  if (places(die.x, grid.dies.columns, grid.die.columns, grid.memory) > hw::route_window_edge ||
      places(die.y, grid.dies.rows, grid.die.rows, grid.memory) > hw::route_window_edge) {
    const unsigned reach = hw::route_window_edge - (grid.memory ? 2 : 0);
    throw InputError(fmt::format("a mesh of {}x{} with {}: routing tables reach {}x{} nodes", grid.die.columns,
                                 grid.die.rows, grid.memory ? "memory at its edges" : "dead nodes or links", reach,
                                 reach));
  }
  constexpr auto edge = static_cast<int>(hw::route_window_edge);
  std::array<std::uint64_t, hw::control_route_table_count> words{};
  words.fill(all_none);
  for (unsigned entry = 0; entry < tables.entries().count(); ++entry) {
    const int column = tables.entries().column(entry);
    const int row = tables.entries().row(entry);
    const auto place = static_cast<unsigned>((row + edge) % edge * edge + (column + edge) % edge);
    for (const hw::PacketClass cls : packet_classes) {
      const hw::Route route = tables.entry(node, cls, entry);
      if (route == hw::Route::none) continue;
      const unsigned lsb =
          place % destinations_per_word * bits_per_destination + static_cast<unsigned>(cls) * bits_per_entry;
      std::uint64_t& word = words[place / destinations_per_word];
      word = (word & ~(std::uint64_t{7} << lsb)) | static_cast<std::uint64_t>(route) << lsb;
    }
  }
  return words;
}

std::uint64_t window_word(const DieGrid& grid, Coordinates node) {
  const auto [column, row] = grid.die_of(node);
  const std::uint64_t x = std::uint64_t{column} * grid.die.columns;
  const std::uint64_t y = std::uint64_t{row} * grid.die.rows;
  return std::uint64_t{1} << 63 | (y + grid.die.rows - 1) << 48 | (x + grid.die.columns - 1) << 32 | y << 16 | x;
}

std::uint64_t limit_word(const DieGrid& grid) {
  const std::uint64_t memory = grid.memory ? 1 : 0;
  const auto [columns, rows] = grid.machine();
  return memory << 63 | (rows - 1 + memory) << 16 | (columns - 1 + memory);
}

}  // namespace dojo::routing
