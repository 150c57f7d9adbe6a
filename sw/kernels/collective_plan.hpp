#pragma once
// Plans of collective operations: who sums which lines in which order, and the steps of every hart that get it done
// (docs/collective-kernels.md).

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "dojo_hw.hpp"
#include "runtime/rectangle.hpp"

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
  /// Part `index` of `count` parts, which are as even as possible.
  [[nodiscard]] LineRange part(std::size_t index, std::size_t count) const;
};

/// Nodes of a row or column of the rectangle, by their indices.
struct CollectiveGroup {
  std::vector<unsigned> nodes;  ///< in the order in which they stand
  std::vector<unsigned> ring;   ///< positions in `nodes`, so ordered that neighbours of the ring are near each other
};

/// Lines that the same nodes handle. Each holder is one group's: it has the sum of its group.
struct CollectiveSegment {
  LineRange lines;
  unsigned owner = 0;             ///< node that joins the sums of the groups
  std::vector<unsigned> holders;  ///< in the order in which their sums are added
};

/// Who handles what: the groups, and the segments of each slice of the lines. Slices are independent of each other.
struct CollectivePartition {
  CollectivePartition(const Rectangle& rectangle, const CollectiveShape& shape, std::size_t slices);

  /// Lines of slice `slice` that the node at `position` of `group` holds.
  [[nodiscard]] LineRange chunk(std::size_t group, std::size_t position, std::size_t slice) const;

  CollectiveShape shape;
  std::size_t slice_count;
  std::size_t node_count;
  std::vector<CollectiveGroup> groups;
  bool uniform = true;  ///< all groups have the same number of nodes
  std::vector<std::vector<CollectiveSegment>> segments;  ///< of each slice
};

/// The share of node `index` of `count` nodes in a reduce-scatter or all-gather of `lines` lines.
[[nodiscard]] LineRange collective_share(std::size_t lines, std::size_t count, std::size_t index);

/// Lines for another node.
struct CollectivePush {
  unsigned node = 0;
  LineRange lines;         ///< of the data; none: only the semaphore counts
  bool to_slots = false;   ///< they go to the receiver's slots for this hart, from line `slot` on; else to the same place
  std::size_t slot = 0;
  unsigned semaphore = 0;  ///< counts at the receiver
};

/// A collective_step_t without addresses.
struct CollectiveStep {
  unsigned semaphore = 0;
  std::uint32_t amount = 0;
  LineRange sum;
  std::size_t slot = 0;  ///< first summand: a line of this hart's slots; those that follow stand behind each other
  std::size_t slot_count = 0;
  bool adds_own = false;
  std::vector<CollectivePush> pushes;
};

/// How the groups sum and gather.
enum class CollectiveForm {
  ring,   ///< from neighbour to neighbour: every link carries little
  direct  ///< every node to every other: two steps, whatever the group's size
};

/// Where things are in every node.
struct CollectiveMemory {
  std::uint64_t data = 0;   ///< address of the lines
  std::uint64_t slots = 0;  ///< address of slot_lines() * hw::harts lines
  std::uint64_t plan = 0;   ///< address of what image() returns
};

/// The steps of every hart of every node.
class CollectivePlan {
 public:
  /// Throws InputError for an operation without lines or a root outside the rectangle.
  CollectivePlan(const Rectangle& rectangle, const CollectiveShape& shape, std::size_t slices, CollectiveForm form);

  [[nodiscard]] const CollectivePartition& partition() const { return partition_; }
  /// Slots of each hart, in lines: the most of any node.
  [[nodiscard]] std::size_t slot_lines() const;
  /// Bytes of the largest image().
  [[nodiscard]] std::size_t image_bytes() const;
  /// What the program finds at args[0] on node `index` of the rectangle.
  [[nodiscard]] std::vector<std::byte> image(const Rectangle& rectangle, unsigned index,
                                             const CollectiveMemory& memory) const;

 private:
  /// Segments that are summed or gathered by messages between all that take part.
  struct Exchange {
    LineRange lines;
    unsigned owner = 0;
    std::vector<unsigned> members;  ///< in the order of summation; the owner is the last of them or not among them
  };
  struct NodeSteps {
    std::array<std::vector<CollectiveStep>, hw::harts> harts;
    std::array<std::size_t, hw::harts> slots{};  ///< most that a slice has used
    std::size_t slots_used = 0;                  ///< by this slice
    std::set<unsigned> senders;                  ///< to these slots
    std::array<std::uint32_t, hw::harts> acknowledgements{};  ///< that are on their way to this node
  };

  void plan_slice(std::size_t slice);
  void reduce_groups(std::size_t slice);
  void gather_groups(std::size_t slice);
  void ring_reduce(std::size_t group, std::size_t slice);
  void ring_gather(std::size_t group, std::size_t slice);
  void reduce(const std::vector<Exchange>& exchanges, unsigned semaphore);
  void gather(const std::vector<Exchange>& exchanges, unsigned semaphore);
  [[nodiscard]] std::vector<Exchange> exchanges_inside(std::size_t slice) const;
  [[nodiscard]] std::vector<Exchange> exchanges_across(std::size_t slice) const;
  void acknowledge();
  void await_acknowledgements();
  void send_in_turn(std::vector<std::vector<CollectivePush>>& pushes);
  std::vector<CollectiveStep>& steps(unsigned node) { return nodes_[node].harts[hart_]; }
  std::size_t take_slots(unsigned node, std::size_t lines);
  [[nodiscard]] unsigned semaphore(unsigned use) const;

  CollectivePartition partition_;
  CollectiveForm form_;
  std::vector<NodeSteps> nodes_;
  unsigned hart_ = 0;  ///< of the slice that is planned
};

}  // namespace dojo
