#include "kernels/collective_cost.hpp"

#include <algorithm>

namespace dojo {
namespace {

/// What an operation takes at least: lines through a node's network interface, the way of the last ones, and messages
/// that depend on each other.
struct Terms {
  std::uint64_t lines = 0;
  std::uint64_t way = 0;
  std::uint64_t messages = 1;
};

Terms software_terms(const Rectangle& rectangle, const CollectiveShape& shape) {
  const std::uint64_t nodes = rectangle.nodes();
  const std::uint64_t diameter = rectangle.columns + rectangle.rows - 2;
  const std::uint64_t shares = (shape.lines * (nodes - 1) + nodes - 1) / nodes;
  switch (shape.kind) {
    case CollectiveKind::all_reduce:
      return {.lines = 2 * shares, .way = diameter, .messages = 2};
    case CollectiveKind::reduce_scatter:
    case CollectiveKind::all_gather:
      return {.lines = shares, .way = diameter};
    case CollectiveKind::broadcast:
    case CollectiveKind::reduce:
      break;
  }
  return {.lines = shape.lines, .way = diameter};
}

/// From a node to the one that is farthest from it.
std::uint64_t farthest(const Rectangle& rectangle, unsigned index) {
  const auto distance = [](unsigned a, unsigned b) { return a < b ? b - a : a - b; };
  const Coordinates from = rectangle.node(index);
  std::uint64_t most = 0;
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const Coordinates to = rectangle.node(i);
    most = std::max<std::uint64_t>(most, distance(from.x, to.x) + distance(from.y, to.y));
  }
  return most;
}

Terms tree_terms(const Rectangle& rectangle, const CollectiveShape& shape) {
  // docs/collectives.md, "Figures"
  constexpr std::uint64_t multicast_hop = 2;
  constexpr std::uint64_t sum_hop = multicast_hop + 5;
  std::uint64_t radius = farthest(rectangle, 0);
  std::uint64_t diameter = radius;
  for (unsigned i = 1; i < rectangle.nodes(); ++i) {
    const std::uint64_t distance = farthest(rectangle, i);
    radius = std::min(radius, distance);
    diameter = std::max(diameter, distance);
  }
  Terms terms{.lines = shape.lines};
  if (is_sum(shape.kind)) {
    terms.way = (sum_hop + multicast_hop) * radius;
  } else if (shape.kind == CollectiveKind::broadcast) {
    terms.way = multicast_hop * farthest(rectangle, shape.root);
  } else {
    terms.way = multicast_hop * diameter;
  }
  return terms;
}

Terms terms_of(const Rectangle& rectangle, const CollectiveShape& shape, CollectiveForm form) {
  // A node alone has its result; only the network does not know.
  if (form == CollectiveForm::software && rectangle.nodes() == 1) return {.messages = 0};
  return form == CollectiveForm::software ? software_terms(rectangle, shape) : tree_terms(rectangle, shape);
}

/// Cycles: of the launch with all that does not depend on size, and per cycle of the terms.
struct Fit {
  double launch;
  double way;
  double line;
};

/// Least squares of the relative errors of measured launches; docs/collective-kernels.md says which.
Fit fit_of(CollectiveKind kind, CollectiveForm form) {
  if (form == CollectiveForm::tree) return is_sum(kind) ? Fit{83, 1.27, 1.00} : Fit{85, 0.85, 1.00};
  switch (kind) {
    case CollectiveKind::broadcast:
      return {153, 8.7, 1.49};
    case CollectiveKind::reduce:
      return {238, 19.9, 1.39};
    case CollectiveKind::all_reduce:
      return {249, 22.2, 1.10};
    case CollectiveKind::reduce_scatter:
      return {214, 14.9, 1.63};
    case CollectiveKind::all_gather:
      break;
  }
  return {127, 5.6, 1.01};
}

}  // namespace

std::uint64_t collective_bound(const Rectangle& rectangle, const CollectiveShape& shape, CollectiveForm form) {
  constexpr std::uint64_t message_latency = 10;  // of a push, less its hops: docs/network.md, "Latency"
  const Terms terms = terms_of(rectangle, shape, form);
  return terms.lines + terms.way + terms.messages * message_latency;
}

double collective_cycles(const Rectangle& rectangle, const CollectiveShape& shape, CollectiveForm form) {
  const Terms terms = terms_of(rectangle, shape, form);
  if (terms.messages == 0) return 0;
  const Fit fit = fit_of(shape.kind, form);
  return fit.launch + fit.way * static_cast<double>(terms.way) + fit.line * static_cast<double>(terms.lines);
}

}  // namespace dojo
