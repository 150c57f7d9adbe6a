#pragma once
// What lies where in each node's SRAM, and what a node does in a step: planned before the run, without a machine.
//
// Data parallel: node i of N takes samples [count i / N, count (i + 1) / N) of a batch, holds all parameters in the
// format of weights (biases in FP32), and owns a share of them in FP32 with their velocity. All parameters are tiles in
// one row: first the weights of all layers, then the biases.
//
// What is made in BF16 and read by products in CFloat8 is converted as a whole into a place of its own; all operations
// but products work on BF16.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dojo_hw.hpp"
#include "firmware/kernels/network_operation.h"
#include "kernels/tiles.hpp"
#include "network/nodes/stages.hpp"
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

/// What products read: a tensor with a format of its own and, for CFloat8, an exponent bias.
struct Operand {
  std::string name;
  hw::MatrixFormat format = hw::MatrixFormat::bf16;
  std::uint64_t address = 0;
  std::uint64_t largest = 0;  ///< lines, one of each hart: largest magnitudes of what was converted; 0: nothing is

  [[nodiscard]] bool small() const { return format != hw::MatrixFormat::bf16; }
  [[nodiscard]] std::size_t tile_bytes() const { return small() ? tile_elements : tile_bytes_bf16; }
};

/// Exponent biases of operands, in their order.
struct OperandBiases {
  std::vector<unsigned> read;     ///< by the products of a step
  std::vector<unsigned> written;  ///< by its update, for the step after it: weights

  friend bool operator==(const OperandBiases&, const OperandBiases&) = default;
};

/// How far a list of operations goes.
enum class Extent { forward, gradients, update };

/// An address or a count as descriptors and operations hold it.
constexpr std::uint32_t word(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}

class NodePlan {
 public:
  /// For a recipe on the nodes of a rectangle, from address `base` of each SRAM on, of which `available` bytes are
  /// free. A plan that does not fit is made, too (fits()). Throws InputError as make_stages() does.
  NodePlan(const Recipe& recipe, const Rectangle& nodes, std::uint64_t base, std::size_t available);

  [[nodiscard]] const Stages& stages() const { return stages_; }
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
  [[nodiscard]] TileRange share(unsigned node) const;
  /// For each number of a parameter of the graph, its place among the numbers of all tiles. A bias is there eight
  /// times, eight places apart, of which this is the first.
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& places() const { return places_; }

  // Addresses of what the host reads and writes.
  [[nodiscard]] std::uint64_t data() const { return activations_.front(); }
  [[nodiscard]] std::uint64_t labels() const { return labels_; }
  [[nodiscard]] std::uint64_t losses() const { return losses_; }
  [[nodiscard]] std::uint64_t logits() const { return activations_.back(); }
  [[nodiscard]] std::uint64_t ones() const { return ones_; }
  [[nodiscard]] std::uint64_t weights() const { return weights_; }
  [[nodiscard]] std::uint64_t biases() const { return biases_; }
  [[nodiscard]] std::uint64_t gradients() const { return gradients_; }
  [[nodiscard]] std::uint64_t masters() const { return masters_; }
  [[nodiscard]] std::uint64_t velocity() const { return velocity_; }
  [[nodiscard]] std::uint64_t operations() const { return operations_address_; }
  /// Bytes from an image of a tensor to the next.
  [[nodiscard]] std::size_t image_bytes(std::size_t tensor) const;
  /// Samples of a node in whole tiles.
  [[nodiscard]] std::size_t sample_tiles() const;

  /// All operands: activations of each tensor, their gradients, weights of each stage.
  [[nodiscard]] const std::vector<Operand>& operands() const { return operands_; }
  [[nodiscard]] std::size_t weights_operand(std::size_t stage) const { return 2 * stages_.tensors.size() + stage; }
  [[nodiscard]] bool has_small_operands() const;
  /// Tiles of a stage's weights; none of other stages.
  [[nodiscard]] TileRange weights_of(std::size_t stage) const;
  /// Whether weights are CFloat8: then a control word for each of their tiles stands at controls().
  [[nodiscard]] bool small_weights() const { return controls_ != 0; }
  [[nodiscard]] std::uint64_t controls() const { return controls_; }
  [[nodiscard]] std::vector<std::uint32_t> weight_controls(const OperandBiases& biases) const;

  /// The list of node `node`, and what stands at descriptors(): matrix descriptors, then its transfers.
  [[nodiscard]] std::vector<network_operation> list(unsigned node, Extent extent, const OperandBiases& biases) const;
  [[nodiscard]] std::uint64_t descriptors() const { return descriptors_address_; }
  [[nodiscard]] std::vector<hw::MatrixDescriptor> products(const OperandBiases& biases) const;
  [[nodiscard]] std::uint64_t transfers_address() const {
    return descriptors_address_ + products_.size() * hw::line_bytes;
  }
  [[nodiscard]] std::vector<hw::TransferDescriptor> transfers(unsigned node) const;

 private:
  /// Where a product stage's parameters are.
  struct Weights {
    std::size_t first = 0;  ///< tile
    std::size_t rows = 0;   ///< of tiles
    std::size_t columns = 0;
    std::size_t bias = 0;  ///< tile, counted from the first bias
    std::uint64_t turned = 0;
  };

