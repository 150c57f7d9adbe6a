#include "kernels/collective_software.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace dojo {
namespace {

/// What a semaphore counts; each hart has its own. What is summed and what are results have different ones in each
/// stage: a node may have results before another one has all that it sums.
constexpr unsigned uses = hw::semaphores / hw::harts;
constexpr unsigned most_stages = 2;
constexpr unsigned use_of_root = 2 * most_stages;
constexpr unsigned use_of_acknowledgement = use_of_root + 1;
static_assert(use_of_acknowledgement < uses);

unsigned use_of_sum(std::size_t stage) {
  return static_cast<unsigned>(stage);
}

unsigned use_of_result(std::size_t stage) {
  return static_cast<unsigned>(most_stages + stage);
}

bool gathers(CollectiveKind kind) {
  return kind == CollectiveKind::broadcast || kind == CollectiveKind::all_reduce || kind == CollectiveKind::all_gather;
}

/// Channels of the transfer engine share it, so that what waits for links does not hold up the rest.
constexpr unsigned channel_of_exchanges = 1;
constexpr unsigned channel_of_results = 2;

/// Makes the plan slice by slice.
class SoftwarePlanner {
 public:
  SoftwarePlanner(const Rectangle& rectangle, const CollectivePartition& partition)
      : partition_(partition), nodes_(rectangle.nodes()) {}
  CollectivePlan plan();

 private:
  /// Steps of a slice: those that sum, and those that pass results on.
  struct Slice {
    std::vector<CollectiveStep> sums;
    std::vector<CollectiveStep> results;
  };
  struct Node {
    std::array<std::vector<Slice>, hw::harts> slices;
    std::array<std::size_t, hw::harts> slots{};               ///< most that a slice has used
    std::size_t slots_used = 0;                               ///< by this slice
    std::set<unsigned> senders;                               ///< to these slots
    std::array<std::uint32_t, hw::harts> acknowledgements{};  ///< that are on their way to this node
  };

  void plan_slice(const std::vector<CollectiveStage>& stages);
  void reduce(const CollectiveRing& ring, unsigned semaphore);
  void gather(const CollectiveRing& ring, unsigned semaphore);
  void reduce(const std::vector<CollectiveExchange>& exchanges, unsigned semaphore);
  void gather(const std::vector<CollectiveExchange>& exchanges, unsigned semaphore);
  void send_in_turn(std::vector<std::vector<CollectiveMessage>> messages);
  void acknowledge();
  void await_acknowledgements();
  static std::vector<CollectiveStep> overlapped(std::vector<Slice> slices);
  /// Where the steps of the current slice go.
  std::vector<CollectiveStep>& steps(unsigned node) {
    Slice& slice = nodes_[node].slices[hart_].back();
    return gathering_ ? slice.results : slice.sums;
  }
  std::size_t take_slots(unsigned node, std::size_t lines);
  [[nodiscard]] unsigned semaphore(unsigned use) const;

  const CollectivePartition& partition_;
  std::vector<Node> nodes_;
  unsigned hart_ = 0;       ///< of the slice that is planned
  bool gathering_ = false;  ///< its results are
};

CollectivePlan SoftwarePlanner::plan() {
  const std::size_t slice_count = partition_.slices.size();
  const bool acknowledged = slice_count > hw::harts && is_sum(partition_.shape.kind);
  for (std::size_t slice = 0; slice < slice_count; ++slice) {
    hart_ = static_cast<unsigned>(slice % hw::harts);
    for (Node& node : nodes_) node.slices[hart_].emplace_back();
    await_acknowledgements();
    plan_slice(partition_.slices[slice]);
    if (acknowledged) acknowledge();
  }
  CollectivePlan plan{.nodes = std::vector<std::array<std::vector<CollectiveStep>, hw::harts>>(nodes_.size())};
  for (hart_ = 0; hart_ < std::min<std::size_t>(hw::harts, slice_count); ++hart_) {
    await_acknowledgements();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      plan.nodes[i][hart_] = overlapped(std::move(nodes_[i].slices[hart_]));
      plan.slot_lines = std::max(plan.slot_lines, nodes_[i].slots[hart_]);
    }
  }
  return plan;
}

unsigned SoftwarePlanner::semaphore(unsigned use) const {
  return hart_ * uses + use;
}

