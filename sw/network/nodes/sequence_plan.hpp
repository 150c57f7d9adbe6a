#pragma once
// A step of a network of sequences: rows of a matrix go through layers that may take what any layer before has made.
//
// A node works on one sequence after the other. Matrices lie in the SRAM from their first to their last use only; what
// is cheap to make is made again in the backward pass, if not everything fits. The gradient of each table or weight
// matrix goes to its owners as soon as it is there, so that a node has room for one of them only. Groups of nodes can
// share layers (sequence_tensor.hpp).

#include <initializer_list>
#include <memory>
#include <optional>

#include "network/nodes/sequence_stage.hpp"
#include "network/nodes/step_plan.hpp"

namespace dojo::network {

/// Whether a recipe's network begins with an embedding.
[[nodiscard]] bool is_of_sequences(const Recipe& recipe);

class SequencePlan : public StepPlan {
 public:
  /// For a recipe on the nodes of a rectangle, or for group `group` of those that share layers, from address `base` of
  /// each SRAM on, of which `available` bytes are free. A plan that does not fit is made, too (fits()). Throws
  /// InputError, one line that names the layer, when the network, its loss or its optimiser is not for nodes yet, or
  /// groups cannot share a layer.
  SequencePlan(const Recipe& recipe, const std::vector<Rectangle>& groups, std::size_t group, std::uint64_t base,
               std::size_t available);

  [[nodiscard]] std::size_t losses_of_node() const override;
  [[nodiscard]] InputPacker packer(std::size_t target) const override;

  // What stages call.

  /// Rows of tiles of a matrix.
  [[nodiscard]] std::size_t rows() const { return length_ / tile_edge; }
  /// Columns of tiles of a value that the nodes have.
  [[nodiscard]] std::size_t columns(std::size_t value) const;
  /// Room for a while.
  BufferId buffer(std::size_t bytes);
  BufferId buffer(std::size_t columns, Form form);
  /// Its address, for the operation that was added last; a product's buffers are to be named to product(), too.
  std::uint32_t at(BufferId buffer);
  /// Adds an operation of all harts, which waits for everything before it; `beside` products, if so.
  network_operation& harts(network_kind kind, bool beside = false);
  /// Issues a product, behind what harts have done before it; harts do not wait for it if it is one of `parameters`'
  /// gradients.
  std::size_t product(hw::MatrixDescriptor descriptor, std::initializer_list<BufferId> used, bool parameters = false);
  /// Waits for a product and those before it.
  void finish(std::size_t product);
  /// A matrix of so many columns of tiles, a product that is finished, becomes the sum of those of all groups.
  void sum_groups(Matrix partial, std::size_t columns);

  /// A value of the graph, made if it is not there, in a form, or in any that is there.
  Matrix matrix(std::size_t value, Form form);
  Matrix matrix(std::size_t value);
  /// What a stage keeps beside its output.
  std::optional<BufferId>& statistics(std::size_t value) { return instances_[value].statistics; }
  /// The gradient of a value, whose consumers have all contributed.
  Matrix gradient(std::size_t value, Form form);
  /// The form in which a contribution to a value's gradient is best.
  [[nodiscard]] Form contribution_form(std::size_t value) const;
  /// Adds to a value's gradient; the matrix becomes it, if it is the first one, and may be changed later.
  void contribute(std::size_t value, Matrix part);
  /// The same of an output's gradient to several inputs.
  void distribute(const std::vector<std::size_t>& values, Matrix gradient);

  // Addresses of parameters, and of their gradients.
  [[nodiscard]] std::uint32_t weights(const ParameterPlace& place) const;
  [[nodiscard]] std::uint32_t bias(const ParameterPlace& place) const;
  /// Sends what is there first: to be called before the operation or product that makes it.
  [[nodiscard]] std::uint32_t weight_gradient();
  [[nodiscard]] std::uint32_t bias_gradient(const ParameterPlace& place) const;
  /// weight_gradient() is to be sent to its owners.
  void exchange(const ParameterPlace& place);
  /// Numbers of the tokens of the sequence.
  [[nodiscard]] std::uint32_t tokens() const;

 private:
  /// A value as it is in the SRAM now.
  struct Instance {
    std::optional<BufferId> bf16;
    std::optional<BufferId> fp32;
    std::optional<BufferId> statistics;
  };
  /// Operations by which a buffer is used, the first and the last; and where it is.
  struct Use {
    std::size_t bytes = 0;
    std::size_t first = 0;
    std::size_t last = 0;
    std::uint64_t offset = 0;
  };
  struct Pending {
    std::size_t product;
    std::vector<BufferId> used;
    bool parameters;
  };

  void make_stages();
  void lay_out();
  void lay_out_partials();
  ParameterPlace place_vector(const ParameterDescription& description, const LayerShare& share);
  ParameterPlace place_matrix(const ParameterDescription& description, const LayerShare& share, bool transposed);
  [[nodiscard]] std::vector<TileRange> repeated() const override;
  bool build_with(std::vector<bool> again);
  void choose_again();
  void build();
  void pass(bool last);
  void loss();
  void allocate();
  void touch(BufferId buffer);
  void settle();
  Matrix convert(Matrix matrix, std::size_t columns, Form form);
  void flush();
  void exchange(std::size_t bucket, bool more);
  [[nodiscard]] SequenceStage& stage(std::size_t value) const { return *stages_[value - inputs_]; }
  std::optional<BufferId>& held(std::size_t value, Form form);

  Graph graph_;
  std::size_t inputs_;  ///< tensors of the data
  std::size_t length_ = 0;
  std::size_t classes_ = 0;
  std::vector<LayerShare> shares_;           ///< of each layer
  std::vector<TileRange> repeated_weights_;  ///< that all groups have
  std::vector<TileRange> repeated_biases_;   ///< counted from the first bias
  std::vector<bool> again_;                  ///< of each value: is made again in the backward pass
  std::vector<std::unique_ptr<SequenceStage>> stages_;
  std::vector<std::size_t> consumers_;  ///< of each value

  std::uint64_t staging_ = 0;
  std::uint64_t bias_gradients_ = 0;
  std::uint64_t partials_ = 0;  ///< two places, each with a slot for each other group
  std::size_t partials_bytes_ = 0;
  std::uint64_t arena_ = 0;
  std::size_t arena_bytes_ = 0;

  // While the list is made.
  std::size_t sequence_ = 0;
  std::vector<Instance> instances_;
  std::vector<std::optional<Matrix>> gradients_;
  std::vector<Use> uses_;
  std::size_t buffers_ = 0;
  std::vector<Pending> pending_;
  std::optional<std::size_t> made_;  ///< bucket whose gradient is to be sent
  bool apart_ = false;               ///< harts are not behind the same operation
};

}  // namespace dojo::network
