#pragma once
// A mesh of Verilated routers, joined in C++, with an unbounded source queue and a sink at every local port, and on
// request sinks beyond its west and east edges.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/backend.hpp"
#include "common/topology.hpp"
#include "noc/packet.hpp"
#include "routing/route_tables.hpp"

class VerilatedContext;
class Vrouter;

namespace dojo::noc {

using dojo::directions;
constexpr unsigned classes = 2;

/// columns x rows routers. Node n stands in column n % columns and row n / columns. With ports, each row r has one more
/// sink behind each of its two ends: site nodes() + 2 * r in the west, nodes() + 2 * r + 1 in the east; as coordinates
/// are not negative, columns then count from 1, and the west port has x = 0.
///
/// Sources behave like a registered network interface: a packet offered in cycle t is on the router's local link in
/// cycle t + 1 at the earliest; when both classes have a packet and a credit they take turns. Sinks take every flit;
/// when the slot's credit goes back is the sink policy's decision (by default in the next cycle).
class RouterMesh {
 public:
  struct Options {
    unsigned columns = 1;
    unsigned rows = 1;
    /// Whether there are ports beyond the west and east edges.
    bool ports = false;
    /// Seed of the state that reset leaves alone.
    int reset_seed = 1;
    Faults faults = {};
  };

  /// A packet on the local output link of a router, or on the link to a port, in `cycle`.
  using Sink = std::function<void(unsigned site, const Packet& packet, std::uint64_t cycle)>;
  /// Whether the sink of `node` returns a credit of class `cls` in this cycle; asked only when it owes one.
  using SinkPolicy = std::function<bool(unsigned node, unsigned cls)>;
  /// Sees each flit as it leaves `node` in `direction` and may change it; false loses the flit.
  using FlitTap = std::function<bool(unsigned node, unsigned direction, Packet& packet)>;
  /// Sees each credit as it leaves `node` towards `direction`; false loses it.
  using CreditTap = std::function<bool(unsigned node, unsigned direction, unsigned cls)>;
  /// A packet of `node` to which there is no way.
  using Refusal = std::function<void(unsigned node, unsigned cls, const hw::AccessError& error)>;

  explicit RouterMesh(const Options& options);
  ~RouterMesh();
  RouterMesh(const RouterMesh&) = delete;
  RouterMesh& operator=(const RouterMesh&) = delete;

  void set_sink(Sink sink) { sink_ = std::move(sink); }
  void set_sink_policy(SinkPolicy policy) { sink_policy_ = std::move(policy); }
  void set_flit_tap(FlitTap tap) { flit_tap_ = std::move(tap); }
  void set_credit_tap(CreditTap tap) { credit_tap_ = std::move(tap); }
  void set_refusal(Refusal refusal) { refusal_ = std::move(refusal); }

  /// Writes a register of the router of `node`, in a cycle of its own.
  void write_register(unsigned node, std::uint64_t address, std::uint64_t data);
  /// Loads the tables and the limits of the mesh into all routers.
  void load(const routing::RouteTables& tables);

  /// Appends a packet to the source queue of `node`.
  void offer(unsigned node, const Packet& packet);

  /// Lines of trees take these output links of `node` (bits by direction) in the next cycle; they go no further.
  void take_links(unsigned node, unsigned outputs) { sites_.at(node).taken_links = outputs; }

  /// Gives the neighbour of `node` in `direction` one more credit of class `cls` than it is owed (a fault to be
  /// detected).
  void forge_credit(unsigned node, unsigned direction, unsigned cls);

  /// Position of a node or port, as the header of a packet for it says.
  [[nodiscard]] Coordinates position(unsigned site) const;
  /// Links from one site to another.
  [[nodiscard]] unsigned hops(unsigned from, unsigned to) const;

  /// One clock cycle. Throws dojo::RunError if a flit or credit leaves the mesh, dojo::AssertionError if an assertion
  /// fails.
  void step();

  [[nodiscard]] unsigned columns() const { return options_.columns; }
  [[nodiscard]] unsigned rows() const { return options_.rows; }
  [[nodiscard]] unsigned nodes() const { return options_.columns * options_.rows; }
  /// Nodes and ports.
  [[nodiscard]] unsigned sites() const { return nodes() + (options_.ports ? 2 * rows() : 0); }
  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }

  [[nodiscard]] const Topology& topology() const { return topology_; }

  /// Packets offered and neither delivered nor refused yet.
  [[nodiscard]] std::uint64_t in_flight() const { return offered_ - delivered_ - refused_; }
  /// Packets in the source queue of `node`.
  [[nodiscard]] std::size_t queued(unsigned node) const;
  /// Flits that have left `node` in `direction`.
  [[nodiscard]] std::uint64_t link_flits(unsigned node, unsigned direction) const;
  /// FNV hash of every valid flit and every credit on every link in every cycle.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  /// Empty if every router says that it is empty and every credit is back; otherwise what is missing.
  [[nodiscard]] std::string unsettled() const;
  /// Runs, for at most `limit` cycles, until everything offered has been delivered; then a little more, until
  /// unsettled() is empty.
  void settle(unsigned limit);

  /// The context of all routers (coverage counts, random seed).
  [[nodiscard]] VerilatedContext& context() { return *context_; }

  /// Neighbour of `node` in `direction`, or -1 where nothing is.
  [[nodiscard]] int neighbour(unsigned node, unsigned direction) const;

  /// Memory of one router and its links.
  static std::uint64_t bytes_per_node();

 private:
  struct Links {
    unsigned flit_valid = 0;
    unsigned credit = 0;
    std::array<Packet, directions> flit;
  };
  struct Site {
    std::unique_ptr<Vrouter> router;
    Links now;
    Links next;
    std::array<std::deque<Packet>, classes> source;
    std::array<unsigned, classes> source_credits{};
    unsigned turn = 0;                        // class that goes first at the source
    std::optional<Packet> injected;           // on the local input link in this cycle
    std::array<unsigned, classes> owed{};     // credits that the sink may return
    std::array<unsigned, classes> arrived{};  // flits on the local output link in this cycle
    unsigned taken_links = 0;                 // by lines of trees, in the next cycle
    unsigned port_credit = 0;                 // credits that ports return in the next cycle, as the router's credit_i
    std::array<std::uint64_t, directions> sent{};
  };

  void reset();
  void drive(Site& site, unsigned node);
  void choose(Site& site);
  void collect(Site& site, unsigned node);
  void deliver(unsigned site, const Packet& packet);
  [[nodiscard]] bool leads_to_port(unsigned node, unsigned direction) const;
  void mix(std::uint64_t value);

  Options options_;
  Topology topology_;
  std::unique_ptr<VerilatedContext> context_;
  std::vector<Site> sites_;
  Sink sink_;
  SinkPolicy sink_policy_;
  FlitTap flit_tap_;
  CreditTap credit_tap_;
  Refusal refusal_;
  std::uint64_t cycle_ = 0;
  std::uint64_t offered_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace dojo::noc
