#include "routing/route_maker.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "routing/class_maker.hpp"
#include "routing/dies.hpp"

namespace dojo::routing {
namespace {

/// In the order in which they are tried: dimension order of dies, then what needs fewer edges and uses them for more.
std::vector<Arrangement> arrangements(const DieGrid& grid) {
  std::vector<Arrangement> result{{}, {.spine_last = true}};
  const auto add = [&result](DiePlan::Kind kind, unsigned lines) {
    std::vector<Arrangement> each(lines, {.kind = kind});
    for (unsigned spine = 0; spine < lines; ++spine) each[spine].spine = spine;
    const auto place = [lines](const Arrangement& arrangement) {
      const unsigned at = 2 * arrangement.spine + 1;
      return std::pair(at > lines ? at - lines : lines - at, at);  // from the middle
    };
    std::sort(each.begin(), each.end(),
              [&place](const Arrangement& a, const Arrangement& b) { return place(a) < place(b); });
    result.insert(result.end(), each.begin(), each.end());
  };
  add(DiePlan::Kind::rows, grid.dies.columns);
  add(DiePlan::Kind::columns, grid.dies.rows);
  return result;
}

std::string dead_edges(const Dies& dies) {
  std::vector<std::string> names;
  for (unsigned die = 0; die < dies.count(); ++die) {
    for (const hw::Route to : {hw::Route::east, hw::Route::south}) {
      const Coordinates here = dies.grid().place(die);
      const Coordinates there = die_behind(here, static_cast<unsigned>(to));
      if (there.x >= dies.grid().dies.columns || there.y >= dies.grid().dies.rows) continue;
      const std::vector<unsigned>& sites = dies.sites(die);
      const bool is_alive = std::any_of(sites.begin(), sites.end(), [&](unsigned site) {
        return dies.across(site, static_cast<unsigned>(to)).has_value();
      });
      if (!is_alive) names.push_back(fmt::format("({},{})-({},{})", here.x, here.y, there.x, there.y));
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void fill(const Dies& dies, hw::PacketClass cls, RouteTables& tables) {
  for (const Arrangement& arrangement : arrangements(dies.grid())) {
    ClassMaker maker(dies, cls, arrangement);
    if (!maker.reserve()) continue;
    maker.fill(tables);
    return;
  }
  throw InputError(fmt::format(
      "no routing tables lead around the dead edges between dies {}: they can while all edges between columns of dies "
      "are alive and those between rows in one column, or the other way round",
      dead_edges(dies)));
}

}  // namespace

void check_connected(const Topology& topology, const DieGrid& grid) {
  const Dies dies(topology, grid);
  std::vector<bool> seen(topology.sites());
  for (unsigned die = 0; die < dies.count(); ++die) {
    if (dies.sites(die).empty()) continue;
    std::vector<unsigned> reached{dies.sites(die).front()};
    seen[reached.front()] = true;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      for (unsigned d = 0; d < directions; ++d) {
        const auto other = dies.inside(reached[i], d);
        if (!other || seen[*other]) continue;
        seen[*other] = true;
        reached.push_back(*other);
      }
    }
    for (const unsigned site : dies.sites(die)) {
      if (seen[site]) continue;
      const Coordinates from = topology.place(reached.front());
      const Coordinates to = topology.place(site);
      throw InputError(fmt::format("there is no way from node ({},{}) to node ({},{}): dead nodes and links part them",
                                   from.x, from.y, to.x, to.y));
    }
  }
}

RouteTables make_routes(const Topology& topology, const DieGrid& grid) {
  if (grid.machine() != topology.mesh()) {
    throw InputError(fmt::format("{}x{} dies of {}x{} nodes are no machine of {}x{} nodes", grid.dies.columns,
                                 grid.dies.rows, grid.die.columns, grid.die.rows, topology.mesh().columns,
                                 topology.mesh().rows));
  }
  check_connected(topology, grid);
  const Dies dies(topology, grid);
  RouteTables tables(grid);
  for (const hw::PacketClass cls : packet_classes) fill(dies, cls, tables);
  return tables;
}

RouteTables make_routes(const Topology& topology) {
  return make_routes(topology, {.dies = {}, .die = topology.mesh()});
}

}  // namespace dojo::routing
