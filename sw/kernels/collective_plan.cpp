#include "kernels/collective_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "common/error.hpp"
#include "firmware/kernels/collective_plan.h"

namespace dojo {
namespace {

/// What a semaphore counts. Every hart has one for each use: messages of one use and hart are waited for in the order of
/// the slices.
enum Use : unsigned {
  ring_sums,
  direct_sums,   // inside the groups
  across_sums,   // between the groups
  across_even,   // results between the groups, of even and odd slices of the hart: a node may be a slice ahead
  across_odd,
  inside_results,
  root_lines,
  acknowledgements,
  uses
};
static_assert(uses * hw::harts <= hw::semaphores);

constexpr std::size_t step_bytes = sizeof(collective_step_t);

bool sums(CollectiveKind kind) {
  return kind == CollectiveKind::reduce || kind == CollectiveKind::all_reduce || kind == CollectiveKind::reduce_scatter;
}

bool gathers(CollectiveKind kind) {
  return kind == CollectiveKind::broadcast || kind == CollectiveKind::all_reduce ||
         kind == CollectiveKind::all_gather;
}

bool has_shares(CollectiveKind kind) {
  return kind == CollectiveKind::reduce_scatter || kind == CollectiveKind::all_gather;
}

/// 0, 2, 4, ... and back over the odd ones: no neighbours of the ring are more than two apart, and each link carries
/// one of them in each direction.
std::vector<unsigned> ring_of(std::size_t count) {
  std::vector<unsigned> ring;
  for (std::size_t i = 0; i < count; i += 2) ring.push_back(static_cast<unsigned>(i));
  for (std::size_t i = count / 2; i > 0; --i) ring.push_back(static_cast<unsigned>(2 * i - 1));
  return ring;
}

/// The live nodes of each row, or of each column.
std::vector<CollectiveGroup> groups_of(const Rectangle& rectangle, bool of_rows) {
  std::vector<CollectiveGroup> groups(of_rows ? rectangle.rows : rectangle.columns);
  for (unsigned i = 0; i < rectangle.nodes(); ++i) {
    const Coordinates node = rectangle.node(i);
    groups[of_rows ? node.y - rectangle.origin.y : node.x - rectangle.origin.x].nodes.push_back(i);
  }
  std::erase_if(groups, [](const CollectiveGroup& group) { return group.nodes.empty(); });
  for (CollectiveGroup& group : groups) group.ring = ring_of(group.nodes.size());
  return groups;
}

}  // namespace

std::string_view to_string(CollectiveKind kind) {
  constexpr std::array<std::string_view, 5> names{"broadcast", "reduce", "all-reduce", "reduce-scatter", "all-gather"};
  return names.at(static_cast<std::size_t>(kind));
}

LineRange LineRange::part(std::size_t index, std::size_t count) const {
  const std::size_t begin = first + lines * index / count;
  return {.first = begin, .lines = first + lines * (index + 1) / count - begin};
}

LineRange collective_share(std::size_t lines, std::size_t count, std::size_t index) {
  return LineRange{.first = 0, .lines = lines}.part(index, count);
}

CollectivePartition::CollectivePartition(const Rectangle& rectangle, const CollectiveShape& the_shape,
                                         std::size_t slices)
    : shape(the_shape), slice_count(slices), node_count(rectangle.nodes()) {
  // Groups are the longer lines of nodes: what is left to do between them is little then. Shares follow each other in
  // rows, so that those of a row belong to few nodes of a column.
  const bool of_rows = has_shares(shape.kind) ? rectangle.rows == 1 : rectangle.columns > rectangle.rows;
  groups = groups_of(rectangle, of_rows);
  std::vector<std::size_t> group_of(node_count);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    uniform = uniform && groups[g].nodes.size() == groups[0].nodes.size();
    for (const unsigned node : groups[g].nodes) group_of[node] = g;
  }
  segments.resize(slices);
  for (std::size_t slice = 0; slice < slices; ++slice) {
    // Between two of these lines all groups have the same holders, and shares the same owner.
    std::set<std::size_t> borders;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      for (std::size_t p = 0; p < groups[g].nodes.size(); ++p) {
        const LineRange lines = chunk(g, p, slice);
        borders.insert({lines.first, lines.end()});
      }
    }
    if (has_shares(shape.kind)) {
      for (std::size_t i = 0; i < node_count; ++i) borders.insert(collective_share(shape.lines, node_count, i).first);
    }
    for (auto border = borders.begin(); border != borders.end() && std::next(border) != borders.end(); ++border) {
      const LineRange lines{.first = *border, .lines = *std::next(border) - *border};
      // The holder of each group; none if the lines are another slice's.
      std::vector<unsigned> holders;
      for (std::size_t g = 0; g < groups.size(); ++g) {
        for (std::size_t p = 0; p < groups[g].nodes.size(); ++p) {
          const LineRange held = chunk(g, p, slice);
          if (held.first <= lines.first && lines.end() <= held.end()) holders.push_back(groups[g].nodes[p]);
        }
      }
      if (holders.empty()) continue;
      const auto add = [&](const LineRange& part, unsigned owner) {
        std::vector<unsigned> order = holders;
        std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>((group_of[owner] + 1) % groups.size()),
                    order.end());
        segments[slice].push_back({.lines = part, .owner = owner, .holders = std::move(order)});
      };
      if (has_shares(shape.kind)) {
        unsigned owner = 0;
        while (collective_share(shape.lines, node_count, owner).end() <= lines.first) ++owner;
        add(lines, owner);
      } else {
        // Fewer lines than holders are given to other ones in each slice.
        for (std::size_t i = 0; i < holders.size(); ++i) {
          const LineRange part = lines.part(i, holders.size());
          if (part.lines != 0) add(part, holders[(i + lines.first) % holders.size()]);
        }
      }
    }
  }
}

