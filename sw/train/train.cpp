#include "train/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <utility>

#include "common/error.hpp"
#include "train/mlp_evaluator.hpp"
#include "train/mlp_trainer.hpp"
#include "train/reference.hpp"

namespace dojo::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double macs_per_cycle = 256;
constexpr std::size_t images_of_snapshots = 1000;
constexpr std::size_t snapshots = 12;  // in a run
constexpr double loss_smoothing = 0.05;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

MlpRecipe make_recipe(const TrainOptions& options) {
  MlpRecipe recipe = find_recipe(options.recipe);
  if (options.epochs) recipe.epochs = *options.epochs;
  if (options.batch) recipe.batch = *options.batch;
  if (options.learning_rate) recipe.learning_rate = *options.learning_rate;
  if (options.seed) recipe.seed = *options.seed;
  if (recipe.epochs == 0) throw InputError("a training of 0 epochs");
  if (recipe.batch == 0) throw InputError("a batch of 0 samples");
  if (!(recipe.learning_rate > 0 && recipe.learning_rate < 1000)) {
    throw InputError(fmt::format("a learning rate of {}: it lies above 0 and below 1000", recipe.learning_rate));
  }
  if (options.steps && *options.steps == 0) throw InputError("a training of 0 steps");
  return recipe;
}

/// The FP32 run on its own thread; ended when this object dies.
class BackgroundReference {
 public:
  BackgroundReference(const MlpRecipe& recipe, const Dataset& dataset, std::size_t steps, std::size_t planned_steps)
      : result_(std::async(std::launch::async, [this, recipe, &dataset, steps, planned_steps] {
          return train_reference(recipe, dataset, steps, planned_steps, cancel_);
        })) {}
  ~BackgroundReference() { cancel_ = true; }
  BackgroundReference(const BackgroundReference&) = delete;
  BackgroundReference& operator=(const BackgroundReference&) = delete;
  ReferenceResult get() { return result_.get(); }

 private:
  std::atomic<bool> cancel_{false};
  std::future<ReferenceResult> result_;  // after cancel_: its destruction waits for the thread, which reads it
};

}  // namespace

double TrainResult::node_cycles_per_second() const {
  return wall_seconds > 0 ? static_cast<double>(cycles) * nodes / wall_seconds : 0;
}

double TrainResult::samples_per_second() const {
  return wall_seconds > 0 ? static_cast<double>(samples) / wall_seconds : 0;
}

nlohmann::ordered_json to_json(const TrainResult& result) {
  nlohmann::ordered_json json{{"recipe", result.recipe},
                              {"backend", result.backend},
                              {"steps", result.steps},
                              {"loss_first", result.loss_first},
                              {"loss_last", result.loss_last},
                              {"test_accuracy", result.test_accuracy},
                              {"reference_accuracy", result.reference_accuracy},
                              {"samples_per_second", result.samples_per_second()},
                              {"cycles", result.cycles},
                              {"nodes", result.nodes},
                              {"wall_seconds", result.wall_seconds},
                              {"node_cycles_per_second", result.node_cycles_per_second()}};
  if (result.mac_utilization) json["mac_utilization"] = *result.mac_utilization;
  json["weights_hash"] = fmt::format("{:016x}", result.weights_hash);
  return json;
}

TrainResult train(Machine& machine, const TrainOptions& options, const ProgressCallback& progress) {
  const MlpRecipe recipe = make_recipe(options);
  const Dataset dataset = load_fashion_mnist(options.data_folder);
  const std::size_t planned_steps = recipe.steps(dataset.train.count);
  const std::size_t steps = std::min(planned_steps, options.steps.value_or(planned_steps));
  const std::size_t steps_per_epoch = planned_steps / recipe.epochs;

  MlpTrainer trainer(machine, recipe, initial_parameters(recipe));
  BackgroundReference reference(recipe, dataset, steps, planned_steps);
  BackgroundEvaluator evaluator(recipe, dataset.test, images_of_snapshots);

  TrainResult result;
  result.recipe = recipe.name;
  result.backend = machine.backend().name();
  result.nodes = machine.all().nodes();
  TrainProgress state;
  state.steps = steps;
  const bool has_timing = result.backend == "rtl";
  const auto utilization = [&] {
    const double macs = static_cast<double>(recipe.macs_per_sample()) * static_cast<double>(result.samples);
    return macs / (macs_per_cycle * static_cast<double>(state.cycles) * result.nodes);
  };
  const std::uint64_t first_cycle = machine.cycles();
  const std::size_t snapshot_interval = std::max<std::size_t>(1, steps / snapshots);
  const Clock::time_point start = Clock::now();
  for (std::size_t step = 0; step < steps; ++step) {
    const std::size_t step_of_epoch = step % steps_per_epoch;
    if (step_of_epoch == 0) {
      const auto epoch = static_cast<unsigned>(step / steps_per_epoch);
      trainer.begin_epoch(dataset.train, sample_order(recipe, dataset.train.count, epoch));
    }
    try {
      result.loss_last = trainer.step(step_of_epoch, recipe.rate(step, planned_steps), options.max_cycles);
    } catch (const RunError& error) {
      throw RunError(fmt::format("step {}: {}", step + 1, error.what()));
    }
    result.samples += std::min(recipe.batch, dataset.train.count - step_of_epoch * recipe.batch);
    if (step == 0) result.loss_first = state.loss = result.loss_last;
    state.step = step + 1;
    state.batch_loss = result.loss_last;
    state.loss += loss_smoothing * (result.loss_last - state.loss);
    state.cycles = machine.cycles() - first_cycle;
    if (has_timing) state.mac_utilization = utilization();
    state.wall_seconds = seconds_since(start);
    state.node_cycles_per_second = static_cast<double>(state.cycles) * result.nodes / state.wall_seconds;
    if (state.step % snapshot_interval == 0) {
      // Read whether somebody has time for them or not: a resumed run makes the same calls.
      MlpParameters parameters = trainer.parameters();
      if (evaluator.idle()) evaluator.start(std::move(parameters));
    }
    state.test_accuracy = evaluator.latest();
    if (progress) progress(state);
  }
  result.wall_seconds = seconds_since(start);
  result.steps = steps;
  result.cycles = state.cycles;
  result.mac_utilization = state.mac_utilization;

  const MlpParameters parameters = trainer.parameters();
  result.weights_hash = hash_parameters(parameters);
  result.test_accuracy = evaluate_mlp(recipe, parameters, dataset.test);
  const ReferenceResult expected = reference.get();
  result.reference_accuracy = expected.test_accuracy;
  result.reference_loss_last = expected.loss_last;
  return result;
}

}  // namespace dojo::train
