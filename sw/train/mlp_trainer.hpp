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

/// The network's state lives in the nodes' memories; the host starts steps. Samples are in the DRAM of Interface
/// Processors, from where nodes pull them; on a machine without, the host brings them.
class MlpTrainer {
 public:
  /// Loads the program mlp_train on all live nodes of the machine and writes the parameters. Throws InputError when the
  /// batch does not fit the nodes, or dies have different dead nodes.
  MlpTrainer(Machine& machine, const MlpRecipe& recipe, const MlpParameters& parameters);

  /// The steps that follow go through the samples `order` of `images`, which must live as long. Writes all of them into
  /// DRAM, if there is any.
  void begin_epoch(const ImageSet& images, std::vector<std::uint32_t> order);

  /// Step `step` of the epoch: recipe.batch samples, or those that are left at its end. Returns their mean
  /// cross-entropy in nats, before the update. Throws RunError when the machine fails or the logits are not finite.
  double step(std::size_t step, float learning_rate, std::uint64_t max_cycles = no_cycle_limit);

  /// The FP32 master parameters, collected from their owners in a die; all dies have the same.
  [[nodiscard]] MlpParameters parameters(unsigned die = 0) const;

 private:
  void write_parameters(const MlpParameters& parameters);
  void write_constants();
  /// The samples of a step.
  [[nodiscard]] std::span<const std::uint32_t> batch(std::size_t step) const;
  /// Calls `write(i, bytes, offset)` for what node i, counted die by die, takes of a step, in two parts; `offset`: from
  /// the start of its inputs.
  template <typename Write>
  void pack_samples(std::size_t step, Write write);
  void write_to_dram();
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
  const ImageSet* images_ = nullptr;
  std::vector<std::uint32_t> order_;
  std::vector<DramBuffer> dram_;  ///< of each die: samples of step 0 for all nodes, of step 1 and so on; none: no DRAM
};

}  // namespace dojo::train
