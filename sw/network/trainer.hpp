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
#include "network/checkpoint.hpp"
#include "network/data.hpp"
#include "network/network.hpp"
#include "network/recipe.hpp"

namespace dojo::network {

/// What a step has done.
struct StepResult {
  double loss = 0;          ///< mean of the batch, in nats
  float rate = 0;           ///< learning rate
  float gradient_norm = 0;  ///< before clipping; NaN: not known
};

/// Single steps of a training. The same recipe, data and seed give the same bits with any number of threads.
class Trainer {
 public:
  /// `recipe` and `data` must outlive the trainer. `threads` of the host, at least one.
  Trainer(const Recipe& recipe, const DataSet& data, unsigned threads);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  virtual ~Trainer() = default;

  /// Of the whole training.
  [[nodiscard]] std::size_t steps() const { return steps_per_epoch_ * recipe_.epochs; }
  [[nodiscard]] std::size_t steps_per_epoch() const { return steps_per_epoch_; }
  [[nodiscard]] std::size_t steps_done() const { return static_cast<std::size_t>(optimiser_.steps()); }
  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] Network& network() { return network_; }
  /// The batch of the last step or evaluation, a tensor for each of the recipe's data.
  [[nodiscard]] const std::vector<Tensor>& batch() const { return batch_; }

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
  /// Makes batch() that of the next step.
  void fill_batch();
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
  std::size_t steps_per_epoch_;
  std::vector<Tensor> batch_;
  std::vector<std::uint32_t> order_;  ///< of the samples of `epoch_`
  std::optional<unsigned> epoch_;
};

}  // namespace dojo::network
