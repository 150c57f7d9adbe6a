#include "routing/route_checker.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"

namespace dojo::routing {
namespace {

std::string name_of(Coordinates node) {
  return fmt::format("({},{})", node.x, node.y);
}

/// The tables of one class. Each entry of each node is looked at once: it must lead over a live link, and only the
/// destination may keep a packet. The channels then wait for one another as the entries at the two ends of a link say,
/// for every destination that shares them. If no channels wait for one another in a circle, no way comes back to a
/// channel; so each way ends, and it ends at its destination.
class ClassChecker {
 public:
  ClassChecker(const Topology& topology, const RouteTables& tables, hw::PacketClass cls)
      : topology_(topology), tables_(tables), cls_(cls), waits_for_(topology.sites() * directions) {}

  void check() {
    for (unsigned die = 0; die < tables_.grid().dies.nodes(); ++die) check_die(die);
    find_cycle();
  }

 private:
  enum class Mark : std::uint8_t { unseen, under_way, done };

  [[nodiscard]] hw::Route route(unsigned node, unsigned destination) const {
    return tables_.at(node, cls_, destination);
  }
  [[nodiscard]] Coordinates die_of(unsigned node) const { return tables_.grid().die_of(topology_.place(node)); }

  [[noreturn]] void fail(unsigned source, unsigned destination, const std::string& what) const {
    throw InputError(fmt::format("routing tables, class {}: no way from node {} to node {}: {}", hw::to_string(cls_),
                                 name_of(topology_.place(source)), name_of(topology_.place(destination)), what));
  }

  /// All destinations that the die's nodes do not tell apart are looked at together.
  void check_die(unsigned die) {
    const Coordinates place = tables_.grid().place(die);
    std::vector<unsigned> nodes;
    std::vector<std::vector<unsigned>> alike(tables_.entries().count());
    for (unsigned site = 0; site < topology_.sites(); ++site) {
      if (!topology_.is_alive(site)) continue;
      if (die_of(site) == place) nodes.push_back(site);
      alike[tables_.entries().of(place, topology_.place(site))].push_back(site);
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
    if (!end) fail(node, destination, fmt::format("it goes {}, where nothing is", hw::to_string(to)));
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

  [[nodiscard]] std::string channel_name(unsigned channel) const {
    const unsigned node = channel / directions;
    return fmt::format("{}->{}", name_of(topology_.place(node)),
                       name_of(topology_.place(*topology_.neighbour(node, channel % directions))));
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
        const unsigned other = *topology_.neighbour(channel / directions, channel % directions) * directions + d;
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
