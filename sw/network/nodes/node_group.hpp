#pragma once
// The nodes that follow one plan: what the host writes to them and reads.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/nodes/step_plan.hpp"
#include "network/safetensors.hpp"
#include "runtime/machine.hpp"

namespace dojo::network {

/// A plan and the nodes that follow it.
struct PlacedPlan {
  Rectangle nodes;
  std::unique_ptr<StepPlan> plan;
};

class NodeGroup {
 public:
  /// Numbers of each parameter of the network: their values, a moment of the optimiser's state, or gradients.
  using Numbers = std::vector<std::vector<float>*>;
  using Arguments = std::array<std::uint64_t, NETWORK_ARGUMENTS>;

  /// Loads the program on the nodes. Machine and program must outlive the group.
  NodeGroup(Machine& machine, const Program& program, PlacedPlan placed);

  [[nodiscard]] const StepPlan& plan() const { return *plan_; }
  [[nodiscard]] const OperandBiases& biases() const { return biases_; }

  /// The plan's parameters with what the optimiser keeps of them, to the nodes and back. `margin`: of biases.
  void write_parameters(const Numbers& values, const std::vector<Numbers>& moments, unsigned margin);
  void read_parameters(const Numbers& values, const std::vector<Numbers>& moments) const;
  /// Gradients of the last step, summed over the nodes in their order.
  void read_gradients(const Numbers& gradients) const;

  void write_data(const PackedBatch& packed);
  void write_targets(const PackedBatch& packed);
  /// Lists and descriptors, where they are not those that the nodes have.
  void write_lists(Extent extent);
  /// Starts the lists that were written.
  [[nodiscard]] Event launch(Arguments arguments);

  /// Of the last run: sum of the losses, and of the squares of the gradients of all groups.
  [[nodiscard]] double losses() const;
  [[nodiscard]] float squares() const;
  /// Appends the logits of `count` samples of all nodes.
  void append_logits(const LogitsPlace& place, std::size_t count, std::vector<float>& logits) const;

  /// Whether anything is converted to CFloat8, so that largest magnitudes are found.
  [[nodiscard]] bool converts() const;
  /// The largest magnitude of each operand that the nodes have converted since the last time; others are 0.
  std::vector<float> take_magnitudes();
  /// The biases that they ask for; whether any is another.
  bool follow_magnitudes(unsigned margin);
  /// The biases that the next update gives to weights, and from then on the products read.
  void choose_weight_biases(unsigned margin);
  void adopt_weight_biases();

  /// What of CFloat8 is in a checkpoint: biases, and the weights as the products read them. `name` precedes theirs.
  [[nodiscard]] std::vector<NamedArray> operand_state(const std::string& name) const;
  /// Takes it from there; false if it is not there.
  bool set_operand_state(std::span<const NamedArray> state);

 private:
  template <typename T>
  void write(unsigned node, std::uint64_t address, std::span<const T> values);
  [[nodiscard]] std::size_t offset(std::uint64_t address) const { return address - buffers_.front().address(); }
  /// The plan's tiles from numbers of the parameters, and back from what the nodes own.
  [[nodiscard]] std::vector<float> to_tiles(const Numbers& numbers) const;
  [[nodiscard]] std::vector<float> owned_tiles(std::uint64_t address, bool in_dram) const;
  void from_owned(std::uint64_t address, bool in_dram, const Numbers& numbers) const;
  void write_state(std::uint64_t address, const std::vector<float>& tiles);
  /// The weights in tiles, as the products read them.
  void write_weights(std::span<const float> weights);
  [[nodiscard]] OperandFormat format_of(std::size_t operand) const;
  [[nodiscard]] unsigned weights_bias(const WeightTiles& weights, std::span<const float> tiles, unsigned margin) const;

  Machine& machine_;
  const Program& program_;
  Rectangle nodes_;
  std::unique_ptr<StepPlan> plan_;
  std::vector<Buffer> buffers_;    ///< of each node, at the same address
  std::vector<DramBuffer> drams_;  ///< of each node, if the plan has DRAM
  OperandBiases biases_;
  std::optional<Extent> written_;  ///< the lists that the nodes have, and with which biases
  OperandBiases written_biases_;
};

}  // namespace dojo::network
