#pragma once
// What every plan of a training step has: a node's SRAM, the list of operations, and the end of a step, in which
// gradients are summed at their owners, the owners update, and all nodes get the new parameters.
//
// All parameters are tiles in one row: first the weights of all layers, in BF16 or CFloat8 on every node, then the
// biases, in FP32. The row is cut into buckets, whose gradients travel together; each node owns a range of every
// bucket's tiles, in FP32, with what the optimiser keeps of them.
//
// Parameters in FP32 and what the optimiser keeps may lie in DRAM. Then they come in chunks, of which a second one
// is under way while the first one is updated.
//
// Several groups of nodes may work on a network, each with a plan and parameters of its own. The norm of the gradients
// is that of all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dojo_hw.hpp"
#include "firmware/kernels/network_operation.h"
#include "network/batch.hpp"
#include "network/nodes/operands.hpp"
#include "network/recipe.hpp"
#include "runtime/rectangle.hpp"

namespace dojo::network {

/// A range of a node's SRAM.
struct Region {
  std::string purpose;  ///< such as "weights", "activations"
  std::string name;     ///< of the layer, or empty
  std::size_t bytes = 0;
  std::uint64_t address = 0;
};

/// Tiles [begin, end).
struct TileRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// Where a node has its logits after a forward pass: among some FP32 numbers.
struct LogitsPlace {
  std::uint64_t address = 0;
  std::size_t numbers = 0;
  std::size_t predictions = 0;        ///< logits of a sample
  std::vector<std::uint32_t> places;  ///< of the logits of all samples, one sample after the other, among the numbers
};

/// How far a list of operations goes.
enum class Extent { forward, gradients, update };

/// Tiles of weights that are one operand.
struct WeightTiles {
  std::size_t operand = 0;
  TileRange tiles;
};

/// An address or a count as descriptors and operations hold it.
constexpr std::uint32_t word(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}

class StepPlan {
 public:
  StepPlan(const StepPlan&) = default;
  StepPlan(StepPlan&&) = default;
  StepPlan& operator=(const StepPlan&) = delete;
  StepPlan& operator=(StepPlan&&) = delete;
  virtual ~StepPlan() = default;

  [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }
  [[nodiscard]] std::size_t bytes() const { return next_ - base_; }
  [[nodiscard]] std::size_t available() const { return available_; }
  [[nodiscard]] bool fits() const { return bytes() <= available_; }
  /// Bytes needed and free, in one line.
  [[nodiscard]] std::string summary() const;

  /// Samples of a node.
  [[nodiscard]] std::size_t samples() const { return samples_; }
  [[nodiscard]] std::size_t tiles() const { return weight_tiles_ + bias_tiles_; }
  [[nodiscard]] std::size_t weight_tiles() const { return weight_tiles_; }
  /// The tiles that a node owns, bucket by bucket, in the order in which it holds them.
  [[nodiscard]] std::vector<TileRange> owned(unsigned node) const;
  /// For each number of a parameter of the graph, its place among the numbers of all tiles, or `elsewhere`: it is other
  /// nodes'. A bias is there eight times, eight places apart, of which this is the first.
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& places() const { return places_; }

  static constexpr std::uint32_t elsewhere = ~std::uint32_t{0};
  /// Whether its nodes get the batch.
  [[nodiscard]] virtual bool takes_data() const { return true; }
  /// Labels, or targets in the logits' places, of a node; each has a loss. 32 bits each.
  [[nodiscard]] virtual std::size_t losses_of_node() const = 0;
  /// Where the logits are after a forward pass, if all are there.
  [[nodiscard]] virtual std::optional<LogitsPlace> logits() const { return std::nullopt; }
  /// How a batch is packed, of which tensor `target` has labels or targets. Needs the plan no more.
  [[nodiscard]] virtual InputPacker packer(std::size_t target) const = 0;

  // Addresses of what the host reads and writes.
  [[nodiscard]] std::uint64_t data() const { return data_; }
  [[nodiscard]] std::uint64_t labels() const { return labels_; }
  [[nodiscard]] std::uint64_t losses() const { return losses_; }
  /// A tile of ones in BF16.
  [[nodiscard]] std::uint64_t ones() const { return ones_; }
  [[nodiscard]] std::uint64_t weights() const { return weights_; }
  [[nodiscard]] std::uint64_t biases() const { return biases_; }
  /// Bytes of DRAM for a node, 0: none. It holds owned parameters and what the optimiser keeps, whose addresses are
  /// then offsets there.
  [[nodiscard]] std::size_t dram_bytes() const { return dram_bytes_; }
  /// Of the owned tiles, in FP32: sums of the gradients, parameters, and what the optimiser keeps: velocity, or two
  /// means.
  [[nodiscard]] std::uint64_t sums() const { return sums_; }
  [[nodiscard]] std::uint64_t masters() const { return masters_; }
  [[nodiscard]] const std::vector<std::uint64_t>& moments() const { return moments_; }
  /// Of all groups.
  [[nodiscard]] unsigned all_nodes() const { return nodes_.nodes() * static_cast<unsigned>(groups_.size()); }
  /// A line for each node of all groups, with the sums of the squares of its owned gradients by each hart. It is at the
  /// same address in all plans.
  [[nodiscard]] std::uint64_t squares() const { return squares_; }
  [[nodiscard]] std::uint64_t operations() const { return operations_address_; }

