#pragma once
// Training of the network on the nodes of one or several dies, data parallel: every node takes a part of each batch.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/machine.hpp"
#include "train/dataset.hpp"
#include "train/mlp_layout.hpp"
#include "train/mlp_memory.hpp"
#include "train/recipe.hpp"

namespace dojo::train {

/// The network's state lives in the nodes' memories; the host brings samples and starts steps.
class MlpTrainer {
 public:
  /// Loads the program mlp_train on all live nodes of the machine and writes the parameters. Throws InputError when the
  /// batch does not fit the nodes, or dies have different dead nodes.
  MlpTrainer(Machine& machine, const MlpRecipe& recipe, const MlpParameters& parameters);

  /// One step on the samples `order` of `images` (at most recipe.batch of them). Returns their mean cross-entropy in
  /// nats, before the update. Throws RunError when the machine fails or the logits are not
  /// finite.
  double step(const ImageSet& images, std::span<const std::uint32_t> order, float learning_rate,
              std::uint64_t max_cycles = no_cycle_limit);

  /// The FP32 master parameters, collected from their owners in a die; all dies have the same.
  [[nodiscard]] MlpParameters parameters(unsigned die = 0) const;

 private:
  void write_parameters(const MlpParameters& parameters);
  void write_constants();
  void write_samples(const ImageSet& images, std::span<const std::uint32_t> order);
  [[nodiscard]] double read_loss(std::size_t samples) const;
  /// Place of an address of the launch arguments in a node's buffer.
  [[nodiscard]] std::size_t offset(std::uint64_t address) const { return address - buffers_.front().address(); }
  [[nodiscard]] unsigned nodes_of_die() const { return dies_.front().nodes(); }

  Machine& machine_;
  std::vector<Rectangle> dies_;
  MlpRecipe recipe_;
  MlpLayout layout_;
  Program program_;
  std::vector<Buffer> buffers_;  ///< one per node, die by die, at the same address everywhere
  mlp_arguments arguments_{};
  InputPacker packer_;
  std::vector<std::uint8_t> labels_;
};

}  // namespace dojo::train
