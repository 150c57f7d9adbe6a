#pragma once
// Who sums which lines in the software form of a collective operation, and in which order.

#include <cstddef>
#include <vector>

#include "kernels/collective_shape.hpp"
#include "runtime/rectangle.hpp"

namespace dojo {

/// Lines that their owner sums, or has the result of. Nodes by their indices in the rectangle.
struct CollectiveExchange {
  LineRange lines;
  unsigned owner = 0;
  std::vector<unsigned> members;  ///< in the order of summation; the owner is the last of them or not among them
};

/// Nodes that pass lines on from each to the next: every link near them carries little. Part i belongs to node i in the
/// end; it is summed from node i + 1 on, round the ring, to node i.
struct CollectiveRing {
  std::vector<unsigned> nodes;
  std::vector<LineRange> parts;
};

/// What needs only the sums of the stage before: rings, or exchanges in which each member sends to each owner.
struct CollectiveStage {
  std::vector<CollectiveRing> rings;
  std::vector<CollectiveExchange> exchanges;
  /// Lines and their owners.
  [[nodiscard]] std::vector<CollectiveExchange> owners() const;
};

/// Who sums what. The lines are split into slices, which are independent of each other; a slice is summed in stages,
/// and its results go back through them. Every line has one owner in the last stage.
struct CollectivePartition {
  CollectivePartition(const Rectangle& rectangle, const CollectiveShape& shape, std::size_t slice_count);

  CollectiveShape shape;
  std::vector<std::vector<CollectiveStage>> slices;
};

/// Slices that an operation may have: one for each hart, more only if all nodes have the same part in all of them, so
/// that none is far ahead of another.
[[nodiscard]] std::size_t collective_most_slices(const Rectangle& rectangle, const CollectiveShape& shape);

/// The sums of all lines, in the order of the partition; inputs[i] are the lines of node i.
[[nodiscard]] std::vector<float> collective_sums(const CollectivePartition& partition,
                                                 const std::vector<std::vector<float>>& inputs);

}  // namespace dojo
