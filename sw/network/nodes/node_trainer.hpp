#pragma once
// Training of a recipe on the nodes of a machine, data parallel (network/nodes/plan.hpp).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "network/nodes/plan.hpp"
#include "network/trainer.hpp"
#include "runtime/machine.hpp"

namespace dojo::network {

/// Where held-out samples are evaluated: by the host in FP32 with the nodes' FP32 parameters, or as in training, on the
/// nodes and in their formats.
enum class Evaluation { host, nodes };

/// Forward pass, backward pass, sum of the gradients and update run on the nodes; the host brings samples, reads losses
/// and lets the exponent biases of CFloat8 operands follow the largest magnitudes that the nodes have found.
/// Checkpoints are those of Trainer, and hold the nodes' weights and biases, too, where they are CFloat8. The same
/// recipe, data, seed and mesh give the same bits on RTL and model, with any number of threads.
class NodeTrainer : public Trainer {
 public:
  /// Loads the program network on all nodes of the machine and writes the initial parameters. The machine must outlive
  /// the trainer. Throws InputError when the network is not for nodes yet, or does not fit them.
  NodeTrainer(Machine& machine, const Recipe& recipe, const DataSet& data, unsigned threads,
              Evaluation evaluation = Evaluation::host);

  [[nodiscard]] const NodePlan& plan() const { return plan_; }
  [[nodiscard]] const OperandBiases& biases() const { return biases_; }

  /// Throws RunError also when the machine fails. The norm of the gradients is not known.
  StepResult step() override;
  LossResult evaluate(std::optional<std::size_t> samples = std::nullopt) override;
  void save(const std::filesystem::path& file) override;
  void load(const std::filesystem::path& file) override;
  /// Brings parameters and optimiser of the host to the nodes' state.
  void read_back();
  /// The gradients of the last step, summed over the nodes in their order, become those of network().
  void read_gradients();

 private:
  void write_state();
  void write_weights(std::span<const float> weights);
  [[nodiscard]] float largest_weight(std::span<const float> parameters, std::size_t stage) const;
  [[nodiscard]] OperandFormat format_of(std::size_t operand) const;
  /// The batch's data and labels, and how many samples they are. Data in CFloat8 has the bias that fits the batch.
  std::size_t write_samples();
  /// Runs the list of operations up to `extent` on the batch that has been written.
  void run(Extent extent, std::size_t samples, float rate);
  /// Lists and descriptors, where they are not those that the nodes have.
  void write_lists(Extent extent);
  /// The largest magnitude of each operand that the nodes have converted since the last time; others are 0.
  [[nodiscard]] std::vector<float> take_magnitudes();
  /// The biases that they ask for; whether any is another.
  bool follow_magnitudes();
  /// Without an update, until the biases stay: no magnitudes are known before the first step.
  void calibrate(std::size_t samples);
  [[nodiscard]] double losses() const;
  /// What of CFloat8 is in a checkpoint: biases, and the weights as the products read them.
  [[nodiscard]] std::vector<NamedArray> operand_state() const;
  /// The plan's tiles from numbers of the parameters, and back.
  [[nodiscard]] std::vector<float> to_tiles(bool velocity);
  void from_tiles(const std::vector<float>& tiles, bool velocity);
  [[nodiscard]] std::vector<float> owned(std::uint64_t address) const;
  template <typename T>
  void write(unsigned node, std::uint64_t address, std::span<const T> values);
  [[nodiscard]] std::size_t offset(std::uint64_t address) const { return address - buffers_.front().address(); }

  Machine& machine_;
  Rectangle nodes_;
  Program program_;
  NodePlan plan_;
  Evaluation evaluation_;
  std::vector<Buffer> buffers_;  ///< of each node, at the same address
  OperandBiases biases_;
  bool calibrated_ = false;
  std::optional<Extent> written_;  ///< the lists that the nodes have, and with which biases
  OperandBiases written_biases_;
};

/// The plan of a recipe on all nodes of a machine, without bringing anything to it.
[[nodiscard]] NodePlan plan_recipe(const Recipe& recipe, const Rectangle& nodes, const Program& program);

}  // namespace dojo::network
