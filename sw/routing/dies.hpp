#pragma once
// The dies of a machine as the maker of routing tables sees them.

#include <optional>
#include <vector>

#include "common/die.hpp"
#include "common/topology.hpp"
#include "routing/route_tables.hpp"

namespace dojo::routing {

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

  /// Whether a live node has this entry in the tables of a die.
  [[nodiscard]] bool is_needed(unsigned die, unsigned entry) const { return needed_[die * entries_.count() + entry]; }
  /// The dies whose nodes have this entry in the tables of a die, as far as they have live nodes.
  [[nodiscard]] std::vector<unsigned> behind(unsigned die, unsigned entry) const;
  /// The entries, in the tables of die `here`, of the nodes of die `destination` that have `entry` in those of `die`.
  [[nodiscard]] std::vector<unsigned> entries_at(unsigned here, unsigned destination, unsigned die,
                                                 unsigned entry) const;

 private:
  const Topology& topology_;
  DieGrid grid_;
  Entries entries_;
  std::vector<unsigned> die_of_;
  std::vector<std::vector<unsigned>> sites_;
  std::vector<bool> needed_;
};

}  // namespace dojo::routing