LineRange CollectivePartition::chunk(std::size_t group, std::size_t position, std::size_t slice) const {
  const LineRange all{.first = 0, .lines = shape.lines};
  const std::size_t count = groups[group].nodes.size();
  // Groups of different sizes have no common chunks, so their slices must be the same lines.
  return uniform ? all.part(position, count).part(slice, slice_count)
                 : all.part(slice, slice_count).part(position, count);
}

CollectivePlan::CollectivePlan(const Rectangle& rectangle, const CollectiveShape& shape, std::size_t slices,
                               CollectiveForm form)
    : partition_(rectangle, shape, slices), form_(form), nodes_(rectangle.nodes()) {
  if (shape.lines == 0) throw InputError(fmt::format("{} of no lines", to_string(shape.kind)));
  if (shape.root >= rectangle.nodes()) {
    throw InputError(fmt::format("{}: root {} of {} nodes", to_string(shape.kind), shape.root, rectangle.nodes()));
  }
  // Who has the results of a slice knows that its slots are free everywhere. Without results it must be told.
  const bool acknowledged = slices > hw::harts && !gathers(shape.kind);
  for (std::size_t slice = 0; slice < slices; ++slice) {
    hart_ = static_cast<unsigned>(slice % hw::harts);
    await_acknowledgements();
    plan_slice(slice);
    if (acknowledged) acknowledge();
  }
  for (hart_ = 0; hart_ < hw::harts; ++hart_) await_acknowledgements();
}

unsigned CollectivePlan::semaphore(unsigned use) const {
  return use * hw::harts + hart_;
}

std::size_t CollectivePlan::take_slots(unsigned node, std::size_t lines) {
  NodeSteps& taker = nodes_[node];
  const std::size_t first = taker.slots_used;
  taker.slots_used += lines;
  taker.slots[hart_] = std::max(taker.slots[hart_], taker.slots_used);
  return first;
}

// Tells all that have sent to slots of this slice that the slots are free.
void CollectivePlan::acknowledge() {
  for (unsigned i = 0; i < nodes_.size(); ++i) {
    CollectiveStep step;
    for (const unsigned sender : nodes_[i].senders) {
      step.pushes.push_back({.node = sender, .lines = {}, .semaphore = semaphore(acknowledgements)});
      ++nodes_[sender].acknowledgements[hart_];
    }
    if (!step.pushes.empty()) steps(i).push_back(std::move(step));
  }
}

void CollectivePlan::await_acknowledgements() {
  for (unsigned i = 0; i < nodes_.size(); ++i) {
    const std::uint32_t amount = std::exchange(nodes_[i].acknowledgements[hart_], 0);
    if (amount != 0) steps(i).push_back({.semaphore = semaphore(acknowledgements), .amount = amount, .sum = {}, .pushes = {}});
  }
}

