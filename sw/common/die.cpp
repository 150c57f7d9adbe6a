#include "common/die.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace dojo {

void check_dies(const DieGrid& grid) {
  const auto [dies, die, memory] = grid;
  if (dies.columns == 0 || dies.rows == 0) {
    throw InputError(fmt::format("dies {}x{}: there must be at least one column and one row", dies.columns, dies.rows));
  }
  const std::uint64_t columns = std::uint64_t{dies.columns} * die.columns;
  const std::uint64_t rows = std::uint64_t{dies.rows} * die.rows;
  const unsigned limit = mesh_limit - (memory ? 1 : 0);  // memory in the east and south takes one more
  if (columns > limit || rows > limit) {
    throw InputError(fmt::format("{}x{} dies of {}x{} nodes: at most {} columns and {} rows of nodes", dies.columns,
                                 dies.rows, die.columns, die.rows, limit, limit));
  }
  const bool too_high = dies.columns > 1 && die.rows > hw::edge_ports;
  const bool too_wide = dies.rows > 1 && die.columns > hw::edge_ports;
  if (too_high || too_wide) {
    throw InputError(fmt::format("dies of {}x{} nodes: a die-edge link joins at most {} along an edge", die.columns,
                                 die.rows, hw::edge_ports));
  }
}

std::vector<Coordinates> harvested_nodes(const DieGrid& grid) {
  check_dies(grid);
  std::vector<Coordinates> nodes;
  for (unsigned number = 0; number < grid.dies.nodes(); ++number) {
    const Coordinates origin = grid.origin(number);
    for (const Coordinates site : harvested_sites) nodes.push_back({origin.x + site.x, origin.y + site.y});
  }
  return nodes;
}

void check_errors(const EdgeErrors& errors, const DieGrid& grid) {
  if (errors.any() && grid.dies.nodes() == 1) throw InputError("errors of die-edge links: a single die has no link");
  const auto is_share = [](double rate) { return rate >= 0 && rate <= 1; };
  if (!is_share(errors.bit_error_rate) || !is_share(errors.drop_rate)) {
    throw InputError(fmt::format("errors of die-edge links: rates {} and {} are not both between 0 and 1",
                                 errors.bit_error_rate, errors.drop_rate));
  }
  for (const auto& [first, second, cycle] : errors.cuts) {
    if (!are_neighbours(grid.dies, {first, second})) {
      throw InputError(fmt::format("the cut ({},{})-({},{}) is not between neighbours of {}x{} dies", first.x, first.y,
                                   second.x, second.y, grid.dies.columns, grid.dies.rows));
    }
  }
}

}  // namespace dojo
