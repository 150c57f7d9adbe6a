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

#include "kernels/collective_plan.hpp"
#include "runtime/machine.hpp"

namespace dojo {

/// A collective operation on the nodes of a rectangle, each of which holds all lines of the shape. It can be launched
/// any number of times; the lines stay where they are. Lines outside a node's result are undefined after it.
class Collective {
 public:
  static constexpr std::size_t lanes = hw::line_bytes / sizeof(float);

  /// Loads the program collective on the rectangle, plans the operation and takes memory. Throws InputError for an
  /// operation of no lines, a root outside the rectangle, and when lines, slots and plan do not fit the nodes.
  Collective(Machine& machine, const Rectangle& rectangle, const CollectiveShape& shape);

  /// Writes lines of node `index` of the rectangle, from line `first` on. Throws RunError when they do not fit.
  void write(unsigned index, std::span<const float> values, std::size_t first = 0);
  /// Starts the operation on all nodes.
  void launch();
  /// Runs the machine until it is done. Throws RunError like Event::wait.
  void wait(std::uint64_t max_cycles = no_cycle_limit);
  /// Cycles from the launch to the end of wait().
  [[nodiscard]] std::uint64_t cycles() const { return event_ ? event_->cycles() : 0; }
  /// The lines that node `index` has then as its result.
  [[nodiscard]] std::vector<float> read(unsigned index) const;
  /// Which of the lines are the result of node `index`; none for all but the root of a reduction.
  [[nodiscard]] LineRange result(unsigned index) const;
  /// Address of the lines inside every node.
  [[nodiscard]] std::uint64_t address() const { return data_.front().address(); }

  [[nodiscard]] const CollectivePlan& plan() const { return plan_; }

 private:
  Machine& machine_;
  Rectangle rectangle_;
  CollectiveShape shape_;
  Program program_;
  CollectivePlan plan_;
  std::vector<Buffer> data_;
  std::vector<Buffer> slots_;
  std::vector<Buffer> plans_;
  std::optional<Event> event_;
};

/// What read() gives for every node, in the same order of summation; inputs[i] are the lines of node i. It follows from
/// the partition alone.
[[nodiscard]] std::vector<std::vector<float>> collective_reference(const CollectivePartition& partition,
                                                                   const std::vector<std::vector<float>>& inputs);

/// Cycles from the first push to the last arrival that no operation of the shape can go below on nodes that send and
/// receive one line per cycle: those at a node's network interface, and the latency of the messages that depend on each
/// other (docs/collective-kernels.md).
[[nodiscard]] std::uint64_t collective_bound(const Rectangle& rectangle, const CollectiveShape& shape);

}  // namespace dojo
