#pragma once
// The training of a recipe in FP32 on the host: the reference.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "common/worker_pool.hpp"
#include "network/batch.hpp"
#include "network/checkpoint.hpp"
#include "network/data.hpp"
#include "network/network.hpp"
#include "network/prefetch.hpp"
#include "network/recipe.hpp"

namespace dojo::network {

/// What a step has done.
struct StepResult {
  double loss = 0;          ///< mean of the batch, in nats
  float rate = 0;           ///< learning rate
  float gradient_norm = 0;  ///< before clipping; NaN: not known
};

/// Seconds of a training's input.
struct InputTimes {
  double waited = 0;  ///< of steps for their batch
  double worked = 0;  ///< of the thread that makes batches
};

/// Single steps of a training, whose batches a thread of its own makes ahead of time. The same recipe, data and seed
/// give the same bits with any number of threads.
class Trainer {
 public:
  /// `recipe` and `data` must outlive the trainer. `threads` of the host, at least one.
  Trainer(const Recipe& recipe, const DataSet& data, unsigned threads);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  virtual ~Trainer() = default;

  /// Of the whole training.
  [[nodiscard]] std::size_t steps() const { return steps_per_epoch() * recipe_.epochs; }
  [[nodiscard]] std::size_t steps_per_epoch() const { return maker_.steps_per_epoch(); }
  [[nodiscard]] std::size_t steps_done() const { return static_cast<std::size_t>(optimiser_.steps()); }
  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] Network& network() { return network_; }
  /// The batch of the last step or evaluation, a tensor for each of the recipe's data.
  [[nodiscard]] const std::vector<Tensor>& batch() const { return batch_.tensors; }
  /// How many batches are made ahead of the step: 2 unless this was called before the first step. 0: each is made when
  /// its step begins.
  void prepare_ahead(std::size_t batches) { ahead_ = batches; }
  [[nodiscard]] InputTimes input_times() const;

  /// One step. Throws RunError, which names the step, when loss or gradients are not finite.
  virtual StepResult step();
  /// Loss and errors on the first `samples` held-out samples, or all of them.
  virtual LossResult evaluate(std::optional<std::size_t> samples = std::nullopt);

  /// Writes a checkpoint, and goes on from one (network/checkpoint.hpp).
  virtual void save(const std::filesystem::path& file);
  virtual void load(const std::filesystem::path& file);

 protected:
  [[nodiscard]] const Recipe& recipe() const { return recipe_; }
  [[nodiscard]] Optimiser& optimiser() { return optimiser_; }
  /// Batches will have what `pack` makes of them, in the thread that makes them; it may outlive a derived trainer.
  void pack_with(InputPacker pack) { packer_ = std::move(pack); }
  /// Makes batch() that of the next step, and returns what it is for nodes.
  const PackedBatch& next_batch();
  [[nodiscard]] std::size_t held_out_samples() const { return data_.samples(Part::held_out); }
  /// Makes batch() `count` held-out samples from the first on.
  void fill_held_out(std::size_t first, std::size_t count);
  /// A checkpoint with more arrays (network/checkpoint.hpp).
  void save_state(const std::filesystem::path& file, std::span<const NamedArray> more) const;
  void load_state(const std::filesystem::path& file, std::span<NamedArray> more);

 private:
  [[nodiscard]] CheckpointIdentity identity() const;

  const Recipe& recipe_;
  const DataSet& data_;
  WorkerPool pool_;
  Network network_;
  Optimiser optimiser_;
  BatchMaker maker_;
  InputPacker packer_;
  Batch batch_;
  std::size_t ahead_ = 2;
  InputTimes before_;  ///< those of batches before `batches_` began
  std::optional<Prefetch<Batch>> batches_;
};

}  // namespace dojo::network
