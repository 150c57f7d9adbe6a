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
  LossResult result;
  for (std::size_t first = 0; first < count; first += batch) {
    fill_held_out(first, std::min(batch, count - first));
    const Tensor& logits = network_.forward(batch_, recipe_.loss.value, pass);
    result += loss_of(recipe_.loss.kind, logits, batch_[recipe_.loss.target], nullptr);
  }
  return result;
}

CheckpointIdentity Trainer::identity() const {
  return {.recipe = recipe_.name, .seed = recipe_.seed, .batch = recipe_.batch, .steps = steps()};
}

void Trainer::fill_held_out(std::size_t first, std::size_t count) {
  std::vector<std::uint32_t> indices(count);
  std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(first));
  data_.fill(Part::held_out, indices, batch_);
}

void Trainer::save(const std::filesystem::path& file) {
  save_state(file, {});
}

void Trainer::load(const std::filesystem::path& file) {
  load_state(file, {});
}

void Trainer::save_state(const std::filesystem::path& file, std::span<const NamedArray> more) const {
  save_checkpoint(file, identity(), network_.parameters(), optimiser_, more);
}

void Trainer::load_state(const std::filesystem::path& file, std::span<NamedArray> more) {
  load_checkpoint(file, identity(), network_.parameters(), optimiser_, more);
}

}  // namespace dojo::network
