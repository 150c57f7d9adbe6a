#pragma once
// Open-loop traffic measurement of a router mesh, as in BookSim: Bernoulli injection into unbounded source queues, a
// warm-up, a measured window and a drain. Latency counts the source queue.

#include <array>
#include <cstdint>

#include "noc/pattern.hpp"
#include "noc/router_mesh.hpp"

namespace dojo::noc {

struct TrafficOptions {
  Pattern pattern = Pattern::uniform;
  /// Probability that a node makes a packet in a cycle.
  double load = 0.01;
  /// Probability that a packet is of class data; the others are requests.
  double data_share = 1.0;
  std::uint64_t seed = 1;
  unsigned warm_up = 2000;
  unsigned window = 4000;
  /// Cycles after the window in which the window's packets must arrive for their latency to be complete.
  unsigned drain = 4000;
};

/// Of the packets of one class, or of all.
struct TrafficFigures {
  double offered = 0;             ///< flits per node and cycle made in the window
  double accepted = 0;            ///< flits per node and cycle delivered in the window
  std::uint64_t packets = 0;      ///< made in the window and delivered
  double latency_mean = 0;        ///< cycles from making to delivery, of these packets
  std::uint64_t latency_p99 = 0;  ///< cycles within which 99 % of them arrived
  double hops_mean = 0;           ///< links between their nodes
};

struct TrafficResult {
  TrafficFigures all;
  std::array<TrafficFigures, classes> by_class;
  double worst_node = 0;     ///< flits per cycle delivered in the window, of the source that got least through
  bool drained = false;      ///< all packets of the window arrived; otherwise latencies are those of packets that did
  std::uint64_t cycles = 0;  ///< simulated
};

/// Runs traffic on a fresh mesh. Throws RunError if a packet arrives where it should not. Pattern edge is for requests
/// alone: data go X first, and would leave in the wrong row.
TrafficResult measure_traffic(MeshSize mesh, const TrafficOptions& options);

}  // namespace dojo::noc
