#pragma once
// What collective operations there are, and which lines they concern (docs/collective-kernels.md).

#include <array>
#include <cstddef>
#include <string_view>

namespace dojo {

/// What a collective operation leaves on the nodes, as in MPI.
enum class CollectiveKind {
  broadcast,       ///< every node: the root's lines
  reduce,          ///< the root: the sum of all nodes' lines
  all_reduce,      ///< every node: the sum of all nodes' lines
  reduce_scatter,  ///< every node: its share of that sum
  all_gather       ///< every node: the shares of all nodes
};

inline constexpr std::array collective_kinds{CollectiveKind::broadcast, CollectiveKind::reduce,
                                             CollectiveKind::all_reduce, CollectiveKind::reduce_scatter,
                                             CollectiveKind::all_gather};

/// "broadcast", "reduce", "all-reduce", "reduce-scatter", "all-gather".
[[nodiscard]] std::string_view to_string(CollectiveKind kind);

/// Whether the operation sums lines.
[[nodiscard]] bool is_sum(CollectiveKind kind);

/// How an operation is done.
enum class CollectiveForm {
  software,  ///< nodes push lines to each other, and harts add
  tree       ///< the network carries and sums lines along a tree
};

inline constexpr std::array collective_forms{CollectiveForm::software, CollectiveForm::tree};

/// "software", "tree".
[[nodiscard]] std::string_view to_string(CollectiveForm form);

/// An operation on `lines` lines of 16 FP32 values on every node.
struct CollectiveShape {
  CollectiveKind kind = CollectiveKind::all_reduce;
  std::size_t lines = 0;
  unsigned root = 0;  ///< index of a node of the rectangle; of broadcast and reduce
};

/// Consecutive lines.
struct LineRange {
  std::size_t first = 0;
  std::size_t lines = 0;
  [[nodiscard]] std::size_t end() const { return first + lines; }
  [[nodiscard]] bool contains(const LineRange& other) const { return first <= other.first && other.end() <= end(); }
  /// Part `index` of `count` parts, which are as even as possible.
  [[nodiscard]] LineRange part(std::size_t index, std::size_t count) const;
};

/// The share of node `index` of `count` nodes in a reduce-scatter or all-gather of `lines` lines.
[[nodiscard]] LineRange collective_share(std::size_t lines, std::size_t count, std::size_t index);

/// Which of the lines are the result of node `index` of `count`; none for all but the root of a reduction.
[[nodiscard]] LineRange collective_result(const CollectiveShape& shape, std::size_t count, std::size_t index);

}  // namespace dojo