void CollectivePlan::plan_slice(std::size_t slice) {
  const CollectiveShape& shape = partition_.shape;
  for (NodeSteps& node : nodes_) {
    node.slots_used = 0;
    node.senders.clear();
  }
  const bool several = partition_.groups.size() > 1 || has_shares(shape.kind);
  if (sums(shape.kind)) {
    reduce_groups(slice);
    if (several) reduce(exchanges_across(slice), semaphore(across_sums));
  }
  if (shape.kind == CollectiveKind::reduce || shape.kind == CollectiveKind::broadcast) {
    std::vector<Exchange> exchanges;
    for (const CollectiveSegment& segment : partition_.segments[slice]) {
      if (shape.kind == CollectiveKind::reduce) exchanges.push_back({segment.lines, segment.owner, {shape.root}});
      else exchanges.push_back({segment.lines, shape.root, {segment.owner}});
    }
    gather(exchanges, semaphore(root_lines));
  }
  if (gathers(shape.kind)) {
    const bool odd = slice / hw::harts % 2 != 0;
    if (several) gather(exchanges_across(slice), semaphore(odd ? across_odd : across_even));
    gather_groups(slice);
  }
}

std::vector<CollectivePlan::Exchange> CollectivePlan::exchanges_inside(std::size_t slice) const {
  std::vector<Exchange> exchanges;
  for (std::size_t g = 0; g < partition_.groups.size(); ++g) {
    const CollectiveGroup& group = partition_.groups[g];
    for (std::size_t i = 0; i < group.ring.size(); ++i) {
      Exchange exchange{.lines = partition_.chunk(g, group.ring[i], slice), .owner = group.nodes[group.ring[i]], .members = {}};
      for (std::size_t k = 1; k <= group.ring.size(); ++k) {
        exchange.members.push_back(group.nodes[group.ring[(i + k) % group.ring.size()]]);
      }
      exchanges.push_back(std::move(exchange));
    }
  }
  return exchanges;
}

std::vector<CollectivePlan::Exchange> CollectivePlan::exchanges_across(std::size_t slice) const {
  std::vector<Exchange> exchanges;
  for (const CollectiveSegment& segment : partition_.segments[slice]) {
    exchanges.push_back({segment.lines, segment.owner, segment.holders});
  }
  return exchanges;
}

void CollectivePlan::reduce_groups(std::size_t slice) {
  if (form_ == CollectiveForm::direct) {
    reduce(exchanges_inside(slice), semaphore(direct_sums));
  } else {
    for (std::size_t g = 0; g < partition_.groups.size(); ++g) ring_reduce(g, slice);
  }
}

void CollectivePlan::gather_groups(std::size_t slice) {
  if (form_ == CollectiveForm::direct) {
    gather(exchanges_inside(slice), semaphore(inside_results));
  } else {
    for (std::size_t g = 0; g < partition_.groups.size(); ++g) ring_gather(g, slice);
  }
}

// In step t the node at place i of the ring passes the sum of chunk i - 1 - t on; the sum of chunk c starts at place
// c + 1 and ends at place c.
void CollectivePlan::ring_reduce(std::size_t group, std::size_t slice) {
  const CollectiveGroup& members = partition_.groups[group];
  const std::size_t count = members.ring.size();
  const auto node = [&](std::size_t place) { return members.nodes[members.ring[place % count]]; };
  const auto chunk = [&](std::size_t place) { return partition_.chunk(group, members.ring[place % count], slice); };
  std::vector<std::vector<std::size_t>> slots(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t t = 0; t + 1 < count; ++t) slots[i].push_back(take_slots(node(i), chunk(i + 2 * count - 2 - t).lines));
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t t = 0; t < count; ++t) {
      // What arrived in step t - 1, and goes on, except at its end.
      const LineRange lines = chunk(i + 2 * count - 1 - t);
      if (lines.lines == 0) continue;
      CollectiveStep step;
      if (t > 0) {
        step = {.semaphore = semaphore(ring_sums), .amount = 1, .sum = lines, .slot = slots[i][t - 1], .slot_count = 1,
                .adds_own = true, .pushes = {}};
      }
      if (t + 1 < count) {
        step.pushes.push_back({.node = node(i + 1), .lines = lines, .to_slots = true,
                               .slot = slots[(i + 1) % count][t], .semaphore = semaphore(ring_sums)});
        nodes_[node(i + 1)].senders.insert(node(i));
      }
      steps(node(i)).push_back(std::move(step));
    }
  }
}

