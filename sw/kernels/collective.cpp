#include "kernels/collective.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "kernels/firmware.hpp"

namespace dojo {
namespace {

CollectivePlan make_plan(const Program& /*program*/, const Rectangle& rectangle, const CollectiveShape& shape) {
  const char* e = std::getenv("SLICES");
  std::size_t slices = e ? std::atoi(e) : 4;
  const char* f = std::getenv("FORM");
  return CollectivePlan(rectangle, shape, slices, f && *f == 'd' ? CollectiveForm::direct : CollectiveForm::ring);
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
    // The nodes whose values are added up to what each holder has: those after it on the ring, and itself last.
    std::vector<std::vector<unsigned>> orders(nodes);
    for (const CollectiveGroup& group : partition.groups) {
      const std::size_t count = group.ring.size();
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t k = 1; k <= count; ++k) {
          orders[group.nodes[group.ring[i]]].push_back(group.nodes[group.ring[(i + k) % count]]);
        }
      }
    }
    for (const auto& slice : partition.segments) {
      for (const CollectiveSegment& segment : slice) {
        for (std::size_t v = segment.lines.first * lanes; v < segment.lines.end() * lanes; ++v) {
          std::optional<float> total;
          for (const unsigned holder : segment.holders) {
            std::optional<float> sum;
            for (const unsigned node : orders[holder]) sum = sum ? *sum + inputs[node][v] : inputs[node][v];
            total = total ? *total + *sum : *sum;
          }
          whole[v] = *total;
        }
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
  return shape.lines * 2 * (rectangle.nodes() - 1) / rectangle.nodes();
}

}  // namespace dojo
