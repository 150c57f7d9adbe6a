#include "routing/dies.hpp"

#include <utility>

namespace dojo::routing {
namespace {

/// First and last coordinate that a die's tables may have for nodes of another die, given the one in a third die's.
std::pair<int, int> range_at(unsigned here, unsigned destination, int known, unsigned size) {
  if (destination < here) return {-1, -1};
  if (destination > here) return {static_cast<int>(size), static_cast<int>(size)};
  const bool is_known = known >= 0 && known < static_cast<int>(size);
  return is_known ? std::pair(known, known) : std::pair(0, static_cast<int>(size) - 1);
}

bool lies_behind(unsigned destination, unsigned die, int coordinate, unsigned size) {
  if (coordinate < 0) return destination < die;
  return coordinate < static_cast<int>(size) ? destination == die : destination > die;
}

}  // namespace

Dies::Dies(const Topology& topology, const DieGrid& grid)
    : topology_(topology), grid_(grid), entries_(grid), sites_(count()), needed_(count() * entries_.count()) {
  for (unsigned site = 0; site < topology.sites(); ++site) {
    const Coordinates place = topology.place(site);
    die_of_.push_back(number(grid.die_of(place)));
    if (!topology.is_alive(site)) continue;
    sites_[die_of_.back()].push_back(site);
    for (unsigned die = 0; die < count(); ++die) {
      needed_[die * entries_.count() + entries_.of(grid.place(die), place)] = true;
    }
  }
}

std::vector<unsigned> Dies::behind(unsigned die, unsigned entry) const {
  const Coordinates place = grid_.place(die);
  std::vector<unsigned> result;
  for (unsigned other = 0; other < count(); ++other) {
    const Coordinates there = grid_.place(other);
    if (!sites_[other].empty() && lies_behind(there.x, place.x, entries_.column(entry), grid_.die.columns) &&
        lies_behind(there.y, place.y, entries_.row(entry), grid_.die.rows)) {
      result.push_back(other);
    }
  }
  return result;
}

std::vector<unsigned> Dies::entries_at(unsigned here, unsigned destination, unsigned die, unsigned entry) const {
  const Coordinates at = grid_.place(here);
  const Coordinates to = grid_.place(destination);
  const Coordinates from = grid_.place(die);
  // A coordinate is known to `die` in the dies that share its column or row.
  const int column = to.x == from.x ? entries_.column(entry) : -1;
  const int row = to.y == from.y ? entries_.row(entry) : -1;
  const auto [first_column, last_column] = range_at(at.x, to.x, column, grid_.die.columns);
  const auto [first_row, last_row] = range_at(at.y, to.y, row, grid_.die.rows);
  std::vector<unsigned> result;
  for (int y = first_row; y <= last_row; ++y) {
    for (int x = first_column; x <= last_column; ++x) {
      if (is_needed(here, entries_.number(x, y))) result.push_back(entries_.number(x, y));
    }
  }
  return result;
}

}  // namespace dojo::routing
