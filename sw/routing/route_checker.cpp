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

/// The tables of one class.
class ClassChecker {
 public:
  ClassChecker(const Topology& topology, const RouteTables& tables, hw::PacketClass cls)
      : topology_(topology), tables_(tables), cls_(cls), waits_for_(topology.sites() * directions) {}

  void check() {
    for (unsigned destination = 0; destination < topology_.sites(); ++destination) {
      if (topology_.is_alive(destination)) follow_all(destination);
    }
    find_cycle();
  }

 private:
  enum class Mark : std::uint8_t { unseen, under_way, done };

  [[nodiscard]] hw::Route route(unsigned node, unsigned destination) const {
    return tables_.at(node, cls_, destination);
  }

  [[noreturn]] void fail(unsigned source, unsigned destination, const std::string& what) const {
    throw InputError(fmt::format("routing tables, class {}: no way from node {} to node {}: {}", hw::to_string(cls_),
                                 name_of(topology_.place(source)), name_of(topology_.place(destination)), what));
  }

  /// The node to which `node` sends what is for `destination`; fails if there is none.
  [[nodiscard]] unsigned next(unsigned source, unsigned node, unsigned destination) const {
    const hw::Route to = route(node, destination);
    const std::string here = name_of(topology_.place(node));
    if (to == hw::Route::none) fail(source, destination, fmt::format("node {} has no entry for it", here));
    if (to == hw::Route::local) fail(source, destination, fmt::format("node {} keeps it", here));
    const auto other = topology_.neighbour(node, static_cast<unsigned>(to));
    if (!other)
      fail(source, destination, fmt::format("node {} sends it {}, where nothing is", here, hw::to_string(to)));
    return *other;
  }

  /// Every node's way to the destination ends there.
  void follow_all(unsigned destination) {
    if (route(destination, destination) != hw::Route::local) {
      fail(destination, destination, "the node does not keep it");
    }
    std::vector<Mark> marks(topology_.sites(), Mark::unseen);
    marks[destination] = Mark::done;
    std::vector<unsigned> way;
    for (unsigned source = 0; source < topology_.sites(); ++source) {
      if (!topology_.is_alive(source)) continue;
      way.clear();
      for (unsigned node = source; marks[node] != Mark::done; node = way.back()) {
        if (marks[node] == Mark::under_way) {
          fail(source, destination, fmt::format("it comes back to node {}", name_of(topology_.place(node))));
        }
        marks[node] = Mark::under_way;
        if (way.empty()) way.push_back(node);
        way.push_back(next(source, node, destination));
      }
      for (const unsigned node : way) marks[node] = Mark::done;
    }
    add_dependencies(destination);
  }

  /// Each node's first channel to the destination waits for the first channel of the node at its end.
  void add_dependencies(unsigned destination) {
    for (unsigned node = 0; node < topology_.sites(); ++node) {
      if (!topology_.is_alive(node) || node == destination) continue;
      const auto direction = static_cast<unsigned>(route(node, destination));
      const unsigned end = *topology_.neighbour(node, direction);
      if (end == destination) continue;
      waits_for_[node * directions + direction] |= 1u << static_cast<unsigned>(route(end, destination));
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
  if (tables.mesh() != topology.mesh()) {
    throw InputError(fmt::format("routing tables for {}x{} nodes on a machine of {}x{}", tables.mesh().columns,
                                 tables.mesh().rows, topology.mesh().columns, topology.mesh().rows));
  }
  for (const hw::PacketClass cls : packet_classes) ClassChecker(topology, tables, cls).check();
}

}  // namespace dojo::routing
