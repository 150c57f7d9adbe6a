#pragma once
// What a machine does with its trees (docs/collectives.md): it carries lines and sums up and down them, and
// barriers. Trees are what the nodes' registers say.

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/topology.hpp"
#include "model/node.hpp"
#include "model/packet.hpp"

namespace dojo::model {

/// A packet for nodes; its destination is still the group address.
struct Delivery {
  Packet packet;
  std::span<Node* const> receivers;  ///< from the root downwards; valid until the next call
};

class Collectives {
 public:
  /// The nodes of all sites; both outlive this.
  Collectives(const Topology& topology, const std::vector<std::unique_ptr<Node>>& nodes);

  /// A node sends a packet to a group address. A multicast is for all members; of a sum the line is kept until the
  /// others are there, and the last one brings the sum. What the node's tree does not allow is an error of the sender.
  /// Throws RunError when the registers of neighbours do not make a tree.
  [[nodiscard]] Delivery send(Node& sender, const Packet& packet);

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
  [[nodiscard]] unsigned root(unsigned site, unsigned tree) const;
  /// Members below a root, in receivers_.
  void find_members(unsigned root_site, unsigned tree);
  /// The sum that this line makes complete; receivers_ are then the nodes that get it.
  [[nodiscard]] std::optional<Packet> contribute(unsigned site, unsigned tree, Packet line);
  /// The sum of the first lines of all inputs of a node, taken away; none if one is missing.
  [[nodiscard]] std::optional<Packet> take_sum(unsigned site, unsigned tree);

  const Topology& topology_;
  const std::vector<std::unique_ptr<Node>>& nodes_;
  std::vector<std::unique_ptr<Junction>> junctions_;  // of each site and tree, once something has waited there
  std::vector<Node*> receivers_;
  std::vector<unsigned> path_;  // sites that are yet to be looked at
};

}  // namespace dojo::model
