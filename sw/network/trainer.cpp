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
      maker_(recipe, data) {
  batch_.tensors.resize(recipe.graph.tensors().size());
}

InputTimes Trainer::input_times() const {
  InputTimes times = before_;
  if (batches_) {
    times.waited += batches_->waited();
    times.worked += batches_->worked();
  }
  return times;
}

const PackedBatch& Trainer::next_batch() {
  const std::size_t step = steps_done();
  if (!batches_ || batches_->position() != step) {
    before_ = input_times();
    batches_.emplace(
        [maker = maker_, pack = packer_](std::size_t number) mutable {
          Batch batch{.tensors = maker(number), .packed = {}};
          if (pack) batch.packed = pack(batch.tensors);
          return batch;
        },
        step, ahead_);
  }
  batch_ = batches_->next();
  return batch_.packed;
}

StepResult Trainer::step() {
  const std::size_t step = steps_done();
  next_batch();
  const Pass pass{.pool = pool_, .training = true, .seed = recipe_.seed, .step = step};
  const Tensor& logits = network_.forward(batch(), recipe_.loss.value, pass);
  StepResult result;
  result.loss =
      loss_of(recipe_.loss.kind, logits, batch()[recipe_.loss.target], &network_.output_gradient(), recipe_.loss.scale)
          .mean();
  network_.backward(batch(), pass);
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
    const Tensor& logits = network_.forward(batch_.tensors, recipe_.loss.value, pass);
    result += loss_of(recipe_.loss.kind, logits, batch_.tensors[recipe_.loss.target], nullptr);
  }
  return result;
}

CheckpointIdentity Trainer::identity() const {
  return {.recipe = recipe_.name, .seed = recipe_.seed, .batch = recipe_.batch, .steps = steps()};
}

void Trainer::fill_held_out(std::size_t first, std::size_t count) {
  std::vector<std::uint32_t> indices(count);
  std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(first));
  data_.fill(Part::held_out, indices, batch_.tensors);
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
