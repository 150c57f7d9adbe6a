#pragma once
// Training of a recipe on the nodes of a machine, data parallel (network/nodes/plan.hpp).

#include <cstdint>
#include <vector>

#include "network/nodes/plan.hpp"
#include "network/trainer.hpp"
#include "runtime/machine.hpp"

namespace dojo::network {

/// Forward pass, backward pass, sum of the gradients and update run on the nodes; the host brings samples and reads
/// losses. Held-out samples are evaluated by the host in FP32, with the nodes' parameters. Checkpoints are those of
/// Trainer. The same recipe, data, seed and mesh give the same bits on RTL and model, with any number of threads.
class NodeTrainer : public Trainer {
 public:
  /// Loads the program network on all nodes of the machine and writes the initial parameters. The machine must outlive
  /// the trainer. Throws InputError when the network is not for nodes yet, or does not fit them.
  NodeTrainer(Machine& machine, const Recipe& recipe, const DataSet& data, unsigned threads);

  [[nodiscard]] const NodePlan& plan() const { return plan_; }

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
  void write_samples();
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
  std::vector<Buffer> buffers_;  ///< of each node, at the same address
};

/// The plan of a recipe on all nodes of a machine, without bringing anything to it.
[[nodiscard]] NodePlan plan_recipe(const Recipe& recipe, const Rectangle& nodes, const Program& program);

}  // namespace dojo::network
