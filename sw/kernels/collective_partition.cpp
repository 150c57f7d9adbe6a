#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "common/error.hpp"
#include "kernels/collective_partition.hpp"

namespace dojo {
namespace {

/// Nodes of a row or of a column, by their indices, in the order in which they stand.
using Group = std::vector<unsigned>;

bool has_shares(CollectiveKind kind) {
  return kind == CollectiveKind::reduce_scatter || kind == CollectiveKind::all_gather;
}

std::vector<Group> groups_of(const Rectangle& rectangle, bool of_rows) {
  std::vector<Group> groups(of_rows ? rectangle.rows : rectangle.columns);
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const Coordinates node = rectangle.node(i);
    groups[of_rows ? node.y - rectangle.origin.y : node.x - rectangle.origin.x].push_back(i);
  }
  std::erase_if(groups, [](const Group& group) { return group.empty(); });
  return groups;
}

/// 0, 2, 4, ... and back over the odd ones: neighbours on the ring are at most two apart, and each link carries one of
/// them in each direction.
std::vector<unsigned> ring_of(std::size_t count) {
  std::vector<unsigned> ring;
  for (std::size_t i = 0; i < count; i += 2) ring.push_back(static_cast<unsigned>(i));
  for (std::size_t i = count / 2; i > 0; --i) ring.push_back(static_cast<unsigned>(2 * i - 1));
  return ring;
}

/// Slice `index` of `count`.
struct Slice {
  std::size_t index;
  std::size_t count;
};

/// The lines of the slice are shared evenly among the nodes of the group. If all groups have equally many nodes, what
/// a node gets in all slices is one range, which fits the shares of the operation.
CollectiveRing make_ring(const Group& group, const LineRange& all, const Slice& slice, bool uniform) {
  CollectiveRing ring;
  for (const unsigned place : ring_of(group.size())) {
    ring.nodes.push_back(group[place]);
    ring.parts.push_back(uniform ? all.part(place, group.size()).part(slice.index, slice.count)
                                 : all.part(slice.index, slice.count).part(place, group.size()));
  }
  return ring;
}

/// With fewer lines a ring of so few nodes takes longer than an exchange, whose two steps load the links more.
constexpr std::size_t few_lines_per_node = 2;
constexpr std::size_t few_nodes = 8;

/// The ring of each group shares the lines evenly among its nodes; then, for each range of lines, those that have the
/// sums of their groups exchange.
std::vector<CollectiveStage> plan_slice(const std::vector<Group>& groups, const CollectiveShape& shape,
                                        std::size_t node_count, const Slice& slice) {
  const LineRange all{.first = 0, .lines = shape.lines};
  const bool uniform =
      std::all_of(groups.begin(), groups.end(), [&](const Group& group) { return group.size() == groups[0].size(); });
  std::vector<CollectiveStage> stages(1);
  // Between two borders each group has one holder, or none if the lines are another slice's, and shares have one owner.
  std::set<std::size_t> borders{0, shape.lines};
  std::vector<std::size_t> group_of(node_count);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    stages[0].rings.push_back(make_ring(groups[g], all, slice, uniform));
    for (const unsigned node : groups[g]) group_of[node] = g;
    for (const LineRange& part : stages[0].rings.back().parts) borders.insert({part.first, part.end()});
  }
  if (has_shares(shape.kind)) {
    for (std::size_t i = 0; i < node_count; ++i) {
      borders.insert(collective_share(shape.lines, node_count, i).first);
    }
  }

  const bool short_groups =
      std::all_of(groups.begin(), groups.end(), [](const Group& group) { return group.size() <= few_nodes; });
  if (short_groups && shape.lines < few_lines_per_node * node_count) {
    stages[0].exchanges = stages[0].owners();
    stages[0].rings.clear();
  }
  if (groups.size() == 1 && !has_shares(shape.kind)) return stages;

