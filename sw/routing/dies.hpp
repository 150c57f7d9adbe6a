#pragma once
// The dies of a machine as the maker of routing tables sees them.

#include <optional>
#include <vector>

#include "common/die.hpp"
#include "common/memory_edge.hpp"
#include "common/topology.hpp"
#include "routing/route_tables.hpp"

namespace dojo::routing {

/// Destinations that lie behind the same edge of every die: the nodes of a die, or the ports of memory at one of its
/// edges.
struct Block {
  unsigned die;  ///< of the nodes, or of the ports' routers
  int column;    ///< place among the dies, which ports have beyond the machine's: -1 in the west, for example
  int row;
};

/// Dies are numbered as DieGrid does, sites as Topology does. The topology must outlive this.
class Dies {
 public:
  Dies(const Topology& topology, const DieGrid& grid);

  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] const DieGrid& grid() const { return grid_; }
  [[nodiscard]] const Entries& entries() const { return entries_; }
  [[nodiscard]] unsigned count() const { return grid_.dies.nodes(); }
  [[nodiscard]] unsigned number(Coordinates die) const { return die.y * grid_.dies.columns + die.x; }
  [[nodiscard]] unsigned die_of(unsigned site) const { return die_of_[site]; }
  /// The live nodes of a die, in ascending order.
  [[nodiscard]] const std::vector<unsigned>& sites(unsigned die) const { return sites_[die]; }

  /// The neighbour inside the die.
  [[nodiscard]] std::optional<unsigned> inside(unsigned site, unsigned direction) const {
    const auto other = topology_.neighbour(site, direction);
    return other && die_of_[*other] == die_of_[site] ? other : std::nullopt;
  }
  /// The neighbour in another die.
  [[nodiscard]] std::optional<unsigned> across(unsigned site, unsigned direction) const {
    const auto other = topology_.neighbour(site, direction);
    return other && die_of_[*other] != die_of_[site] ? other : std::nullopt;
  }

  /// The port of memory at an edge of the die that has this entry in its tables.
  [[nodiscard]] std::optional<DipPort> port(unsigned die, unsigned entry) const;
  /// Whether a live node or a port has this entry in the tables of a die.
  [[nodiscard]] bool is_needed(unsigned die, unsigned entry) const { return needed_[die * entries_.count() + entry]; }
  /// What has this entry in the tables of a die. If it lies in other dies, packets for all of it leave by one edge.
  [[nodiscard]] std::vector<Block> behind(unsigned die, unsigned entry) const;
  /// The entries, in the tables of die `here`, of those in `destination` that have `entry` in the tables of `die`.
  [[nodiscard]] std::vector<unsigned> entries_at(unsigned here, const Block& destination, unsigned die,
                                                 unsigned entry) const;

 private:
  const Topology& topology_;
  DieGrid grid_;
  Entries entries_;
  std::vector<unsigned> die_of_;
  std::vector<std::vector<unsigned>> sites_;
  std::vector<std::vector<DipPort>> ports_;  ///< of each die
  std::vector<Block> blocks_;                ///< those that are not empty
  std::vector<bool> needed_;
};

}  // namespace dojo::routing
