#include "common/topology.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace dojo {

bool are_neighbours(MeshSize mesh, const Link& link) {
  const auto [first, second] = link;
  const unsigned dx = first.x < second.x ? second.x - first.x : first.x - second.x;
  const unsigned dy = first.y < second.y ? second.y - first.y : first.y - second.y;
  return mesh.contains(first) && mesh.contains(second) && dx + dy == 1;
}

void check_faults(MeshSize mesh, const Faults& faults) {
  for (const Coordinates dead : faults.nodes) {
    if (!mesh.contains(dead)) {
      throw InputError(
          fmt::format("dead node ({},{}) is outside the mesh of {}x{}", dead.x, dead.y, mesh.columns, mesh.rows));
    }
  }
  for (const Link& link : faults.links) {
    if (!are_neighbours(mesh, link)) {
      throw InputError(fmt::format("dead link ({},{})-({},{}) joins no neighbours of the mesh of {}x{}", link.first.x,
                                   link.first.y, link.second.x, link.second.y, mesh.columns, mesh.rows));
    }
  }
}

Topology::Topology(MeshSize mesh)
    : mesh_(mesh), alive_(mesh.nodes(), 1), neighbours_(mesh.nodes()), live_nodes_(mesh.nodes()) {
  const int columns = static_cast<int>(mesh.columns);
  for (unsigned site = 0; site < sites(); ++site) {
    const auto [x, y] = place(site);
    const int number = static_cast<int>(site);
    neighbours_[site] = {y > 0 ? number - columns : -1, x + 1 < mesh.columns ? number + 1 : -1,
                         y + 1 < mesh.rows ? number + columns : -1, x > 0 ? number - 1 : -1};
  }
}

Topology::Topology(MeshSize mesh, const Faults& faults) : Topology(mesh) {
  check_faults(mesh, faults);
  for (const Coordinates dead : faults.nodes) bury(number(dead));
  for (const auto& [first, second] : faults.links) {
    is_whole_ = false;
    for (unsigned d = 0; d < directions; ++d) {
      if (neighbours_[number(first)][d] == static_cast<int>(number(second))) neighbours_[number(first)][d] = -1;
      if (neighbours_[number(second)][d] == static_cast<int>(number(first))) neighbours_[number(second)][d] = -1;
    }
  }
  if (live_nodes_ == 0) throw InputError("every node of the machine is dead");
}

Topology Topology::part(Coordinates origin, MeshSize size) const {
  Topology result(size);
  for (unsigned site = 0; site < result.sites(); ++site) {
    const Coordinates at = result.place(site);
    const unsigned whole = number({origin.x + at.x, origin.y + at.y});
    if (!is_alive(whole)) result.bury(site);
    for (unsigned d = 0; d < directions; ++d) {
      if (result.neighbours_[site][d] < 0 || neighbours_[whole][d] >= 0) continue;
      result.neighbours_[site][d] = -1;
      result.is_whole_ = false;
    }
  }
  return result;
}

void Topology::bury(unsigned site) {
  if (!is_alive(site)) return;
  alive_[site] = 0;
  --live_nodes_;
  is_whole_ = false;
  for (unsigned d = 0; d < directions; ++d) {
    const int other = neighbours_[site][d];
    if (other >= 0) neighbours_[static_cast<unsigned>(other)][opposite(d)] = -1;
    neighbours_[site][d] = -1;
  }
}

}  // namespace dojo
