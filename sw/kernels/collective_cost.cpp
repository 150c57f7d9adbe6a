#include "kernels/collective_cost.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace dojo {
namespace {

constexpr std::uint64_t message_latency = 10;  // of a push, less its hops: docs/network.md, "Latency"
constexpr std::uint64_t multicast_hop = 2;     // docs/collectives.md, "Figures"
constexpr std::uint64_t sum_hop = 2 + 5;

std::uint64_t hops(Coordinates a, Coordinates b) {
  const auto distance = [](unsigned from, unsigned to) { return from < to ? to - from : from - to; };
  return distance(a.x, b.x) + distance(a.y, b.y);
}

/// From a node to the one that is farthest from it.
std::uint64_t farthest(const Rectangle& rectangle, unsigned index) {
  std::uint64_t most = 0;
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    most = std::max(most, hops(rectangle.node(index), rectangle.node(i)));
  }
  return most;
}

std::uint64_t software_bound(const Rectangle& rectangle, const CollectiveShape& shape) {
  const std::uint64_t nodes = rectangle.nodes();
  if (nodes == 1) return 0;
  const std::uint64_t diameter = rectangle.columns + rectangle.rows - 2;
  const std::uint64_t shares = (shape.lines * (nodes - 1) + nodes - 1) / nodes;
  switch (shape.kind) {
    case CollectiveKind::all_reduce:
      return 2 * shares + diameter + 2 * message_latency;
    case CollectiveKind::reduce_scatter:
    case CollectiveKind::all_gather:
      return shares + diameter + message_latency;
    case CollectiveKind::broadcast:
    case CollectiveKind::reduce:
      break;
  }
  return shape.lines + diameter + message_latency;
}

std::uint64_t tree_bound(const Rectangle& rectangle, const CollectiveShape& shape) {
  std::uint64_t way = 0;
  if (is_sum(shape.kind)) {
    std::uint64_t radius = farthest(rectangle, 0);
    for (unsigned i = 1; i < rectangle.nodes(); ++i) radius = std::min(radius, farthest(rectangle, i));
    way = (sum_hop + multicast_hop) * radius;
  } else if (shape.kind == CollectiveKind::broadcast) {
    way = multicast_hop * farthest(rectangle, shape.root);
  } else {
    for (unsigned i = 0; i < rectangle.nodes(); ++i) way = std::max(way, multicast_hop * farthest(rectangle, i));
  }
  return shape.lines + way + message_latency;
}

}  // namespace

std::uint64_t collective_bound(const Rectangle& rectangle, const CollectiveShape& shape, CollectiveForm form) {
  return form == CollectiveForm::software ? software_bound(rectangle, shape) : tree_bound(rectangle, shape);
}

double collective_cycles(const Rectangle& rectangle, const CollectiveShape& shape, CollectiveForm form) {
  return form == CollectiveForm::software && rectangle.nodes() == 1
             ? 0
             : static_cast<double>(collective_bound(rectangle, shape, form));
}

}  // namespace dojo
