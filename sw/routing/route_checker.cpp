#include "routing/route_checker.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/memory_edge.hpp"

namespace dojo::routing {
namespace {

std::string name_of(Coordinates place) {
  return fmt::format("({},{})", place.x, place.y);
}

std::vector<DipPort> ports_of(const Topology& topology, const DieGrid& grid) {
  std::vector<DipPort> ports;
  for (const DipSite& site : dip_sites(topology, grid)) {
    for (const auto& port : site.ports) {
      if (port) ports.push_back(*port);
    }
  }
  return ports;
}

/// The tables of one class. Each entry of each node is looked at once: it must lead over a live link, and only the
/// destination may keep a packet or, if it is a port of memory, lie behind a link that leaves the mesh. The channels
/// then wait for one another as the entries at the two ends of a link say, for every destination that shares them. If
/// no channels wait for one another in a circle, no way comes back to a channel; so each way ends, and it ends at its
/// destination.
///
/// Destinations are sites and, from number sites() on, ports. Channel 4 * site + direction leaves that site; those that
/// leave ports, one each, come behind.
class ClassChecker {
 public:
  ClassChecker(const Topology& topology, const RouteTables& tables, hw::PacketClass cls)
      : topology_(topology),
        tables_(tables),
        cls_(cls),
        ports_(ports_of(topology, tables.grid())),
        waits_for_(topology.sites() * directions + ports_.size()) {}

  void check() {
    for (unsigned die = 0; die < tables_.grid().dies.nodes(); ++die) check_die(die);
    add_sources();
    find_cycle();
  }

 private:
  enum class Mark : std::uint8_t { unseen, under_way, done };

  [[nodiscard]] Coordinates place(unsigned destination) const {
    const unsigned sites = topology_.sites();
    return destination < sites ? topology_.place(destination) : ports_[destination - sites].address;
  }
  [[nodiscard]] hw::Route route(unsigned node, unsigned destination) const {
    return tables_.at(node, cls_, place(destination));
  }
  [[nodiscard]] Coordinates die_of(unsigned node) const { return tables_.grid().die_of(topology_.place(node)); }
  /// The port at a router's link that leaves the mesh.
  [[nodiscard]] std::optional<unsigned> port_behind(unsigned node, unsigned direction) const {
    for (unsigned port = 0; port < ports_.size(); ++port) {
      if (topology_.number(ports_[port].router) == node && ports_[port].direction == direction) {
        return topology_.sites() + port;
      }
    }
    return std::nullopt;
  }

  [[noreturn]] void fail(unsigned source, unsigned destination, const std::string& what) const {
    throw InputError(fmt::format("routing tables, class {}: no way from node {} to {} {}: {}", hw::to_string(cls_),
                                 name_of(topology_.place(source)), destination < topology_.sites() ? "node" : "memory",
                                 name_of(place(destination)), what));
  }

  /// All destinations that the die's nodes do not tell apart are looked at together.
  void check_die(unsigned die) {
    const Coordinates die_place = tables_.grid().place(die);
    std::vector<unsigned> nodes;
    std::vector<std::vector<unsigned>> alike(tables_.entries().count());
    for (unsigned site = 0; site < topology_.sites(); ++site) {
      if (topology_.is_alive(site) && die_of(site) == die_place) nodes.push_back(site);
    }
    for (unsigned destination = 0; destination < topology_.sites() + ports_.size(); ++destination) {
      if (destination < topology_.sites() && !topology_.is_alive(destination)) continue;
      alike[tables_.entries().of(die_place, place(destination))].push_back(destination);
    }
    for (const std::vector<unsigned>& destinations : alike) {
      if (destinations.empty()) continue;
      for (const unsigned node : nodes) check_node(node, destinations);
    }
  }

  void check_node(unsigned node, const std::vector<unsigned>& destinations) {
    const unsigned destination = destinations.front();
    const hw::Route to = route(node, destination);
    if (node == destination) {
      if (to != hw::Route::local) fail(node, node, "the node does not keep it");
      return;
    }
    if (to == hw::Route::none) fail(node, destination, "it has no entry");
    if (to == hw::Route::local) fail(node, destination, "it keeps the packet");
    const auto direction = static_cast<unsigned>(to);
    const auto end = topology_.neighbour(node, direction);
    if (!end) {
      check_exit(node, direction, destinations);
      return;
    }
    // The node at the link's end may tell them apart, if it belongs to another die.
    const bool in_die = die_of(*end) == die_of(node);
    for (std::size_t i = 0; i < (in_die ? 1 : destinations.size()); ++i) {
      const hw::Route on = route(*end, destinations[i]);
      // What is wrong with what the end keeps or has no entry for is found there.
      if (*end == destinations[i] || on >= hw::Route::local) continue;
      if (static_cast<unsigned>(on) == opposite(direction)) {
        fail(node, destinations[i], fmt::format("it comes back from node {}", name_of(topology_.place(*end))));
      }
      waits_for_[node * directions + direction] |= 1u << static_cast<unsigned>(on);
    }
  }

