#pragma once
// A chain of stages, as many as lie in each node's SRAM, and what a node does in a step: planned before the run,
// without a machine.
//
// Data parallel: node i of N takes samples [count i / N, count (i + 1) / N) of a batch.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "network/nodes/stages.hpp"
#include "network/nodes/step_plan.hpp"

namespace dojo::network {

/// Bytes from an image of a tensor to the next, in BF16.
[[nodiscard]] std::size_t image_bytes(const StageTensor& tensor);

class NodePlan : public StepPlan {
 public:
  /// Of group `part` of the groups of nodes that work on a recipe, from address `base` of each SRAM on, of which
  /// `available` bytes are free. A plan that does not fit is made, too (fits()). Throws InputError as make_stages()
  /// does. Groups are the parts of a pipeline, for which connect() is to be called, or share layers' channels.
  NodePlan(const Recipe& recipe, const std::vector<Rectangle>& groups, std::uint64_t base, std::size_t available,
           std::size_t part);
  /// Says where each of two parts that follow each other finds the other one's place for what it sends.
  static void connect(NodePlan& before, NodePlan& behind);

  [[nodiscard]] const Stages& stages() const { return stages_; }
  /// Those of all parts.
  [[nodiscard]] const Stages& chain() const { return chain_; }

  [[nodiscard]] bool takes_data() const override { return !before_; }
  [[nodiscard]] std::size_t losses_of_node() const override;
  /// The same of the last part.
  [[nodiscard]] std::size_t targets_of_node() const;
  [[nodiscard]] std::optional<LogitsPlace> logits() const override;
  [[nodiscard]] InputPacker packer(std::size_t target) const override;
  /// Bytes from an image of a tensor to the next.
  [[nodiscard]] std::size_t image_bytes(std::size_t tensor) const;
  /// Samples of a node in whole tiles.
  [[nodiscard]] std::size_t sample_tiles() const;

 private:
  /// Where a product stage's parameters are.
  struct Weights {
    std::size_t first = 0;  ///< tile
    std::size_t rows = 0;   ///< of tiles
    std::size_t columns = 0;
    std::size_t bias = 0;  ///< tile, counted from the first bias
    std::uint64_t turned = 0;
  };

  void lay_out_weights();
  void lay_out_activations();
  void map_parameters(const Graph& graph);

  // plan_boundary.cpp: pipelines
  /// Nodes of the other part, of which node i works with node i of this one, and where it receives.
  struct Neighbour {
    Rectangle nodes;
    std::uint64_t address = 0;
  };
  [[nodiscard]] std::vector<Transfers> boundary_sends(unsigned node) const override;
  /// Whether a tensor holds the logits.
  [[nodiscard]] bool is_logits(std::size_t tensor) const { return !behind_ && tensor + 1 == stages_.tensors.size(); }
  /// Whether the gradient of a stage's input is needed.
  [[nodiscard]] bool gives_gradient(std::size_t stage) const { return stage != 0 || before_; }
  /// Parts in which a tensor is sent: images, or the whole matrix.
  [[nodiscard]] std::size_t pieces(std::size_t tensor) const { return stages_.tensors[tensor].image ? samples_ : 1; }
  /// Until a piece of tensor 0 is here and in its operand's format, if it comes from the part before.
  void receive(std::size_t piece);
  /// Sends a piece of the last tensor, if that goes to the part behind.
  void send(std::size_t tensor, std::size_t piece);
  void finish_sends();
  /// Whether a gradient is made by products, or comes from the part behind; else harts make it.
  [[nodiscard]] bool comes(std::size_t tensor) const;
  /// Until that of a piece is here.
  void await_gradient(std::size_t tensor, std::size_t piece);
  void send_gradient();

  // plan_tensor.cpp: groups that share channels
  [[nodiscard]] std::vector<TileRange> repeated() const override;
  [[nodiscard]] bool is_split(std::size_t stage, Split split) const;
  void lay_out_partials();
  [[nodiscard]] Exchange partial_result(std::size_t stage, std::size_t piece, std::uint64_t own) const;
  [[nodiscard]] Exchange partial_gradient(std::size_t stage, std::size_t piece) const;

