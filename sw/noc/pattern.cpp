#include "noc/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "common/error.hpp"

namespace dojo::noc {
namespace {

constexpr std::array<std::pair<Pattern, std::string_view>, 8> names{{{Pattern::uniform, "uniform"},
                                                                     {Pattern::transpose, "transpose"},
                                                                     {Pattern::tornado, "tornado"},
                                                                     {Pattern::neighbor, "neighbor"},
                                                                     {Pattern::bitcomp, "bitcomp"},
                                                                     {Pattern::shuffle, "shuffle"},
                                                                     {Pattern::hotspot, "hotspot"},
                                                                     {Pattern::edge, "edge"}}};

}  // namespace

std::string_view name_of(Pattern pattern) {
  return std::find_if(names.begin(), names.end(), [pattern](const auto& entry) { return entry.first == pattern; })
      ->second;
}

std::optional<Pattern> pattern_of(std::string_view name) {
  const auto* const found =
      std::find_if(names.begin(), names.end(), [name](const auto& entry) { return entry.second == name; });
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

void check_pattern(Pattern pattern, MeshSize mesh) {
  if (pattern == Pattern::transpose && mesh.columns != mesh.rows) {
    throw InputError(fmt::format("pattern transpose: needs as many columns as rows, and the mesh is {}x{}",
                                 mesh.columns, mesh.rows));
  }
  if (pattern == Pattern::shuffle && !std::has_single_bit(mesh.nodes())) {
    throw InputError(fmt::format("pattern shuffle: the number of nodes must be a power of two, and {}x{} are {}",
                                 mesh.columns, mesh.rows, mesh.nodes()));
  }
}

unsigned destination_of(Pattern pattern, unsigned node, MeshSize mesh, std::mt19937_64& random) {
  const auto [columns, rows] = mesh;
  const unsigned x = node % columns;
  const unsigned y = node / columns;
  const auto at = [&](unsigned to_x, unsigned to_y) { return to_y * mesh.columns + to_x; };
  switch (pattern) {
    case Pattern::uniform:
      return static_cast<unsigned>(random() % mesh.nodes());
    case Pattern::transpose:
      return at(y, x);
    case Pattern::tornado:
      return at((x + (columns + 1) / 2 - 1) % columns, (y + (rows + 1) / 2 - 1) % rows);
    case Pattern::neighbor:
      return at((x + 1) % columns, (y + 1) % rows);
    case Pattern::bitcomp:
      return at(columns - 1 - x, rows - 1 - y);
    case Pattern::shuffle: {
      const unsigned rotated = node << 1U;
      return rotated < mesh.nodes() ? rotated : rotated - mesh.nodes() + 1;
    }
    case Pattern::hotspot: {
      const auto corner = random();
      return at((corner & 1U) != 0 ? columns - 1 : 0, (corner & 2U) != 0 ? rows - 1 : 0);
    }
    case Pattern::edge:
      return mesh.nodes() + static_cast<unsigned>(random() % (2 * rows));
  }
  return node;
}

}  // namespace dojo::noc
