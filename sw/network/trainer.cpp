#include "network/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/error.hpp"

namespace dojo::network {

Trainer::Trainer(const Recipe& recipe, const DataSet& data, unsigned threads)
    : recipe_(recipe),
      data_(data),
      pool_(threads),
      network_(recipe.graph, recipe.seed),
      optimiser_(recipe.optimiser, network_.parameters()),
      steps_per_epoch_((data.samples(Part::train) + recipe.batch - 1) / recipe.batch),
      batch_(recipe.graph.tensors().size()) {}

void Trainer::fill_batch() {
  const std::size_t step = steps_done();
  const auto epoch = static_cast<unsigned>(step / steps_per_epoch_);
  if (epoch_ != epoch) {
    order_ = sample_order(recipe_.seed, data_.samples(Part::train), epoch);
    epoch_ = epoch;
  }
  const std::size_t first = step % steps_per_epoch_ * recipe_.batch;
  const std::size_t count = std::min(recipe_.batch, order_.size() - first);
  data_.fill(Part::train, std::span(order_).subspan(first, count), batch_);
}

StepResult Trainer::step() {
  const std::size_t step = steps_done();
  fill_batch();
  const Pass pass{.pool = pool_, .training = true, .seed = recipe_.seed, .step = step};
  const Tensor& logits = network_.forward(batch_, recipe_.loss.value, pass);
  StepResult result;
  result.loss =
      loss_of(recipe_.loss.kind, logits, batch_[recipe_.loss.target], &network_.output_gradient(), recipe_.loss.scale)
          .mean();
  network_.backward(batch_, pass);
  result.rate = recipe_.schedule.at(step, steps());
  result.gradient_norm = optimiser_.step(network_.parameters(), result.rate, recipe_.loss.scale);
  if (!std::isfinite(result.loss) || !std::isfinite(result.gradient_norm)) {
    throw RunError(fmt::format("step {}: loss {}, norm of the gradients {}: the training diverges", step + 1,
                               result.loss, result.gradient_norm));
  }
  return result;
}

LossResult Trainer::evaluate(std::optional<std::size_t> samples) {
  constexpr std::size_t batch = 250;
  const Pass pass{.pool = pool_, .training = false, .seed = recipe_.seed, .step = 0};
  const std::size_t count = std::min(data_.samples(Part::held_out), samples.value_or(~std::size_t{0}));
  std::vector<std::uint32_t> indices(count);
  std::iota(indices.begin(), indices.end(), 0u);
  LossResult result;
  for (std::size_t first = 0; first < count; first += batch) {
    data_.fill(Part::held_out, std::span(indices).subspan(first, std::min(batch, count - first)), batch_);
    const Tensor& logits = network_.forward(batch_, recipe_.loss.value, pass);
    result += loss_of(recipe_.loss.kind, logits, batch_[recipe_.loss.target], nullptr);
  }
  return result;
}

CheckpointIdentity Trainer::identity() const {
  return {.recipe = recipe_.name, .seed = recipe_.seed, .batch = recipe_.batch, .steps = steps()};
}

void Trainer::save(const std::filesystem::path& file) {
  save_checkpoint(file, identity(), network_.parameters(), optimiser_);
}

void Trainer::load(const std::filesystem::path& file) {
  load_checkpoint(file, identity(), network_.parameters(), optimiser_);
}

}  // namespace dojo::network