  stages.emplace_back();
  unsigned sharer = 0;
  for (auto border = borders.begin(); std::next(border) != borders.end(); ++border) {
    const LineRange range{.first = *border, .lines = *std::next(border) - *border};
    std::vector<unsigned> holders;
    for (const CollectiveExchange& part : stages[0].owners()) {
      if (part.lines.contains(range)) holders.push_back(part.owner);
    }
    if (holders.empty()) continue;
    const auto add = [&](const LineRange& part, unsigned owner) {
      CollectiveExchange exchange{.lines = part, .owner = owner, .members = holders};
      const auto middle = static_cast<std::ptrdiff_t>((group_of[owner] + 1) % groups.size());
      std::rotate(exchange.members.begin(), exchange.members.begin() + middle, exchange.members.end());
      stages[1].exchanges.push_back(std::move(exchange));
    };
    if (has_shares(shape.kind)) {
      while (!collective_share(shape.lines, node_count, sharer).contains(range)) ++sharer;
      add(range, sharer);
      continue;
    }
    // If there are fewer lines than holders, other ones have them elsewhere.
    for (std::size_t i = 0; i < holders.size(); ++i) {
      const LineRange part = range.part(i, holders.size());
      if (part.lines != 0) add(part, holders[(i + range.first) % holders.size()]);
    }
  }
  return stages;
}

constexpr std::size_t lanes = hw::line_bytes / sizeof(float);

/// What `node` has of `lines` after the first `stages` stages.
std::vector<float> sum_after(const std::vector<CollectiveStage>& stages, std::size_t count, unsigned node,
                             const LineRange& lines, const std::vector<std::vector<float>>& inputs) {
  if (count == 0) {
    const auto begin = inputs[node].begin() + static_cast<std::ptrdiff_t>(lines.first * lanes);
    return {begin, begin + static_cast<std::ptrdiff_t>(lines.lines * lanes)};
  }
  for (const auto& [held, owner, members] : stages[count - 1].owners()) {
    if (owner != node || !held.contains(lines)) continue;
    std::vector<float> total = sum_after(stages, count - 1, members.front(), lines, inputs);
    for (std::size_t i = 1; i < members.size(); ++i) {
      const std::vector<float> next = sum_after(stages, count - 1, members[i], lines, inputs);
      for (std::size_t v = 0; v < total.size(); ++v) total[v] += next[v];
    }
    return total;
  }
  throw RunError(fmt::format("collective: node {} has no sum of lines {} to {}", node, lines.first, lines.end()));
}

}  // namespace

std::size_t collective_most_slices(const Rectangle& rectangle, const CollectiveShape& shape) {
  const bool alike = rectangle.holes.empty() && !has_shares(shape.kind) && shape.kind != CollectiveKind::broadcast;
  return alike ? std::max<std::size_t>(hw::harts, shape.lines / rectangle.nodes()) : hw::harts;
}

std::vector<CollectiveExchange> CollectiveStage::owners() const {
  std::vector<CollectiveExchange> all = exchanges;
  for (const CollectiveRing& ring : rings) {
    const std::size_t count = ring.nodes.size();
    for (std::size_t i = 0; i < count; ++i) {
      CollectiveExchange exchange{.lines = ring.parts[i], .owner = ring.nodes[i], .members = {}};
      for (std::size_t k = 1; k <= count; ++k) exchange.members.push_back(ring.nodes[(i + k) % count]);
      all.push_back(std::move(exchange));
    }
  }
  return all;
}

CollectivePartition::CollectivePartition(const Rectangle& rectangle, const CollectiveShape& the_shape,
                                         std::size_t slice_count)
    : shape(the_shape) {
  // Rings lie along the longer dimension, so that little is left to exchange. Shares follow each other in rows: there
  // rings are columns, so that the lines of a node's share are held by few of them.
  const bool has_rows = has_shares(shape.kind) ? rectangle.rows == 1 : rectangle.columns > rectangle.rows;
  const std::vector<Group> groups = groups_of(rectangle, has_rows);
  for (std::size_t slice = 0; slice < slice_count; ++slice) {
    slices.push_back(plan_slice(groups, shape, rectangle.nodes(), {slice, slice_count}));
  }
}

std::vector<float> collective_sums(const CollectivePartition& partition,
                                   const std::vector<std::vector<float>>& inputs) {
  std::vector<float> sums = inputs[0];
  for (const std::vector<CollectiveStage>& stages : partition.slices) {
    if (stages.empty()) continue;
    for (const CollectiveExchange& exchange : stages.back().owners()) {
      const std::vector<float> sum = sum_after(stages, stages.size(), exchange.owner, exchange.lines, inputs);
      std::copy(sum.begin(), sum.end(), sums.begin() + static_cast<std::ptrdiff_t>(exchange.lines.first * lanes));
    }
  }
  return sums;
}

}  // namespace dojo