  std::uint64_t take(const std::string& purpose, const std::string& name, std::size_t bytes);
  void lay_out_parameters();
  void lay_out_activations();
  void map_parameters(const Graph& graph);
  /// A product with its operands' numbers; `none`: BF16 that is none of the operands.
  struct Product {
    hw::MatrixDescriptor descriptor;
    std::size_t a;
    std::size_t b;
  };
  static constexpr std::size_t none = ~std::size_t{0};

  void name_operands();
  void lay_out_operands();
  [[nodiscard]] std::size_t activation_operand(std::size_t tensor) const { return tensor; }
  [[nodiscard]] std::size_t gradient_operand(std::size_t tensor) const { return stages_.tensors.size() + tensor; }
  /// Bytes from an image of a tensor to the next in an operand's format.
  [[nodiscard]] std::size_t image_bytes(std::size_t tensor, const Operand& operand) const;
  [[nodiscard]] const ProductStage* product(std::size_t stage) const;
  [[nodiscard]] const PoolStage* pool(std::size_t stage) const;
  /// Whether the pooling behind a product stage takes the maximum.
  [[nodiscard]] bool maximum_follows(std::size_t stage) const;
  /// Whether it is one operation with the bias and ReLU before it: windows of 2x2.
  [[nodiscard]] bool pairs_follow(std::size_t stage) const;
  [[nodiscard]] std::size_t row_tiles(std::size_t tensor) const;
  [[nodiscard]] std::size_t tensor_bytes(std::size_t tensor) const;

  // plan_list.cpp: the list
  void build();
  /// An image in a convolution, with what follows up to its pooling; `waits`: for the work just before it.
  struct ImageWork {
    std::size_t stage;
    std::size_t sample;
    bool waits;
  };
  /// Stage and, if it is a convolution, those behind it; the first stage that is left.
  std::size_t forward(std::size_t stage);
  std::size_t forward_images(std::size_t first);
  [[nodiscard]] std::vector<ImageWork> order_of(const std::vector<std::size_t>& convolutions) const;
  void finish_image(std::size_t stage, std::size_t sample, std::size_t slot);
  void backward(std::size_t stage);
  void backward_product(std::size_t stage);
  void quantize_activations(std::size_t tensor, std::size_t first, std::size_t count);
  void quantize_gradient(std::size_t stage);
  void turn_weights();
  void exchange();
  void bias(std::size_t stage, std::uint64_t from, std::uint64_t to, std::size_t rows, std::size_t units,
            std::size_t unit);
  void pool_image(network_kind kind, std::size_t stage, std::size_t sample, bool masked);
  void pairs(network_kind kind, std::size_t stage, std::size_t sample, std::uint64_t inner);
  void mask(std::size_t stage);
  void barrier();
  network_operation& add(network_kind kind);
  std::size_t issue(const Product& product);
  /// Converts `count` images of a tensor from the first on, or a matrix, if it is an operand in CFloat8.
  void quantize(std::size_t operand, std::size_t tensor, std::uint64_t from, std::size_t first, std::size_t count);
  [[nodiscard]] std::uint32_t control(std::size_t operand, unsigned bias) const;
  void wait_for(std::size_t issued);
  void wait(network_semaphore semaphore, std::size_t amount);

  // plan_products.cpp: descriptors
  /// `slot`: which of the two places for results.
  [[nodiscard]] Product result(std::size_t stage, std::size_t sample, std::size_t slot) const;
  [[nodiscard]] Product input_gradient(std::size_t stage, std::size_t sample) const;
  [[nodiscard]] Product weight_gradient(std::size_t stage) const;
  [[nodiscard]] Product bias_gradient(std::size_t stage) const;

  Rectangle nodes_;
  std::uint64_t base_;
  std::size_t available_;
  std::uint64_t next_;
  std::size_t samples_;
  Stages stages_;
  FormatSettings formats_;
  std::vector<Operand> operands_;
  std::vector<Region> regions_;
  std::vector<std::vector<std::uint32_t>> places_;

  std::size_t weight_tiles_ = 0;
  std::size_t bias_tiles_ = 0;
  std::vector<Weights> parameters_;         ///< of each stage
  std::vector<std::uint64_t> activations_;  ///< of each tensor, in BF16 (logits: FP32); two images where transient_
  std::vector<bool> transient_;             ///< used by the pooling behind it only, image by image
  std::vector<std::uint64_t> gradient_;     ///< of each tensor; 0: nobody needs it
  std::vector<std::uint64_t> maxima_;       ///< of each stage: places of the maxima
  std::uint64_t scratch_ = 0;               ///< two results of products in FP32
  std::size_t scratch_bytes_ = 0;           ///< of each
  std::uint64_t labels_ = 0;
  std::uint64_t losses_ = 0;
  std::uint64_t ones_ = 0;
  std::uint64_t weights_ = 0;
  std::uint64_t biases_ = 0;
  std::uint64_t gradients_ = 0;
  std::uint64_t controls_ = 0;
  std::uint64_t receive_ = 0;
  std::size_t slot_bytes_ = 0;
  std::uint64_t masters_ = 0;
  std::uint64_t velocity_ = 0;

  std::vector<network_operation> operations_;
  std::vector<Product> products_;
  std::size_t forward_end_ = 0;  ///< operations of the forward pass, and of both passes
  std::size_t gradients_end_ = 0;
  std::size_t waited_ = 0;                    ///< products that the list has waited for
  std::vector<std::size_t> gradient_issued_;  ///< of each tensor: product that makes its (first) gradient; 0: none does
  std::uint64_t operations_address_ = 0;
  std::uint64_t descriptors_address_ = 0;
};

}  // namespace dojo::network
