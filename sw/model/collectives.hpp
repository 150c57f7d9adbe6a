#pragma once
// What a machine does with its trees (docs/collectives.md): it carries lines and sums up and down them, and
// barriers. Trees are what the nodes' registers say.

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/topology.hpp"
#include "model/node.hpp"
#include "model/packet.hpp"

namespace dojo::model {

class Collectives {
 public:
  /// A node gets a packet from a tree. Its destination is still the group address; the source is the origin of a
  /// multicast and the root of a sum.
  using Deliver = std::function<void(Node& receiver, const Packet& packet)>;

  /// The nodes of all sites; both outlive this.
  Collectives(const Topology& topology, const std::vector<std::unique_ptr<Node>>& nodes, Deliver deliver);

  /// A node sends a packet to a group address. A multicast goes to all members; the line of a sum is kept until those
  /// of all members are there. What a node sends to a tree stays in order. What its tree does not allow is an error of
  /// the sender. Throws RunError when the registers of neighbours do not make a tree.
  void send(Node& sender, const Packet& packet);

  /// An arrival of a node at the barrier of a tree; nothing if the node's tree waits for none. The last one releases
  /// the nodes that are returned; their semaphores have counted. Throws like send().
  std::span<Node* const> arrive(const Node& node, unsigned tree);

 private:
  static constexpr unsigned own = static_cast<unsigned>(hw::Route::local);
  static constexpr unsigned inputs = directions + 1;

  /// What waits at a node for the rest of its part of a tree, by direction of the child; `own` is the node's.
  struct Junction {
    std::array<std::deque<Packet>, inputs> lines;
    std::array<unsigned, inputs> arrivals{};
  };

  [[nodiscard]] Junction& junction(unsigned site, unsigned tree);
  /// The other end of a link of a tree, which must agree about it.
  [[nodiscard]] unsigned parent(unsigned site, unsigned tree) const;
  [[nodiscard]] unsigned child(unsigned site, unsigned tree, unsigned direction) const;
  /// That the way up comes to an end. What is part of a sum goes nowhere without one.
  void check_root(unsigned site, unsigned tree) const;
  /// Members below a root, in receivers_.
  void find_members(unsigned root_site, unsigned tree);
  /// A line goes up from a node, or, from the root, down.
  void go_on(unsigned site, unsigned tree, Packet line);
  /// A line has come to a node on its way up: sends on what need not wait any more.
  void come(unsigned site, unsigned tree, unsigned input, const Packet& line);
  /// The next line that goes on: a multicast, or the sum of the first lines of all inputs; none if one is missing.
  [[nodiscard]] std::optional<Packet> take_next(unsigned site, unsigned tree);

  const Topology& topology_;
  const std::vector<std::unique_ptr<Node>>& nodes_;
  const Deliver deliver_;
  std::vector<std::unique_ptr<Junction>> junctions_;  // of each site and tree, once something has waited there
  std::vector<Node*> receivers_;
  std::vector<unsigned> path_;  // sites that are yet to be looked at
};

}  // namespace dojo::model
