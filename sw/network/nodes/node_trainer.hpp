#pragma once
// Training of a recipe on the nodes of a machine, data parallel (network/nodes/step_plan.hpp).

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "network/nodes/step_plan.hpp"
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

  [[nodiscard]] const StepPlan& plan() const { return *plan_; }
  [[nodiscard]] const OperandBiases& biases() const { return biases_; }

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
  /// The weights in tiles, as the products read them.
  void write_weights(std::span<const float> weights);
  void write_samples(const PackedBatch& packed);
  /// Runs the list of operations up to `extent` on the batch that has been written; `predictions` of the whole batch.
  void run(Extent extent, std::size_t predictions, float rate);
  /// Lists and descriptors, where they are not those that the nodes have.
  void write_lists(Extent extent);
  [[nodiscard]] OperandFormat format_of(std::size_t operand) const;
  /// The biases that weights ask for.
  [[nodiscard]] unsigned weights_bias(const WeightTiles& weights, std::span<const float> tiles) const;
  /// The largest magnitude of each operand that the nodes have converted since the last time; others are 0.
  [[nodiscard]] std::vector<float> take_magnitudes();
  /// The biases that they ask for; whether any is another.
  bool follow_magnitudes();
  /// Without an update, until the biases stay: no magnitudes are known before the first step.
  void calibrate(std::size_t predictions);
  /// What of CFloat8 is in a checkpoint: biases, and the weights as the products read them.
  [[nodiscard]] std::vector<NamedArray> operand_state() const;
  [[nodiscard]] LossResult evaluate_batch(const LogitsPlace& place);
  [[nodiscard]] std::array<std::uint64_t, NETWORK_ARGUMENTS> arguments(std::size_t predictions, float rate) const;
  /// Numbers of each parameter: their values, or a moment of the optimiser's state; gradients.
  using Numbers = std::vector<std::vector<float>*>;
  [[nodiscard]] Numbers values();
  [[nodiscard]] Numbers moment(std::size_t number);
  /// The plan's tiles from numbers of the parameters, and back from what the nodes own.
  [[nodiscard]] std::vector<float> to_tiles(const Numbers& numbers) const;
  [[nodiscard]] std::vector<float> owned_tiles(std::uint64_t address) const;
  void from_owned(std::uint64_t address, const Numbers& numbers) const;
  void write_owned(std::uint64_t address, const std::vector<float>& tiles);
  [[nodiscard]] float gradient_norm() const;
  template <typename T>
  void write(unsigned node, std::uint64_t address, std::span<const T> values);
  [[nodiscard]] std::size_t offset(std::uint64_t address) const { return address - buffers_.front().address(); }

  Machine& machine_;
  Rectangle nodes_;
  Program program_;
  std::unique_ptr<StepPlan> plan_;
  InputPacker pack_;
  Evaluation evaluation_;
  std::vector<Buffer> buffers_;  ///< of each node, at the same address
  OperandBiases biases_;
  bool calibrated_ = false;
  std::optional<Extent> written_;  ///< the lists that the nodes have, and with which biases
  OperandBiases written_biases_;
};

/// The plan of a recipe on all nodes of a machine, without bringing anything to it.
[[nodiscard]] std::unique_ptr<StepPlan> plan_recipe(const Recipe& recipe, const Rectangle& nodes,
                                                    const Program& program);

}  // namespace dojo::network
