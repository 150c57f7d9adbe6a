#pragma once
// A whole training run: data, machine, FP32 reference beside it, evaluation.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "runtime/machine.hpp"
#include "train/dataset.hpp"
#include "train/recipe.hpp"

namespace dojo::train {

/// What is trained. Values that are left out are the recipe's.
struct TrainOptions {
  std::string recipe = "fashion-mnist-mlp";
  std::filesystem::path data_folder = fashion_mnist_folder;
  std::optional<std::size_t> steps;  ///< stop after so many; the learning rate follows the plan of the whole training
  std::optional<unsigned> epochs;
  std::optional<std::size_t> batch;
  std::optional<float> learning_rate;
  std::optional<std::uint64_t> seed;
  std::uint64_t max_cycles = no_cycle_limit;  ///< of one step
};

/// State after a step.
struct TrainProgress {
  std::size_t step = 0;                   ///< steps done
  std::size_t steps = 0;                  ///< steps of this run
  double loss = 0;                        ///< mean cross-entropy in nats, smoothed over about 20 steps
  double batch_loss = 0;                  ///< of the step's batch alone
  std::optional<double> test_accuracy;    ///< of a recent snapshot, on a part of the test images
  std::uint64_t cycles = 0;               ///< simulated since the start
  std::optional<double> mac_utilization;  ///< RTL only: the model has no timing
  double node_cycles_per_second = 0;
  double wall_seconds = 0;
};
using ProgressCallback = std::function<void(const TrainProgress&)>;

struct TrainResult {
  std::string recipe;
  std::string backend;
  std::size_t steps = 0;
  std::size_t samples = 0;        ///< that the steps took
  double loss_first = 0;          ///< of the first step's batch
  double loss_last = 0;           ///< of the last step's batch
  double test_accuracy = 0;       ///< all test images, forward pass on the golden model
  double reference_accuracy = 0;  ///< the same steps in FP32 on the host
  double reference_loss_last = 0;
  std::uint64_t cycles = 0;
  unsigned nodes = 0;
  double wall_seconds = 0;                ///< of the steps, without data loading and final evaluation
  std::optional<double> mac_utilization;  ///< RTL only: the model has no timing
  std::uint64_t weights_hash = 0;         ///< of the FP32 master parameters: equal on both backends

  [[nodiscard]] double node_cycles_per_second() const;
  [[nodiscard]] double samples_per_second() const;
};

/// The keys of the command line's JSON. `samples_per_second` counts seconds of the simulation's wall clock.
[[nodiscard]] nlohmann::ordered_json to_json(const TrainResult& result);

/// Trains on all nodes of `machine`, which must be unused. Calls `progress` after every step. Throws InputError for a
/// bad option or data file, RunError when the machine fails or training diverges.
[[nodiscard]] TrainResult train(Machine& machine, const TrainOptions& options, const ProgressCallback& progress = {});

}  // namespace dojo::train
