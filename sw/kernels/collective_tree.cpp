#include "kernels/collective_tree.hpp"

namespace dojo {
namespace {

constexpr unsigned semaphore_of_lines = 0;

/// What a node sends. Sums that only some nodes want go to all: a line down the tree takes no more time than one at the
/// root alone.
LineRange lines_sent(const CollectiveShape& shape, unsigned nodes, unsigned index) {
  if (shape.kind == CollectiveKind::all_gather) return collective_share(shape.lines, nodes, index);
  if (shape.kind == CollectiveKind::broadcast && index != shape.root) return {};
  return {.first = 0, .lines = shape.lines};
}

}  // namespace

routing::TreeShape collective_tree_shape(CollectiveKind kind) {
  return is_sum(kind) ? routing::TreeShape::narrow : routing::TreeShape::wide;
}

CollectivePlan plan_tree_collective(const Rectangle& rectangle, const CollectiveShape& shape) {
  const CollectiveGroup group{.tree = collective_tree_number,
                              .mode = is_sum(shape.kind) ? hw::TreeMode::all_reduce : hw::TreeMode::multicast};
  const unsigned nodes = rectangle.nodes();
  CollectivePlan plan{.nodes = std::vector<std::array<std::vector<CollectiveStep>, hw::harts>>(nodes)};
  std::uint32_t multicasts = 0;
  for (unsigned i = 0; i < nodes; ++i) {
    const LineRange lines = lines_sent(shape, nodes, i);
    if (lines.lines == 0) continue;
    ++multicasts;
    plan.nodes[i][0].push_back(
        {.sum = {}, .messages = {{.group = group, .lines = lines, .semaphore = semaphore_of_lines}}});
  }
  // Whoever sends along a tree receives it, too.
  const std::uint32_t arrivals = is_sum(shape.kind) ? 1 : multicasts;
  for (auto& harts : plan.nodes) {
    harts[0].push_back({.semaphore = semaphore_of_lines, .amount = arrivals, .sum = {}, .messages = {}});
  }
  return plan;
}

// From the leaves to the root: sites in the order of their depth, the deepest first.
std::vector<float> collective_sums(const routing::CollectiveTree& tree, const Topology& topology,
                                   const Rectangle& rectangle, const std::vector<std::vector<float>>& inputs) {
  std::vector<std::vector<float>> sums(topology.sites());
  for (unsigned i = 0; i < rectangle.nodes(); ++i) sums[topology.number(rectangle.node(i))] = inputs[i];
  std::vector<unsigned> order{tree.root};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (unsigned d = 0; d < directions; ++d) {
      if ((tree.nodes[order[i]].children >> d & 1) != 0) order.push_back(*topology.neighbour(order[i], d));
    }
  }
  for (auto site = order.rbegin(); site != order.rend(); ++site) {
    for (unsigned d = 0; d < directions; ++d) {
      if ((tree.nodes[*site].children >> d & 1) == 0) continue;
      std::vector<float>& child = sums[*topology.neighbour(*site, d)];
      for (std::size_t v = 0; v < child.size(); ++v) sums[*site][v] += child[v];
      child = {};
    }
  }
  return std::move(sums[tree.root]);
}

}  // namespace dojo