std::size_t SoftwarePlanner::take_slots(unsigned node, std::size_t lines) {
  Node& taker = nodes_[node];
  const std::size_t first = taker.slots_used;
  taker.slots_used += lines;
  taker.slots[hart_] = std::max(taker.slots[hart_], taker.slots_used);
  return first;
}

void SoftwarePlanner::plan_slice(const std::vector<CollectiveStage>& stages) {
  const CollectiveShape& shape = partition_.shape;
  for (Node& node : nodes_) {
    node.slots_used = 0;
    node.senders.clear();
  }
  if (is_sum(shape.kind)) {
    for (std::size_t s = 0; s < stages.size(); ++s) {
      for (const CollectiveRing& ring : stages[s].rings) reduce(ring, semaphore(use_of_sum(s)));
      reduce(stages[s].exchanges, semaphore(use_of_sum(s)));
    }
  }
  if (!stages.empty() && (shape.kind == CollectiveKind::reduce || shape.kind == CollectiveKind::broadcast)) {
    std::vector<CollectiveExchange> with_root;
    for (const CollectiveExchange& exchange : stages.back().owners()) {
      if (shape.kind == CollectiveKind::reduce)
        with_root.push_back({exchange.lines, exchange.owner, {shape.root}});
      else
        with_root.push_back({exchange.lines, shape.root, {exchange.owner}});
    }
    gather(with_root, semaphore(use_of_root));
  }
  if (gathers(shape.kind)) {
    gathering_ = true;
    for (std::size_t s = stages.size(); s > 0; --s) {
      gather(stages[s - 1].exchanges, semaphore(use_of_result(s - 1)));
      for (const CollectiveRing& ring : stages[s - 1].rings) gather(ring, semaphore(use_of_result(s - 1)));
    }
    gathering_ = false;
  }
}

// While the results of one slice go round, the next one is summed.
std::vector<CollectiveStep> SoftwarePlanner::overlapped(std::vector<Slice> slices) {
  std::vector<CollectiveStep> steps;
  std::vector<CollectiveStep> results;
  for (Slice& slice : slices) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < slice.sums.size(); ++i) {
      steps.push_back(std::move(slice.sums[i]));
      while (done * slice.sums.size() < results.size() * (i + 1)) steps.push_back(std::move(results[done++]));
    }
    while (done < results.size()) steps.push_back(std::move(results[done++]));
    results = std::move(slice.results);
  }
  for (CollectiveStep& step : results) steps.push_back(std::move(step));
  return steps;
}

// In step t the node at place i passes the sum of part i - 1 - t on.
void SoftwarePlanner::reduce(const CollectiveRing& ring, unsigned semaphore) {
  const std::size_t count = ring.nodes.size();
  if (count == 1) return;
  const auto part = [&](std::size_t i, std::size_t t) { return ring.parts[(i + 2 * count - 1 - t) % count]; };
  // Where the node at place i finds in step t + 1 what arrives in step t.
  std::vector<std::vector<std::size_t>> slots(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t t = 1; t < count; ++t) slots[i].push_back(take_slots(ring.nodes[i], part(i, t).lines));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t next = (i + 1) % count;
    for (std::size_t t = 0; t < count; ++t) {
      const LineRange lines = part(i, t);
      if (lines.lines == 0) continue;
      CollectiveStep step;
      if (t > 0) {
        step.semaphore = semaphore;
        step.amount = 1;
        step.sum = lines;
        step.slot = slots[i][t - 1];
        step.slot_count = 1;
        step.adds_own = true;
      }
      if (t + 1 < count) {
        step.messages.push_back({.node = ring.nodes[next],
                                 .lines = lines,
                                 .to_slots = true,
                                 .slot = slots[next][t],
                                 .semaphore = semaphore});
        nodes_[ring.nodes[next]].senders.insert(ring.nodes[i]);
      }
      steps(ring.nodes[i]).push_back(std::move(step));
    }
  }
}

// In step t the node at place i passes part i - t on.
void SoftwarePlanner::gather(const CollectiveRing& ring, unsigned semaphore) {
  const std::size_t count = ring.nodes.size();
  if (count == 1) return;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t t = 0; t < count; ++t) {
      const LineRange lines = ring.parts[(i + count - t) % count];
      if (lines.lines == 0) continue;
      CollectiveStep step;
      if (t > 0) {
        step.semaphore = semaphore;
        step.amount = 1;
      }
      if (t + 1 < count) {
        step.messages.push_back({.node = ring.nodes[(i + 1) % count], .lines = lines, .semaphore = semaphore});
      }
      step.channel = channel_of_results;
      steps(ring.nodes[i]).push_back(std::move(step));
    }
  }
}

