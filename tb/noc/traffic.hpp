#pragma once
// Open-loop traffic measurement of a router mesh, as in BookSim: Bernoulli injection into unbounded source queues, a
// warm-up, a measured window and a drain. Latency counts the source queue.

#include <cstdint>
#include <string_view>

#include "tb/noc/router_mesh.hpp"

namespace dojo::tb {

/// Where a node sends. transpose needs a k x k mesh, shuffle a number of nodes that is a power of two.
enum class Pattern : std::uint8_t {
  uniform,         ///< anywhere, itself included
  transpose,       ///< (x, y) to (y, x)
  tornado,         ///< nearly half the mesh further in both dimensions
  neighbor,        ///< one further in both dimensions, around the edges
  bit_complement,  ///< mirrored in both dimensions
  shuffle,         ///< the bits of the node's number rotated left by one
  hotspot          ///< the four corners
};

std::string_view name_of(Pattern pattern);

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

struct TrafficResult {
  double offered = 0;       ///< flits per node and cycle made in the window
  double accepted = 0;      ///< flits per node and cycle delivered in the window
  double worst_node = 0;    ///< the same of the source that got least through
  double latency_mean = 0;  ///< cycles from making to delivery, of the packets made in the window
  double hops_mean = 0;     ///< of the same packets
  bool drained = false;     ///< all packets of the window arrived
};

/// Runs traffic on a fresh mesh.
TrafficResult measure_traffic(unsigned columns, unsigned rows, const TrafficOptions& options);

/// Largest load (to 1/1024 of a flit per node and cycle) whose mean latency is at most three times the zero-load
/// latency.
/// 1 if even that load does not exceed it.
double saturation(unsigned columns, unsigned rows, TrafficOptions options);

}  // namespace dojo::tb