  /// Nothing but the port there may be behind a link that leaves the mesh.
  void check_exit(unsigned node, unsigned direction, const std::vector<unsigned>& destinations) const {
    const auto port = port_behind(node, direction);
    for (const unsigned destination : destinations) {
      if (port == destination) continue;
      fail(node, destination,
           fmt::format("it goes {}, {}", hw::to_string(static_cast<hw::Route>(direction)),
                       port ? fmt::format("to memory {}", name_of(place(*port))) : "where nothing is"));
    }
  }

  /// What comes from a port goes on as what the router sends itself. Nothing is sent back to the port.
  void add_sources() {
    for (unsigned port = 0; port < ports_.size(); ++port) {
      const unsigned router = topology_.number(ports_[port].router);
      const unsigned own = tables_.entries().of(die_of(router), ports_[port].address);
      for (unsigned entry = 0; entry < tables_.entries().count(); ++entry) {
        const hw::Route on = tables_.entry(router, cls_, entry);
        if (entry != own && on < hw::Route::local) {
          waits_for_[topology_.sites() * directions + port] |= 1u << static_cast<unsigned>(on);
        }
      }
    }
  }

  /// The site at the end of a channel, which there must be.
  [[nodiscard]] unsigned end_of(unsigned channel) const {
    const unsigned of_sites = topology_.sites() * directions;
    if (channel >= of_sites) return topology_.number(ports_[channel - of_sites].router);
    return *topology_.neighbour(channel / directions, channel % directions);
  }

  /// Of a channel that leaves a node, as those of a cycle do.
  [[nodiscard]] std::string channel_name(unsigned channel) const {
    return fmt::format("{}->{}", name_of(topology_.place(channel / directions)),
                       name_of(topology_.place(end_of(channel))));
  }

  /// Depth first; a channel under way that is met again closes a cycle.
  void find_cycle() const {
    std::vector<Mark> marks(waits_for_.size(), Mark::unseen);
    std::vector<std::pair<unsigned, unsigned>> way;  // channels, and the direction that is looked at next
    for (unsigned start = 0; start < waits_for_.size(); ++start) {
      if (marks[start] != Mark::unseen) continue;
      marks[start] = Mark::under_way;
      way.assign(1, {start, 0});
      while (!way.empty()) {
        auto& [channel, direction] = way.back();
        if (direction == directions) {
          marks[channel] = Mark::done;
          way.pop_back();
          continue;
        }
        const unsigned d = direction++;
        if ((waits_for_[channel] >> d & 1u) == 0) continue;
        const unsigned other = end_of(channel) * directions + d;
        if (marks[other] == Mark::under_way) fail_cycle(way, other);
        if (marks[other] != Mark::unseen) continue;
        marks[other] = Mark::under_way;
        way.emplace_back(other, 0);
      }
    }
  }

  [[noreturn]] void fail_cycle(const std::vector<std::pair<unsigned, unsigned>>& way, unsigned first) const {
    std::vector<std::string> names;
    const auto begin = std::find_if(way.begin(), way.end(), [first](const auto& step) { return step.first == first; });
    for (auto step = begin; step != way.end(); ++step) names.push_back(channel_name(step->first));
    throw InputError(fmt::format("routing tables, class {}: a cycle of {} channels that wait for one another: {}",
                                 hw::to_string(cls_), names.size(), fmt::join(names, ", ")));
  }

  const Topology& topology_;
  const RouteTables& tables_;
  hw::PacketClass cls_;
  std::vector<DipPort> ports_;
  std::vector<unsigned> waits_for_;  ///< of each channel: bit d: on the channel that leaves its end in direction d
};

}  // namespace

void check_routes(const Topology& topology, const RouteTables& tables) {
  const MeshSize mesh = tables.grid().machine();
  if (mesh != topology.mesh()) {
    throw InputError(fmt::format("routing tables for {}x{} nodes on a machine of {}x{}", mesh.columns, mesh.rows,
                                 topology.mesh().columns, topology.mesh().rows));
  }
  for (const hw::PacketClass cls : packet_classes) ClassChecker(topology, tables, cls).check();
}

}  // namespace dojo::routing
