#pragma once
// Collective operations of FP32 lines over the nodes of a rectangle (docs/collective-kernels.md).
//
//   dojo::Machine machine({.backend = "rtl", .mesh = {8, 8}});
//   dojo::Collective sum(machine, machine.all(), {.kind = dojo::CollectiveKind::all_reduce, .lines = 1024});
//   for (unsigned i = 0; i < 64; ++i) sum.write(i, values[i]);
//   sum.launch();
//   sum.wait();
//   std::vector<float> total = sum.read(0);

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/collective_cost.hpp"
#include "kernels/collective_partition.hpp"
#include "kernels/collective_plan.hpp"
#include "kernels/collective_shape.hpp"
#include "routing/tree_maker.hpp"
#include "runtime/machine.hpp"

namespace dojo {

/// A collective operation on the nodes of a rectangle, each of which holds all lines of the shape. It can be launched
/// any number of times; the lines stay where they are. Lines outside a node's result are undefined after it.
class Collective {
 public:
  static constexpr std::size_t lanes = hw::line_bytes / sizeof(float);

  /// Loads the program collective on the rectangle, plans the operation and takes memory. Without a form the one that
  /// takes less time is chosen. The tree form makes tree collective_tree_number of the machine over the rectangle.
  /// Throws InputError for an operation of no lines, a root outside the rectangle, when lines, slots and plan do not
  /// fit the nodes, and in the tree form like Machine::set_tree.
  Collective(Machine& machine, const Rectangle& rectangle, const CollectiveShape& shape,
             std::optional<CollectiveForm> form = {});

  /// Writes lines of node `index` of the rectangle, from line `first` on. Throws RunError when they do not fit.
  void write(unsigned index, std::span<const float> values, std::size_t first = 0);
  /// Starts the operation on all nodes.
  void launch();
  /// Runs the machine until it is done. Throws RunError like Event::wait.
  void wait(std::uint64_t max_cycles = no_cycle_limit);
  /// Cycles from the launch to the end of wait().
  [[nodiscard]] std::uint64_t cycles() const { return event_ ? event_->cycles() : 0; }
  /// The lines that node `index` has then as its result (collective_result).
  [[nodiscard]] std::vector<float> read(unsigned index) const;
  /// What read() gives for every node, in the same order of summation; inputs[i] are the lines of node i.
  [[nodiscard]] std::vector<std::vector<float>> reference(const std::vector<std::vector<float>>& inputs) const;
  /// Address of the lines inside every node.
  [[nodiscard]] std::uint64_t address() const { return data_.front().address(); }

  [[nodiscard]] CollectiveForm form() const { return form_; }
  /// Cycles that the operation cannot go below in its form.
  [[nodiscard]] std::uint64_t bound() const { return collective_bound(rectangle_, shape_, form_); }

 private:
  /// Makes the plan of the form for nodes with so many bytes and returns how many it needs.
  std::size_t make_plan(std::size_t available);

  Machine& machine_;
  Rectangle rectangle_;
  CollectiveShape shape_;
  CollectiveForm form_;
  Program program_;
  CollectivePlan plan_;
  std::optional<CollectivePartition> partition_;  ///< of the software form
  std::optional<routing::CollectiveTree> tree_;   ///< of the tree form
  std::vector<Buffer> data_;
  std::vector<Buffer> slots_;
  std::vector<Buffer> plans_;
  std::optional<Event> event_;
};

}  // namespace dojo