  /// All operands of products; the data is the first.
  [[nodiscard]] const std::vector<Operand>& operands() const { return operands_; }
  [[nodiscard]] bool has_small_operands() const;
  /// Which operands the weights are: all tiles of them.
  [[nodiscard]] const std::vector<WeightTiles>& weight_operands() const { return weight_operands_; }
  /// Where a control word for each tile of weights stands if they are CFloat8: else 0.
  [[nodiscard]] std::uint64_t controls() const { return controls_; }
  [[nodiscard]] std::vector<std::uint32_t> weight_controls(const OperandBiases& biases) const;

  /// The list of node `node`, and what stands at descriptors(): matrix descriptors, then its transfers.
  [[nodiscard]] std::vector<network_operation> list(unsigned node, Extent extent, const OperandBiases& biases) const;
  [[nodiscard]] std::uint64_t descriptors() const { return descriptors_address_; }
  [[nodiscard]] std::vector<hw::MatrixDescriptor> products(const OperandBiases& biases) const;
  [[nodiscard]] std::uint64_t transfers_address() const {
    return descriptors_address_ + products_.size() * hw::line_bytes;
  }
  /// `dram`: address of the node's DRAM for its transfers.
  [[nodiscard]] std::vector<hw::TransferDescriptor> transfers(unsigned node, std::uint64_t dram = 0) const;

 protected:
  /// Tiles whose gradients travel together, and where a node's own gradients of them are.
  struct Bucket {
    TileRange tiles;
    std::uint64_t gradients = 0;
  };

  using Transfers = std::vector<hw::TransferDescriptor>;

  /// Lists of transfers that a plan has beside those of the exchange: their numbers begin with first_boundary_list().
  [[nodiscard]] virtual std::vector<Transfers> boundary_sends(unsigned node) const { return partial_sends(node); }
  [[nodiscard]] std::size_t first_boundary_list() const { return buckets_.size() + 2 + 2 * chunks().size(); }
  /// Parameters that all groups have, of which those of group 0 count for the norm.
  [[nodiscard]] virtual std::vector<TileRange> repeated() const { return {}; }
  /// Whole lines to a node; counts here, when they have been read, and there.
  [[nodiscard]] static hw::TransferDescriptor push(Coordinates to, std::uint64_t from, std::uint64_t address,
                                                   std::size_t bytes, network_semaphore counts);

  /// A product with its operands' numbers.
  struct Product {
    hw::MatrixDescriptor descriptor;
    std::size_t a;
    std::size_t b;
  };
  static constexpr std::size_t no_operand = ~std::size_t{0};  ///< BF16 that is none of the operands

  /// Of group `group`; all groups have as many nodes.
  StepPlan(const Recipe& recipe, const std::vector<Rectangle>& groups, std::size_t group, std::uint64_t base,
           std::size_t available);

  /// Where the next range begins.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  std::uint64_t take(const std::string& purpose, const std::string& name, std::size_t bytes);
  /// Takes what the nodes hold of the parameters; the buckets must be known. Their gradients are the caller's.
  void lay_out_parameters();
  /// Takes labels, losses and ones.
  void lay_out_labels();
  /// Takes what list() and transfers() need; to be called when the list is complete.
  void lay_out_lists();

  // The list.
  network_operation& add(network_kind kind);
  void barrier();
  void wait(network_semaphore semaphore, std::size_t amount);
  std::size_t issue(const Product& product);
  std::size_t issue(const hw::MatrixDescriptor& descriptor) { return issue({descriptor, no_operand, no_operand}); }
  /// Converts BF16 tiles into an operand, whose tile `to` is the first, if it is one that is converted; behind a
  /// barrier.
  void quantize(std::size_t operand, std::uint64_t from, std::size_t to, std::size_t tiles);
  /// The list so far is the forward pass, or both passes.
  void end_forward() { forward_end_ = operations_.size(); }
  void end_gradients() {
    gradients_end_ = operations_.size();
    unfinished_ = issued_ - waited_;
  }
  void wait_for(std::size_t issued);
  /// The products that the list has issued.
  [[nodiscard]] std::size_t issued() const { return issued_; }
  /// The operations that the list has.
  [[nodiscard]] std::size_t length() const { return operations_.size(); }
  /// Makes the list empty.
  void clear();
  /// Bytes that the list takes, with its descriptors.
  [[nodiscard]] std::size_t list_bytes() const;
  /// Pushes a bucket's gradients to their owners and sums what came; `adds` to the sums that are there. Harts are at
  /// work then. Before it there must be a barrier, and if another sum follows, `more`, there is one at its end.
  void sum(std::size_t bucket, bool adds, bool more = false);
  /// Norm of the gradients, update, and new parameters to all nodes.
  void update();

