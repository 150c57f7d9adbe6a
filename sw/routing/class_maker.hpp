#pragma once
// Makes the routing tables of one class of packets for one arrangement of ways between dies.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"
#include "routing/dependency_graph.hpp"
#include "routing/die_plan.hpp"
#include "routing/dies.hpp"
#include "routing/route_tables.hpp"
#include "routing/spanning_tree.hpp"

namespace dojo::routing {

/// What the maker may choose.
struct Arrangement {
  DiePlan::Kind kind = DiePlan::Kind::dimension_order;
  unsigned spine = 0;       ///< of the plan (DiePlan)
  bool spine_last = false;  ///< of the trees in the dies (SpanningTree)
};

/// First reserve(), then fill().
class ClassMaker {
 public:
  /// The live nodes of each die must be connected inside it.
  ClassMaker(const Dies& dies, hw::PacketClass cls, const Arrangement& arrangement);

  /// Keeps a way open from every node to every entry. Returns false if there are none in this arrangement that close no
  /// cycle.
  [[nodiscard]] bool reserve();
  /// Shorter ways where they close no cycle, the reserved ones elsewhere.
  void fill(RouteTables& tables);

 private:
  /// A channel that leaves the die towards a destination, and what packets wait for behind it.
  struct Exit {
    unsigned channel;
    unsigned cost;        ///< of the way from the channel's beginning
    unsigned directions;  ///< bit d: some packets go on in direction d
  };
  /// Where the ways of a search end: at a node, or behind exits.
  struct Target {
    unsigned die;
    std::optional<unsigned> entry;  ///< none: ways are reserved for all that leaves by an edge
    std::optional<unsigned> node;
    std::vector<Exit> exits;
    std::vector<bool> is_into;   ///< of each direction: packets for the entry come from the die there
    bool keeps_to_tree = false;  ///< all ways go along the die's tree
  };
  /// A way over a channel. The smallest number goes first: cheap ways before dear ones, then those in dimension order,
  /// then those that need no new dependency.
  using Candidate = std::uint64_t;
  static constexpr unsigned channel_bits = 32;
  static Candidate candidate(unsigned cost, bool out_of_order, bool is_new, unsigned channel) {
    return (((Candidate{cost} * 2 + (out_of_order ? 1 : 0)) * 2 + (is_new ? 1 : 0)) << channel_bits) + channel;
  }
  static unsigned channel_of(Candidate candidate) { return static_cast<unsigned>(candidate); }

  static bool is_along_x(unsigned direction) { return (direction & 1u) != 0; }
  static unsigned channel(unsigned node, unsigned direction) { return node * directions + direction; }
  [[nodiscard]] bool is_along_first(unsigned direction) const {
    return is_along_x(direction) == (cls_ == hw::PacketClass::data);
  }
  /// Whether ways along the plan leave a die by an edge.
  [[nodiscard]] bool needs(unsigned die, unsigned edge) const;
  /// Whether all links of such edges are reserved, each for the nodes of its line; of others it is one link.
  [[nodiscard]] bool is_wide(unsigned edge) const {
    return plan_.kind() == DiePlan::Kind::dimension_order && is_along_first(edge);
  }

  void add_tree();
  void add_dimension_order();
  [[nodiscard]] bool reserve_exits(unsigned die, unsigned edge);
  void make(unsigned die, int column, int row);
  void make_entry(unsigned die, unsigned entry);
  void make_port_entry(unsigned die, unsigned entry, const DipPort& port);
  [[nodiscard]] Target target_of(unsigned die, unsigned entry) const;

  /// Finds a way from everywhere in the die to the target, from there backwards. Nodes marked in `keeps` go along the
  /// reserved way. Returns false when nodes found no way; then their reserved ways are marked, if there are any.
  bool search(const Target& target, const std::vector<hw::Route>* reserved, std::vector<bool>& keeps);
  void take_reserved(const Target& target, const std::vector<hw::Route>& reserved, const std::vector<bool>& keeps);
  [[nodiscard]] bool mark_missing(const Target& target, const std::vector<hw::Route>* reserved,
                                  std::vector<bool>& keeps) const;
  [[nodiscard]] bool may_go(const Target& target, unsigned over);
  void offer_neighbours(const Target& target, unsigned node);
  [[nodiscard]] hw::Route in_order(unsigned node, unsigned entry) const;

  /// Calls with each node, a direction in which a packet leaves it, and one in which it may then go on.
  template <typename Visit>
  void for_each_dependency(Visit visit) const;

  const Dies& dies_;
  const Topology& topology_;
  hw::PacketClass cls_;
  Arrangement arrangement_;
  DiePlan plan_;
  SpanningTree tree_;
  DependencyGraph graph_;
  RouteTables* tables_ = nullptr;
  std::array<std::vector<hw::Route>, directions> reserved_exits_;  ///< per edge, of each node
  std::vector<bool> is_reserved_;                                  ///< of each channel that crosses an edge
  std::vector<std::uint16_t> hops_;                                ///< of each node and entry, as far as made
  std::vector<bool> is_made_;                                      ///< of each die: the parts of make()
  std::vector<bool> has_exits_;                                    ///< of each die and edge: ways are reserved

  // Of the search that is under way.
  std::vector<unsigned> cost_;
  std::vector<hw::Route> next_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates_;
};

}  // namespace dojo::routing
