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
  [[nodiscard]] bool contains(const LineRange& other) const { return first <= other.first && other.end() <= end(); }
  /// Part `index` of `count` parts, which are as even as possible.
  [[nodiscard]] LineRange part(std::size_t index, std::size_t count) const;
};

/// The share of node `index` of `count` nodes in a reduce-scatter or all-gather of `lines` lines.
[[nodiscard]] LineRange collective_share(std::size_t lines, std::size_t count, std::size_t index);

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

/// A message to another node, by the transfer engine.
struct CollectiveMessage {
  unsigned node = 0;
  LineRange lines;  ///< none: a signal
  bool to_slots =
      false;  ///< they go to the receiver's slots for this hart, from line `slot` on; else to the same place
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
  std::vector<CollectiveMessage> messages;
  unsigned channel = 0;  ///< of the transfer engine, for the messages
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
  CollectivePlan(const Rectangle& rectangle, const CollectiveShape& shape, std::size_t slice_count);

  [[nodiscard]] const CollectivePartition& partition() const { return partition_; }
  /// Slots of each hart, in lines: the most of any node.
  [[nodiscard]] std::size_t slot_lines() const;
  /// Bytes of the largest image().
  [[nodiscard]] std::size_t image_bytes() const;
  /// What the program finds at args[0] on node `index` of the rectangle.
  [[nodiscard]] std::vector<std::byte> image(const Rectangle& rectangle, unsigned index,
                                             const CollectiveMemory& memory) const;

 private:
  /// Steps of a slice: those that sum, and those that pass results on.
  struct Slice {
    std::vector<CollectiveStep> sums;
    std::vector<CollectiveStep> results;
  };
  struct Node {
    std::array<std::vector<Slice>, hw::harts> slices;
    std::array<std::vector<CollectiveStep>, hw::harts> harts;
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

  CollectivePartition partition_;
  std::vector<Node> nodes_;
  unsigned hart_ = 0;       ///< of the slice that is planned
  bool gathering_ = false;  ///< its results are
};

}  // namespace dojo
