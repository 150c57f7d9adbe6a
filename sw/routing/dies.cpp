#include "routing/dies.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dojo::routing {
namespace {

/// First and last coordinate that a die's tables may have for a block, given the one in a third die's.
std::pair<int, int> range_at(unsigned die, int destination, int known, unsigned places) {
  const int here = static_cast<int>(die);
  const int size = static_cast<int>(places);
  if (destination < here) return {-1, -1};
  if (destination > here) return {size, size};
  const bool is_known = known >= 0 && known < size;
  return is_known ? std::pair(known, known) : std::pair(0, size - 1);
}

bool lies_behind(int destination, unsigned die, int coordinate, unsigned places) {
  const int here = static_cast<int>(die);
  if (coordinate < 0) return destination < here;
  return coordinate < static_cast<int>(places) ? destination == here : destination > here;
}

/// Of the ports at an edge.
Block block_behind(const Block& die, unsigned edge) {
  switch (static_cast<hw::Route>(edge)) {
    case hw::Route::north:
      return {die.die, die.column, die.row - 1};
    case hw::Route::east:
      return {die.die, die.column + 1, die.row};
    case hw::Route::south:
      return {die.die, die.column, die.row + 1};
    default:
      return {die.die, die.column - 1, die.row};
  }
}

}  // namespace

Dies::Dies(const Topology& topology, const DieGrid& grid)
    : topology_(topology),
      grid_(grid),
      entries_(grid),
      sites_(count()),
      ports_(count()),
      needed_(count() * entries_.count()) {
  const auto need = [this](Coordinates destination) {
    for (unsigned die = 0; die < count(); ++die) {
      needed_[die * entries_.count() + entries_.of(grid_.place(die), destination)] = true;
    }
  };
  for (unsigned site = 0; site < topology.sites(); ++site) {
    const Coordinates place = topology.place(site);
    die_of_.push_back(number(grid.die_of(place)));
    if (!topology.is_alive(site)) continue;
    sites_[die_of_.back()].push_back(site);
    need(place);
  }
  const auto block_of = [&grid](unsigned die) {
    const Coordinates place = grid.place(die);
    return Block{die, static_cast<int>(place.x), static_cast<int>(place.y)};
  };
  for (unsigned die = 0; die < count(); ++die) {
    if (!sites_[die].empty()) blocks_.push_back(block_of(die));
  }
  for (const DipSite& dip : dip_sites(topology, grid)) {
    const std::size_t before = ports_[dip.die].size();
    for (const auto& port : dip.ports) {
      if (!port) continue;
      ports_[dip.die].push_back(*port);
      need(port->address);
    }
    if (ports_[dip.die].size() > before) blocks_.push_back(block_behind(block_of(dip.die), dip.direction));
  }
}

std::optional<DipPort> Dies::port(unsigned die, unsigned entry) const {
  const std::vector<DipPort>& ports = ports_[die];
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const DipPort& port) {
    return entries_.of(grid_.place(die), port.address) == entry;
  });
  return found == ports.end() ? std::nullopt : std::optional(*found);
}

std::vector<Block> Dies::behind(unsigned die, unsigned entry) const {
  const Coordinates place = grid_.place(die);
  std::vector<Block> result;
  std::copy_if(blocks_.begin(), blocks_.end(), std::back_inserter(result), [&](const Block& block) {
    return lies_behind(block.column, place.x, entries_.column(entry), grid_.die.columns) &&
           lies_behind(block.row, place.y, entries_.row(entry), grid_.die.rows);
  });
  return result;
}

std::vector<unsigned> Dies::entries_at(unsigned here, const Block& destination, unsigned die, unsigned entry) const {
  const Coordinates at = grid_.place(here);
  const Coordinates from = grid_.place(die);
  // A coordinate is known to `die` of what shares its column or row.
  const int column = destination.column == static_cast<int>(from.x) ? entries_.column(entry) : -1;
  const int row = destination.row == static_cast<int>(from.y) ? entries_.row(entry) : -1;
  const auto [first_column, last_column] = range_at(at.x, destination.column, column, grid_.die.columns);
  const auto [first_row, last_row] = range_at(at.y, destination.row, row, grid_.die.rows);
  std::vector<unsigned> result;
  for (int y = first_row; y <= last_row; ++y) {
    for (int x = first_column; x <= last_column; ++x) {
      if (is_needed(here, entries_.number(x, y))) result.push_back(entries_.number(x, y));
    }
  }
  return result;
}

}  // namespace dojo::routing
