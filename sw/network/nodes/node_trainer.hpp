#pragma once
// Training of a recipe on the nodes of a machine: data parallel, and as a pipeline where the recipe says so
// (network/nodes/step_plan.hpp, network/nodes/placement.hpp).

#include <cstdint>
#include <optional>
#include <vector>

#include "network/nodes/node_group.hpp"
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

  /// In the order of the network: one, or the parts of a pipeline.
  [[nodiscard]] const std::vector<NodeGroup>& groups() const { return groups_; }

  /// Throws RunError also when the machine fails.
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
  void write_samples(const PackedBatch& packed);
  /// Runs the list of operations up to `extent` on the batch that has been written; `predictions` of the whole batch.
  void run(Extent extent, std::size_t predictions, float rate);
  /// Without an update, until the biases stay: no magnitudes are known before the first step.
  void calibrate(std::size_t predictions);
  bool follow_magnitudes();
  [[nodiscard]] std::vector<std::vector<NamedArray>> operand_states() const;
  [[nodiscard]] LossResult evaluate_batch(const LogitsPlace& place);
  [[nodiscard]] NodeGroup::Arguments arguments(std::size_t predictions, float rate) const;
  [[nodiscard]] NodeGroup::Numbers values();
  [[nodiscard]] std::vector<NodeGroup::Numbers> moments();

  Program program_;
  std::vector<NodeGroup> groups_;
  InputPacker pack_;
  Evaluation evaluation_;
  bool calibrated_ = false;
};

}  // namespace dojo::network