// Members send their lines to the owner's slots, which it sums when all are there.
void SoftwarePlanner::reduce(const std::vector<CollectiveExchange>& exchanges, unsigned semaphore) {
  std::vector<std::vector<CollectiveMessage>> messages(nodes_.size());
  std::vector<std::vector<CollectiveStep>> sums(nodes_.size());
  std::vector<std::uint32_t> arrivals(nodes_.size());
  for (const auto& [lines, owner, members] : exchanges) {
    const bool adds_own = members.back() == owner;
    const std::size_t slot_count = members.size() - (adds_own ? 1 : 0);
    if (lines.lines == 0 || slot_count == 0) continue;
    const std::size_t slots = take_slots(owner, slot_count * lines.lines);
    for (std::size_t i = 0; i < slot_count; ++i) {
      messages[members[i]].push_back(
          {.node = owner, .lines = lines, .to_slots = true, .slot = slots + i * lines.lines, .semaphore = semaphore});
      nodes_[owner].senders.insert(members[i]);
    }
    arrivals[owner] += static_cast<std::uint32_t>(slot_count);
    sums[owner].push_back(
        {.sum = lines, .slot = slots, .slot_count = slot_count, .adds_own = adds_own, .messages = {}});
  }
  send_in_turn(std::move(messages));
  for (unsigned node = 0; node < sums.size(); ++node) {
    for (CollectiveStep& step : sums[node]) {
      step.semaphore = semaphore;
      step.amount = std::exchange(arrivals[node], 0);
      steps(node).push_back(std::move(step));
    }
  }
}

// The owner sends its lines to the same place of all members.
void SoftwarePlanner::gather(const std::vector<CollectiveExchange>& exchanges, unsigned semaphore) {
  std::vector<std::vector<CollectiveMessage>> messages(nodes_.size());
  std::vector<std::uint32_t> arrivals(nodes_.size());
  for (const auto& [lines, owner, members] : exchanges) {
    if (lines.lines == 0) continue;
    for (const unsigned member : members) {
      if (member == owner) continue;
      messages[owner].push_back({.node = member, .lines = lines, .semaphore = semaphore});
      ++arrivals[member];
    }
  }
  send_in_turn(std::move(messages));
  for (unsigned node = 0; node < arrivals.size(); ++node) {
    if (arrivals[node] == 0) continue;
    steps(node).push_back({.semaphore = semaphore, .amount = arrivals[node], .sum = {}, .messages = {}});
  }
}

// Each node starts with another receiver.
void SoftwarePlanner::send_in_turn(std::vector<std::vector<CollectiveMessage>> messages) {
  const std::size_t count = messages.size();
  for (unsigned node = 0; node < count; ++node) {
    if (messages[node].empty()) continue;
    const auto turn = [&](const CollectiveMessage& message) {
      return std::pair((message.node + count - node) % count, message.lines.first);
    };
    std::sort(messages[node].begin(), messages[node].end(),
              [&](const CollectiveMessage& a, const CollectiveMessage& b) { return turn(a) < turn(b); });
    steps(node).push_back({.sum = {}, .messages = std::move(messages[node]), .channel = channel_of_exchanges});
  }
}

// Tells all that have sent to slots of this slice that these are free.
void SoftwarePlanner::acknowledge() {
  for (unsigned i = 0; i < nodes_.size(); ++i) {
    CollectiveStep step;
    for (const unsigned sender : nodes_[i].senders) {
      step.messages.push_back({.node = sender, .lines = {}, .semaphore = semaphore(use_of_acknowledgement)});
      ++nodes_[sender].acknowledgements[hart_];
    }
    if (!step.messages.empty()) steps(i).push_back(std::move(step));
  }
}

void SoftwarePlanner::await_acknowledgements() {
  for (unsigned i = 0; i < nodes_.size(); ++i) {
    const std::uint32_t amount = std::exchange(nodes_[i].acknowledgements[hart_], 0);
    if (amount == 0) continue;
    steps(i).push_back({.semaphore = semaphore(use_of_acknowledgement), .amount = amount, .sum = {}, .messages = {}});
  }
}

}  // namespace

CollectivePlan plan_software_collective(const Rectangle& rectangle, const CollectivePartition& partition) {
  return SoftwarePlanner(rectangle, partition).plan();
}

}  // namespace dojo
