#include "kernels/collective.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "kernels/firmware.hpp"

namespace dojo {
namespace {

/// Lines of a slice: longer ones wait less for each other's arrival, shorter ones need less memory.
constexpr std::size_t slice_lines = 512;

/// Bytes that the operation takes in a node.
std::size_t bytes_needed(const CollectivePlan& plan) {
  return (plan.partition().shape.lines + plan.slot_lines() * hw::harts) * hw::line_bytes + plan.image_bytes();
}

/// As few slices as fit the memory, each hart the same number of them.
CollectivePlan make_plan(const Program& program, const Rectangle& rectangle, const CollectiveShape& shape) {
  const std::size_t available = program.heap_end() - program.heap_start();
  const std::size_t most = collective_most_slices(rectangle, shape);
  std::size_t rounds = std::max<std::size_t>(1, shape.lines / (hw::harts * slice_lines));
  rounds = std::min(rounds, most / hw::harts);
  for (;; ++rounds) {
    CollectivePlan plan(rectangle, shape, rounds * hw::harts);
    const std::size_t needed = bytes_needed(plan);
    if (needed <= available) return plan;
    // More slices need fewer slots, but longer plans.
    const bool may_fit = shape.lines * hw::line_bytes + plan.image_bytes() < available;
    if (!may_fit || (rounds + 1) * hw::harts > most) {
      throw InputError(fmt::format("{} of {} lines on {} nodes needs {} bytes in a node, which has {} for it",
                                   to_string(shape.kind), shape.lines, rectangle.nodes(), needed, available));
    }
  }
}

/// What `node` has of `lines` after the first `stages` stages.
std::vector<float> sum_after(const std::vector<CollectiveStage>& stages, std::size_t count, unsigned node,
                             const LineRange& lines, const std::vector<std::vector<float>>& inputs) {
  constexpr std::size_t lanes = Collective::lanes;
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

Collective::Collective(Machine& machine, const Rectangle& rectangle, const CollectiveShape& shape)
    : machine_(machine),
      rectangle_(rectangle),
      shape_(shape),
      program_(load_firmware("collective")),
      plan_(make_plan(program_, rectangle, shape)) {
  machine_.load(program_, rectangle_);
  for (unsigned i = 0; i < rectangle_.nodes(); ++i) {
    const Coordinates node = rectangle_.node(i);
    data_.push_back(machine_.allocate(node, shape.lines * hw::line_bytes));
    slots_.push_back(machine_.allocate(node, plan_.slot_lines() * hw::harts * hw::line_bytes));
    plans_.push_back(machine_.allocate(node, plan_.image_bytes()));
  }
  const CollectiveMemory memory{.data = data_[0].address(), .slots = slots_[0].address(), .plan = plans_[0].address()};
  for (unsigned i = 0; i < rectangle_.nodes(); ++i) plans_[i].write(plan_.image(rectangle_, i, memory));
}

void Collective::write(unsigned index, std::span<const float> values, std::size_t first) {
  data_.at(index).write(values, first * lanes);
}

void Collective::launch() {
  event_ = machine_.launch(program_, rectangle_, {plans_.front().address()}, hw::harts);
}

void Collective::wait(std::uint64_t max_cycles) {
  event_.value().wait(max_cycles);
}

LineRange Collective::result(unsigned index) const {
  if (shape_.kind == CollectiveKind::reduce_scatter) return collective_share(shape_.lines, rectangle_.nodes(), index);
  if (shape_.kind == CollectiveKind::reduce && index != shape_.root) return {};
  return {.first = 0, .lines = shape_.lines};
}

std::vector<float> Collective::read(unsigned index) const {
  const LineRange lines = result(index);
  return data_.at(index).read<float>(lines.lines * lanes, lines.first * lanes);
}

std::vector<std::vector<float>> collective_reference(const CollectivePartition& partition,
                                                     const std::vector<std::vector<float>>& inputs) {
  constexpr std::size_t lanes = Collective::lanes;
  const CollectiveShape& shape = partition.shape;
  const std::size_t nodes = inputs.size();
  std::vector<float> whole(shape.lines * lanes);
  const auto copy = [&](const LineRange& lines, unsigned node) {
    std::copy_n(inputs[node].begin() + static_cast<std::ptrdiff_t>(lines.first * lanes), lines.lines * lanes,
                whole.begin() + static_cast<std::ptrdiff_t>(lines.first * lanes));
  };
  if (shape.kind == CollectiveKind::broadcast) {
    whole = inputs[shape.root];
  } else if (shape.kind == CollectiveKind::all_gather) {
    for (unsigned i = 0; i < nodes; ++i) copy(collective_share(shape.lines, nodes, i), i);
  } else {
    whole = inputs[0];
    for (const std::vector<CollectiveStage>& stages : partition.slices) {
      for (const CollectiveExchange& exchange :
           stages.empty() ? std::vector<CollectiveExchange>{} : stages.back().owners()) {
        const std::vector<float> sum = sum_after(stages, stages.size(), exchange.owner, exchange.lines, inputs);
        std::copy(sum.begin(), sum.end(), whole.begin() + static_cast<std::ptrdiff_t>(exchange.lines.first * lanes));
      }
    }
  }
  std::vector<std::vector<float>> results(nodes);
  for (unsigned i = 0; i < nodes; ++i) {
    if (shape.kind == CollectiveKind::reduce && i != shape.root) continue;
    const LineRange lines = shape.kind == CollectiveKind::reduce_scatter ? collective_share(shape.lines, nodes, i)
                                                                         : LineRange{.first = 0, .lines = shape.lines};
    const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(lines.first * lanes);
    results[i].assign(begin, begin + static_cast<std::ptrdiff_t>(lines.lines * lanes));
  }
  return results;
}

std::uint64_t collective_bound(const Rectangle& rectangle, const CollectiveShape& shape) {
  constexpr std::uint64_t message_latency = 10;  // of a push, less its hops: docs/network.md, "Latency"
  const std::uint64_t nodes = rectangle.nodes();
  if (nodes == 1) return 0;
  const std::uint64_t farthest = rectangle.columns + rectangle.rows - 2;
  const std::uint64_t shares = (shape.lines * (nodes - 1) + nodes - 1) / nodes;
  switch (shape.kind) {
    case CollectiveKind::all_reduce:
      return 2 * shares + farthest + 2 * message_latency;
    case CollectiveKind::reduce_scatter:
    case CollectiveKind::all_gather:
      return shares + farthest + message_latency;
    case CollectiveKind::broadcast:
    case CollectiveKind::reduce:
      break;
  }
  return shape.lines + farthest + message_latency;
}

}  // namespace dojo