  // plan_operands.cpp
  void name_operands();
  void lay_out_weight_operands();
  void lay_out_operands();
  [[nodiscard]] std::size_t activation_operand(std::size_t tensor) const { return tensor; }
  [[nodiscard]] std::size_t gradient_operand(std::size_t tensor) const { return stages_.tensors.size() + tensor; }
  [[nodiscard]] std::size_t weights_operand(std::size_t stage) const { return 2 * stages_.tensors.size() + stage; }
  /// Bytes from an image of a tensor to the next in an operand's format.
  [[nodiscard]] std::size_t image_bytes(std::size_t tensor, const Operand& operand) const;
  /// Converts `count` images of a tensor, from the first on, or a matrix, if a product reads it in CFloat8.
  void quantize_activations(std::size_t tensor, std::size_t first, std::size_t count);
  /// The same of the gradient of a stage's result; a barrier is behind it.
  void quantize_gradient(std::size_t stage);

  [[nodiscard]] const ProductStage* product(std::size_t stage) const;
  [[nodiscard]] const PoolStage* pool(std::size_t stage) const;
  /// Whether the pooling behind a product stage takes the maximum.
  [[nodiscard]] bool maximum_follows(std::size_t stage) const;
  /// Whether it is one operation with the bias and ReLU before it: windows of 2x2.
  [[nodiscard]] bool pairs_follow(std::size_t stage) const;
  /// The gradients of this stage's and later weights travel while the matrix unit works on those of the first two
  /// products.
  [[nodiscard]] std::size_t late_stage() const;
  /// Results of products that there is room for: a second one while harts work on the first, if there are two samples.
  [[nodiscard]] std::size_t result_slots() const { return samples_ == 1 ? 1 : 2; }
  [[nodiscard]] std::size_t row_tiles(std::size_t tensor) const;
  /// The gradient of a stage's result for the gradient of its input: spread with zeros if the stage has a stride.
  [[nodiscard]] StageTensor spread_gradient(std::size_t stage) const;
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
  void turn_weights();
  void bias(std::size_t stage, std::uint64_t from, std::uint64_t to, std::size_t rows, std::size_t units,
            std::size_t unit);
  void pool_image(network_kind kind, std::size_t stage, std::size_t sample, bool masked);
  void pairs(network_kind kind, std::size_t stage, std::size_t sample, std::uint64_t inner);
  void mask(std::size_t stage);
  /// Sets some values of pieces of a tensor, or of its gradient, to 0; between barriers.
  void drop(std::size_t tensor, std::uint64_t values, std::size_t first, std::size_t count);
  void drop_gradient(std::size_t tensor, std::size_t first, std::size_t count);
  void spread(std::size_t stage);
  void loss();

  // plan_products.cpp: descriptors
  /// `slot`: which of the two places for results.
  [[nodiscard]] Product result(std::size_t stage, std::size_t sample, std::size_t slot) const;
  [[nodiscard]] Product input_gradient(std::size_t stage, std::size_t sample) const;
  [[nodiscard]] Product weight_gradient(std::size_t stage) const;
  [[nodiscard]] Product bias_gradient(std::size_t stage) const;

  Stages chain_;
  Stages stages_;
  std::optional<Neighbour> before_;
  std::optional<Neighbour> behind_;
  std::vector<std::uint64_t> partials_;     ///< of each stage: what other groups send
  std::vector<Weights> parameters_;         ///< of each stage
  std::vector<std::uint64_t> activations_;  ///< of each tensor, in BF16 (logits: FP32); two images where transient_
  std::vector<bool> transient_;             ///< used by the pooling behind it only, image by image
  std::vector<std::uint64_t> gradient_;     ///< of each tensor; 0: nobody needs it
  std::vector<std::uint64_t> spread_;       ///< of each stage: spread_gradient() of all images; 0: has no stride
  std::vector<std::uint64_t> maxima_;       ///< of each stage: places of the maxima
  std::uint64_t scratch_ = 0;               ///< results of products in FP32
  std::size_t scratch_bytes_ = 0;           ///< of each
  std::uint64_t gradients_ = 0;
  std::vector<std::size_t> gradient_issued_;  ///< of each tensor: product that makes its (first) gradient; 0: none does
};

}  // namespace dojo::network