  // step_partials.cpp: groups that share layers; node i of a group works with node i of the others
  /// Partial results, each of which a group has, that become their sum in all groups.
  struct Exchange {
    std::size_t tiles = 0;
    bool bf16 = false;
    std::uint64_t own = 0;      ///< in its place is the sum
    std::uint64_t receive = 0;  ///< a slot for each other group
    [[nodiscard]] std::size_t bytes() const { return tiles * (bf16 ? tile_bytes_bf16 : tile_bytes_fp32); }
  };
  /// Sends partial results to the other groups, when products have made them; the exchange's number.
  std::size_t send_partials(const Exchange& exchange);
  /// Until the sum is made; a barrier is behind it.
  void sum_partials(std::size_t exchange);
  /// Lists of all exchanges, in their order.
  [[nodiscard]] std::vector<Transfers> partial_sends(unsigned node) const;
  /// Exchanges that the list has.
  [[nodiscard]] std::size_t exchanges() const { return exchanges_.size(); }

  std::vector<Rectangle> groups_;  ///< node i works with node i of the others
  std::size_t group_;
  Rectangle nodes_;
  std::size_t samples_;
  std::vector<std::vector<std::uint32_t>> places_;
  std::size_t weight_tiles_ = 0;
  std::size_t bias_tiles_ = 0;
  std::vector<Bucket> buckets_;
  std::uint64_t data_ = 0;
  std::uint64_t labels_ = 0;
  std::uint64_t losses_ = 0;
  std::uint64_t ones_ = 0;
  std::uint64_t weights_ = 0;
  std::uint64_t biases_ = 0;
  FormatSettings formats_;
  std::vector<Operand> operands_;
  std::vector<WeightTiles> weight_operands_;

 private:
  [[nodiscard]] TileRange part_of(const Bucket& bucket, unsigned node) const;
  [[nodiscard]] std::size_t owned_size(unsigned node) const;
  [[nodiscard]] std::size_t publications(unsigned node) const;
  void send(std::size_t list);
  void add_squares();

  // step_state.cpp: owned parameters in DRAM
  /// Tiles of what a node owns of a bucket that are updated at once, and which of all chunks they are.
  struct Chunk {
    std::size_t bucket;
    std::size_t first;  ///< of what the node owns of the bucket
  };
  void lay_out_state();
  [[nodiscard]] std::vector<Chunk> chunks() const;
  [[nodiscard]] TileRange tiles_of(const Chunk& chunk, unsigned node) const;
  [[nodiscard]] std::size_t pull_list(std::size_t chunk) const { return buckets_.size() + 2 + 2 * chunk; }
  [[nodiscard]] std::uint64_t staged(std::size_t chunk, std::size_t state) const;
  void pull(std::size_t chunk);
  void push_back(std::size_t chunk);
  [[nodiscard]] std::vector<Transfers> state_transfers(unsigned node, std::uint64_t dram) const;

  void wait_for_peers();
  void fill_in(network_operation& operation, unsigned node) const;
  [[nodiscard]] std::uint32_t control(std::size_t operand, unsigned bias) const;
  [[nodiscard]] std::size_t weight_bytes() const { return controls_ != 0 ? tile_elements : tile_bytes_bf16; }
  [[nodiscard]] std::vector<Transfers> sends(unsigned node, std::uint64_t dram = 0) const;

  std::uint64_t base_;
  std::size_t available_;
  std::uint64_t next_;
  bool adamw_;
  bool clips_;
  bool in_dram_;
  std::vector<Region> regions_;
  std::uint64_t receive_ = 0;
  std::size_t slot_bytes_ = 0;
  std::uint64_t sums_ = 0;
  std::uint64_t masters_ = 0;
  std::vector<std::uint64_t> moments_;
  std::size_t most_owned_ = 0;   ///< tiles of any node
  std::size_t chunk_tiles_ = 0;  ///< of the largest chunk
  std::uint64_t staging_ = 0;    ///< two chunks of each state
  std::size_t dram_bytes_ = 0;
  std::uint64_t squares_ = 0;
  std::vector<network_operation> operations_;
  std::size_t forward_end_ = 0;  ///< operations of the forward pass, and of both passes
  std::size_t gradients_end_ = 0;
  std::size_t unfinished_ = 0;  ///< products that the list has not waited for then
  std::uint64_t controls_ = 0;
  std::vector<Product> products_;  ///< each once
  std::size_t issued_ = 0;
  std::vector<Exchange> exchanges_;
  bool peers_are_told_ = false;  ///< that contributions to another sum may come
  std::size_t waited_ = 0;       ///< products that the list has waited for
  std::uint64_t operations_address_ = 0;
  std::uint64_t descriptors_address_ = 0;
};

}  // namespace dojo::network
