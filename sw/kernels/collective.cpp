#include "kernels/collective.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "kernels/collective_software.hpp"
#include "kernels/collective_tree.hpp"
#include "kernels/firmware.hpp"

namespace dojo {
namespace {

/// Lines of a slice: longer ones wait less for each other's arrival, shorter ones need less memory.
constexpr std::size_t slice_lines = 512;

/// Bytes that the operation takes in a node.
std::size_t bytes_needed(const CollectivePlan& plan, std::size_t lines) {
  return (lines + plan.slot_lines * hw::harts) * hw::line_bytes + plan.image_bytes();
}

bool can_have_tree(Machine& machine, const Rectangle& rectangle) {
  if (machine.crosses_edge(rectangle)) return false;
  std::vector<Coordinates> nodes;
  nodes.reserve(rectangle.nodes());
  for (unsigned i = 0; i < rectangle.nodes(); ++i) nodes.push_back(rectangle.node(i));
  return routing::is_joined(machine.backend().topology(), nodes);
}

CollectiveForm faster_form(const Rectangle& rectangle, const CollectiveShape& shape) {
  return collective_cycles(rectangle, shape, CollectiveForm::tree) <
                 collective_cycles(rectangle, shape, CollectiveForm::software)
             ? CollectiveForm::tree
             : CollectiveForm::software;
}

}  // namespace

Collective::Collective(Machine& machine, const Rectangle& rectangle, const CollectiveShape& shape,
                       std::optional<CollectiveForm> form)
    : machine_(machine),
      rectangle_(rectangle),
      shape_(shape),
      form_(form.value_or(CollectiveForm::software)),
      program_(load_firmware("collective")) {
  if (shape.lines == 0) throw InputError(fmt::format("{} of no lines", to_string(shape.kind)));
  if (shape.root >= rectangle.nodes()) {
    throw InputError(fmt::format("{}: root {} of {} nodes", to_string(shape.kind), shape.root, rectangle.nodes()));
  }
  const bool may_choose = !form && can_have_tree(machine, rectangle);
  if (may_choose) form_ = faster_form(rectangle, shape);
  const std::size_t available = program_.heap_end() - program_.heap_start();
  std::size_t needed = make_plan(available);
  if (needed > available && may_choose && form_ == CollectiveForm::software) {
    form_ = CollectiveForm::tree;  // needs no slots
    needed = make_plan(available);
  }
  if (needed > available) {
    throw InputError(fmt::format("{} of {} lines on {} nodes needs {} bytes in a node, which has {} for it",
                                 to_string(shape.kind), shape.lines, rectangle.nodes(), needed, available));
  }
  if (form_ == CollectiveForm::tree) {
    tree_ = machine_.set_tree(collective_tree_number, rectangle_, {}, collective_tree_shape(shape.kind));
  }
  machine_.load(program_, rectangle_);
  for (unsigned i = 0; i < rectangle_.nodes(); ++i) {
    const Coordinates node = rectangle_.node(i);
    data_.push_back(machine_.allocate(node, shape.lines * hw::line_bytes));
    slots_.push_back(machine_.allocate(node, plan_.slot_lines * hw::harts * hw::line_bytes));
    plans_.push_back(machine_.allocate(node, plan_.image_bytes()));
  }
  const CollectiveMemory memory{.data = data_[0].address(), .slots = slots_[0].address(), .plan = plans_[0].address()};
  for (unsigned i = 0; i < rectangle_.nodes(); ++i) plans_[i].write(plan_.image(rectangle_, i, memory));
}

// The software form has as few slices as fit the memory, each hart the same number of them.
std::size_t Collective::make_plan(std::size_t available) {
  if (form_ == CollectiveForm::tree) {
    plan_ = plan_tree_collective(rectangle_, shape_);
    return bytes_needed(plan_, shape_.lines);
  }
  const std::size_t most = collective_most_slices(rectangle_, shape_);
  std::size_t rounds = std::max<std::size_t>(1, shape_.lines / (hw::harts * slice_lines));
  rounds = std::min(rounds, most / hw::harts);
  for (;; ++rounds) {
    partition_.emplace(rectangle_, shape_, rounds * hw::harts);
    plan_ = plan_software_collective(rectangle_, *partition_);
    const std::size_t needed = bytes_needed(plan_, shape_.lines);
    // More slices need fewer slots, but longer plans.
    const bool may_fit = shape_.lines * hw::line_bytes + plan_.image_bytes() < available;
    if (needed <= available || !may_fit || (rounds + 1) * hw::harts > most) return needed;
  }
}

void Collective::write(unsigned index, std::span<const float> values, std::size_t first) {
  data_.at(index).write(values, first * lanes);
}

void Collective::launch() {
  event_ = machine_.launch(program_, rectangle_, {plans_.front().address()}, plan_.harts());
}

void Collective::wait(std::uint64_t max_cycles) {
  event_.value().wait(max_cycles);
}

std::vector<float> Collective::read(unsigned index) const {
  const LineRange lines = collective_result(shape_, rectangle_.nodes(), index);
  return data_.at(index).read<float>(lines.lines * lanes, lines.first * lanes);
}

std::vector<std::vector<float>> Collective::reference(const std::vector<std::vector<float>>& inputs) const {
  const std::size_t nodes = inputs.size();
  const auto part = [](const std::vector<float>& values, const LineRange& lines) {
    return std::span(values).subspan(lines.first * lanes, lines.lines * lanes);
  };
  std::vector<float> whole;
  if (shape_.kind == CollectiveKind::broadcast) {
    whole = inputs[shape_.root];
  } else if (shape_.kind == CollectiveKind::all_gather) {
    for (unsigned i = 0; i < nodes; ++i) {
      const auto share = part(inputs[i], collective_share(shape_.lines, nodes, i));
      whole.insert(whole.end(), share.begin(), share.end());
    }
  } else if (tree_) {
    whole = collective_sums(*tree_, machine_.backend().topology(), rectangle_, inputs);
  } else {
    whole = collective_sums(*partition_, inputs);
  }
  std::vector<std::vector<float>> results(nodes);
  for (unsigned i = 0; i < nodes; ++i) {
    const auto result = part(whole, collective_result(shape_, nodes, i));
    results[i].assign(result.begin(), result.end());
  }
  return results;
}

}  // namespace dojo