// In step t the node at place i of the ring passes chunk i - t on.
void CollectivePlan::ring_gather(std::size_t group, std::size_t slice) {
  const CollectiveGroup& members = partition_.groups[group];
  const std::size_t count = members.ring.size();
  const auto node = [&](std::size_t place) { return members.nodes[members.ring[place % count]]; };
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t t = 0; t < count; ++t) {
      const LineRange lines = partition_.chunk(group, members.ring[(i + count - t) % count], slice);
      if (lines.lines == 0) continue;
      CollectiveStep step;
      if (t > 0) step = {.semaphore = semaphore(inside_results), .amount = 1, .sum = {}, .pushes = {}};
      if (t + 1 < count) step.pushes.push_back({.node = node(i + 1), .lines = lines, .semaphore = semaphore(inside_results)});
      steps(node(i)).push_back(std::move(step));
    }
  }
}

// Each node starts with another receiver.
void CollectivePlan::send_in_turn(std::vector<std::vector<CollectivePush>>& pushes) {
  for (unsigned node = 0; node < pushes.size(); ++node) {
    if (pushes[node].empty()) continue;
    const auto turn = [&](const CollectivePush& push) {
      return std::pair((push.node + pushes.size() - node) % pushes.size(), push.lines.first);
    };
    std::sort(pushes[node].begin(), pushes[node].end(),
              [&](const CollectivePush& a, const CollectivePush& b) { return turn(a) < turn(b); });
    steps(node).push_back({.sum = {}, .pushes = std::move(pushes[node])});
  }
}

void CollectivePlan::reduce(const std::vector<Exchange>& exchanges, unsigned semaphore) {
  std::vector<std::vector<CollectivePush>> pushes(nodes_.size());
  std::vector<std::vector<CollectiveStep>> sums(nodes_.size());
  std::vector<std::uint32_t> arrivals(nodes_.size());
  for (const auto& [lines, owner, members] : exchanges) {
    const bool adds_own = members.back() == owner;
    const std::size_t slot_count = members.size() - (adds_own ? 1 : 0);
    if (lines.lines == 0 || slot_count == 0) continue;
    const std::size_t slots = take_slots(owner, slot_count * lines.lines);
    for (std::size_t i = 0; i < slot_count; ++i) {
      pushes[members[i]].push_back({.node = owner, .lines = lines, .to_slots = true, .slot = slots + i * lines.lines, .semaphore = semaphore});
      nodes_[owner].senders.insert(members[i]);
    }
    arrivals[owner] += static_cast<std::uint32_t>(slot_count);
    sums[owner].push_back({.sum = lines, .slot = slots, .slot_count = slot_count, .adds_own = adds_own, .pushes = {}});
  }
  send_in_turn(pushes);
  for (unsigned node = 0; node < sums.size(); ++node) {
    for (CollectiveStep& step : sums[node]) {
      step.semaphore = semaphore;
      step.amount = std::exchange(arrivals[node], 0);
      steps(node).push_back(std::move(step));
    }
  }
}

void CollectivePlan::gather(const std::vector<Exchange>& exchanges, unsigned semaphore) {
  std::vector<std::vector<CollectivePush>> pushes(nodes_.size());
  std::vector<std::uint32_t> arrivals(nodes_.size());
  for (const auto& [lines, owner, members] : exchanges) {
    if (lines.lines == 0) continue;
    for (const unsigned member : members) {
      if (member == owner) continue;
      pushes[owner].push_back({.node = member, .lines = lines, .semaphore = semaphore});
      ++arrivals[member];
    }
  }
  send_in_turn(pushes);
  for (unsigned node = 0; node < arrivals.size(); ++node) {
    if (arrivals[node] != 0) steps(node).push_back({.semaphore = semaphore, .amount = arrivals[node], .sum = {}, .pushes = {}});
  }
}

