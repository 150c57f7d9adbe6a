#pragma once
// A mesh of Verilated collective units, joined in C++ by what a router does with their lines: an output register per
// link, in which a line of a tree goes before the router's own flits.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/topology.hpp"
#include "dojo_hw.hpp"
#include "noc/packet.hpp"

class VerilatedContext;
class Vcollective;

namespace dojo::tb {

using noc::Packet;

/// One collective unit per site of the topology, with an unbounded source queue and a sink. As in the simulator, a unit
/// that is not busy and has no input is not evaluated.
class CollectiveMesh {
 public:
  /// Slots per link and tree: parameter Depth of the unit.
  static constexpr unsigned depth = 3;
  /// Lines that fit while a unit has room: SendAhead of the unit.
  static constexpr unsigned send_ahead = 5;

  /// A line on the deliver port of `node`.
  using Sink = std::function<void(unsigned node, const Packet& packet)>;
  /// A packet of `node` that was refused.
  using Refusal = std::function<void(unsigned node, const hw::AccessError& error)>;
  /// Whether `node` does something in this cycle.
  using Policy = std::function<bool(unsigned node)>;
  /// Whether the router of `node` has a flit of its own for the output in `direction`.
  using RouterPolicy = std::function<bool(unsigned node, unsigned direction)>;
  /// Sees each line as it leaves `node` in `direction` and may change it; false loses it.
  using LineTap = std::function<bool(unsigned node, unsigned direction, Packet& packet)>;
  /// Sees each credit as it leaves `node` towards `direction`; false loses it.
  using CreditTap = std::function<bool(unsigned node, unsigned direction, unsigned tree)>;

  explicit CollectiveMesh(const Topology& topology, int reset_seed = 1);
  ~CollectiveMesh();
  CollectiveMesh(const CollectiveMesh&) = delete;
  CollectiveMesh& operator=(const CollectiveMesh&) = delete;

  void set_sink(Sink sink) { sink_ = std::move(sink); }
  void set_refusal(Refusal refusal) { refusal_ = std::move(refusal); }
  /// When the source offers its next packet; asked while it has one. By default always.
  void set_send_policy(Policy policy) { send_policy_ = std::move(policy); }
  /// When the sink gives a credit back; asked while it owes one. By default always.
  void set_sink_policy(Policy policy) { sink_policy_ = std::move(policy); }
  void set_router_policy(RouterPolicy policy) { router_policy_ = std::move(policy); }
  void set_line_tap(LineTap tap) { line_tap_ = std::move(tap); }
  void set_credit_tap(CreditTap tap) { credit_tap_ = std::move(tap); }

  /// Writes register `tree` number `tree` of all nodes.
  void configure(unsigned tree, const std::vector<hw::Tree>& nodes);

  /// Appends a packet to the source queue of `node`.
  void offer(unsigned node, const Packet& packet) { sites_.at(node).source.push_back(packet); }

  /// Packets in the source queue of `node`.
  [[nodiscard]] std::size_t queued(unsigned node) const { return sites_.at(node).source.size(); }
  /// Whether the unit says that it has room for `send_ahead` own lines.
  [[nodiscard]] bool has_room(unsigned node) const;

  /// Gives the neighbour of `node` in `direction` one more credit of a tree than it is owed (a fault to be detected).
  void forge_credit(unsigned node, unsigned direction, unsigned tree);

  /// One clock cycle. Throws dojo::RunError if a line or credit leaves the mesh, or a unit uses an output that is to
  /// stay free; dojo::AssertionError if an assertion fails.
  void step();

  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  /// Units evaluated in the last cycle.
  [[nodiscard]] unsigned evaluated() const { return evaluated_; }
  /// Flits of the routers' own that have left, of all outputs.
  [[nodiscard]] std::uint64_t router_flits() const { return router_flits_; }
  /// FNV hash of all lines, credits and refusals in every cycle.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  /// Empty if nothing is under way and every credit is back; otherwise what is missing.
  [[nodiscard]] std::string unsettled() const;
  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] VerilatedContext& context() { return *context_; }

 private:
  struct Site {
    std::unique_ptr<Vcollective> unit;
    std::array<std::optional<Packet>, directions> arriving;  // on the input links in this cycle
    std::array<std::optional<Packet>, directions> leaving;   // from the unit to the router in this cycle
    unsigned credits = 0;                                    // as tree_credit_i
    unsigned next_credits = 0;
    unsigned yield = 0;  // as yield_i
    unsigned next_yield = 0;
    unsigned wanted = 0;  // outputs for which the router has a flit of its own
    std::deque<Packet> source;
    bool offering = false;
    unsigned owed = 0;     // credits that the sink may return
    bool arrived = false;  // a line on the deliver port in this cycle
  };

  void route(Site& site, unsigned node);
  bool drive(Site& site, unsigned node);
  void collect(Site& site, unsigned node);
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }
  void mix(const Packet& packet);

  Topology topology_;
  std::unique_ptr<VerilatedContext> context_;
  std::vector<Site> sites_;
  Sink sink_;
  Refusal refusal_;
  Policy send_policy_;
  Policy sink_policy_;
  RouterPolicy router_policy_;
  LineTap line_tap_;
  CreditTap credit_tap_;
  std::uint64_t cycle_ = 0;
  unsigned evaluated_ = 0;
  std::uint64_t router_flits_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::tb