std::size_t CollectivePlan::slot_lines() const {
  std::size_t most = 0;
  for (const NodeSteps& node : nodes_) most = std::max(most, *std::max_element(node.slots.begin(), node.slots.end()));
  return most;
}

std::size_t CollectivePlan::image_bytes() const {
  std::size_t most = 0;
  for (const NodeSteps& node : nodes_) {
    std::size_t steps = 0;
    std::size_t pushes = 0;
    for (const auto& hart : node.harts) {
      steps += hart.size();
      for (const CollectiveStep& step : hart) pushes += step.pushes.size();
    }
    const std::size_t head = sizeof(collective_plan_t) + steps * step_bytes;
    most = std::max(most, (head + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes + pushes * hw::line_bytes);
  }
  return most;
}

std::vector<std::byte> CollectivePlan::image(const Rectangle& rectangle, unsigned index,
                                             const CollectiveMemory& memory) const {
  const NodeSteps& node = nodes_[index];
  collective_plan_t head{};
  std::vector<collective_step_t> steps;
  std::vector<hw::TransferDescriptor> pushes;
  std::size_t step_count = 0;
  for (const auto& hart : node.harts) step_count += hart.size();
  const std::size_t steps_at = memory.plan + sizeof(head);
  const std::size_t pushes_at =
      memory.plan + (sizeof(head) + step_count * step_bytes + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  const auto data_address = [&](std::size_t line) { return static_cast<std::uint32_t>(memory.data + line * hw::line_bytes); };
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const auto slot_address = [&](std::size_t line) {
      return static_cast<std::uint32_t>(memory.slots + (hart * slot_lines() + line) * hw::line_bytes);
    };
    head.harts[hart] = {.steps = static_cast<std::uint32_t>(steps_at + steps.size() * step_bytes),
                        .count = static_cast<std::uint32_t>(node.harts[hart].size())};
    for (const CollectiveStep& step : node.harts[hart]) {
      const auto list = static_cast<std::uint32_t>(pushes_at + pushes.size() * hw::line_bytes);
      steps.push_back({.semaphore = step.semaphore,
                       .amount = step.amount,
                       .lines = static_cast<std::uint32_t>(step.sum.lines),
                       .slots = slot_address(step.slot),
                       .slot_bytes = static_cast<std::uint32_t>(step.sum.lines * hw::line_bytes),
                       .slot_count = static_cast<std::uint32_t>(step.slot_count),
                       .sum = data_address(step.sum.first) + (step.adds_own ? COLLECTIVE_ADDS_OWN : 0),
                       .list = step.pushes.empty() ? 0 : list});
      for (const CollectivePush& push : step.pushes) {
        const Coordinates to = rectangle.node(push.node);
        const bool last = &push == &step.pushes.back();
        const std::uint64_t remote = hw::global_address(to.x, to.y, push.to_slots ? slot_address(push.slot) : data_address(push.lines.first));
        hw::TransferDescriptor descriptor{};
        const bool signals = push.lines.lines == 0;
        descriptor.op = signals ? DOJO_DESCRIPTOR_OP_TRANSFER_SIGNAL : DOJO_DESCRIPTOR_OP_TRANSFER_PUSH;
        descriptor.remote_sem_en = 1;
        descriptor.remote_sem = push.semaphore;
        descriptor.next_en = last ? 0 : 1;
        descriptor.next = last ? 0 : static_cast<std::uint32_t>(pushes_at + (pushes.size() + 1) * hw::line_bytes);
        descriptor.lines = signals ? 1 : static_cast<std::uint32_t>(push.lines.lines);
        descriptor.local_address = data_address(push.lines.first);
        descriptor.remote_address_low = static_cast<std::uint32_t>(remote);
        descriptor.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
        pushes.push_back(descriptor);
      }
    }
  }
  std::vector<std::byte> image(pushes_at - memory.plan + pushes.size() * hw::line_bytes);
  std::memcpy(image.data(), &head, sizeof(head));
  std::memcpy(image.data() + sizeof(head), steps.data(), steps.size() * step_bytes);
  std::memcpy(image.data() + (pushes_at - memory.plan), pushes.data(), pushes.size() * hw::line_bytes);
  return image;
}

}  // namespace dojo
